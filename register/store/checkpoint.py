"""Empties SQLite's write-ahead log after an erasure, and rewrites a database that still holds what was erased: what was removed
must not lie there until it is overwritten by chance.
"""

import time

from sqlalchemy import text

from register.store.database import Database
from register.store.tables import metadata

TRIES = 20
PAUSE_SECONDS = 0.25


def checkpoint(database: Database) -> bool:
    """Whether the log is empty now; a reader that stays open keeps it busy, which raises nothing by itself (design, rule 19).

    PostgreSQL recycles its log on its own terms; `docs/operations.md` says what that means.
    """
    if not is_sqlite(database):
        return True
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # no other use of it may be as impatient
        connection.exec_driver_sql("PRAGMA busy_timeout=0")  # while it waits for a reader, no writer gets on
        for _ in range(TRIES):
            busy, _log, _moved = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
            if not busy:
                return True
            time.sleep(PAUSE_SECONDS)
    return False


def purge(database: Database) -> bool:
    """Whether nothing of what was deleted lies in SQLite's files any more: `secure_delete` or not, a page that was split may
    keep a value to which nothing points. PostgreSQL's pages wait for a vacuum; `docs/operations.md` says what that means.
    """
    return rewrite(database) if is_sqlite(database) else True


def is_sqlite(database: Database) -> bool:
    """Whether the database is a file of the home."""
    return database.engine.dialect.name == "sqlite"


def rewrite(database: Database) -> bool:
    """Writes the database anew without what was erased from it: `VACUUM`, on PostgreSQL `VACUUM FULL` of every table, which
    locks each while it lasts. Under the writer's lock. Whether the log is empty then.
    """
    statements = ["VACUUM"] if is_sqlite(database) else [f'VACUUM FULL "{name}"' for name in metadata.tables]
    with database.lock.held("rewrite the database", lambda: "another process", None):
        connection = database.engine.raw_connection()  # neither may stand in a transaction
        try:
            if not is_sqlite(database):
                connection.detach()
                connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
        finally:
            connection.close()
    return checkpoint(database)
