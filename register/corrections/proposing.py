"""From a file of corrected values, or from corrected files that wait, to the workbook in which the steward approves them.

Nothing of the register is changed here but that a proposal waits. A file is taken once: its content is kept with the proposal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from register.corrections import approving, bulk, reading, rehearsal, told
from register.corrections.addressing import Addressed, address
from register.corrections.approving import Findings
from register.errors import UnreadableDelivery
from register.increments import among
from register.intake import inbox, refresh
from register.intake.archive import archived
from register.intake.feed_state import said_fault
from register.intake.inbox import Letter
from register.intake.ingest import Desk
from register.intake.refresh import Errand
from register.removal import meanwhile
from register.store.store import Store
from register.store.tables import engagements, observations
from register.texts import Texts
from register.workbooks import forms


@dataclass(frozen=True)
class Proposed:
    """A correction that waits for the steward: its number and workbook, counts, and what is wrong as sentences."""

    number: int
    path: Path
    figures: Mapping[str, int]
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TakenIn:
    """What was proposed, and files that could not be read as sentences."""

    proposed: list[Proposed] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def take_in(desk: Desk, errand: Errand, by: str) -> TakenIn:
    """Proposes what lies in `inbox/corrections` and what waits of days that are held; files that were read are deleted."""
    with inbox.opened(desk.home.inbox, reading.BOX, desk.say):
        return _take_in(desk, errand, by)


def _take_in(desk: Desk, errand: Errand, by: str) -> TakenIn:
    proposed, wrong = [], []
    for file_no, path in enumerate(lying(desk, errand), start=1):
        letter = Letter(path, inbox.content_hash(path))
        try:
            proposed += _propose_file(desk, errand, letter, file_no, by)
            inbox.clear([letter])
        except UnreadableDelivery as error:
            wrong.append(said_fault(reading.BOX, errand.day.isoformat(), error.fault, Texts(desk.policy.language)))
    return TakenIn([*proposed, *_propose_waiting(desk, errand, by)], wrong)


def lying(desk: Desk, errand: Errand) -> list[Path]:
    """Files of corrected values that are written to their end."""
    return inbox.lying(desk.home.inbox / reading.BOX, errand.is_settled)


def propose_file(desk: Desk, errand: Errand, path: Path, by: str) -> list[Proposed]:
    """Proposes the values of one file; none where that content waits already. Raises UnreadableDelivery, never with a value."""
    with inbox.opened(desk.home.inbox, reading.BOX, desk.say):
        return _propose_file(desk, errand, Letter(path, inbox.content_hash(path)), 1, by)


def _propose_file(desk: Desk, errand: Errand, letter: Letter, file_no: int, by: str) -> list[Proposed]:
    content, day = letter.content_hash, errand.day.isoformat()
    if _is_known(desk, [content]):
        return []
    asked = reading.read(letter.path, file_no, day, desk.policy)
    proposed = None
    while proposed is None:
        proposed = _propose_values(desk, errand, asked, content, file_no, by)
    return [proposed]


def _propose_values(
    desk: Desk, errand: Errand, asked: reading.Asked, content: str, file_no: int, by: str
) -> Proposed | None:
    """The proposal of a file's values; None where somebody was removed meanwhile, who may be in it."""
    day = errand.day.isoformat()
    with desk.home.database.reading() as store:
        removed = meanwhile.removed_so_far(store)
        found = address(store, desk.feeds, asked, desk.home.key)
        scope = _scope(store, desk, found.words["record_key"])
    words = _hashed(found, desk.home.key)

    def put(store: Store) -> None:
        bulk.put_words(store, 0, words)
        bulk.put_in_force(store, 0, by, by)

    outcome = rehearsal.rehearse(desk, scope, {}, put, day, errand.today.isoformat())
    figures = {"values": len(found.lines), "missing": len(found.missing), "wrong": len(found.wrong), "same": found.same}
    texts = Texts(desk.policy.language)
    wrong = [texts.say("correction.place", n=file_no, row=row, column=texts.say(f"column.{column}") if column else "-",
                       why=approving.wrong_said(code, texts))
             for row, column, code in found.wrong.sort_values("row").itertuples(index=False)]
    return _send(desk, errand, "values", scope, [content], figures, Findings(outcome, found), removed, by, words, wrong)


def waiting_letters(desk: Desk, errand: Errand) -> dict[tuple[str, str], list[Letter]]:
    """Corrected files of days that are held, by feed and day."""
    return {(feed.name, day): letters for feed in desk.feeds.living if not feed.is_lookup
            for day, letters in refresh.that_wait(desk, feed, errand).items()}


def _propose_waiting(desk: Desk, errand: Errand, by: str) -> list[Proposed]:
    """Proposes as one correction all corrected files that wait; none where the same wait for an answer already."""
    letters = waiting_letters(desk, errand)
    contents = _contents(letters)
    if not letters or _is_known(desk, contents):
        return []
    scope: dict[str, list[str]] = {}
    for feed, day in sorted(letters):
        scope.setdefault(feed, []).append(day)
    with desk.home.database.reading() as store:
        removed = meanwhile.removed_so_far(store)
    outcome = rehearsal.rehearse(desk, scope, letters, lambda _: None, errand.day.isoformat(), errand.today.isoformat())
    figures = {"missing": int((~outcome.lost["is_waiting"]).sum()), "wrong": len(outcome.refused)}
    sent = _send(desk, errand, "delivery", scope, contents, figures, Findings(outcome, None), removed, by)
    return [sent] if sent else _propose_waiting(desk, errand, by)


def not_proposed(desk: Desk, errand: Errand) -> list[str]:
    """The contents of the corrected files that wait, in order; none where they wait for an answer already."""
    contents = _contents(waiting_letters(desk, errand))
    return [] if _is_known(desk, contents) else contents


def _contents(letters: rehearsal.Letters) -> list[str]:
    return sorted(letter.content_hash for of_day in letters.values() for letter in of_day)


def _send(
    desk: Desk, errand: Errand, kind: bulk.Kind, scope: bulk.Scope, contents: Sequence[str], figures: Mapping[str, int],
    found: Findings, removed: int, by: str, words: pd.DataFrame | None = None, wrong: Sequence[str] = (),
) -> Proposed | None:
    """Keeps the proposal and writes its workbook, in one transaction; nothing, and None, where somebody was removed since.

    removed: how many had been when it was begun.
    """
    home, day = desk.home, errand.day.isoformat()
    with home.database.writing("propose a correction", day, desk.say) as store:
        if meanwhile.removed_so_far(store) != removed:
            return None
        number = bulk.propose(store, kind, scope, contents, figures, by, day)
        if words is not None:
            bulk.put_words(store, number, words)
        known = bulk.find(store, number)
        assert known is not None  # noqa: S101 - proposed above
        sent = forms.send(
            home, store, desk.policy, approving.form(home, desk.policy), approving.question(number, figures.get("values", 0)),
            errand.day, by, f"correction-{number}", beside=approving.beside(number, known, found, desk.policy))
    counts = {"changes": len(found.outcome.changes), "merges": len(found.outcome.merges), "splits": len(found.outcome.splits)}
    return Proposed(number, sent.path, {**figures, **counts, "days": len(known.days),
                                        "minutes": approving.minutes(found.outcome)}, list(wrong))


def _scope(store: Store, desk: Desk, keys: "pd.Series[str]") -> dict[str, list[str]]:
    """The days that say last what the records say, as far as the archive holds them."""
    scope: dict[str, set[str]] = {}
    living = {feed.name for feed in desk.feeds.living if not feed.is_lookup}
    for table in (observations, engagements):
        query = sa.select(table.c.feed, table.c.last_seen_on).distinct().where(among(store, table.c.record_key, keys))
        for feed, day in store.read(query).itertuples(index=False):
            scope.setdefault(feed, set()).add(day)
    held = {feed: {day for day, _ in archived(store, feed)} & days for feed, days in scope.items() if feed in living}
    return {feed: sorted(days) for feed, days in sorted(held.items()) if days}


def _hashed(found: Addressed, key: bytes) -> pd.DataFrame:
    """The words as rows of `corrections`."""
    words = found.words.drop(columns="feed")
    return words.assign(overruled_hash=told.overruled_hash(words["record_key"], words["column"], words["overruled"], key))


def _is_known(desk: Desk, contents: Sequence[str]) -> bool:
    """Whether these very files wait for an answer, or are being carried out."""
    with desk.home.database.reading() as store:
        return any(list(one.contents) == list(contents) for one in bulk.with_state(store, "proposed", *bulk.OPEN))
