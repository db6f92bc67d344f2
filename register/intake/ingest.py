"""Takes one day of one feed into the register, in one transaction: what was read, what came of each row, and the proof.

`take` reads files, `replay` the archive. Which days are taken when stands in
`refresh.py`; what a feed's state is made of, in `given.py` and `observations.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from register.corrections import bulk, told
from register.errors import RegisterError
from register.feeds import Feed, Feeds
from register.gate import corrected, removed_values
from register.gate.admit import Admission, Rows, admit, judged_frame
from register.gate.known import Standing, standing
from register.home import Home
from register.intake import answers, batch, deliveries, former, inbox, observations, quarantine, redelivery
from register.intake.archive import Archive, name_in_deliveries
from register.intake.batch import Batch
from register.intake.deliveries import How
from register.intake.given import Given, given, record
from register.intake.inbox import Letter
from register.intake.shrinking import SHRUNK, has_shrunk, shrunk_since
from register.policy import Policy
from register.removal.suppressions import lift_suppressions
from register.sets import is_among
from register.store.store import Store


class Judgement(Protocol):
    """What the expectations say: reasons (row, column, code) and the table shown to people."""

    reasons: pd.DataFrame
    table: pd.DataFrame


Judge = Callable[[pd.DataFrame, Feed], Judgement]

SUITE_FAILED = "suite_failed"
"""The code of a delivery whose rows could not be judged."""


class NotJudged(RegisterError):
    """Rows that could not be judged, or had no fate, or two: nothing of them is kept."""


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


@dataclass
class Admitted:
    """Rows with what became of them."""

    rows: Rows
    admission: Admission
    known: Standing
    table: pd.DataFrame

    def given(self, desk: Desk, feed: Feed) -> Given:
        """What they give to the tables."""
        return given(self.rows, self.admission, self.known, feed, desk.home.key)

    @property
    def delivered(self) -> "pd.Series[str]":
        """Records of the rows that are not withheld."""
        return self.rows.record_key[self.admission.fate.ne("withheld")]

    @property
    def text(self) -> pd.DataFrame:
        """The delivered text of the rows that were let in, with their record keys; of a fact without its person that alone."""
        is_in, lapsed = self.admission.fate.eq("accepted"), self.admission.lapsed
        text = self.rows.text
        if len(lapsed):
            bare = removed_values.without_person(text.loc[lapsed])
            text = pd.concat([text.drop(index=lapsed), bare]).sort_index()
        return text[is_in].assign(record_key=self.rows.record_key[is_in])


def take(desk: Desk, feed: Feed, day: str, letters: list[Letter], how: How, today: str) -> bool:
    """Reads the files of one day and lets in what may be kept; the files are deleted once their rows are accounted for.

    What cannot be read or judged, or shrinks by more than the policy allows, is set aside: the register stays as it was, and
    the answer is False.
    """
    with desk.home.database.reading() as store:
        after_file = deliveries.last_file_no(store, feed.name, day) if how == "add" else 0
    folder = desk.home.inbox / feed.name
    read = batch.read_letters(letters, feed, day, desk.policy, desk.home.key, after_file=after_file, folder=folder)
    superseded: list[str] = []
    try:
        with desk.home.database.writing(f"read {feed.name} {day}", today, desk.say) as store:
            if code := _take(store, desk, feed, day, read, how, today, superseded):
                _set_aside(store, feed, day, read, code, today)
    except NotJudged:
        code = SUITE_FAILED
        with desk.home.database.writing(f"set aside {feed.name} {day}", today, desk.say) as store:
            _set_aside(store, feed, day, read, code, today)
    if code:
        return False
    inbox.clear({*read.letters.values(), *(letter for letter in letters if letter.content_hash in read.contents)})
    desk.archive.discard(superseded)
    return True


def replay(desk: Desk, feed: Feed, day: str, today: str) -> None:
    """Reads a day again from the archive, under today's policy; its counts stay as they were.

    A snapshot that was let go of as shrunk is held again where it is believed now.
    """
    with desk.home.database.reading() as store:
        before = deliveries.find(store, feed.name, day)
    if before is None or before.archive_file is None:
        return
    superseded: list[str] = []
    try:
        with desk.home.database.writing(f"replay {feed.name} {day}", today, desk.say) as store:
            _replay(store, desk, feed, day, today, superseded)
    except NotJudged:
        with desk.home.database.writing(f"set aside {feed.name} {day}", today, desk.say) as store:
            deliveries.set_aside(store, feed.name, day, {}, [], code=SUITE_FAILED, rows=before.size, today=today)
    desk.archive.discard(superseded)


def keep_more(store: Store, desk: Desk, feed: Feed, day: str, admitted: Admitted) -> None:
    """Writes rows of a day that were admitted later beside what is held of it, in the open transaction (design, rule 6)."""
    _keep(store, desk, feed, day, admitted, "add", [])


def replace_within(
    store: Store, desk: Desk, feed: Feed, day: str, admitted: Admitted, today: str, superseded: list[str]
) -> None:
    """Writes rows that were admitted as the whole of a day that is recorded already, in the open transaction."""
    known = deliveries.find(store, feed.name, day)
    stayed = _keep(store, desk, feed, day, admitted, "replace", superseded)
    if known is not None and not known.is_held:
        redelivery.drop(store, desk.archive, feed, day, None, _readmitting(store, desk, feed))
        observations.mark_withdrawn(store, feed, admitted.rows.record_key)
    elif stayed:
        deliveries.note(store, feed.name, day, stayed=stayed)
    _judge_later(store, desk, feed, day, today)


def replay_within(store: Store, desk: Desk, feed: Feed, day: str, today: str) -> None:
    """Reads a day again from the archive, in the open transaction; the file it replaces goes with the next start.

    Raises NotJudged.
    """
    _replay(store, desk, feed, day, today, [])


def rehearse(store: Store, desk: Desk, feed: Feed, day: str, letters: list[Letter], today: str) -> str | None:
    """Reads a day within an open transaction, from files as the whole day, or again from the archive; deletes no file.

    The code where it would be set aside.
    """
    superseded: list[str] = []
    try:
        if letters:
            folder = desk.home.inbox / feed.name
            read = batch.read_letters(letters, feed, day, desk.policy, desk.home.key, after_file=0, folder=folder)
            return _take(store, desk, feed, day, read, "replace", today, superseded)
        _replay(store, desk, feed, day, today, superseded)
    except NotJudged:
        return SUITE_FAILED
    return None


def _take(
    store: Store, desk: Desk, feed: Feed, day: str, read: Batch, how: How, today: str, superseded: list[str]
) -> str | None:
    """Admits a batch; the code where it is to be set aside instead."""
    if read.unreadable and (feed.gives != "events" or not read.letters):
        return read.unreadable[0][1].code
    if how == "replace" and has_shrunk(store, feed, day, read.size, desk.policy):
        return SHRUNK
    admitted = _admitted(store, desk, feed, day, read.rows)
    number = bulk.redelivered_by(store, feed.name, day, read.contents) if how == "replace" else None
    if number is not None:
        former.keep(store, desk.archive, number, feed, day)
    is_beyond_archive = how == "replace" and deliveries.is_beyond_archive(store, feed.name, day)
    deliveries.record(store, feed, day, read, admitted.admission, admitted.table, how, today)
    if how == "replace":
        quarantine.forget_day(store, feed, day, admitted.delivered)
    stayed = _keep(store, desk, feed, day, admitted, how, superseded)
    if stayed or is_beyond_archive:
        deliveries.note(store, feed.name, day, stayed=stayed, is_beyond_archive=is_beyond_archive)
    gone = read.rows.record_key[read.rows.normalised["deleted"]]
    ended = lift_suppressions(store, feed, day, read.rows.record_key, gone)
    if number is not None:
        former.note_ended(store, number, feed.name, day, ended)
    _judge_later(store, desk, feed, day, today)
    return None


def _replay(store: Store, desk: Desk, feed: Feed, day: str, today: str, superseded: list[str]) -> None:
    before = deliveries.find(store, feed.name, day)
    if before is None or before.archive_file is None:
        return
    if not before.is_held and has_shrunk(store, feed, day, before.size, desk.policy):
        return
    admitted = admit_again(store, desk, feed, day, desk.archive.read(before.archive_file))
    if not before.is_held or before.code == SUITE_FAILED:
        deliveries.hold(store, feed.name, day)
    _keep(store, desk, feed, day, admitted, "replace", superseded)
    _judge_later(store, desk, feed, day, today)


def _set_aside(store: Store, feed: Feed, day: str, read: Batch, code: str, today: str) -> None:
    deliveries.set_aside(store, feed.name, day, read.letters, read.unreadable, code=code, rows=read.size, today=today)


def _admitted(store: Store, desk: Desk, feed: Feed, day: str, rows: Rows) -> Admitted:
    """Judges rows, as the steward has answered for them and corrected them. Raises NotJudged whatever goes wrong but the store:
    a suite's fault stops no other feed (design, rule 7).
    """
    answered, words = answers.of(store, rows, feed, desk.home.key), told.of_records(store, rows.record_key)
    told.note_still_sent(store, words, corrected.delivered(rows, words), day, desk.home.key)
    rows = _put_right(rows, answered, words, feed, day, desk)
    kept = rows.text.get(removed_values.KEPT)  # an address that was removed tells the firm still
    known = standing(store, rows.normalised, rows.record_key, feed, day, desk.policy, desk.home.keys, kept)
    rows = removed_values.cut(store, rows, feed, desk.home.key)
    rows = removed_values.without_erased(rows, known.is_nameless, known.is_bare)
    try:
        judgement = desk.judge(judged_frame(rows, known, day), feed)
        admission = admit(rows, judgement.reasons, known, feed, desk.policy, answered)
    except Exception:  # whatever it was, its text may quote values
        raise NotJudged(f"{feed.name}, {day}: the rows could not be judged") from None
    _prove(admission, len(rows.record_key), feed, day)
    return Admitted(rows, admission, known, judgement.table)


def _put_right(rows: Rows, answered: pd.DataFrame, words: pd.DataFrame, feed: Feed, day: str, desk: Desk) -> Rows:
    """The rows with what the steward has put right in them; a correction beats an answer. Raises NotJudged."""
    try:
        return corrected.over(answers.corrected(rows, answered, feed, day, desk.policy), words, feed, day)
    except Exception:  # whatever it was, its text may quote values
        raise NotJudged(f"{feed.name}, {day}: corrected rows could not be read") from None


def admit_again(store: Store, desk: Desk, feed: Feed, day: str, archived: pd.DataFrame) -> Admitted:
    """Archived rows under today's policy, as the answers stand; writes nothing. Raises NotJudged."""
    try:
        rows = batch.from_archive(archived, feed, day, desk.policy).rows
    except Exception:  # whatever it was, its text may quote values
        raise NotJudged(f"{feed.name}, {day}: the archived rows could not be read") from None
    return _admitted(store, desk, feed, day, rows)


def _prove(admission: Admission, read: int, feed: Feed, day: str) -> None:
    """Raises NotJudged unless read = accepted + quarantined + withheld, before anything is kept (design, rule 2).

    What was let in gives something, what is quarantined has an entry, what is withheld has its reason.
    """
    counted = [admission.count(fate) for fate in ("accepted", "quarantined", "withheld")]
    given_by = len(admission.observed.union(admission.engaged).union(admission.deleted))
    waits = admission.fate.index[admission.fate.eq("quarantined")].isin(admission.waiting["position"])
    if sum(counted) != read or given_by != counted[0] or not waits.all() or len(admission.withheld) != counted[2]:
        raise NotJudged(f"{feed.name}, {day}: {read} rows read, {counted} accepted, quarantined and withheld")


def _keep(
    store: Store, desk: Desk, feed: Feed, day: str, admitted: Admitted, how: How, superseded: list[str]
) -> int:
    """Writes what was admitted, the archive first, and settles what the day lost; how many records stay all the same.

    superseded: gets the archive file that the new one replaces.
    """
    before = deliveries.find(store, feed.name, day)
    old_file = before.archive_file if before else None
    is_counted = before is not None and how == "replace" and before.counts["accepted"] > 0
    text, gives = admitted.text, admitted.given(desk, feed)
    if how == "add":
        earlier = desk.archive.read(old_file)
        text = pd.concat([earlier[~is_among(earlier["record_key"], text["record_key"])], text], ignore_index=True)
    new_file = desk.archive.write(feed.name, day, text, is_kept=is_counted or old_file is not None)
    name_in_deliveries(store, feed.name, day, new_file)
    superseded += [old_file] if old_file and old_file != new_file and not former.named(store, old_file) else []
    record(store, desk.home.keys, feed, gives, day)
    stayed = 0
    if how == "replace" and old_file:
        stayed = redelivery.drop(store, desk.archive, feed, day, gives, _readmitting(store, desk, feed))
    observations.mark_withdrawn(store, feed, admitted.rows.record_key)
    return stayed


def _judge_later(store: Store, desk: Desk, feed: Feed, day: str, today: str) -> None:
    """Lets go of later days that the day now shows to have shrunk; each lets the next be judged (design, rule 5)."""
    while later := shrunk_since(store, feed, day, desk.policy):
        deliveries.let_go(store, feed.name, later, SHRUNK, today)
        redelivery.drop(store, desk.archive, feed, later, None, _readmitting(store, desk, feed))
        observations.mark_withdrawn(store, feed, pd.Series(dtype="str"))


def _readmitting(store: Store, desk: Desk, feed: Feed) -> redelivery.Readmit:
    def readmit(day: str, archived: pd.DataFrame) -> Given:
        return admit_again(store, desk, feed, day, archived).given(desk, feed)

    return readmit
