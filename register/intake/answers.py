"""What was answered of entries of quarantine, and which of them nobody answered in time: they are asked no more (rule 9).

An answer is known again by what it answered: the same record, column, reason and delivered value. So it holds for each
delivery, replay and backfill of the same row, and the state of a feed stays a function of its deliveries and decisions.
"""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, delete, func, insert, literal, or_, select

from register.feeds import Feed
from register.gate import removed_values
from register.gate.admit import UNANSWERED, Rows, quoted
from register.gate.record_keys import hashed
from register.increments import among
from register.intake import batch, typed
from register.intake.archive import Archive
from register.intake.quarantine import ENTRY
from register.policy import Policy
from register.retention.restrictions import waits_of_restricted
from register.sets import is_among
from register.store.conditions import is_in
from register.store.database import now
from register.store.store import Store
from register.store.tables import answers, decisions, engagements, exports, memberships, observations, quarantine

Outcome = Literal["correct", "accept", "discard", "expired"]

KINDS: dict[str, str] = {outcome: f"quarantine_{outcome}" for outcome in ("correct", "accept", "discard")}
"""The kind of the decision by outcome."""

NONE = UNANSWERED.assign(value=pd.Series(dtype="str"))


def record(store: Store, said: pd.DataFrame) -> None:
    """Keeps answers. said: the columns of ENTRY, feed, scope, outcome, value, decision_id."""
    columns = ["feed", *ENTRY, "scope", "outcome", "value", "decision_id"]
    store.upsert(answers, said[columns].assign(changed_in=store.run))


def forget(store: Store, said: pd.DataFrame) -> None:
    """Takes answers back. said: the columns of ENTRY."""
    if len(said):
        stage = store.temporary(said[ENTRY])
        same = [answers.c[name] == stage.c[name] for name in ENTRY]
        store.execute(delete(answers).where(select(literal(1)).where(*same).exists()))


def decide(store: Store, outcome: str, by: str, os_user: str, workbook: int | None) -> int:
    """Stores who answered what with which workbook; the decision's number."""
    row = {"kind": KINDS[outcome], "content": json.dumps({"workbook": workbook}), "decided_by": by,
           "os_user": os_user, "decided_at": now(), "changed_in": store.run}
    return int(store.execute(insert(decisions).values(row).returning(decisions.c.decision_id)).scalar_one())


def drop_empty(store: Store) -> None:
    """Takes back decisions of this run by which nothing was done."""
    is_empty = ~is_in(answers.c.decision_id, decisions.c.decision_id)
    of_run = decisions.c.kind.in_(KINDS.values()) & (decisions.c.changed_in == store.run)
    store.execute(delete(decisions).where(of_run, is_empty))


def listed(store: Store) -> list[dict[str, Any]]:
    """The steward's answers in force, for people: decision_id, kind, decided_by, decided_at, file (the workbook's name, or
    None), places (feed, column, entries), contact_ids of the records.
    """
    rows = store.read(select(decisions.c.decision_id, decisions.c.kind, decisions.c.decided_by, decisions.c.decided_at,
                             decisions.c.content).where(decisions.c.kind.in_(KINDS.values()), decisions.c.lifted_at.is_(None)))
    files = store.read(select(exports.c.export_no, exports.c.file).where(exports.c.what == "quarantine"))
    file_of = dict(zip(files["export_no"], files["file"], strict=True))
    at = (answers.c.decision_id, answers.c.feed, answers.c.column)
    places = store.read(select(*at, func.count().label("entries")).where(answers.c.decision_id.is_not(None)).group_by(*at))
    members = store.read(select(answers.c.decision_id, memberships.c.contact_id).distinct().join(
        memberships, memberships.c.record_key == answers.c.record_key).where(answers.c.decision_id.is_not(None)))
    ids = members.groupby("decision_id")["contact_id"].agg(sorted)
    told: list[dict[Any, Any]] = rows.to_dict("records")
    return [{**row, "file": file_of.get(json.loads(row.pop("content"))["workbook"]),
             "places": places[places["decision_id"] == row["decision_id"]].drop(columns="decision_id"),
             "contact_ids": list(ids.get(row["decision_id"], []))} for row in told]


def of(store: Store, rows: Rows, feed: Feed, key: bytes) -> pd.DataFrame:
    """What was answered of these rows before, while they say the same: row (position), column, code, scope, outcome, value."""
    names = [*ENTRY, "scope", "outcome", "value"]
    said = store.read(select(*(answers.c[name] for name in names)).where(answers.c.feed == feed.name))
    said["row"] = pd.Index(rows.record_key).get_indexer(pd.Index(said["record_key"]))
    said = said[said["row"] >= 0]
    is_same = hashed(quoted(said, rows), key) == said["value_hash"]
    return said.loc[is_same, list(NONE)].reset_index(drop=True)


def corrected(rows: Rows, answered: pd.DataFrame, feed: Feed, day: str, policy: Policy) -> Rows:
    """The rows with what the steward has put right, read again through the gate; text and record keys stay as delivered."""
    said = answered[answered["outcome"] == "correct"]
    if said.empty:
        return rows
    at = pd.Index(said["row"]).unique().sort_values()
    text = _put_right(rows.text.iloc[at].assign(record_key=rows.record_key.iloc[at]), said, feed)
    read = batch.from_archive(text, feed, day, policy).rows
    normalised = pd.concat([rows.normalised.drop(index=at), read.normalised.set_axis(at)]).sort_index()
    is_private = rows.is_private.copy()
    is_private.iloc[at] |= read.is_private.to_numpy()
    return replace(rows, normalised=normalised, is_private=is_private)


def _put_right(text: pd.DataFrame, said: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """The delivered text with the corrected values in their places."""
    where = [typed.place(code, value, feed.region) for code, value in zip(said["code"], said["value"], strict=True)]
    placed = said.assign(place=pd.Series(where, index=said.index, dtype="str")).dropna(subset="place")
    for column, of_it in placed.groupby("place"):
        parts = ["first_name", "last_name"] if column == "full_name" else []
        for part in parts:
            text[part] = _column(text, part).mask(text.index.isin(of_it["row"]))
        values = of_it.drop_duplicates("row").set_index("row")["value"].reindex(text.index)
        text[column] = values.fillna(_column(text, str(column))).astype("str")
    return text


def _column(text: pd.DataFrame, name: str) -> "pd.Series[str]":
    return text[name] if name in text else pd.Series(pd.NA, index=text.index, dtype="str")


def last_asked_on(policy: Policy, day: date) -> str:
    """The newest day since which entries could be answered that have had their time on `day`: the last day is theirs."""
    return (day - timedelta(days=policy.periods.quarantine_days + 1)).isoformat()


def expires_on(policy: Policy, asked_on: str) -> str:
    """The last day of an entry: late deliveries and old days read again have their whole time, too."""
    return (date.fromisoformat(asked_on) + timedelta(days=policy.periods.quarantine_days)).isoformat()


def expiring(store: Store, policy: Policy) -> pd.DataFrame:
    """What goes by itself when, the soonest first: expires_on (the last day it can be answered), feed, code, entries."""
    columns = [quarantine.c.asked_on, quarantine.c.feed, quarantine.c.code]
    waits = select(*columns, func.count().label("entries")).where(~waits_of_restricted())
    found = store.read(waits.group_by(*columns).order_by(*columns))
    found["expires_on"] = pd.Series([expires_on(policy, day) for day in found["asked_on"]], dtype="str")
    return found[["expires_on", "feed", "code", "entries"]]


def expired_since(store: Store, run: int) -> dict[str, int]:
    """How many entries of each feed nobody had answered in time in the steps after `run`."""
    found = store.read(select(answers.c.feed, func.count().label("entries")).where(
        answers.c.outcome == "expired", answers.c.changed_in > run).group_by(answers.c.feed))
    return dict(zip(found["feed"], found["entries"].map(int), strict=True))


def is_anything_over(store: Store, policy: Policy, day: date) -> bool:
    """Whether an entry has had its time, or a corrected value lies here without its record."""
    old = select(literal(1)).select_from(quarantine).where(_is_over(policy, day))
    lost = select(literal(1)).select_from(answers).where(_is_orphan())
    return any(store.scalar(query.limit(1)) is not None for query in (old, lost))


def expire(store: Store, policy: Policy, day: date, archive: Archive) -> int:
    """Lets go of entries that have had their time; how many. Known again by their hash, they are dropped without asking.

    Of a row that was let in as a fact of its firm, whoever it named goes from the archive too.
    """
    is_over = _is_over(policy, day)
    said = store.read(select(*(quarantine.c[name] for name in ("feed", *ENTRY, "scope"))).where(is_over))
    record(store, said.assign(outcome="expired", value=None, decision_id=None))
    store.execute(delete(answers).where(_is_orphan()))
    gone = store.execute(delete(quarantine).where(is_over)).rowcount
    archive.rewrite(store, _of_nobody(store, said.loc[said["scope"] == "row", "record_key"]), removed_values.without_person)
    return gone


def _is_over(policy: Policy, day: date) -> ColumnElement[bool]:
    """The condition that an entry has had its time; one that nobody is asked about has none (docs/decisions/0009)."""
    return (quarantine.c.asked_on <= last_asked_on(policy, day)) & ~waits_of_restricted()


def _of_nobody(store: Store, keys: "pd.Series[str]") -> "pd.Series[str]":
    """Those of the records of which nobody is observed and nothing waits."""
    held = [store.read(select(table.c.record_key).where(among(store, table.c.record_key, keys))) for table in (
        observations, quarantine)]
    return keys[~is_among(keys, pd.concat(held)["record_key"])]


def _is_orphan() -> ColumnElement[bool]:
    """A corrected value is the person's: it goes with the last that is held of the record."""
    held = or_(*(answers.c.record_key.in_(select(table.c.record_key)) for table in (observations, engagements, quarantine)))
    return answers.c.value.is_not(None) & ~held
