"""Pairs of contacts in doubt: which are open questions, which of them matter most, and what the steward is shown of each.

Only reads. What is asked in which workbook, and what comes of an answer, stands in `review.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import func, not_, select

from register.columns import ADDRESS
from register.contacts import decisions
from register.contacts.decisions import SIDES
from register.increments import among
from register.matching import reasons
from register.store.store import Store
from register.store.tables import contacts, doubts, memberships, observations, organisations, verdicts
from register.texts import Texts
from register.workbooks.forms import Keys

ENDING = ("keep", "remove")
"""Outcomes whose last day is known: none while the relationship is open."""


def open_questions(store: Store) -> pd.DataFrame:
    """Pairs of contacts that no decision answers, each once, those that matter most first.

    left_key, right_key, is_elsewhere, probability, left_id, right_id, and of each side what `_facts` gives. First come those
    where being one would change a verdict's last day or a ban, then whoever seems to have changed firms, then those nearest to
    a merge.
    """
    columns = (doubts.c.left_key, doubts.c.right_key, doubts.c.is_elsewhere, doubts.c.probability)
    found = located(store, store.read(select(*columns)))
    found = found.assign(pair=_pairs(found["left_id"], found["right_id"]))
    found = found[~found["pair"].isin(_answered(store))]
    ordered = found.assign(matters=_matters(found)).sort_values(
        ["matters", "probability", "left_key", "right_key"], ascending=[False, False, True, True])
    return ordered.drop_duplicates("pair").drop(columns=["pair", "matters"]).reset_index(drop=True)


def located(store: Store, pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs whose records are those of two contacts, with id and facts of each; restricted contacts are in none."""
    keys = pd.concat([pairs["left_key"], pairs["right_key"]])
    members = select(memberships.c.record_key, memberships.c.contact_id).where(among(store, memberships.c.record_key, keys))
    held = store.read(members)
    facts = _facts(store, held["contact_id"])
    known = held.merge(facts, on="contact_id").rename(columns={"contact_id": "id"})
    for side in SIDES:
        of_side = known.add_prefix(f"{side}_").rename(columns={f"{side}_record_key": f"{side}_key"})
        pairs = pairs.merge(of_side, on=f"{side}_key")
    return pairs[pairs["left_id"] != pairs["right_id"]].reset_index(drop=True)


def asked_about(store: Store, asked: Sequence[Keys]) -> set[frozenset[str]]:
    """The pairs of contacts that pairs of records are about now."""
    pairs = located(store, pd.DataFrame(list(asked), columns=["left_key", "right_key"], dtype="str"))
    return set(_pairs(pairs["left_id"], pairs["right_id"]))


def follows(row: Mapping[Any, Any]) -> dict[str, tuple[str, str]]:
    """What changes if the two are one: `left`, `right` -> last days before and after ("" for one that has none), `ban`.

    A person's contacts at two organisations share a ban only; of one contact the latest last day counts (design, rule 15).
    """
    found = {"ban": ("", "")} if row["left_marketing_ban"] != row["right_marketing_ban"] else {}
    kept = {side: row[f"{side}_last_day"] for side in SIDES if row[f"{side}_outcome"] in ENDING}
    if row["is_elsewhere"] or len(kept) < len(SIDES):
        return found
    longest = "" if "" in kept.values() else max(kept.values())
    return found | {side: (before, longest) for side, before in kept.items() if before != longest}


def shown(store: Store, texts: Texts, asked: Sequence[Keys]) -> pd.DataFrame:
    """The rows of a workbook about some pairs, in their order; those of which a side is gone, or that are one, are left out.

    keys, is_elsewhere, left_id, right_id; full_name, company, email, phone, address and feeds of each side; why; follows.
    """
    pairs = located(store, pd.DataFrame(list(asked), columns=["left_key", "right_key"], dtype="str"))
    ids = pd.concat([pairs["left_id"], pairs["right_id"]])
    said, records = _values(store, ids), _records(store, pd.concat([pairs["left_key"], pairs["right_key"]]))
    pairs["is_elsewhere"] = pairs["left_organisation_id"] != pairs["right_organisation_id"]
    rows = []
    for pair in pairs.to_dict("records"):
        left, right = pair["left_key"], pair["right_key"]
        values: dict[Any, Any] = {f"{side}_{name}": value for side in SIDES for name, value in said[pair[f"{side}_id"]].items()}
        told = {"keys": (left, right), "why": sentence(texts, records[left], records[right]),
                "follows": said_follows(texts, pair)}
        rows.append(pair | values | told)
    return pd.DataFrame(rows, columns=None if rows else ["keys"])


def sentence(texts: Texts, left: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    """Why two records are in doubt: "same mobile, same surname, first name Matti/Masa". left, right: their observations."""
    said = dict.fromkeys(texts.say(piece.key, **piece.values) for piece in reasons(left, right))
    return ", ".join(said) or texts.say("review.nothing_compared")


def said_follows(texts: Texts, row: Mapping[Any, Any]) -> str:
    """What follows if the two are one, in words: "A kept until 31 Dec 2031 -> 31 Dec 2035; marketing ban on both"."""
    found = follows(row)
    said = [texts.say("review.left_behind")] if row["is_elsewhere"] else []
    said += [texts.say("review.kept", side=letter, before=_day(texts, found[side][0]), after=_day(texts, found[side][1]))
            for side, letter in zip(SIDES, "AB", strict=True) if side in found]
    said += [texts.say("review.ban")] if "ban" in found else []
    return "; ".join(said) or texts.say("review.nothing_follows")


def _day(texts: Texts, iso: str) -> str:
    return texts.day(iso) if iso else texts.say("find.for_now")


def _answered(store: Store) -> set[frozenset[str]]:
    """Pairs of contacts that a decision in force answers; an unsure one until a record of either is newer than it."""
    said = decisions.in_force(store)
    if said.empty:
        return set()
    pairs = said.explode("left").explode("right").rename(columns={"left": "left_key", "right": "right_key"})
    found = located(store, pairs.astype({"left_key": "str", "right_key": "str"}))
    changed = _changed_in(store, pd.concat([found["left_id"], found["right_id"]]))
    newest = pd.concat([found["left_id"].map(changed), found["right_id"].map(changed)], axis=1).max(axis=1)
    counts = found[(found["kind"] != "unsure") | (newest <= found["run"])]
    return set(_pairs(counts["left_id"], counts["right_id"]))


def _matters(pairs: pd.DataFrame) -> "pd.Series[bool]":
    """Whether `follows` says anything."""
    is_kept = pairs["left_outcome"].isin(ENDING) & pairs["right_outcome"].isin(ENDING) & ~pairs["is_elsewhere"]
    return (is_kept & (pairs["left_last_day"] != pairs["right_last_day"])) | (
        pairs["left_marketing_ban"] != pairs["right_marketing_ban"])


def _pairs(left: "pd.Series[str]", right: "pd.Series[str]") -> "pd.Series[Any]":
    return pd.Series([frozenset(pair) for pair in zip(left, right, strict=True)], index=left.index, dtype="object")


def _changed_in(store: Store, ids: "pd.Series[str]") -> "pd.Series[int]":
    """Of each contact, the run that changed a record of it last."""
    query = select(memberships.c.contact_id, func.max(observations.c.changed_in).label("run"))
    query = query.join(observations, observations.c.record_key == memberships.c.record_key)
    newest = store.read(query.where(among(store, memberships.c.contact_id, ids)).group_by(memberships.c.contact_id))
    return newest.set_index("contact_id")["run"]


def _facts(store: Store, ids: "pd.Series[str]") -> pd.DataFrame:
    """contact_id, organisation_id, marketing_ban, outcome and last_day (missing before the first verdict)."""
    query = select(contacts.c.contact_id, contacts.c.organisation_id, contacts.c.marketing_ban, verdicts.c.outcome,
                   verdicts.c.last_day).outerjoin(verdicts, verdicts.c.contact_id == contacts.c.contact_id)
    facts = store.read(query.where(among(store, contacts.c.contact_id, ids), not_(contacts.c.restricted)))
    return facts.fillna({"organisation_id": "", "last_day": "", "outcome": ""})


def _records(store: Store, keys: "pd.Series[str]") -> dict[str, dict[Any, Any]]:
    rows = store.read(select(observations).where(among(store, observations.c.record_key, keys)))
    return {row["record_key"]: row for row in rows.to_dict("records")}


def _values(store: Store, ids: "pd.Series[str]") -> dict[str, dict[Any, Any]]:
    """Of each contact what is shown of a side."""
    columns = (contacts.c.contact_id, contacts.c.full_name, contacts.c.email, contacts.c.phone,
               *(contacts.c[name] for name in ADDRESS), organisations.c.company)
    query = select(*columns).outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
    rows = store.read(query.where(among(store, contacts.c.contact_id, ids))).set_index("contact_id")
    address = rows[list(ADDRESS)].apply(lambda row: ", ".join(row.dropna()), axis=1)
    feeds = select(memberships.c.contact_id, observations.c.feed).distinct().join(
        observations, observations.c.record_key == memberships.c.record_key)
    named = store.read(feeds.where(among(store, memberships.c.contact_id, ids))).sort_values("feed")
    told = rows.assign(address=address, feeds=named.groupby("contact_id")["feed"].agg(", ".join))
    return {row["contact_id"]: row for row in told.reset_index().to_dict("records")}
