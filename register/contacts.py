"""Contacts: one record for each person at each organisation, a function of observations, corrections and policy.

Looks only at what changed and whom that touches (`contact_scope.py`). Who is who stands in `matching/`, which value wins in
`golden.py`; people over several organisations in `people.py`.
"""

from dataclasses import asdict, dataclass

import pandas as pd
import sqlalchemy as sa

from register import contact_scope, golden, increments, people, redirects
from register.feeds import Feeds
from register.increments import among
from register.matching import MODEL, Clusters, Identities, clusters, exact_pairs, identify
from register.policy import Policy
from register.store.store import Store
from register.store.tables import contacts, memberships, organisations

VERSION = "contacts 1"
"""A new version computes all contacts anew."""

CHUNK = 100_000
"""Contacts whose golden values are computed at a time: bounds the memory of a whole computation."""

ALONE = "alone"
"""The rule of a record that no other record is joined to."""


@dataclass(frozen=True)
class ContactCounts:
    """contacts: held after the run. merged: records that joined another record's contact. changed: contacts written."""

    contacts: int
    merged: int
    changed: int


def update(store: Store, policy: Policy, feeds: Feeds, key: bytes, day: str) -> ContactCounts:
    """Brings contacts, memberships and match keys up to date; key: the home's, of the hashes; day: of redirects.

    Source: design, rules 11 to 14.
    """
    basis = increments.basis(policy, feeds, VERSION, MODEL)
    records = contact_scope.read(store, key, increments.since(store, "contacts", basis))
    merged, changed = (0, 0) if records is None else _renew(store, feeds, records, day)
    held = int(store.scalar(sa.select(sa.func.count()).select_from(contacts)))
    counts = ContactCounts(held, merged, changed)
    increments.record(store, basis, asdict(counts))
    return counts


def _renew(store: Store, feeds: Feeds, records: pd.DataFrame, day: str) -> tuple[int, int]:
    """How many records were merged and contacts written. records: whole contacts, the gone ones marked."""
    living = records[~records["is_gone"]]
    found = clusters(living.set_index("record_key")["name_key"], exact_pairs(contact_scope.candidates(store, living)))
    identities = identify(living.assign(cluster=living["record_key"].map(found.labels)))
    ids = identities.members.set_index("record_key")["id"]
    named = living.assign(id=living["record_key"].map(ids))
    _write_memberships(store, records, named, identities, found)
    redirects.write(store, identities, "contact", day)
    belongings = people.update(store, records, named, identities.redirects, day)
    changed = _write_contacts(store, feeds, named, belongings)
    _delete_vanished(store, records, named)
    return _merged(named, identities), changed


def _merged(named: pd.DataFrame, identities: Identities) -> int:
    """Records that were not in their contact before, less the first one of each contact made of new records only."""
    is_created = named["id"].isin(identities.created)
    is_new = named["contact_id"].isna()
    moved = ~is_new & (named["contact_id"] != named["id"]) & ~is_created
    of_old = named.loc[is_created & ~is_new, "id"]
    made_of_new = named.loc[is_created & is_new & ~named["id"].isin(of_old), "id"].nunique()
    return int((is_new | moved).sum() - made_of_new)


def _write_memberships(
    store: Store, records: pd.DataFrame, named: pd.DataFrame, identities: Identities, found: Clusters
) -> None:
    joined = named[["record_key", "id"]].rename(columns={"id": "contact_id"}).assign(decided_by=MODEL, is_gone=False)
    joined["first_contact_id"] = named["record_key"].map(identities.members.set_index("record_key")["first_id"])
    strongest = _strongest(found.pairs)
    joined["weight"] = named["record_key"].map(strongest["weight"]).fillna(1.0)
    joined["rule"] = named["record_key"].map(strongest["rule"]).astype("str").fillna(ALONE)
    store.upsert(memberships, increments.differing(joined, contact_scope.memberships_of(store, joined), "record_key"))
    gone = records.loc[records["is_gone"], "record_key"]
    store.execute(sa.delete(memberships).where(among(store, memberships.c.record_key, gone)))


def _strongest(pairs: pd.DataFrame) -> pd.DataFrame:
    """weight and rule of each record's strongest pair."""
    ends = pd.concat([pairs.assign(record_key=pairs["left"]), pairs.assign(record_key=pairs["right"])])
    ends = ends.sort_values(["weight", "rule", "left", "right"], ascending=[False, True, True, True])
    return ends.drop_duplicates("record_key").set_index("record_key")[["weight", "rule"]]


def _write_contacts(store: Store, feeds: Feeds, named: pd.DataFrame, belongings: pd.DataFrame) -> int:
    """Writes golden values, and what belongs to the person; also of a touched person's contacts elsewhere."""
    firms = named.drop_duplicates("id").set_index("id")["organisation_id"]
    restricted = named.loc[named["restricted"], "id"].unique()
    changed = 0
    for start in range(0, len(belongings), CHUNK):
        part = belongings.iloc[start:start + CHUNK]
        before = contact_scope.contacts_of(store, part["contact_id"])
        touched = part.loc[part["contact_id"].isin(firms.index), "contact_id"]
        values = golden.contacts(*contact_scope.golden_rows(store, touched), feeds)
        values["organisation_id"] = values["contact_id"].map(firms).astype("str")
        values["restricted"] = values["contact_id"].isin(restricted)
        rows = pd.concat([_kept(values, before), before[~before["contact_id"].isin(touched)]], ignore_index=True)
        rows = rows.drop(columns=["person_id", "marketing_ban"], errors="ignore").merge(part, on="contact_id")
        written = increments.differing(rows, before, "contact_id")
        store.upsert(contacts, written)
        changed += len(written)
    return changed


def _kept(values: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Restricted contacts with the values they had: whatever is delivered changes none (law: article 18)."""
    frozen = values.loc[values["restricted"], "contact_id"]
    had = before[before["contact_id"].isin(frozen)].set_index("contact_id")
    kept = values.set_index("contact_id")
    for column in golden.CONTACT_VALUES:
        kept.loc[had.index, column] = had[column]
    return kept.reset_index()


def _delete_vanished(store: Store, records: pd.DataFrame, named: pd.DataFrame) -> None:
    vanished = records.loc[~records["contact_id"].isin(named["id"]), "contact_id"]
    store.execute(sa.delete(contacts).where(among(store, contacts.c.contact_id, vanished)))


def to_judge(store: Store) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """All contacts, and the ids of all organisations: what the suite on contacts reads."""
    ids = store.read(sa.select(organisations.c.organisation_id)).organisation_id
    return store.read(sa.select(contacts)), ids
