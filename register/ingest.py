"""Takes one day of one feed into the register, in one transaction: what was read, what came of each row, and the proof.

`take` reads files, `replay` the archive, `nothing` notes that nothing was delivered. Which days are taken when stands in
`refresh.py`; what a feed's state is made of, in `observations.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import pandas as pd

from register import batch, deliveries, inbox, observations, quarantine, redelivery
from register.archive import Archive
from register.bans import record_bans
from register.batch import Batch
from register.errors import RegisterError
from register.feeds import Feed, Feeds
from register.gate.admit import Admission, Rows, admit, engagements_of, judged_frame
from register.gate.known import Standing, standing
from register.gate.record_keys import content_hashes
from register.home import Home
from register.inbox import Letter
from register.policy import Policy
from register.store.store import Store
from register.store.tables import engagements
from register.store.tables import observations as observed
from register.suppressions import lift_suppressions

How = Literal["replace", "add"]


class Judgement(Protocol):
    """What the expectations say: reasons (row, column, code) and the table shown to people."""

    reasons: pd.DataFrame
    table: pd.DataFrame


Judge = Callable[[pd.DataFrame, Feed], Judgement]


class NotAccountedFor(RegisterError):
    """Rows of a delivery that had no fate, or two: nothing of it is kept."""


@dataclass(frozen=True)
class Desk:
    """What taking a delivery needs. judge: the expectations' runner. say: told when the lock is busy."""

    home: Home
    policy: Policy
    feeds: Feeds
    judge: Judge
    say: Callable[[str], None] | None = None

    @property
    def archive(self) -> Archive:
        """The home's archive."""
        return Archive(self.home.archive)


def take(desk: Desk, feed: Feed, day: str, letters: list[Letter], how: How, today: str) -> None:
    """Reads the files of one day and lets in what may be kept; the files are deleted once their rows are accounted for.

    What cannot be read, or shrinks by more than the policy allows, is set aside: the register stays as it was.
    """
    with desk.home.database.reading() as store:
        after_file = deliveries.last_file_no(store, feed.name, day) if how == "add" else 0
    folder = desk.home.inbox / feed.name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    read = batch.read_letters(letters, feed, day, desk.policy, desk.home.key, after_file=after_file, folder=folder)
    with desk.home.database.writing(f"read {feed.name} {day}", day, desk.say) as store:
        taken, superseded = _take(store, desk, feed, day, read, how, today)
    inbox.clear(taken)
    desk.archive.discard(superseded)


def replay(desk: Desk, feed: Feed, day: str) -> None:
    """Reads a day again from the archive, under today's policy; its counts stay as they were."""
    with desk.home.database.writing(f"replay {feed.name} {day}", day, desk.say) as store:
        before = deliveries.find(store, feed.name, day)
        if before is None or before.archive_file is None:
            return
        again = batch.from_archive(desk.archive.read(before.archive_file), feed, day, desk.policy)
        admission, known = _admit(store, desk, feed, day, again.rows)[:2]
        superseded = _keep(store, desk, feed, day, again.rows, admission, known, "replace", before.archive_file)
    desk.archive.discard(superseded)


def nothing(desk: Desk, feed: Feed, days: list[str]) -> None:
    """Notes that nothing was delivered for days of which nothing is known; others stay as they were."""
    with desk.home.database.reading() as store:
        unknown = [day for day in days if deliveries.find(store, feed.name, day) is None]
    if unknown:
        with desk.home.database.writing(f"note {feed.name}", unknown[-1], desk.say) as store:
            for day in unknown:
                deliveries.note_absent(store, feed.name, day)


def _take(
    store: Store, desk: Desk, feed: Feed, day: str, read: Batch, how: How, today: str
) -> tuple[list[Letter], str | None]:
    """Admits or sets aside a batch; gives the files that are accounted for and the archive file that was superseded."""
    before = deliveries.find(store, feed.name, day)
    if read.unreadable and (feed.gives != "events" or not read.letters):
        deliveries.set_aside(store, feed.name, day, read, read.unreadable[0][1].code, today)
        return [], None
    if how == "replace" and deliveries.has_shrunk(store, feed, day, read.size, before, desk.policy.admission.max_shrink):
        deliveries.set_aside(store, feed.name, day, read, "shrunk", today)
        return [], None
    admission, known, table = _admit(store, desk, feed, day, read.rows)
    _prove(admission, read.size, feed, day)
    old_file = before.archive_file if before is not None else None
    deliveries.record(store, feed.name, day, read, admission, table, how, before, today)
    superseded = _keep(store, desk, feed, day, read.rows, admission, known, how, old_file)
    return list(read.letters.values()), superseded


def _admit(store: Store, desk: Desk, feed: Feed, day: str, rows: Rows) -> tuple[Admission, Standing, pd.DataFrame]:
    known = standing(store, rows.normalised, rows.record_key, feed, desk.feeds, desk.policy)
    judgement = desk.judge(judged_frame(rows, known, day), feed)
    return admit(rows, judgement.reasons, known, feed, desk.policy), known, judgement.table


def _prove(admission: Admission, read: int, feed: Feed, day: str) -> None:
    """Raises NotAccountedFor unless read = accepted + quarantined + withheld, before anything is kept (design, rule 2)."""
    counted = [admission.count(fate) for fate in ("accepted", "quarantined", "withheld")]
    if sum(counted) != read:
        raise NotAccountedFor(f"{feed.name}, {day}: {read} rows read, {counted} accepted, quarantined and withheld")


def _keep(
    store: Store, desk: Desk, feed: Feed, day: str, rows: Rows, admission: Admission, known: Standing, how: How,
    old_file: str | None,
) -> str | None:
    """Writes what was admitted: archive, observations, engagements, quarantine, bans; and settles what the day lost.

    Gives the archive file that the new one superseded.
    """
    accepted = admission.fate.eq("accepted")
    old_keys = desk.archive.keys(old_file)
    text = rows.text[accepted].assign(record_key=rows.record_key[accepted])
    if how == "add":
        earlier = desk.archive.read(old_file)
        text = pd.concat([earlier[~earlier["record_key"].isin(text["record_key"])], text], ignore_index=True)
    new_file = desk.archive.write(feed.name, day, text)
    deliveries.name_archive(store, feed.name, day, new_file)
    _settle(store, desk, feed, day, rows, admission, known)
    if how == "replace":
        quarantine.forget_day(store, feed, day, rows.record_key)
        dropped = old_keys[~old_keys.isin(rows.record_key[accepted])]
        redelivery.drop(store, desk.archive, feed, day, dropped, _readmitting(store, desk, feed))
    observations.mark_withdrawn(store, feed)
    lift_suppressions(store, feed, day, rows.record_key)
    return old_file if old_file != new_file else None


def _settle(store: Store, desk: Desk, feed: Feed, day: str, rows: Rows, admission: Admission, known: Standing) -> None:
    given = _given(desk, feed, rows, admission, known)
    observations.settle(store, observed, given["observations"], day)
    observations.settle(store, engagements, given["engagements"], day)
    delivered = rows.record_key[admission.fate.ne("withheld")]
    observations.mark_seen(store, feed, delivered, day)
    observations.mark_deleted(store, feed, rows.record_key[admission.deleted], day)
    quarantine.settle(store, quarantine.entries(admission.waiting, rows, feed, desk.home.key), delivered, day)
    record_bans(store, rows.record_key[rows.normalised["marketing_ban"]], day)


def _given(desk: Desk, feed: Feed, rows: Rows, admission: Admission, known: Standing) -> dict[str, pd.DataFrame]:
    """The rows of `observations` and `engagements` that admitted rows give, without their days."""
    normalised = rows.normalised
    shared = pd.DataFrame({"record_key": rows.record_key, "feed": feed.name, "email_domain": known.email_domain,
                           "content_hash": content_hashes(normalised, desk.home.key)})
    codes = [column for column in normalised if str(column).endswith("_code")]
    said = normalised.drop(columns=codes).assign(names_person=known.names_person, withdrawn=False)
    facts = engagements_of(normalised, feed)
    return {
        "observations": shared.join(said).loc[admission.observed],
        "engagements": shared.join(facts).loc[admission.engaged],
    }


def _readmitting(store: Store, desk: Desk, feed: Feed) -> redelivery.Readmit:
    def readmit(day: str, archived: pd.DataFrame) -> dict[str, pd.DataFrame]:
        rows = batch.from_archive(archived, feed, day, desk.policy).rows
        admission, known, _ = _admit(store, desk, feed, day, rows)
        return _given(desk, feed, rows, admission, known)

    return readmit
