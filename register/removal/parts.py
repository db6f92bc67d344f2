"""Removes what of a contact is outdated or erroneous, from every copy: an observation, an address, the contact details.

What the contact is and why it is kept stays; the next run of `contacts` computes it anew from what is left. Which parts go when
stands in `retention/faults.py`, whole contacts in `sweep.py` and `copies.py`.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Table, select, update

from register.columns import ADDRESS, CHANNELS
from register.contacts import provenance
from register.gate import bounces
from register.gate.removed_values import ANY, DELIVERED, DETAILS, KEPT, KINDS, kept_domain, value_hash, without
from register.intake.archive import Archive
from register.removal import copies, forgetting
from register.removal.copies import Subject
from register.removal.suppressions import suppress
from register.retention.fault_evidence import bearers_of
from register.store.store import Store
from register.store.tables import (
    contacts,
    corrections,
    memberships,
    observations,
    removed_values,
    suppressions,
)

CUT = "cut"
"""The content hash of a record that lost values: whatever its source gives next is another content."""

Facts = dict[Any, Any]

OF_CONTACT = (*CHANNELS, *ADDRESS)

NOTHING = {"email_is_role": False, "email_2_is_role": False, "phone_type": None, "phone_2_type": None}
"""What is known of a channel that is gone."""


def remove(store: Store, archive: Archive, key: bytes, going: pd.DataFrame, day: str) -> "pd.Series[int]":
    """Removes the parts within the open transaction; by removal_id, of how many records.

    going: contact_id, depth, part, rule, removal_id. key: the home's, of the hashes by which a removed value is known again.
    """
    is_observation, is_address = going["depth"] == "observation", going["rule"] == "bounced"
    parts = (
        _observations(store, archive, going[is_observation], day),
        _addresses(store, archive, key, going[~is_observation & is_address]),
        _details(store, archive, going[~is_observation & ~is_address]),
    )
    drop_bounces_of_nobody(store, archive)
    return pd.concat(parts)["removal_id"].value_counts()


def drop_bounces_of_nobody(store: Store, archive: Archive) -> None:
    """Bounces name an address: they go with the last who bore it."""
    if len(keys := bounces.of_nobody(store)):
        copies.erase(store, archive, Subject.of(store, keys, keys.head(0)))


def _observations(store: Store, archive: Archive, going: pd.DataFrame, day: str) -> pd.DataFrame:
    """record_key, removal_id of the observations that went; they are suppressed until their source gives them again."""
    keys = going["part"]
    records = store.read(select(observations.c.record_key, observations.c.feed).where(_among(store, observations, keys)))
    records = records.merge(going[["part", "removal_id"]], left_on="record_key", right_on="part").drop(columns="part")
    if records.empty:
        return records
    _blank(store, going["contact_id"], lambda row, source: source.get("record_key") in set(keys))
    copies.erase_observations(store, archive, keys)
    gone = records.assign(suppressed_on=day)
    suppress(store, gone)
    store.promises.put(suppressions, gone)
    return records


def _addresses(store: Store, archive: Archive, key: bytes, going: pd.DataFrame) -> pd.DataFrame:
    """record_key, removal_id of the records that lost an address from which mail came back."""
    bounced = store.read(select(observations.c.record_key.label("part"), observations.c.email).where(
        _among(store, observations, going["part"])))
    named = going.merge(bounced, on="part")
    bearing = pd.concat([bearers_of(store, named["email"]), _overruled(store, named["email"])])
    lost = bearing.merge(named[["contact_id", "email", "removal_id"]], on=["contact_id", "email"])
    if lost.empty:
        return lost
    dead = store.temporary(lost[["record_key", "email"]].drop_duplicates(ignore_index=True))
    for name in bounces.EMAILS:
        bears = select(dead.c.email).where(dead.c.record_key == observations.c.record_key, dead.c.email == observations.c[name])
        store.execute(update(observations).where(bears.exists()).values(
            {name: None, KINDS[name]: False, "content_hash": CUT, "changed_in": store.run}))
    of_each = {str(record): set(emails) for record, emails in lost.groupby("record_key")["email"]}
    by_contact = {str(contact): set(emails) for contact, emails in lost.groupby("contact_id")["email"]}
    _blank(store, lost["contact_id"], lambda row, source: source["column"] in bounces.EMAILS
           and row[source["column"]] in by_contact[row["contact_id"]])
    archive.rewrite(store, lost["record_key"], lambda rows: _without_addresses(rows, of_each))
    forgetting.addresses(store, lost)
    _remember(store, lost.assign(column="email", value_hash=value_hash(lost["email"], key)))
    return lost.drop_duplicates(["record_key", "removal_id"])


def _overruled(store: Store, emails: "pd.Series[str]") -> pd.DataFrame:
    """Records of which a correction says that they bore one of the addresses: contact_id, record_key, email, feed."""
    wanted = store.keys(emails, "email")
    return store.read(
        select(memberships.c.contact_id, memberships.c.record_key, wanted.c.email, observations.c.feed).distinct()
        .join(observations, observations.c.record_key == memberships.c.record_key)
        .join(corrections, corrections.c.record_key == memberships.c.record_key)
        .join(wanted, wanted.c.email == corrections.c.overruled).where(corrections.c.column.in_(bounces.EMAILS)))


def _details(store: Store, archive: Archive, going: pd.DataFrame) -> pd.DataFrame:
    """record_key, removal_id of the records that lost all their channels and addresses."""
    wanted = store.keys(going["contact_id"], "contact_id")
    lost = store.read(select(memberships.c.record_key, memberships.c.contact_id, observations.c.feed)
                      .join(observations, observations.c.record_key == memberships.c.record_key)
                      .join(wanted, wanted.c.contact_id == memberships.c.contact_id))
    lost = lost.merge(going[["contact_id", "removal_id"]].drop_duplicates("contact_id"), on="contact_id")
    if lost.empty:
        return lost
    store.execute(update(observations).where(_among(store, observations, lost["record_key"])).values(
        {**dict.fromkeys(OF_CONTACT), **NOTHING, "content_hash": CUT, "changed_in": store.run}))
    _blank(store, lost["contact_id"], lambda row, source: source["column"] in OF_CONTACT)
    strip(store, archive, lost)
    return lost


def strip(store: Store, archive: Archive, records: pd.DataFrame) -> None:
    """Takes contact details of records, also of such as only wait, out of archive and quarantine, and keeps them out.

    records: record_key, feed, removal_id.
    """
    archive.rewrite(store, records["record_key"], lambda rows: rows.assign(**{
        KEPT: kept_domain(rows), **{
            name: pd.Series(None, index=rows.index, dtype="str") for name in DELIVERED if name in rows}}))
    forgetting.columns(store, records["record_key"], OF_CONTACT)
    _remember(store, records.assign(column=DETAILS, value_hash=ANY))


def _blank(store: Store, ids: "pd.Series[str]", is_going: Callable[[Facts, Facts], bool]) -> None:
    """Takes golden values out of contacts, with what is known of them. is_going: by the contact's row and a value's source."""
    rows = store.read(select(contacts).where(contacts.c.contact_id.in_(select(store.keys(ids, "contact_id").c.contact_id))))
    for place, row in zip(rows.index, rows.to_dict("records"), strict=True):
        sources = provenance.read(row["provenance"])
        gone = [name for name, source in sources.items() if is_going(row, {**source, "column": name})]
        for name in gone:
            rows.loc[place, name] = None
            if (kind := KINDS.get(name, "")) in rows:
                rows.loc[place, kind] = NOTHING[kind]
        rows.loc[place, "provenance"] = provenance.written({name: said for name, said in sources.items() if name not in gone})
    store.upsert(contacts, rows)


def _without_addresses(rows: pd.DataFrame, of_each: dict[str, set[str]]) -> pd.DataFrame:
    if "email" not in rows:
        return rows
    cells = [without(cell, of_each[key]) if isinstance(cell, str) else None
             for key, cell in zip(rows["record_key"], rows["email"], strict=True)]
    return rows.assign(**{KEPT: kept_domain(rows), "email": pd.Series(cells, index=rows.index, dtype="str")})


def _remember(store: Store, lost: pd.DataFrame) -> None:
    named = lost[["record_key", "column", "value_hash", "feed", "removal_id"]]
    rows = named.drop_duplicates(["record_key", "column", "value_hash"])
    store.upsert(removed_values, rows)
    store.promises.put(removed_values, rows)


def _among(store: Store, table: Table, keys: "pd.Series[str]") -> ColumnElement[bool]:
    return table.c.record_key.in_(select(store.keys(keys).c.record_key))
