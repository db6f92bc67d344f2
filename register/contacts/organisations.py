"""Organisations: each observation and engagement gets the one it speaks of, each organisation its golden fields.

Looks only at what changed and what that touches (`organisation_scope.py`). Who is the same stands in
`matching/organisations.py`, which value wins in `golden.py`.
"""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import sqlalchemy as sa

from register import increments
from register.contacts import golden, organisation_scope, redirects
from register.contacts.organisation_scope import Scope
from register.contacts.survivorship import weighed
from register.corrections import told
from register.feeds import REGISTRY_COMPANY_TRUST, Feeds
from register.increments import among
from register.matching import Identities, identify
from register.matching.organisations import BY_ID, Lookup, registered
from register.policy import Policy
from register.sets import is_among
from register.store.conditions import IS_BAN
from register.store.store import Store
from register.store.tables import contacts, engagements, objections, observations, organisations

__all__ = ["Lookup", "OrganisationCounts", "update"]

VERSION = "organisations 2"
"""A new version computes all organisations anew."""

HEEDED = ("company", "is_sole_trader")
"""What verdicts read of an organisation."""

TABLES = {"observation": observations, "engagement": engagements}


@dataclass(frozen=True)
class OrganisationCounts:
    """organisations: held after the run. changed: rows of the table that the run wrote."""

    organisations: int
    changed: int


def update(store: Store, policy: Policy, feeds: Feeds, lookup: Lookup | None, day: str) -> OrganisationCounts:
    """Brings `organisations` and the `organisation_id` of observations and engagements up to date; day: of redirects.

    Source: design, rules 11, 12, 14.
    """
    basis = increments.basis(policy, feeds, VERSION, lookup.version if lookup else None)
    since = increments.since(store, "organisations", basis)
    scope = organisation_scope.read(store, policy, lookup, since)
    changed = _renew(store, feeds, lookup, scope, day) if scope else 0
    held = int(store.scalar(sa.select(sa.func.count()).select_from(organisations)))
    counts = OrganisationCounts(held, changed)
    increments.record(store, basis, asdict(counts))
    return counts


def _renew(store: Store, feeds: Feeds, lookup: Lookup | None, scope: Scope, day: str) -> int:
    identities = _identities(store, scope)
    ids = identities.members.drop_duplicates("cluster").set_index("cluster")["id"]
    rows = scope.rows.assign(id=scope.rows["organisation_key"].map(ids).astype("str"))
    current = pd.concat([rows["organisation_id"].dropna(), scope.unreferenced]).drop_duplicates()
    changed = _changed(store, _golden(store, feeds, lookup, rows))
    vanished = current[~is_among(current, rows["id"])]
    _set_keys_aside(store, pd.concat([vanished, changed["organisation_id"]]))
    store.upsert(organisations, changed)
    _move_contacts(store, vanished, identities)
    _delete(store, vanished)
    redirects.write(store, identities, "organisation", day)
    _touch(store, rows.loc[(rows["source"] == "engagement") & ~(rows["organisation_id"] == rows["id"]), "organisation_id"])
    for source, table in TABLES.items():
        _assign(store, table, rows[(rows["source"] == source) & ~(rows["organisation_id"] == rows["id"])])
    return len(changed)


def _identities(store: Store, scope: Scope) -> Identities:
    members = scope.members
    return identify(members, redirects.merged_into(store, members["old_id"], "organisation"))


def _golden(store: Store, feeds: Feeds, lookup: Lookup | None, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `organisations`; a record that is an observation and an engagement speaks once."""
    once = rows.sort_values("source", ascending=False, kind="stable").drop_duplicates("record_key")
    words = weighed(once.assign(organisation_id=once["id"]), feeds)
    organisation_keys = rows.drop_duplicates("id").set_index("id")["organisation_key"]
    facts = _registered(lookup, organisation_keys)
    words = pd.concat([words, facts[facts.columns.intersection(words.columns)]], ignore_index=True)
    for column in organisation_scope.YES_OR_NO:
        words[column] = words[column].eq(True)
    words["marketing_ban"] |= is_among(words["record_key"], _objections(store)) & words["source"].eq("observation")
    found = golden.organisations(words, told.in_force(store))
    ceased_on = facts.set_index("organisation_id")["ceased_on"]
    return found.assign(
        organisation_key=found["organisation_id"].map(organisation_keys),
        ceased_on=found["organisation_id"].map(ceased_on).astype("str"),
        registry_state=_states(found["organisation_id"], ceased_on),
    )


def _registered(lookup: Lookup | None, organisation_keys: "pd.Series[str]") -> pd.DataFrame:
    if lookup is None:
        return pd.DataFrame({"organisation_id": [], "ceased_on": []}, dtype="str")
    by_id = organisation_keys[organisation_keys.str.startswith(BY_ID)].str.removeprefix(BY_ID)
    return registered(lookup, pd.Series(by_id.index, index=by_id.to_numpy(), dtype="str"), REGISTRY_COMPANY_TRUST)


def _states(ids: "pd.Series[str]", ceased_on: "pd.Series[str]") -> "pd.Series[str]":
    """What the registry does not list is unknown: sole traders and associations are not in it."""
    is_ceased, is_listed = is_among(ids, ceased_on.dropna().index), is_among(ids, ceased_on.index)
    return pd.Series(np.select([is_ceased, is_listed], ["ceased", "active"], "unknown"), index=ids.index, dtype="str")


def _objections(store: Store) -> "pd.Series[str]":
    return store.read(sa.select(objections.c.record_key).where(IS_BAN))["record_key"]


def _changed(store: Store, found: pd.DataFrame) -> pd.DataFrame:
    """The rows to write; touched are those of which a verdict says or heeds something else."""
    query = sa.select(organisations).where(among(store, organisations.c.organisation_id, found["organisation_id"]))
    before = store.read(query)
    touched = increments.differing(found[["organisation_id", *HEEDED]], before, "organisation_id")["organisation_id"]
    runs = found["organisation_id"].map(before.set_index("organisation_id")["touched_in"])
    found = found.assign(touched_in=runs.mask(is_among(found["organisation_id"], touched), store.run).astype("int64"))
    return increments.differing(found, before, "organisation_id")


def _set_keys_aside(store: Store, ids: "pd.Series[str]") -> None:
    """Two organisations may exchange their keys, which are unique: none of them keeps its old one meanwhile."""
    moving = sa.literal("moving:") + organisations.c.organisation_id
    change = sa.update(organisations).values(organisation_key=moving)
    store.execute(change.where(among(store, organisations.c.organisation_id, ids)))


def _move_contacts(store: Store, vanished: "pd.Series[str]", identities: Identities) -> None:
    """Contacts of a merged organisation follow it; those of one that is gone wait for their own step without."""
    followed = identities.redirects.set_index("old_id")["new_id"]
    moves = pd.DataFrame({"old_id": vanished, "new_id": vanished.map(followed).astype("str")})
    moved = store.temporary(moves.reset_index(drop=True))
    change = sa.update(contacts).values(organisation_id=moved.c.new_id)
    store.execute(change.where(contacts.c.organisation_id == moved.c.old_id))


def _touch(store: Store, left: "pd.Series[str]") -> None:
    """Organisations that an engagement leaves: their people are judged without it."""
    change = sa.update(organisations).values(touched_in=store.run)
    store.execute(change.where(among(store, organisations.c.organisation_id, left)))


def _delete(store: Store, vanished: "pd.Series[str]") -> None:
    store.execute(sa.delete(organisations).where(among(store, organisations.c.organisation_id, vanished)))


def _assign(store: Store, table: sa.Table, rows: pd.DataFrame) -> None:
    """Rows whose organisation is another one now; they count as changed, since contacts are computed within one."""
    if rows.empty:
        return
    moved = store.temporary(pd.DataFrame({"record_key": rows["record_key"], "organisation_id": rows["id"]}))
    values = {"organisation_id": moved.c.organisation_id, "changed_in": store.run}
    with store.indexing_later(table, len(rows), list(values)):
        store.execute(sa.update(table).values(values).where(table.c.record_key == moved.c.record_key))
