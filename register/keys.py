"""The keys of a home: its lasting one, one a year for who was erased, one for ever for who objected. Never shown.

A hash under a year's key ends with the destruction of that key; a key that is lost is every objection lost.
"""

import hmac
import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from register.errors import HomeError
from register.unfinished import is_alive, keep

KEY_BYTES = 32

COPIED = "copied.json"
"""Which keys lie in a copy: name and fingerprint of each, and the day of the copy."""

LASTING, OBJECTIONS = "register.key", "objections.key"
YEARLY = re.compile(r"suppression-([0-9]{4})\.key")


@dataclass(frozen=True)
class Keys:
    """The folder in which the keys lie."""

    folder: Path

    def lasting(self) -> bytes:
        """The key of record keys and match keys. Raises HomeError where it is lost."""
        return self._read(LASTING)

    def objections(self) -> bytes | None:
        """The key of objections, None before the first."""
        return self._read(OBJECTIONS) if (self.folder / OBJECTIONS).exists() else None

    def living(self) -> dict[int, bytes]:
        """The years' keys that are not destroyed, by year."""
        return {year: self._read(_of_year(year)) for year in self.years()}

    def years(self) -> list[int]:
        """The years whose keys are not destroyed."""
        matches = (YEARLY.fullmatch(path.name) for path in self.folder.glob("*.key"))
        return sorted(int(match[1]) for match in matches if match)

    def made(self, name: str) -> bytes:
        """The key of the name, made where it is missing; of two who make it at once the first one's stays."""
        if not (self.folder / name).exists():
            write_key(self.folder / name)
        return self._read(name)

    def of_year(self, year: int) -> bytes:
        """The year's key, made where it is missing."""
        return self.made(_of_year(year))

    def destroy(self, year: int) -> None:
        """Ends all hashes of a year: overwritten, then deleted; copies of it follow with the next `register keys copy`."""
        path = self.folder / _of_year(year)
        with path.open("rb+") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()

    def clear_unfinished(self) -> None:
        """Deletes what a process that was killed left of a key it was writing: a copy of it outlives its destruction."""
        for path in self.folder.glob("*.key.*"):
            if not is_alive(path.suffix.removeprefix(".")):
                path.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """The files of all keys."""
        return sorted(path.name for path in self.folder.glob("*.key"))

    def copy_to(self, folder: Path, day: str) -> int:
        """Puts every key into another folder too, for the owner's eyes only, and deletes there what was destroyed here.

        How many keys there are. Raises HomeError where another key of the same name lies there: it may be the right one.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = self.names()
        if other := [name for name in names if (folder / name).exists()
                     and (folder / name).read_bytes() != (self.folder / name).read_bytes()]:
            raise HomeError(f"{folder}: other keys lie there: {', '.join(other)}. Nothing was copied; name an empty folder, or "
                            "put back the keys of that folder if they are this register's")
        for name in names:
            if not (folder / name).exists():
                write_key(folder / name, (self.folder / name).read_bytes())
        for path in folder.glob("suppression-*.key"):
            if YEARLY.fullmatch(path.name) and path.name not in names:
                path.unlink()
        self._note_copied(day)
        return len(names)

    def uncopied(self) -> list[str]:
        """Keys of which the newest copy holds none, or another of the same name."""
        copied = self._copied()
        return [name for name in self.names() if copied.get(name) != self._fingerprint(name)]

    def only_copied(self) -> list[str]:
        """Keys that lie in the newest copy and not here any more: destroyed, or lost."""
        return sorted(set(self._copied()) - set(self.names()))

    def _note_copied(self, day: str) -> None:
        unfinished, known = self.folder / f"{COPIED}.{os.getpid()}", {name: self._fingerprint(name) for name in self.names()}
        unfinished.write_text(json.dumps({"copied_on": day, "keys": known}), encoding="utf-8")
        keep(unfinished, self.folder / COPIED)

    def _copied(self) -> dict[str, str]:
        """Fingerprints by name; none before the first copy."""
        path = self.folder / COPIED
        return dict(json.loads(path.read_text(encoding="utf-8"))["keys"]) if path.exists() else {}

    def _fingerprint(self, name: str) -> str:
        """Tells one key from another and gives neither away."""
        return hmac.digest(self._read(name), name.encode(), "sha256").hex()[:16]

    def _read(self, name: str) -> bytes:
        try:
            key = (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise HomeError(lost(name)) from None
        if len(key) != KEY_BYTES:
            raise HomeError(f"keys/{name} has {len(key)} bytes, {KEY_BYTES} are allowed: put it back from your copy")
        return key


def lost(name: str) -> str:
    """What is said where a key that is needed does not lie there."""
    return f"keys/{name} is missing: put back your copy; without it no record is known again"


def write_key(path: Path, key: bytes | None = None) -> None:
    """Whole or not at all; of two writers at once the first one's key stays."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key or secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(unfinished)
    unfinished.unlink()


def _of_year(year: int) -> str:
    return f"suppression-{year}.key"
