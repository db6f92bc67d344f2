"""The steward's word on how long: who may go, who is kept until when, who goes, who is held. What follows is `verdicts.py`'s.

A decision names records, by the day it gives them, so that it follows them through merges and splits. It is taken back by a
date, not by deleting.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
from sqlalchemy import insert, select, update

from register.increments import among
from register.instants import said_by, stood_on
from register.retention.facts import COLUMNS, frame
from register.store.database import now
from register.store.store import Store
from register.store.tables import decisions, holds, memberships

Kind = Literal["approve", "keep", "remove", "hold"]

KINDS: tuple[Kind, ...] = (
    "approve",  # may go after this last day, though many go at once
    "keep",     # kept until this day, where the policy is silent
    "remove",   # goes: the day of the word is the last one
    "hold",     # not removed; this day is the review's
)

SPOKEN: tuple[Kind, ...] = ("keep", "remove")
"""Decisions that answer a report: they give a last day."""

COLUMNS_SAID = ["decision_id", "kind", "decided_by", "decided_on", "day", "record_key"]


@dataclass(frozen=True)
class Signed:
    """Who decides, by the policy's name and the system's user, on which day, and in which workbook's answer."""

    name: str
    os_user: str
    day: date
    export_no: int | None = None


def decide(store: Store, kind: Kind, days: Mapping[str, Sequence[str]], by: Signed) -> int:
    """Stores a decision on some records, listed by the day that it gives them (ISO); its number."""
    content = {day: sorted(records) for day, records in days.items()} | {"export_no": by.export_no}
    row = {"kind": kind, "day": by.day.isoformat(), "content": json.dumps(content), "decided_by": by.name,
           "os_user": by.os_user, "decided_at": now(), "changed_in": store.run}
    return int(store.execute(insert(decisions).values(row).returning(decisions.c.decision_id)).scalar_one())


def lift(store: Store, number: int, by: str, os_user: str) -> bool:
    """Takes a decision on how long back, with the hold it put; whether an unlifted one has this number."""
    unlifted = select(decisions.c.content).where(
        decisions.c.decision_id == number, decisions.c.kind.in_(KINDS), decisions.c.lifted_at.is_(None))
    if (content := store.scalar(unlifted)) is None:
        return False
    lifted = json.dumps(json.loads(content) | {"lifted_by": by, "lifted_os_user": os_user})
    store.execute(update(decisions).where(decisions.c.decision_id == number).values(
        lifted_at=now(), content=lifted, changed_in=store.run))
    is_put = (holds.c.decision_id == number, holds.c.lifted_at.is_(None))
    store.promises.lift(holds, store.read(select(holds.c.record_key, holds.c.review_on).where(*is_put)))
    store.execute(update(holds).where(*is_put).values(lifted_at=now()))
    return True


def in_force(store: Store, kinds: Sequence[Kind] = KINDS, on: str | None = None) -> pd.DataFrame:
    """What nobody has lifted, or had on a day, a row for each record: COLUMNS_SAID, oldest first."""
    stands = decisions.c.lifted_at.is_(None) if on is None else (
        said_by(on, decisions.c.day) & stood_on(on, decisions.c.lifted_at))
    columns = (decisions.c.decision_id, decisions.c.kind, decisions.c.decided_by, decisions.c.day, decisions.c.content)
    rows = store.read(select(*columns).where(decisions.c.kind.in_(kinds), stands)
                      .order_by(decisions.c.decision_id))
    said = [(*row[:4], day, record) for row in rows.itertuples(index=False, name=None)
            for day, record in _records(row[4])]
    return pd.DataFrame(said, columns=COLUMNS_SAID).astype(dict.fromkeys(COLUMNS_SAID[1:], "str"))


def of_contacts(store: Store, wanted: "pd.Series[str] | None", on: str | None = None) -> pd.DataFrame:
    """The frame `decided` of the facts: of each contact the latest last day that the newest words on its records give.

    on: by the words that were in force on that day.
    """
    said = in_force(store, SPOKEN, on).drop_duplicates("record_key", keep="last")
    if said.empty:
        return frame("decided", [])
    members = _together(store, said["record_key"])
    if wanted is not None:
        members = members[members["contact_id"].isin(wanted)]
    found = members.merge(said, on="record_key", how="left").sort_values(["contact_id", "day"], na_position="first")
    is_whole = found.groupby("contact_id")["day"].agg(lambda days: bool(days.notna().all()))
    latest = found.drop_duplicates("contact_id", keep="last").rename(columns={"day": "last_day"})
    named: pd.DataFrame = latest.assign(is_whole=latest["contact_id"].map(is_whole).astype(bool))[list(COLUMNS["decided"])]
    return named.reset_index(drop=True)


def approvals(store: Store, listed: pd.DataFrame) -> "pd.Series[str]":
    """Who approved each listed contact's going: missing where not all its records were approved with this last day.

    listed: contact_id, last_day. Whoever decided that somebody goes has said so of the day too.
    """
    said = in_force(store, ("approve", "remove")).drop_duplicates("record_key", keep="last")
    if said.empty or listed.empty:
        return pd.Series(None, index=listed.index, dtype="str")
    members = _together(store, said["record_key"]).merge(
        listed[["contact_id", "last_day"]].drop_duplicates(), on="contact_id")
    found = members.merge(said, left_on=["record_key", "last_day"], right_on=["record_key", "day"], how="left")
    of_one = ["contact_id", "last_day"]
    whole = found.groupby(of_one)["decided_by"].agg(lambda names: bool(names.notna().all()))
    named = found.drop_duplicates(of_one).set_index(of_one)["decided_by"].reindex(whole.index)[whole]
    return pd.Series(named.reindex(pd.MultiIndex.from_frame(listed[of_one])).array, index=listed.index, dtype="str")


def changed_since(store: Store, run: int) -> "pd.Series[str]":
    """Records of words that give a last day, said or lifted after a run: their contacts are judged again."""
    changed = select(decisions.c.content).where(decisions.c.kind.in_(SPOKEN), decisions.c.changed_in > run)
    keys = {record for content in store.read(changed)["content"] for _, record in _records(content)}
    return pd.Series(sorted(keys), dtype="str", name="record_key")


def listed(store: Store) -> list[dict[str, Any]]:
    """What is in force, for people, oldest first: decision_id, kind, decided_by, decided_on, days, contact_ids."""
    said = in_force(store)
    members = store.read(select(memberships.c.record_key, memberships.c.contact_id).where(
        among(store, memberships.c.record_key, said["record_key"])))
    found = said.merge(members, on="record_key", how="left")
    told = found.groupby(["decision_id", "kind", "decided_by", "decided_on"]).agg(
        days=("day", _each), contact_ids=("contact_id", _each))
    rows: list[dict[Any, Any]] = told.reset_index().to_dict("records")
    return rows


def _each(values: "pd.Series[str]") -> list[str]:
    return sorted(set(values.dropna()))


def _together(store: Store, records: "pd.Series[str]") -> pd.DataFrame:
    """record_key and contact_id of all records of the contacts that have one of these."""
    theirs = select(memberships.c.contact_id).where(among(store, memberships.c.record_key, records))
    return store.read(select(memberships.c.record_key, memberships.c.contact_id).where(memberships.c.contact_id.in_(theirs)))


def _records(content: str) -> list[tuple[str, str]]:
    """(day, record) of what a decision names."""
    said = json.loads(content)
    return [(day, record) for day, records in said.items() if isinstance(records, list) for record in records]
