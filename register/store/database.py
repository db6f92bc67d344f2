"""Opens the register's database, embedded SQLite or PostgreSQL, and guards who writes. Sets in and out: `store.py`."""

import copy
import errno
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from register.errors import HomeError
from register.store.lock import Lock, lock_of
from register.store.promises import Promises, Witness
from register.store.store import Store
from register.store.tables import runs

PRAGMAS = (
    "busy_timeout=60000",
    "synchronous=FULL",     # the raw file is deleted after the commit: the commit must have reached the disk
    "secure_delete=ON",     # what was erased is overwritten (design, rule 19)
    "foreign_keys=ON",
    "temp_store=MEMORY",    # temporary tables hold personal data: they never reach a disk
    "cache_size=-65536",
)


NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
NO_ROOM_IN_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR")
NO_ROOM_IN_POSTGRES = "53100"


class _UndoneError(Exception):
    """Ends a rehearsal."""


class Database:
    """One register's database. `reading` never waits, `writing` takes the lock, one transaction and a run's number.

    witness: takes down outside the database what a transaction promises, and keeps its head in `runs`.
    """

    def __init__(self, url: str, witness: Witness | None = None) -> None:
        self.url, self._witness = url, witness
        self._note: Callable[[Store, str], None] | None = None
        self.engine = _engine(url)
        self._readers = _on_one_snapshot(self.engine)

    def noting(self, note: Callable[[Store, str], None]) -> "Database":
        """The same database, each of whose transactions writes one thing more at its end. note: gets the store and the step."""
        noting = copy.copy(self)
        noting._note = note  # noqa: SLF001 - its own copy
        return noting

    @property
    def lock(self) -> Lock:
        """The one writer's lock."""
        return lock_of(self.engine)

    def migrate(self) -> None:
        """Brings the tables to this version's form; under the lock, since two starts may meet. Cheap when there already."""
        from register.store import migrations

        if not (_keeps_a_log(self.engine) and migrations.is_current(self.engine)):
            with self.lock.held("migrate", lambda: "another process", None):
                _keep_a_log(self.engine)
                migrations.upgrade(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """A store on one snapshot of the database; writing with it is undone."""
        with self._readers.connect() as connection, connection.begin() as transaction:
            yield Store(connection, run=0)
            transaction.rollback()

    @contextmanager
    def writing(self, step: str, day: str, say: Callable[[str], None] | None = None) -> Iterator[Store]:
        """A store in one transaction under the lock; everything of it is kept, or nothing.

        step: what is being done, as others who wait are told. day: the run's. say: gets a sentence when it has to wait.
        Raises HomeError when another writer keeps the lock for longer than is reasonable, and where the disk is full.
        """
        with _told_if_full(step), self.lock.held(step, self._holder, say):
            run, act_id = self._start(step, day), str(uuid.uuid4())
            with self._failed_else(run), self._transaction(step, run, act_id, day) as store:
                yield store
            with suppress(OSError, DBAPIError):  # it is known to be done by its head
                self._confirm(store.promises, run, act_id, day)

    @contextmanager
    def _failed_else(self, run: int) -> Iterator[None]:
        """Notes the run as failed where the block does not end."""
        try:
            yield
        except BaseException:
            with suppress(OperationalError), self.engine.begin() as connection:  # else the next writer notes it
                self._end(connection, run, "failed")
            raise

    @contextmanager
    def _transaction(self, step: str, run: int, act_id: str, day: str) -> Iterator[Store]:
        """What is written, the note, the witness's word and the end of the run, all or nothing."""
        with self.engine.connect() as connection, connection.begin():
            connection.info["writing"] = True
            store = Store(connection, run=run, day=day)
            yield store
            if self._note is not None:
                self._note(store, step)
            if self._witness is not None:  # last: what it says is intended is all but done
                _keep_head(connection, run, self._witness.intend(store.promises, act_id, day))
            store.drop_temporary()
            self._end(connection, run, "done")

    def _confirm(self, promises: Promises, run: int, act_id: str, day: str) -> None:
        """Has the witness say that it is done."""
        if self._witness is not None:
            with self.engine.begin() as connection:
                _keep_head(connection, run, self._witness.confirm(promises, act_id, day))

    @contextmanager
    def rehearsing(self, step: str, day: str, say: Callable[[str], None] | None = None) -> Iterator[Store]:
        """As `writing`, and all of it is undone at the end: what would come of it can be looked at within the block."""
        run = 0
        with suppress(_UndoneError), self.writing(step, day, say) as store:
            run = store.run
            yield store
            raise _UndoneError
        with self.engine.begin() as connection:
            self._end(connection, run, "undone")

    def _start(self, step: str, day: str) -> int:
        with self.engine.begin() as connection:
            _fail_dead_runs(connection)
            row = {"step": step, "day": day, "host": socket.gethostname(), "pid": os.getpid(),
                   "started_at": now(), "state": "running"}
            return int(connection.execute(insert(runs).values(row).returning(runs.c.run)).scalar_one())

    @staticmethod
    def _end(connection: Connection, run: int, state: str) -> None:
        connection.execute(update(runs).where(runs.c.run == run).values(state=state, ended_at=now()))

    def current_step(self) -> str | None:
        """What is being written just now, for those who watch."""
        with self.engine.connect() as connection:
            return connection.execute(
                select(runs.c.step).where(runs.c.state == "running").order_by(runs.c.run.desc()).limit(1)).scalar()

    def _holder(self) -> str:
        """Who writes just now, for those who wait."""
        with self.engine.connect() as connection:
            row = connection.execute(
                select(runs.c.step, runs.c.host, runs.c.pid, runs.c.started_at).where(runs.c.state == "running")
                .order_by(runs.c.run.desc()).limit(1)).first()
        return f"{row.step}, {row.host}, process {row.pid}, since {row.started_at}" if row else "another process"


def _keep_head(connection: Connection, run: int, head: str | None) -> None:
    if head is not None:
        connection.execute(update(runs).where(runs.c.run == run).values(ledger_head=head))


@contextmanager
def _told_if_full(step: str) -> Iterator[None]:
    try:
        yield
    except (OSError, DBAPIError) as error:
        if _is_full(getattr(error, "orig", None) or error):
            raise HomeError(f"{step}: the disk is full or cannot be written. Nothing of this step was kept, files that were "
                            "to be read lie where they lay. Make room and start again.") from None
        raise


def _is_full(error: Any) -> bool:
    return (getattr(error, "errno", None) in NO_ROOM or getattr(error, "sqlstate", None) == NO_ROOM_IN_POSTGRES
            or getattr(error, "sqlite_errorname", "").startswith(NO_ROOM_IN_SQLITE))


def now() -> str:
    """This instant in UTC, as the tables keep it: for the record of who did what when, never for a rule."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def sqlite_url(path: Path) -> str:
    """The address of an embedded database."""
    return f"sqlite+pysqlite:///{path}"


def _engine(url: str) -> Engine:
    if url.startswith("postgres"):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    if not url.startswith("sqlite"):
        raise HomeError("REGISTER_DATABASE_URL: allowed are sqlite:///... and postgresql://...")
    engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _on_one_snapshot(engine: Engine) -> Engine:
    """PostgreSQL would show each statement of a transaction what others have written meanwhile; SQLite never does."""
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="REPEATABLE READ")


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours: the driver's own would leave DDL outside the transaction
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _keeps_a_log(engine: Engine) -> bool:
    """Whether readers never wait for the writer: PostgreSQL's never do, SQLite's where it keeps a write-ahead log."""
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def _keep_a_log(engine: Engine) -> None:
    """The file says so ever after. Two connections that ask for it at once do not wait, one fails: only under the lock."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _fail_dead_runs(connection: Connection) -> None:
    """Runs still called running while we hold the lock belong to processes that died."""
    connection.execute(update(runs).where(runs.c.state == "running").values(state="failed", ended_at=now()))
