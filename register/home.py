"""REGISTER_HOME: the one directory that holds everything of a register, with its key, its configuration and its database."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from register.errors import HomeError
from register.feeds import RESERVED, Feeds, read_feeds
from register.keys import LASTING, Keys, lost, write_key
from register.policy import Policy, read_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from register.store.database import Database
    from register.store.store import Store

FOLDERS = ("inbox", "outbox", "archive", "ledger", "keys", "dagster")

NETWORK_FILE_SYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.rclone")
"""Locks and SQLite's shared memory do not hold on these (design, rule 22)."""


@dataclass(frozen=True)
class Home:
    """The directory and what lies in it. `database_url` replaces the embedded database, `key_folder` the folder `keys`."""

    path: Path
    database_url: str | None = None
    key_folder: Path | None = None

    @property
    def inbox(self) -> Path:
        """The letter box: what is dropped there is taken and deleted."""
        return self.path / "inbox"

    @property
    def outbox(self) -> Path:
        """Workbooks, exports and reports for the steward."""
        return self.path / "outbox"

    @property
    def archive(self) -> Path:
        """What was let in, as delivered."""
        return self.path / "archive"

    @property
    def ledger(self) -> Path:
        """The record of removals that outlives the database."""
        return self.path / "ledger"

    @property
    def dagster(self) -> Path:
        """Dagster's own folder."""
        return self.path / "dagster"

    def prepare(self) -> None:
        """Makes the folders and the key where they are missing, for the owner's eyes only; brings the database up to date.

        Raises HomeError on a network drive, and where the key of a home in use is lost.
        """
        _refuse_network_drive(self.path)
        for name in ("", *FOLDERS):
            (self.path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        for name in RESERVED:
            if not (self.inbox / name).is_symlink():  # a link is refused where the box is read
                (self.inbox / name).mkdir(mode=0o700, exist_ok=True)
        self.keys.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.keys.clear_unfinished()
        self.database.migrate()
        if not self._key_file.exists():
            self._make_key()

    @cached_property
    def key(self) -> bytes:
        """The lasting key under which record keys and match keys are hashed. Raises HomeError where it is lost."""
        return self.keys.lasting()

    @property
    def keys(self) -> Keys:
        """All keys of the home."""
        return Keys(self.key_folder or self.path / "keys")

    @cached_property
    def database(self) -> "Database":
        """The register's database; pandas and SQLAlchemy are imported here, not when the definitions load."""
        from register.removal.ledger import Ledger
        from register.store.database import Database, sqlite_url

        return Database(self.database_url or sqlite_url(self.path / "register.db"), Ledger(self.ledger))

    def noting(self, note: "Callable[[Store, str], None]") -> "Home":
        """The same home, each transaction of whose database writes one thing more."""
        home = replace(self)
        vars(home)["database"] = self.database.noting(note)
        return home

    def policy(self) -> Policy:
        """Read anew at each call: the policy is read at run time. Raises ConfigurationError."""
        return read_policy(self.configuration("policy.toml"))

    def feeds(self, policy: Policy | None) -> Feeds:
        """Read anew at each call. Raises ConfigurationError where the file is missing or no TOML."""
        return read_feeds(self.configuration("feeds.toml"), policy)

    def configuration(self, name: str) -> Path:
        """Where a configuration file lies: the home first, then the working directory."""
        inside = self.path / name
        return inside if inside.exists() or not Path(name).exists() else Path(name)

    def _make_key(self) -> None:
        """Only for a home that has seen no delivery: under a new key no record would be known again, and nobody suppressed."""
        from sqlalchemy import select

        from register.store.tables import deliveries

        with self.database.reading() as store:
            if store.scalar(select(deliveries.c.feed).limit(1)):
                raise HomeError(lost(LASTING))
        write_key(self._key_file)

    @property
    def _key_file(self) -> Path:
        return self.keys.folder / LASTING


def _refuse_network_drive(path: Path) -> None:
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return
    places = [line.replace(r"\040", "\0").split()[1:3] for line in mounts.read_text().splitlines()]
    resolved = path.resolve()
    under = [(len(place), kind) for place, kind in places if resolved.is_relative_to(place.replace("\0", " "))]
    kind = max(under, default=(0, ""))[1]
    if kind in NETWORK_FILE_SYSTEMS:
        raise HomeError(f"{path} lies on a network drive ({kind}); a home must lie on a disk of this machine")
