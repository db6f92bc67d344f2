"""What a run of `contacts` looks at: every record of every contact that a change can touch, and their rows and keys.

A change touches whom its record shared a key with before and shares one with now, and whom those share one with. Writes
match keys, nothing else.
"""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from register.increments import Since, among
from register.matching import CONTACT_RULES, match_keys
from register.store.store import Store
from register.store.tables import contacts, corrections, memberships, objections, observations
from register.store.tables import match_keys as keys_table

MATCHED = (
    "record_key", "organisation_id", "name_key", "email", "email_is_role", "email_2", "email_2_is_role",
    "phone", "phone_type", "phone_2", "phone_2_type",
)  # fmt: skip

NOT_GOLDEN = ("content_hash", "changed_in", "organisation_id", "email_domain")


def read(store: Store, key: bytes, since: Since) -> pd.DataFrame | None:
    """Records of the touched contacts; None where nothing has changed.

    Columns: record_key, organisation_id, name_key, first_seen_on; contact_id, restricted and first_id of the ledger, also as
    old_id; is_gone: it has no observation of a person any more. All match keys are written again where all is computed.
    """
    changed_since = sa.select(observations.c.record_key).where(observations.c.changed_in > since.run)
    touched = pd.concat([store.read(changed_since)["record_key"], _newly_banned(store)]).drop_duplicates()
    gone = store.read(sa.select(memberships.c.record_key).where(memberships.c.is_gone))["record_key"]
    if since.is_whole:
        _write_keys(store, key, None)
        return _records(store, None)
    if touched.empty and gone.empty:
        return None
    changed = pd.concat([touched, gone]).drop_duplicates()
    before = pd.concat([changed, _sharing_keys(store, touched), _colleagues(store, gone)])
    _write_keys(store, key, touched)
    return _records(store, _closure(store, before.drop_duplicates()))


def candidates(store: Store, records: pd.DataFrame) -> pd.DataFrame:
    """Contact keys of the records with their names: match_key, rule, record_key, name_key."""
    query = sa.select(keys_table.c.match_key, keys_table.c.rule, keys_table.c.record_key)
    query = query.where(among(store, keys_table.c.record_key, records["record_key"]))
    found = store.read(query.where(keys_table.c.rule.in_(CONTACT_RULES)))
    found = found[found.duplicated("match_key", keep=False)]
    return found.assign(name_key=found["record_key"].map(records.set_index("record_key")["name_key"]).astype("str"))


def memberships_of(store: Store, records: pd.DataFrame) -> pd.DataFrame:
    """Rows of `memberships`."""
    return store.read(sa.select(memberships).where(among(store, memberships.c.record_key, records["record_key"])))


def contacts_of(store: Store, ids: "pd.Series[str]") -> pd.DataFrame:
    """Rows of `contacts`."""
    return store.read(sa.select(contacts).where(among(store, contacts.c.contact_id, ids)))


def golden_rows(store: Store, ids: "pd.Series[str]") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Observations of the contacts with contact_id, and the corrections in force on their records."""
    columns = [column for column in observations.c if column.name not in NOT_GOLDEN]
    rows = store.read(
        sa.select(memberships.c.contact_id, *columns)
        .join(observations, observations.c.record_key == memberships.c.record_key)
        .where(among(store, memberships.c.contact_id, ids)))
    table = corrections.c
    corrected = store.read(
        sa.select(table.correction_id, table.record_key, table.column, table.value, table.decided_at)
        .where(table.lifted_at.is_(None)))
    return rows, corrected


def _records(store: Store, keys: "pd.Series[str] | None") -> pd.DataFrame:
    ledger = _ledger(store, keys)
    people = _observed(store, keys, ("record_key", "organisation_id", "name_key", "first_seen_on"))
    records = ledger.merge(people, on="record_key", how="outer", indicator="seen")
    yes_or_no = {"restricted": records["restricted"].eq(True), "is_gone": records["seen"] == "left_only"}
    return records.drop(columns="seen").assign(old_id=records["contact_id"], **yes_or_no)


def _ledger(store: Store, keys: "pd.Series[str] | None") -> pd.DataFrame:
    """record_key, contact_id, restricted, first_id: an id that others bear by now is nothing to give back."""
    query = sa.select(memberships.c.record_key, memberships.c.contact_id, contacts.c.restricted,
                      memberships.c.first_contact_id.label("first_id"))
    query = query.outerjoin(contacts, contacts.c.contact_id == memberships.c.contact_id)
    ledger = store.read(_of(store, query, memberships.c.record_key, keys))
    came_with_other = ledger.loc[ledger["first_id"] != ledger["contact_id"], "first_id"]
    living = contacts_of(store, came_with_other)["contact_id"]
    is_borne = ledger["first_id"].isin(living) & ~ledger["first_id"].isin(ledger["contact_id"])
    return ledger.assign(first_id=ledger["first_id"].mask(is_borne, ledger["contact_id"]))


def _observed(store: Store, keys: "pd.Series[str] | None", columns: tuple[str, ...]) -> pd.DataFrame:
    query = sa.select(*(observations.c[column] for column in columns)).where(observations.c.names_person)
    return store.read(_of(store, query, observations.c.record_key, keys))


def _of(store: Store, query: sa.Select[Any], column: sa.Column[Any], keys: "pd.Series[str] | None") -> sa.Select[Any]:
    return query if keys is None else query.where(among(store, column, keys))


def _write_keys(store: Store, key: bytes, keys: "pd.Series[str] | None") -> None:
    """Match keys of the records anew; of all where none are named."""
    rows = _observed(store, keys, MATCHED)
    if keys is None:
        store.replace(keys_table, match_keys(rows, key))
        return
    store.execute(sa.delete(keys_table).where(among(store, keys_table.c.record_key, keys)))
    store.insert(keys_table, match_keys(rows, key))


def _newly_banned(store: Store) -> "pd.Series[str]":
    """Records whose contact does not show yet that they banned marketing: a ban may come by a row that is not let in."""
    query = sa.select(memberships.c.record_key).join(objections, objections.c.record_key == memberships.c.record_key)
    query = query.join(contacts, contacts.c.contact_id == memberships.c.contact_id)
    is_valid = (objections.c.kind == "marketing") & objections.c.lifted_at.is_(None)
    return store.read(query.where(is_valid, sa.not_(contacts.c.marketing_ban)))["record_key"]


def _colleagues(store: Store, gone: "pd.Series[str]") -> "pd.Series[str]":
    """All records at the organisations of gone ones: what a gone record kept apart or together lies within one."""
    left = sa.select(memberships.c.contact_id).where(among(store, memberships.c.record_key, gone))
    firms = sa.select(contacts.c.organisation_id).where(contacts.c.contact_id.in_(left))
    query = sa.select(observations.c.record_key).where(observations.c.organisation_id.in_(firms), observations.c.names_person)
    return store.read(query)["record_key"]


def _closure(store: Store, records: "pd.Series[str]") -> "pd.Series[str]":
    """The records with all that share a key or a contact with one of them, and so on until there are no more."""
    frontier = records
    while not frontier.empty:
        reached = pd.concat([_sharing_keys(store, frontier), _same_contact(store, frontier)]).drop_duplicates()
        frontier = reached[~reached.isin(records)]
        records = pd.concat([records, frontier], ignore_index=True)
    return records


def _sharing_keys(store: Store, records: "pd.Series[str]") -> "pd.Series[str]":
    own, other = keys_table.alias("own"), keys_table.alias("other")
    shared = sa.select(own.c.match_key).where(among(store, own.c.record_key, records), own.c.rule.in_(CONTACT_RULES))
    return store.read(sa.select(other.c.record_key).distinct().where(other.c.match_key.in_(shared)))["record_key"]


def _same_contact(store: Store, records: "pd.Series[str]") -> "pd.Series[str]":
    own, other = memberships.alias("own"), memberships.alias("other")
    shared = sa.select(own.c.contact_id).where(among(store, own.c.record_key, records))
    return store.read(sa.select(other.c.record_key).where(other.c.contact_id.in_(shared)))["record_key"]
