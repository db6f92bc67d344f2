"""What a run of `contacts` looks at: every record of every contact that a change can touch, and their rows and keys.

A change touches whom its record shared a key, a contact or a decision with before and does now, whom the model does not take
for somebody else, and whom those touch. Writes match keys, nothing else.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from register.columns import ADDRESS, CHANNELS, NAME
from register.contacts import decisions
from register.corrections import told as corrected
from register.increments import Since, among
from register.matching import Decisions, likely, match_keys, proposed
from register.sets import is_among
from register.store.conditions import IS_BAN
from register.store.store import Store
from register.store.tables import contacts, memberships, objections, observations
from register.store.tables import match_keys as keys_table

OBSERVED = (
    "record_key", "feed", "organisation_id", *NAME, "name_key", *CHANNELS, "email_is_role", "email_2_is_role", "phone_type",
    "phone_2_type", *ADDRESS, "case_number", "event_on", "marketing_ban", "marketing_consent", "first_seen_on", "last_seen_on",
    "withdrawn",
)
"""What matching and the golden values read of an observation: once, for both."""

NAMED = ("record_key", "organisation_id", "name_key", "first_name", "last_name")
"""What tells which rows of an organisation are compared."""


@dataclass(frozen=True)
class Scope:
    """What a run looks at.

    records: by record key, the columns OBSERVED and contact_id, restricted, first_id, old_id of the ledger. gone: record_key
    and contact_id of those that have no observation of a person any more. keys: match keys of the records, by position.
    told: the steward's decisions in force.
    """

    records: pd.DataFrame
    gone: pd.DataFrame
    keys: pd.DataFrame
    told: pd.DataFrame
    is_whole: bool


def read(store: Store, key: bytes, since: Since) -> Scope | None:
    """The touched contacts' records; None where nothing has changed. Their match keys are written again."""
    told = decisions.in_force(store)
    if since.is_whole:
        return _scope(store, key, None, told)
    changed_since = sa.select(observations.c.record_key).where(observations.c.changed_in > since.run)
    decided_since = _of_people(store, decisions.changed_since(store, since.run))
    corrected_since = _of_people(store, corrected.changed_since(store, since.run))
    touched = pd.concat([store.read(changed_since)["record_key"], _newly_banned(store), decided_since, corrected_since])
    touched = touched.drop_duplicates()
    gone = store.read(sa.select(memberships.c.record_key).where(memberships.c.is_gone))["record_key"]
    if touched.empty and gone.empty:
        return None
    changed = pd.concat([touched, gone]).drop_duplicates()
    before = pd.concat([changed, _sharing_keys(store, touched), _colleagues(store, gone)])
    _write_keys(store, key, touched)
    return _scope(store, key, _closure(store, before.drop_duplicates(), told), told)


def _scope(store: Store, key: bytes, closure: "pd.Series[str] | None", told: pd.DataFrame) -> Scope:
    rows = observed(store, closure)
    ledger = _ledger(store, closure)
    place = pd.Index(ledger["record_key"]).get_indexer(pd.Index(rows["record_key"]))
    mine = {name: ledger[name].array.take(place, allow_fill=True) for name in ("contact_id", "first_id")}
    restricted = np.append(ledger["restricted"].to_numpy(dtype=bool), False)[place]
    records = rows.assign(**mine, old_id=mine["contact_id"], restricted=restricted)
    keys = match_keys(records, key)
    if closure is None:
        store.replace(keys_table, _named(keys, records))
    is_gone = ~ledger.index.isin(place)
    gone = ledger.loc[is_gone, ["record_key", "contact_id"]].reset_index(drop=True)
    return Scope(records, gone, keys, told, is_whole=closure is None)


def decided(told: pd.DataFrame, kinds: tuple[str, ...], place: "pd.Series[int]") -> pd.DataFrame:
    """Positions of the records that decisions of these kinds name: left, right. place: by record key; others are left out."""
    found = told.loc[told["kind"].isin(kinds), ["left", "right"]].explode("left").explode("right")
    at = found.apply(lambda keys: keys.map(place)).dropna().astype("int64")
    ends = np.sort(at.to_numpy(dtype="int64").reshape(-1, 2), axis=1)
    return pd.DataFrame(ends[ends[:, 0] != ends[:, 1]], columns=["left", "right"]).drop_duplicates(ignore_index=True)


def decisions_on(told: pd.DataFrame, place: "pd.Series[int]", same: tuple[str, ...]) -> Decisions:
    """What the steward joined, by decisions of the kinds `same`, and what they told apart."""
    return Decisions(decided(told, same, place), decided(told, ("different",), place))


def memberships_of(store: Store, keys: "pd.Series[str] | None") -> pd.DataFrame:
    """Rows of `memberships`; all where none are named."""
    return store.read(_of(store, sa.select(memberships), memberships.c.record_key, keys))


def contacts_of(store: Store, ids: "pd.Series[str]") -> pd.DataFrame:
    """Rows of `contacts`."""
    return store.read(sa.select(contacts).where(among(store, contacts.c.contact_id, ids)))


def _ledger(store: Store, keys: "pd.Series[str] | None") -> pd.DataFrame:
    """record_key, contact_id, restricted, first_id: an id that others bear by now is nothing to give back."""
    query = sa.select(memberships.c.record_key, memberships.c.contact_id, contacts.c.restricted,
                      memberships.c.first_contact_id.label("first_id"))
    query = query.outerjoin(contacts, contacts.c.contact_id == memberships.c.contact_id)
    ledger = store.read(_of(store, query, memberships.c.record_key, keys))
    came_with_other = ledger.loc[ledger["first_id"] != ledger["contact_id"], "first_id"]
    living = contacts_of(store, came_with_other)["contact_id"]
    is_borne = is_among(ledger["first_id"], living) & ~is_among(ledger["first_id"], ledger["contact_id"])
    return ledger.assign(first_id=ledger["first_id"].mask(is_borne, ledger["contact_id"]))


def observed(store: Store, keys: "pd.Series[str] | None") -> pd.DataFrame:
    """Observations of people by record key, the columns OBSERVED; all where none are named."""
    query = sa.select(*(observations.c[column] for column in OBSERVED)).where(observations.c.names_person)
    found = store.read(_of(store, query, observations.c.record_key, keys))
    return found.sort_values("record_key", ignore_index=True)


def _of(store: Store, query: sa.Select[Any], column: sa.Column[Any], keys: "pd.Series[str] | None") -> sa.Select[Any]:
    return query if keys is None else query.where(among(store, column, keys))


def _write_keys(store: Store, key: bytes, keys: "pd.Series[str]") -> None:
    """Match keys of the records anew."""
    rows = observed(store, keys)
    store.execute(sa.delete(keys_table).where(among(store, keys_table.c.record_key, keys)))
    store.insert(keys_table, _named(match_keys(rows, key), rows))


def _named(keys: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Keys as the table has them."""
    return pd.DataFrame({"match_key": keys["match_key"], "record_key": rows["record_key"].array.take(keys["record"])})


def _newly_banned(store: Store) -> "pd.Series[str]":
    """Records whose contact does not show yet that they banned marketing: a ban may come by a row that is not let in."""
    banned = sa.select(objections.c.record_key).where(IS_BAN)
    query = sa.select(memberships.c.record_key).join(contacts, contacts.c.contact_id == memberships.c.contact_id)
    return store.read(query.where(memberships.c.record_key.in_(banned), sa.not_(contacts.c.marketing_ban)))["record_key"]


def _colleagues(store: Store, gone: "pd.Series[str]") -> "pd.Series[str]":
    """All records at the organisations of gone ones: what a gone record kept apart or together lies within one."""
    left = sa.select(memberships.c.contact_id).where(among(store, memberships.c.record_key, gone))
    firms = sa.select(contacts.c.organisation_id).where(contacts.c.contact_id.in_(left))
    query = sa.select(observations.c.record_key).where(observations.c.organisation_id.in_(firms), observations.c.names_person)
    return store.read(query)["record_key"]


def _closure(store: Store, records: "pd.Series[str]", told: pd.DataFrame) -> "pd.Series[str]":
    """The records with all that share a key, a contact or a decision with one of them or are alike, until there are no more."""
    frontier = records
    while not frontier.empty:
        reached = [_sharing_keys(store, frontier), _same_contact(store, frontier), _alike(store, frontier),
                   _told_with(told, frontier)]
        found = pd.concat(reached).drop_duplicates()
        frontier = found[~is_among(found, records)]
        records = pd.concat([records, frontier], ignore_index=True)
    return records


def _of_people(store: Store, keys: "pd.Series[str]") -> "pd.Series[str]":
    """Those of the records that are observations of a person still."""
    query = sa.select(observations.c.record_key).where(observations.c.names_person)
    return store.read(query.where(among(store, observations.c.record_key, keys)))["record_key"]


def _told_with(told: pd.DataFrame, records: "pd.Series[str]") -> "pd.Series[str]":
    """All records of the decisions that name one of the records."""
    asked = set(records)
    named = [both for both in map(set, told["left"] + told["right"]) if both & asked]
    return pd.Series(sorted(set[str]().union(*named)), dtype="str")


def _alike(store: Store, records: "pd.Series[str]") -> "pd.Series[str]":
    """Records of the same organisations that the model does not take for somebody else's."""
    firms = sa.select(observations.c.organisation_id).where(among(store, observations.c.record_key, records))
    named = sa.select(*(observations.c[name] for name in NAMED))
    there = store.read(named.where(observations.c.organisation_id.in_(firms), observations.c.names_person))
    ours = is_among(there["record_key"], records).to_numpy()
    ends = np.stack(proposed(there))
    ends = ends[:, ours[ends[0]] != ours[ends[1]]]
    read = observed(store, there["record_key"].iloc[np.unique(ends)])
    place = pd.Index(read["record_key"]).get_indexer(pd.Index(there["record_key"]))
    return there["record_key"].iloc[np.unique(ends[:, likely(read, *place[ends])])]


def _sharing_keys(store: Store, records: "pd.Series[str]") -> "pd.Series[str]":
    own, other = keys_table.alias("own"), keys_table.alias("other")
    shared = sa.select(own.c.match_key).where(among(store, own.c.record_key, records))
    return store.read(sa.select(other.c.record_key).distinct().where(other.c.match_key.in_(shared)))["record_key"]


def _same_contact(store: Store, records: "pd.Series[str]") -> "pd.Series[str]":
    own, other = memberships.alias("own"), memberships.alias("other")
    shared = sa.select(own.c.contact_id).where(among(store, own.c.record_key, records))
    return store.read(sa.select(other.c.record_key).where(other.c.contact_id.in_(shared)))["record_key"]
