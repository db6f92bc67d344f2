"""One act of the ledger, done again on an older copy of the database. Which acts those are stands in `reapplying.py`."""

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Table, delete, or_, select, tuple_, update

from register.gate.removed_values import DETAILS
from register.home import Home
from register.increments import among
from register.intake.archive import Archive
from register.policy import Policy
from register.removal import copies, erasure, objections, parts, people, waiting
from register.removal import sought as search
from register.removal.carrying_out import erase_whole
from register.removal.copies import Subject
from register.removal.ledger import Entry
from register.removal.suppressions import suppress
from register.retention import decided
from register.retention import holds as holding
from register.retention.decided import Signed
from register.retention.restrictions import RESTRICTIONS
from register.store.database import now
from register.store.promises import Row
from register.store.store import Store
from register.store.tables import (
    banned_people,
    contacts,
    engagements,
    holds,
    memberships,
    observations,
    quarantine,
    removals,
    removed_values,
    suppressed_people,
    suppressions,
)
from register.store.tables import objections as objected
from register.texts import Texts

HASHED = (suppressed_people, banned_people, removed_values)
"""Tables of keyed hashes, whose rows are put back as they were."""

REASON = "hold.reapplied"
"""What stands for the reason of a hold, which the ledger may not tell."""

UNKNOWN_RULE = "removed"
"""The rule of a tombstone from before the ledger told rules."""


def carry_out(store: Store, home: Home, policy: Policy, entry: Entry, by: Signed, *, is_done: bool) -> None:
    """Does one act again; what it lifts only where it is known to have been done."""
    told = entry.promises
    living = home.keys.years()
    for table in HASHED:
        rows = [row for row in told.rows.get(table.name, []) if row.get("key_year", None) in (None, *living)]
        _put(store, table, pd.DataFrame(rows))
    suppress(store, pd.DataFrame(told.rows.get(suppressions.name, [])))
    _object(store, told.rows.get(objected.name, []))
    _hold(store, told.rows.get(holds.name, []), by, policy)
    if is_done:
        _lift(store, told.lifted, by)
    if told.removals:
        _remove(store, home, policy, entry)
    for year in told.keys:
        store.execute(delete(suppressed_people).where(suppressed_people.c.key_year == year))


def is_held(store: Store, entry: Entry) -> bool:
    """Whether a hold lies on somebody whom an act removes, or of whom it removes a part."""
    ids = pd.Series([row["contact_id"] for row in entry.promises.parts], dtype="str")
    members = select(memberships.c.record_key).where(among(store, memberships.c.contact_id, ids))
    theirs = or_(among(store, holds.c.record_key, _records_of(entry)), holds.c.record_key.in_(members))
    return store.scalar(select(holds.c.hold_id).where(theirs, holds.c.lifted_at.is_(None)).limit(1)) is not None


def _records_of(entry: Entry) -> "pd.Series[str]":
    """The records that went with their contacts."""
    return pd.Series(sorted({key for keys in entry.removals.values() for key in keys}), dtype="str", name="record_key")


def _put(store: Store, table: Table, rows: pd.DataFrame) -> None:
    """The rows whose primary key is not there yet."""
    if rows.empty:
        return
    keys = [column.name for column in table.primary_key]
    known = store.read(select(*(table.c[key] for key in keys)).where(among(store, table.c[keys[0]], rows[keys[0]])))
    is_new = rows[keys].merge(known.drop_duplicates(), on=keys, how="left", indicator=True)["_merge"].eq("left_only")
    store.insert(table, rows[is_new.to_numpy()].drop_duplicates(keys))


def _object(store: Store, rows: Sequence[Row]) -> None:
    """Bans and restrictions that do not stand; a request that the copy does not know is not named."""
    for kind, said in pd.DataFrame(rows, columns=["record_key", "kind", "objected_on"]).groupby("kind"):
        standing = store.read(select(objected.c.record_key).where(objected.c.kind == kind, objected.c.lifted_at.is_(None)))
        store.insert(objected, said[~said["record_key"].isin(standing["record_key"])])
        theirs = select(memberships.c.contact_id).where(among(store, memberships.c.record_key, said["record_key"]))
        if kind in RESTRICTIONS:
            store.execute(update(contacts).where(contacts.c.contact_id.in_(theirs)).values(restricted=True))
        else:
            person = select(contacts.c.person_id).where(contacts.c.contact_id.in_(theirs))
            store.execute(update(contacts).where(contacts.c.person_id.in_(person)).values(marketing_ban=True))


def _hold(store: Store, rows: Sequence[Row], by: Signed, policy: Policy) -> None:
    """Holds that do not stand; their reason and owner were lost with the newer database."""
    reason = Texts(policy.language).say(REASON)
    for review_on, said in pd.DataFrame(rows, columns=["record_key", "review_on"]).groupby("review_on"):
        standing = store.read(select(holds.c.record_key).where(holds.c.review_on == review_on, holds.c.lifted_at.is_(None)))
        if missing := sorted(set(said["record_key"]) - set(standing["record_key"])):
            holding.put(store, missing, reason, by.name, str(review_on), by)


def _lift(store: Store, lifted: dict[str, list[Row]], by: Signed) -> None:
    held = [(row["record_key"], row["review_on"]) for row in lifted.get(holds.name, [])]
    are_held = (tuple_(holds.c.record_key, holds.c.review_on).in_(held), holds.c.lifted_at.is_(None))
    for number in store.read(select(holds.c.decision_id).distinct().where(*are_held))["decision_id"].dropna():
        decided.lift(store, int(number), by.name, by.os_user)
    store.execute(update(holds).where(*are_held).values(lifted_at=now()))  # those of before decisions put them
    records = pd.Series([row["record_key"] for row in lifted.get(objected.name, [])], dtype="str")
    theirs = select(memberships.c.contact_id).distinct().where(among(store, memberships.c.record_key, records))
    objections.lift_within(store, store.read(theirs)["contact_id"], by.name, by.os_user, by.day)


def _remove(store: Store, home: Home, policy: Policy, entry: Entry) -> None:
    told, archive = entry.promises, Archive(home.archive)
    asked = told.rules.get(erasure.RULE, [])
    records = pd.concat([_records_of(entry), people.erased_records(store, home.keys, asked)]).drop_duplicates()
    feeds = _feeds(store, entry, records)
    whole, partly = _contacts_of(store, records)
    sought = search.of(store, records, whole, policy.people.all)
    stays = store.read(select(memberships.c.record_key).where(
        among(store, memberships.c.record_key, records), among(store, memberships.c.contact_id, partly)))["record_key"]
    copies.erase_observations(store, archive, stays)  # of contacts that stay: they are computed anew
    erase_whole(store, home, records[~records.isin(stays)], store.keys(whole, "contact_id"))
    copies.EngagementCopy(engagements).erase(store, Subject.of(store, stays, stays.head(0)))
    if asked:
        store.execute(delete(quarantine).where(among(store, quarantine.c.record_key, waiting.erased(store, home.keys, asked))))
        erasure.destroy_files(store, home, sought, entry.day)
    parts.remove(store, archive, home.key, _parts(store, entry), entry.day)
    parts.strip(store, archive, _stripped(entry))
    _bury(store, entry, feeds)


def _parts(store: Store, entry: Entry) -> pd.DataFrame:
    """The parts that went, each of whoever bears its records in the copy; of an id that is nobody's yet, too."""
    said = pd.DataFrame(entry.promises.parts, columns=["removal_id", "contact_id", "depth", "part", "rule"]).astype("str")
    rows = pd.DataFrame(entry.promises.rows.get(removed_values.name, []), columns=["record_key", "removal_id"]).astype("str")
    bearers = store.read(select(memberships.c.record_key, memberships.c.contact_id.label("bearer")).where(
        among(store, memberships.c.record_key, rows["record_key"]))).merge(rows, on="record_key")
    found = said.merge(bearers[["removal_id", "bearer"]].drop_duplicates(), on="removal_id", how="left")
    return found.assign(contact_id=found["bearer"].fillna(found["contact_id"])).drop(columns="bearer")


def _stripped(entry: Entry) -> pd.DataFrame:
    """The records that lost their contact details, also those that no contact bears: record_key, feed, removal_id."""
    rows = [row for row in entry.promises.rows.get(removed_values.name, []) if row["column"] == DETAILS]
    return pd.DataFrame(rows, columns=["record_key", "feed", "removal_id"]).astype("str")


def _contacts_of(store: Store, records: "pd.Series[str]") -> "tuple[pd.Series[str], pd.Series[str]]":
    """The contacts of the records: those that have no other record, and the rest."""
    theirs = select(memberships.c.contact_id).where(among(store, memberships.c.record_key, records))
    members = store.read(select(memberships.c.record_key, memberships.c.contact_id).where(memberships.c.contact_id.in_(theirs)))
    is_whole = members["record_key"].isin(records).groupby(members["contact_id"]).all()
    ids = is_whole.index.to_series().astype("str")
    return ids[is_whole.to_numpy(bool)], ids[~is_whole.to_numpy(bool)]


def _feeds(store: Store, entry: Entry, records: "pd.Series[str]") -> pd.DataFrame:
    """record_key and feed of the records, as the ledger says it or the copy knows it."""
    said = [(key, feed) for feed, keys in entry.promises.feeds.items() for key in keys]
    known = [store.read(select(table.c.record_key, table.c.feed).where(among(store, table.c.record_key, records)))
             for table in (observations, engagements)]
    return pd.concat([pd.DataFrame(said, columns=["record_key", "feed"]), *known]).drop_duplicates("record_key")


def _bury(store: Store, entry: Entry, feeds: pd.DataFrame) -> None:
    """Tombstones, and suppressions of what they stand for; records that the ledger did not name lie under the first."""
    told = entry.promises
    rules = {name: rule for rule, names in told.rules.items() for name in names}
    tombs = pd.DataFrame([(name, rules.get(name, UNKNOWN_RULE), len(keys)) for name, keys in entry.removals.items()],
                         columns=["removal_id", "rule", "records"])
    _put(store, removals, tombs.assign(policy_no=told.policy_no, removed_on=entry.day))
    of_each = {key: name for name, keys in entry.removals.items() for key in keys}
    removal_id = feeds["record_key"].map(of_each).fillna(tombs["removal_id"].iloc[0])
    suppress(store, feeds.assign(removal_id=removal_id, suppressed_on=entry.day))
