"""The proof of a removal: every copy searched with its own reader and as bytes; `0 found`, or the exact places by number.

What somebody is searched by is `sought.py`'s. What cannot be searched from here (laptops, processors, a server's log and
backups) is said, not passed over. Source: GDPR art. 5(2), 17(1); design, rule 19.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Text, func, or_, select

from register.home import Home
from register.removal import searching, waiting
from register.removal.sought import Sought
from register.store.checkpoint import checkpoint, is_sqlite, rewrite
from register.store.database import Database
from register.store.store import Store
from register.store.tables import exports, metadata, quarantine

LONG = 2000
"""Characters from which SQLite may lay a text over several pages, so that its bytes are not in one piece."""

OUTSIDE = ("laptops", "processors")
OUTSIDE_OF_POSTGRES = ("server_log", "server_backups")
"""What is not searched, by the key of its sentence."""

Place = Literal["database", "table", "archive", "outbox", "inbox", "ledger", "dagster", "other"]


@dataclass(frozen=True)
class Found:
    """A place that still holds something: where it is, by number, feed and day or table, and how often."""

    place: Place
    where: str
    hits: int


@dataclass(frozen=True)
class Unopened:
    """A file that its reader could not open, damaged or locked: only its bytes were searched, which prove nothing."""

    place: Place
    where: str


@dataclass(frozen=True)
class Proof:
    """found: what is left. searched: how many files or tables of each place. shared: values of others who stay, by kind."""

    found: tuple[Found, ...]
    unopened: tuple[Unopened, ...]
    searched: dict[Place, int]
    size: int
    shared: dict[str, int]
    not_searched: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything could be searched and nothing was found."""
        return not self.found and not self.unopened


def prove(home: Home, sought: Sought, letter: Path | None = None) -> Proof:
    """Searches every copy. letter: the workbook that asked for it, deleted once it is answered."""
    pattern, database = sought.pattern, home.database
    searched, found, unopened, size = Counter[Place](), list[Found](), list[Unopened](), 0
    with database.reading() as store:
        for place, where, path in _files(home, store):
            if path == letter:
                continue
            searched[place] += 1
            size += path.stat().st_size if path.exists() else 0
            seen = searching.in_file(path, pattern)
            if seen.hits:
                found.append(Found(place, where, seen.hits))
            if not seen.is_opened:
                unopened.append(Unopened(place, where))
        for name in metadata.tables:
            searched["table"] += 1
            if hits := _in_table(store, name, sought):
                found.append(Found("table", name, hits))
    outside = OUTSIDE if is_sqlite(database) else (*OUTSIDE, *OUTSIDE_OF_POSTGRES)
    return Proof(tuple(found), tuple(unopened), dict(searched), size, sought.shared, outside)


def clean(database: Database, sought: Sought) -> bool:
    """Leaves nothing of somebody where no row points: SQLite's file is written anew where its bytes still hold something,
    PostgreSQL's tables always are, which locks each while it lasts. Whether the write-ahead log is empty then.
    """
    if not is_sqlite(database):
        return rewrite(database)
    is_emptied = checkpoint(database)
    return rewrite(database) if is_emptied and _in_database(database, sought.pattern) else is_emptied


def hits_in(path: Path, pattern: str) -> int:
    """How often a file holds the pattern: its bytes, and what is packed in it."""
    return searching.in_file(path, pattern).hits


def _in_table(store: Store, name: str, sought: Sought) -> int:
    """Rows of a table that hold something. SQLite: only those with a long text, others are in one piece among its bytes; on
    both a waiting row's name in two cells, which is in one piece nowhere.
    """
    table = metadata.tables[name]
    columns = [column for column in table.c if isinstance(column.type, Text)]
    if not columns or not sought.own:
        return 0
    apart = waiting.named(store, sought.pattern) if table is quarantine else 0
    if store.connection.dialect.name == "sqlite":
        rows = store.read(select(*columns).where(or_(*(func.length(column) > LONG for column in columns))))
        return apart + sum(searching.in_texts(rows[column.name], sought.pattern) for column in columns)
    found = func.concat_ws("\x1f", *columns).op("~*")(sought.in_text)
    return apart + int(store.scalar(select(func.count()).select_from(table).where(found)))


def _files(home: Home, store: Store) -> Iterator[tuple[Place, str, Path]]:
    """Every file of the home but the configuration, and SQLite's wherever it lies, each with its place, without its name."""
    database = _database_files(home.database)
    yield from (("database", str(number), path) for number, path in enumerate(database, start=1))
    numbers = dict(store.read(select(exports.c.file, exports.c.export_no)).itertuples(index=False, name=None))
    counted = Counter[str]()
    for path in sorted(home.path.rglob("*")):
        if path in database or path.is_symlink() or not path.is_file():
            continue
        top, *inner = path.relative_to(home.path).parts
        counted[top] += 1
        if top == "archive":
            yield "archive", " ".join(inner[:2]), path
        elif top == "outbox":
            yield "outbox", str(numbers.get(path.name, f"({counted[top]})")), path
        elif top == "inbox":
            yield "inbox", " ".join([*inner[:-1], f"({counted[top]})"]), path
        elif top in ("ledger", "dagster"):
            yield ("ledger" if top == "ledger" else "dagster"), str(counted[top]), path
        elif not path.name.endswith(".toml"):
            yield "other", str(counted[top]), path


def _in_database(database: Database, pattern: str) -> int:
    return sum(hits_in(path, pattern) for path in _database_files(database))


def _database_files(database: Database) -> list[Path]:
    if not is_sqlite(database):
        return []
    file = str(database.engine.url.database)
    return [path for ending in ("", "-wal", "-shm", "-journal") if (path := Path(file + ending)).exists()]
