"""Empties SQLite's write-ahead log after an erasure: what was removed must not lie there until it is overwritten by chance."""

import time

from sqlalchemy import text

from register.store.database import Database

TRIES = 20
PAUSE_SECONDS = 0.25


def checkpoint(database: Database) -> bool:
    """Whether the log is empty now; a reader that stays open keeps it busy, which raises nothing by itself (design, rule 19).

    PostgreSQL recycles its log on its own terms; `docs/operations.md` says what that means.
    """
    if database.engine.dialect.name != "sqlite":
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
