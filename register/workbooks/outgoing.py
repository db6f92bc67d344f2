"""The outbox: every file has a number, a record of who, what for and for whom, and a day after which it is deleted.

What stands in the files is `exports.py`'s and `forms.py`'s.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal

from sqlalchemy import func, insert, select, update

from register.home import Home
from register.policy import Policy
from register.store.database import now
from register.store.store import Store
from register.store.tables import exports

State = Literal["open", "returned", "destroyed"]
"""Of a numbered file: it lies in the outbox, came back and was answered, or went without that."""


REVIEW = "review"
"""The purpose of workbooks that come back; that of every other file is the policy's."""


@dataclass(frozen=True)
class Outgoing:
    """What a file of the outbox is recorded with; asked: of a workbook that comes back, the records of each row; of a
    list, those of all people in it.
    """

    what: str
    file: str
    columns: Sequence[str]
    rows: int
    purpose: str
    recipient: str | None
    exported_by: str
    ends_on: str
    asked: Sequence[Sequence[str]] = ()


def next_number(store: Store) -> int:
    """The number of the next file; under the writer's lock nobody else gets it."""
    return int(store.scalar(select(func.max(exports.c.export_no))) or 0) + 1


def last_day(policy: Policy, day: date) -> str:
    """The day after which a file written on `day` is deleted."""
    return (day + timedelta(days=policy.periods.export_days)).isoformat()


def waiting(store: Store, what: str) -> Sequence[Any]:
    """export_no and file of the workbooks of a kind that are out and have not come back, the newest first; no exports."""
    is_out = (exports.c.what == what, exports.c.purpose == REVIEW, exports.c.taken_on.is_(None), exports.c.deleted_on.is_(None))
    return store.execute(select(exports.c.export_no, exports.c.file).where(*is_out).order_by(exports.c.export_no.desc())).all()


def record(store: Store, number: int, out: Outgoing) -> None:
    """Notes what went out. Source: design, rule 19; GDPR art. 15(1)(c)."""
    store.execute(insert(exports).values(
        export_no=number, what=out.what, file=out.file, columns=json.dumps(list(out.columns)), rows=out.rows,
        purpose=out.purpose, recipient=out.recipient, exported_by=out.exported_by, exported_at=now(), ends_on=out.ends_on,
        asked=json.dumps([list(keys) for keys in out.asked])))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A new file for the owner's eyes only; not left behind where the block fails. One that lies there was left by a
    process that died: no row names it.
    """
    path.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def listed(home: Home, store: Store, *, also_gone: bool) -> list[dict[str, Any]]:
    """The numbered files, the newest first: number, what, purpose, recipient, file, made_at, made_by, ends_on, state, gone_on,
    is_there. also_gone: those too that came back or were destroyed.
    """
    columns = (exports.c.export_no.label("number"), exports.c.what, exports.c.purpose, exports.c.recipient, exports.c.file,
               exports.c.exported_at.label("made_at"), exports.c.exported_by.label("made_by"), exports.c.ends_on,
               exports.c.taken_on, exports.c.deleted_on)
    rows = store.execute(select(*columns).order_by(exports.c.export_no.desc())).mappings()
    told = [_told(home, dict(row)) for row in rows]
    return [one for one in told if also_gone or one["state"] == "open"]


def _told(home: Home, row: dict[str, Any]) -> dict[str, Any]:
    taken, deleted = row.pop("taken_on"), row.pop("deleted_on")
    state: State = "returned" if taken else "destroyed" if deleted else "open"
    is_there = state == "open" and (home.outbox / row["file"]).is_file()
    return row | {"state": state, "gone_on": taken or deleted, "is_there": is_there}


def strangers(home: Home, store: Store) -> list[str]:
    """Names of what lies in the outbox and no number stands for: put there by somebody, or left by a killed process."""
    known = set(store.read(select(exports.c.file).where(exports.c.deleted_on.is_(None)))["file"])
    return sorted(str(path.relative_to(home.outbox)) for path in home.outbox.rglob("*")
                  if (path.is_file() or path.is_symlink()) and str(path.relative_to(home.outbox)) not in known)


def is_named(store: Store, file: str) -> bool:
    """Whether a row names a file of this name that was not deleted."""
    named = select(exports.c.export_no).where(exports.c.file == file, exports.c.deleted_on.is_(None))
    return store.scalar(named.limit(1)) is not None


def has_ended(store: Store, day: str) -> bool:
    """Whether a file is past its end day and was not deleted."""
    ended = select(exports.c.export_no).where(exports.c.ends_on < day, exports.c.deleted_on.is_(None))
    return store.scalar(ended.limit(1)) is not None


def expire(home: Home, store: Store, day: str) -> int:
    """Deletes the files whose end day has passed; how many."""
    ended = store.read(select(exports.c.export_no).where(exports.c.ends_on < day, exports.c.deleted_on.is_(None)))
    for number in ended["export_no"]:
        delete(home, store, int(number), day)
    return len(ended)


def forget_asked(store: Store, number: int) -> None:
    """Keeps no longer what a workbook asked about: it came back, and all of it is done."""
    store.execute(update(exports).where(exports.c.export_no == number).values(asked="[]"))


def delete(home: Home, store: Store, number: int, day: str) -> None:
    """Deletes a file and notes when; one that somebody took away or moved is noted all the same."""
    file = store.scalar(select(exports.c.file).where(exports.c.export_no == number))
    with suppress(IsADirectoryError):
        (home.outbox / Path(file).name).unlink(missing_ok=True)
    is_number = exports.c.export_no == number
    store.execute(update(exports).where(is_number).values(deleted_on=day))
    store.execute(update(exports).where(is_number, exports.c.purpose != REVIEW).values(asked="[]"))  # nobody answers a list
