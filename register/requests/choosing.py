"""The lines of an answer from which is chosen whom or what a request means, or what of somebody is erased."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import select

from register.increments import among
from register.intake.ingest import Desk
from register.policy import Policy
from register.removal import requests as cases
from register.removal import ties
from register.removal import waiting as rows_waiting
from register.requests.form import NO, choice
from register.store.store import Store
from register.store.tables import observations
from register.texts import Texts

SAID = ("feed", "full_name", "email", "phone", "street", "first_seen_on", "last_seen_on")
"""What a record of a contact that is to be split says for itself."""

Chosen = Sequence[tuple[Mapping[Any, Any], str]]
"""The answered lines of a request, each with its decision."""


def lines(
    store: Store, policy: Policy, row: int, action: str, facts: Mapping[str, str], found: pd.DataFrame
) -> list[dict[str, Any]]:
    """A line for each group of records that could be meant, each once; what is not sure is not chosen beforehand."""
    texts = Texts(policy.language)
    asked_for = [_meant(store, policy, action, contact) for contact in found["contact_id"]]
    groups = [group for ids in asked_for for group in ties.groups(store, ids)]
    parts = {records: group for group in groups for records in _parts(group, action)}
    found_lines = [line(row, action, facts, group, records, texts) for records, group in parts.items()]
    return _told_apart(store, found_lines, texts) if action == "split" else found_lines


def _meant(store: Store, policy: Policy, action: str, contact: str) -> "pd.Series[str]":
    """Of an erasure all contacts of the contact's person, itself first; else the contact alone."""
    return cases.find(store, policy, contact).ids if action == "erase" else pd.Series([contact], dtype="str")


def _parts(group: ties.Group, action: str) -> list[tuple[str, ...]]:
    """What of a group is chosen at a time: of a split each record."""
    return [(record,) for record in group.records] if action == "split" else [group.records]


def _told_apart(store: Store, of_records: list[dict[str, Any]], texts: Texts) -> list[dict[str, Any]]:
    """Lines of one record each, with what it says itself: whose it is cannot be told by what all of them have in common."""
    keys = pd.Series([one["keys"][-1] for one in of_records], dtype="str")
    said = store.read(select(observations.c.record_key, *(observations.c[name] for name in SAID)).where(
        among(store, observations.c.record_key, keys))).fillna("").set_index("record_key")
    for one in of_records:
        if (key := one["keys"][-1]) in said.index:
            own = said.loc[key]
            since, until = texts.day(own["first_seen_on"]), texts.day(own["last_seen_on"])
            one |= {"full_name": own["full_name"], "email": own["email"], "seen": until,
                    "source": ", ".join(filter(None, (own["feed"], f"{since} - {until}", own["phone"], own["street"])))}
    return of_records


def line(
    row: int, action: str, facts: Mapping[str, str], group: ties.Group, records: Sequence[str], texts: Texts
) -> dict[str, Any]:
    """What stands on one line: the group, and the decision that is proposed."""
    return {
        "keys": choice(action, row, {**facts, "sure": "x" if group.is_sure else ""}, group.contact_id, records),
        "action": action, "asked": texts.say(f"ask.action.{action}"), "full_name": group.full_name, "company": group.company,
        "email": group.email, "seen": texts.day(group.last_seen_on),
        "source": "", "tie": ", ".join(texts.say(f"explain.rule.{rule}") for rule in group.rules),
        "decision": NO if action == "erase" and not group.is_sure else "",
    }


def unanswered(desk: Desk, chosen: Chosen, texts: Texts) -> tuple[list[dict[str, Any]], int]:
    """Of an erasure how many lines that are the person's for sure have no answer, and where there are any all lines once more:
    nobody is told that everything is gone while they stay at another firm.
    """
    said = {key: decision for row, decision in chosen for key in row["records"]}
    meant = [(row["contact_id"], key) for row, decision in chosen if decision != NO for key in row["records"]]
    with desk.home.database.reading() as store:
        ids = cases.meant(store, desk.policy, [key for contact, key in meant if contact])
        people = dict.fromkeys([*ids, *(one for contact in ids for one in cases.find(store, desk.policy, contact).ids)])
        found = ties.groups(store, pd.Series(list(people), dtype="str"))
        waits = rows_waiting.whole(store, pd.Series([key for contact, key in meant if not contact], dtype="str"))
    left = sum(group.is_sure and not said.keys() >= set(group.records) for group in found)
    row, facts = int(chosen[0][0]["row"]), chosen[0][0]["facts"]
    again = [line(row, "erase", facts, group, group.records, texts) for group in (*found, *waits)] if left else []
    return [one | {"decision": said.get(one["keys"][-1], one["decision"])} for one in again], left
