"""Carries out what the steward answered of entries of quarantine: through the same gate, in the open transaction.

A row let in joins the archive of the newest day that delivered it, and moves in that day's counts (design, rules 1, 2 and 6).
What an answer does to later deliveries of the row stands in `answers.py`.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import delete, select, update

from register.errors import RefusedError
from register.feeds import Feed
from register.increments import among
from register.intake import answers, deliveries, ingest, typed
from register.intake.archive import archived
from register.intake.ingest import Admitted, Desk, NotJudged
from register.intake.quarantine import ENTRY
from register.sets import is_among
from register.store.database import now
from register.store.store import Store
from register.store.tables import answers as answered
from register.store.tables import decisions, quarantine, withheld
from register.texts import Texts

FAULT = ["record_key", "column", "code"]

NOT_IN_ARCHIVE, NOT_JUDGED, STILL_WRONG, WOULD_GO = "not_in_archive", "not_judged", "still_wrong", "would_go"
"""Why an answer is not taken: its row is not held any more, the suite failed, the gate refuses the value, or by it the whole
row, of which a part is held already.
"""


@dataclass(frozen=True)
class Rows:
    """Some records of one day, as they stood before they were answered. text: as delivered; entries: theirs in quarantine."""

    feed: Feed
    day: str
    text: pd.DataFrame
    is_held: "pd.Series[bool]"
    entries: pd.DataFrame

    @property
    def held(self) -> "pd.Series[str]":
        """The records that were let in before."""
        keys: pd.Series[str] = self.text.loc[self.is_held, "record_key"]
        return keys


def carry_out(store: Store, desk: Desk, said: pd.DataFrame) -> pd.DataFrame:
    """Takes answers; of those that are not taken, on the index of `said`: why, and the reason code of the gate.

    said: feed, day (the newest that delivered the row), the columns of ENTRY, scope, outcome, value, decision_id.
    """
    answers.record(store, said)
    refused = [_of_day(store, desk, desk.feeds.named(str(feed)), str(day), of_it)
               for (feed, day), of_it in said.groupby(["feed", "day"])]
    return pd.concat([_refused([], ""), *refused])


def _refused(index: Iterable[Any], why: str, reason: Any = "") -> pd.DataFrame:
    return pd.DataFrame({"why": why, "reason": reason}, index=pd.Index(list(index)), dtype="str")


def _of_day(store: Store, desk: Desk, feed: Feed, day: str, said: pd.DataFrame) -> pd.DataFrame:
    rows = _rows(store, desk, feed, day, said["record_key"])
    is_lost = ~is_among(said["record_key"], rows.text["record_key"])
    refused = _refused(said.index[is_lost], NOT_IN_ARCHIVE)
    answers.forget(store, said.loc[refused.index])
    if is_lost.all():
        return refused
    try:
        admitted = ingest.admit_again(store, desk, feed, day, rows.text)
        wrong = _wrong(admitted, desk, rows, said[~is_lost])
        if len(wrong):
            answers.forget(store, said.loc[wrong.index])
            admitted = ingest.admit_again(store, desk, feed, day, rows.text)
    except NotJudged:
        answers.forget(store, said)
        return _refused(said.index, NOT_JUDGED)
    ingest.keep_more(store, desk, feed, day, admitted)
    _close(store, rows, admitted)
    return pd.concat([refused, wrong])


def _rows(store: Store, desk: Desk, feed: Feed, day: str, record_keys: "pd.Series[str]") -> Rows:
    """The records as the day delivered them: from the archive, and those that wait whole from quarantine.

    None where the day's archive has had its time, or the day was let go of without one: a file with these rows alone would
    pass for the whole day.
    """
    entries = store.read(select(quarantine).where(among(store, quarantine.c.record_key, record_keys)))
    known = deliveries.find(store, feed.name, day)
    is_let_go = known is None or not (known.is_held or known.archive_file)
    if known is None or is_let_go or deliveries.is_beyond_archive(store, feed.name, day):
        return Rows(feed, day, pd.DataFrame({"record_key": pd.Series(dtype="str")}), pd.Series(dtype=bool), entries)
    held = desk.archive.read(known.archive_file)
    held = held[is_among(held["record_key"], record_keys)]
    waiting = entries[entries["scope"].eq("row") & ~is_among(entries["record_key"], held["record_key"])]
    waiting = waiting.drop_duplicates("record_key")
    said = pd.DataFrame([json.loads(content) for content in waiting["content"]], index=waiting.index, dtype="str")
    text = pd.concat([held, said.join(waiting[["record_key", "file_no", "row_no"]])], ignore_index=True)
    text = text.astype({"record_key": "str", "file_no": "int64", "row_no": "int64"})
    return Rows(feed, day, text, pd.Series(text.index < len(held), index=text.index), entries)


def _wrong(admitted: Admitted, desk: Desk, rows: Rows, said: pd.DataFrame) -> pd.DataFrame:
    """Corrections that the gate does not take, and answers by which a row would go of which something is held."""
    waiting = admitted.given(desk, rows.feed).waiting[FAULT]
    corrections = said[said["outcome"] == "correct"].reset_index(names="at")
    again = corrections.merge(waiting, on=FAULT)[["at", "code"]]
    is_fresh = ~pd.MultiIndex.from_frame(waiting).isin(pd.MultiIndex.from_frame(rows.entries[FAULT]))
    beside = corrections.merge(waiting[is_fresh], on="record_key", suffixes=("_asked", ""))
    is_theirs = [column in (asked, *typed.places(code)) for asked, code, column in
                 zip(beside["column_asked"], beside["code_asked"], beside["column"], strict=True)]
    faults = pd.concat([beside.loc[is_theirs, ["at", "code"]], again]).drop_duplicates("at")
    gone = admitted.admission.withheld
    going = pd.Series(gone["code"].to_numpy(), index=rows.text["record_key"].iloc[gone["position"]], dtype="str")
    keeps = corrections["scope"].eq("value") | is_among(corrections["record_key"], rows.held)
    lost = corrections[keeps & is_among(corrections["record_key"], going.index) & ~corrections["at"].isin(faults["at"])]
    return pd.concat([_refused(faults["at"], STILL_WRONG, faults["code"].to_numpy()),
                      _refused(lost["at"], WOULD_GO, going.reindex(lost["record_key"]).to_numpy())])


def _close(store: Store, rows: Rows, admitted: Admitted) -> None:
    """Closes the entries of rows that may not be kept, notes these rows without a value, and moves the counts of the day."""
    admission, keys = admitted.admission, rows.text["record_key"]
    gone = admission.withheld
    where = rows.text.loc[gone["position"], ["record_key", "file_no", "row_no"]].reset_index(drop=True)
    theirs = among(store, quarantine.c.record_key, where["record_key"])
    store.execute(delete(quarantine).where(theirs))
    values = among(store, answered.c.record_key, where["record_key"]) & answered.c.value.is_not(None)
    store.execute(update(answered).where(values).values(outcome="discard", value=None))
    store.upsert(withheld, where[["file_no", "row_no"]].assign(feed=rows.feed.name, day=rows.day, code=gone["code"].to_numpy()))
    is_let_in, held = admission.fate.eq("accepted"), rows.held
    values_before = int(is_among(rows.entries["record_key"], held).sum())
    _move(store, rows, keys[is_let_in], len(gone), admission.values_waiting - values_before,
          Counter(admission.waiting["code"]) + Counter(gone["code"]))


def _move(store: Store, rows: Rows, let_in: "pd.Series[str]", gone: int, values: int, codes: "Counter[str]") -> None:
    """Moves the rows in the counts of their day, from what became of them before to what becomes of them now."""
    accepted = len(let_in) - len(rows.held)
    after, before = codes, Counter(rows.entries["code"])
    deliveries.move(
        store, rows.feed.name, rows.day,
        {"accepted": accepted, "withheld": gone, "quarantined": -accepted - gone, "values_waiting": values},
        {code: after[code] - before[code] for code in {*after, *before}})


@dataclass(frozen=True)
class Undone:
    """What lifting an answer did: entries that wait again, and rows that will be asked about when they are delivered again."""

    waiting: int
    gone: int


def is_answer(store: Store, number: int) -> bool:
    """Whether a decision that nobody has lifted answered entries of quarantine."""
    kind = store.scalar(select(decisions.c.kind).where(decisions.c.decision_id == number, decisions.c.lifted_at.is_(None)))
    return kind in answers.KINDS.values()


def undo(store: Store, desk: Desk, number: int, by: str, os_user: str, today: str) -> Undone:
    """Lifts an answer: the days that hold its rows are read again from the archive as if it had never been given.

    A row that was discarded is gone; it is asked about when it is delivered again. Raises RefusedError for a stranger, and
    where a row was let in by the answer whose days the archive holds no more.
    """
    desk.policy.refuse_stranger(by)
    said = store.read(select(*(answered.c[name] for name in ("feed", *ENTRY, "outcome"))).where(
        answered.c.decision_id == number))
    days = {str(feed): _days_of(store, desk, str(feed), keys) for feed, keys in said.groupby("feed")["record_key"]}
    found = [keys for of_feed in days.values() for keys in of_feed.values()]
    is_there = is_among(said["record_key"], pd.concat([pd.Series(dtype="str"), *found]))
    if (~is_there & said["outcome"].ne("discard")).any():
        raise RefusedError(Texts(desk.policy.language).say("decision.not_in_archive", n=number))
    answers.forget(store, said)
    _lift(store, number, by, os_user)
    for feed, of_feed in days.items():
        _read_again(store, desk, desk.feeds.named(feed), of_feed, today)
    return Undone(int(is_there.sum()), int((~is_there).sum()))


def _days_of(store: Store, desk: Desk, feed: str, keys: "pd.Series[str]") -> "dict[str, pd.Series[str]]":
    """The archived days that hold some of the records, the oldest first, with those they hold."""
    found = {day: held[is_among(held, keys)] for day, file in reversed(archived(store, feed))
             for held in (desk.archive.keys(file),)}
    return {day: held for day, held in found.items() if len(held)}


def _read_again(store: Store, desk: Desk, feed: Feed, days: "dict[str, pd.Series[str]]", today: str) -> None:
    """Replays the days; each record moves in the counts of the newest of them, and its entries have their whole time again."""
    newest: dict[str, pd.Series[str]] = {}
    for day in reversed(days):
        met = pd.concat([pd.Series(dtype="str"), *newest.values()])
        newest[day] = days[day][~is_among(days[day], met)]
    rows = {day: _rows(store, desk, feed, day, keys) for day, keys in newest.items() if len(keys)}
    for day in days:
        ingest.replay_within(store, desk, feed, day, today)
    for day, before in rows.items():
        after = _rows(store, desk, feed, day, newest[day])
        waiting = int(is_among(after.entries["record_key"], after.held).sum())
        waited = int(is_among(before.entries["record_key"], before.held).sum())
        _move(store, before, after.held, 0, waiting - waited, Counter(after.entries["code"]))
        store.execute(update(quarantine).where(among(store, quarantine.c.record_key, newest[day])).values(asked_on=today))


def _lift(store: Store, number: int, by: str, os_user: str) -> None:
    content = json.loads(store.scalar(select(decisions.c.content).where(decisions.c.decision_id == number)))
    lifted = json.dumps(content | {"lifted_by": by, "lifted_os_user": os_user})
    store.execute(update(decisions).where(decisions.c.decision_id == number).values(
        lifted_at=now(), content=lifted, changed_in=store.run))
