"""Files of the letter boxes that could not be taken: they lie there still, and why.

Asked of the files themselves, so that a matter goes with its file. Carries nothing out.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from register.corrections import reading
from register.errors import HomeError, UnreadableDelivery
from register.intake import inbox
from register.intake.feed_state import said_fault
from register.intake.ingest import Desk
from register.requests import box as requests
from register.requests.form import FORMS
from register.store.store import Store
from register.texts import Texts
from register.workbooks import filled, returned, taken


def refused(desk: Desk, store: Store, day: date) -> dict[str, list[str]]:
    """By folder what is wrong with each file that would not be taken; a file that only waits to be read is none."""
    found = {name: _told(_workbooks(desk, store, day, name)) for name in (filled.BOX, requests.BOX)}
    found[reading.BOX] = _told(_corrections(desk, day))
    return {name: wrong for name, wrong in found.items() if wrong}


def _told(wrong: Iterator[str]) -> list[str]:
    try:
        return list(wrong)
    except HomeError as error:  # a link in place of the box
        return [str(error)]


def _workbooks(desk: Desk, store: Store, day: date, name: str) -> Iterator[str]:
    forms = FORMS if name == requests.BOX else taken.all_forms(desk)
    for file_no, path in enumerate(_lying(desk, name), start=1):
        if said := returned.refused(store, desk.policy, forms, path, file_no, day):
            yield " ".join(said)


def _corrections(desk: Desk, day: date) -> Iterator[str]:
    for file_no, path in enumerate(_lying(desk, reading.BOX), start=1):
        try:
            reading.read(path, file_no, day.isoformat(), desk.policy)
        except UnreadableDelivery as error:
            yield said_fault(reading.BOX, day.isoformat(), error.fault, Texts(desk.policy.language))


def _lying(desk: Desk, name: str) -> list[Path]:
    return inbox.lying(desk.home.inbox / name, lambda _: True)
