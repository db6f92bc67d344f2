"""Carrying a removal out: from every copy in one transaction, a tombstone, a suppression; then nothing of it on the disk.

The ledger says `intended` before the transaction is kept, and `done` when nothing of the removed lies on the disk any more;
one that died half-way is finished by the next. What is erased where stands in `copies.py`, who is due in `sweep.py`.
"""

import uuid
from collections.abc import Callable
from datetime import date

import pandas as pd
from sqlalchemy import ColumnElement, Select, Table, delete, exists, func, select, update

from register.home import Home
from register.intake.archive import Archive
from register.policies import policy_no
from register.policy import Policy
from register.removal import behind, copies, parts, people
from register.removal import suppressions as suppressions_of
from register.removal.copies import Subject
from register.removal.ledger import Entry, Ledger, What
from register.store.checkpoint import purge
from register.store.conditions import IS_BAN, MARKETING, is_in
from register.store.database import Database, now
from register.store.promises import plain
from register.store.store import Store
from register.store.tables import (
    contacts,
    due,
    engagements,
    holds,
    memberships,
    objections,
    observations,
    organisations,
    removals,
    runs,
)
from register.workbooks import outgoing

Empty = Callable[[Database], bool]
"""Cleans the database's files; whether its write-ahead log is empty then."""


def carry_out(
    store: Store, home: Home, policy: Policy, day: date, going: pd.DataFrame, beside: pd.DataFrame | None = None
) -> list[str]:
    """Erases, leaves tombstones and suppressions; what it does is in the ledger before it is kept.

    beside: records that no contact bears and that go with one of these: record_key, feed, contact_id.
    """
    if going.empty:
        return []
    number = policy_no(store, policy, day)
    tombs = going.assign(removal_id=[str(uuid.uuid4()) for _ in going.index])
    is_whole = tombs["depth"] == "contact"
    whole, parts_of_others = tombs[is_whole], tombs[~is_whole]
    wanted = store.keys(whole["contact_id"], "contact_id")
    theirs = pd.concat([_records(store, wanted), beside]).drop_duplicates("record_key")
    records = theirs.merge(whole[["contact_id", "removal_id"]], on="contact_id")
    _promise(store, number, tombs, records)
    people.keep_bans(store, home.keys, people.people_of(store, records["record_key"]))
    erase_whole(store, home, records["record_key"], wanted)
    touched = parts.remove(store, Archive(home.archive), home.key, parts_of_others, day.isoformat())
    _strike_off(store, parts_of_others)
    sizes = pd.concat([records["removal_id"].value_counts(), touched])
    store.insert(removals, tombs[["removal_id", "rule"]].assign(
        policy_no=number, removed_on=day.isoformat(), records=tombs["removal_id"].map(sizes).fillna(0).astype("int64")))
    named = records[["record_key", "feed", "removal_id"]]
    suppressions_of.suppress(store, named.assign(suppressed_on=day.isoformat()))
    return [str(name) for name in tombs["removal_id"]]


def erase_whole(store: Store, home: Home, records: "pd.Series[str]", contacts_going: Table) -> None:
    """Removes records and contacts from every copy, and organisations of which nothing is left."""
    firms = _firms(store, contacts_going)
    _hand_over_objections(store, contacts_going)
    going = store.read(select(contacts_going.c.contact_id))["contact_id"]
    copies.erase(store, Archive(home.archive), Subject.of(store, records, going))
    _drop_empty_firms(store, firms)


def _promise(store: Store, number: int, tombs: pd.DataFrame, records: pd.DataFrame) -> None:
    """What must be gone of an older copy too; the records of parts stay."""
    told, is_whole = store.promises, tombs["depth"] == "contact"
    told.policy_no = number
    told.removals |= {str(name): [] for name in tombs["removal_id"]}
    told.removals |= {str(name): sorted(keys) for name, keys in records.groupby("removal_id")["record_key"]}
    told.rules |= {str(rule): sorted(ids) for rule, ids in tombs.groupby("rule")["removal_id"]}
    told.feeds |= {str(feed): sorted(keys) for feed, keys in records.groupby("feed")["record_key"]}
    told.contacts += sorted(tombs.loc[is_whole, "contact_id"])
    told.parts += plain(tombs.loc[~is_whole, ["removal_id", "contact_id", "depth", "part", "rule"]])


def _strike_off(store: Store, gone: pd.DataFrame) -> None:
    """Parts that went are due no more, today already; whole contacts leave the list with their rows."""
    ids, named = store.keys(gone["contact_id"], "contact_id"), store.keys(gone["part"], "part")
    store.execute(delete(due).where(due.c.depth != "contact", due.c.contact_id.in_(select(ids.c.contact_id)),
                                    due.c.part.in_(select(named.c.part))))


def _records(store: Store, wanted: Table) -> pd.DataFrame:
    """The records of contacts, and everything of a sole trader's firm with its last person: record_key, feed, contact_id."""
    own = select(memberships.c.record_key, memberships.c.contact_id).join(
        wanted, wanted.c.contact_id == memberships.c.contact_id).subquery()
    traders = _lone_traders(wanted).subquery()
    frames = []
    for table in (observations, engagements):
        query = select(table.c.record_key, table.c.feed)
        frames.append(store.read(query.add_columns(own.c.contact_id).join(own, own.c.record_key == table.c.record_key)))
        frames.append(store.read(
            query.add_columns(traders.c.contact_id).join(traders, traders.c.organisation_id == table.c.organisation_id)
            .where(~_is_held(table))))
    return pd.concat(frames).drop_duplicates("record_key", ignore_index=True)


def _lone_traders(wanted: Table) -> Select[tuple[str, str]]:
    """Sole traders' firms of which nobody stays, each with one of the contacts that go: organisation_id, contact_id."""
    other = contacts.alias("other")
    stays = exists().where(
        other.c.organisation_id == contacts.c.organisation_id, ~is_in(wanted.c.contact_id, other.c.contact_id))
    return select(contacts.c.organisation_id, func.min(contacts.c.contact_id).label("contact_id")).join(
        wanted, wanted.c.contact_id == contacts.c.contact_id).join(
        organisations, organisations.c.organisation_id == contacts.c.organisation_id).where(
        organisations.c.is_sole_trader, ~stays).group_by(contacts.c.organisation_id)


def _is_held(table: Table) -> ColumnElement[bool]:
    return select(holds.c.hold_id).where(holds.c.record_key == table.c.record_key, holds.c.lifted_at.is_(None)).exists()


def _firms(store: Store, wanted: Table) -> Table:
    firms = store.read(select(contacts.c.organisation_id).join(wanted, wanted.c.contact_id == contacts.c.contact_id))
    return store.keys(firms["organisation_id"], "organisation_id")


def _hand_over_objections(store: Store, wanted: Table) -> None:
    """A person's ban on marketing holds at their other organisations too, when the record that said so is gone."""
    going = select(wanted.c.contact_id)
    said = (select(contacts.c.person_id, func.min(objections.c.objected_on).label("objected_on"))
            .join(memberships, memberships.c.contact_id == contacts.c.contact_id)
            .join(objections, objections.c.record_key == memberships.c.record_key)
            .where(contacts.c.contact_id.in_(going), IS_BAN).group_by(contacts.c.person_id)).subquery()
    heirs = (select(func.min(memberships.c.record_key).label("record_key"), said.c.objected_on)
             .join(contacts, contacts.c.contact_id == memberships.c.contact_id)
             .join(said, said.c.person_id == contacts.c.person_id)
             .where(~is_in(wanted.c.contact_id, contacts.c.contact_id))
             .group_by(contacts.c.contact_id, said.c.objected_on)).subquery()
    is_known = select(objections.c.objection_id).where(objections.c.record_key == heirs.c.record_key, IS_BAN)
    new = store.read(select(heirs).where(~is_known.exists())).assign(kind=MARKETING)
    store.insert(objections, new)
    store.promises.put(objections, new)


def _drop_empty_firms(store: Store, firms: Table) -> None:
    """Organisations of which nothing is left."""
    store.execute(delete(organisations).where(
        organisations.c.organisation_id.in_(select(firms.c.organisation_id)),
        *(~is_in(table.c.organisation_id, organisations.c.organisation_id)
          for table in (observations, engagements, contacts))))


def finish(home: Home, day: date, say: Callable[[str], None] | None, empty: Empty = purge) -> bool:
    """Cleans up where an act of the ledger is open; whether the write-ahead log is empty then."""
    return clean_up(home, day, say, empty) if Ledger(home.ledger).unfinished() else True


def clean_up(home: Home, day: date, say: Callable[[str], None] | None, empty: Empty = purge) -> bool:
    """Leaves nothing of them in SQLite's files, deletes superseded archive files and files of the outbox that showed them, and
    only then closes the ledger's open acts.

    One that dies before is taken up by the next sweep, and so is one whose log a reader kept busy, which is the answer. Under
    the lock: a file that a delivery has written and not named yet is nobody's to delete.

    empty: how; `purge` where it is not known what to look for. What another removal keeps meanwhile is not closed: its bytes
    may lie where this one has emptied already.
    """
    with home.database.reading() as store:
        kept = _kept(store, Ledger(home.ledger))
    is_truncated = empty(home.database)
    with home.database.writing("clean up after removals", day.isoformat(), say) as store:
        Archive(home.archive).tidy(store)
        outgoing.expire(home, store, day.isoformat())
        if is_truncated:
            _close(store, Ledger(home.ledger), kept)
    return is_truncated


def _kept(store: Store, ledger: Ledger) -> set[str]:
    """The open acts that the database has kept: not those that another process is at."""
    return {entry.act_id for entry in ledger.unfinished()} - {entry.act_id for entry in behind.unknown(store, ledger)}


def _close(store: Store, ledger: Ledger, cleaned: set[str]) -> None:
    """Says of each open act whether it came true; of a database that is behind that is not known (`reapplying.py`).

    cleaned: those of which nothing lies on the disk any more; others that were kept stay open.
    """
    if behind.is_behind(store, ledger):
        return
    unknown = {entry.act_id for entry in behind.unknown(store, ledger)}
    for entry in ledger.unfinished():
        if entry.act_id not in unknown | cleaned:
            continue
        what: What = "abandoned" if entry.act_id in unknown else "done"
        head = ledger.append(Entry(entry.act_id, what, now(), entry.day))
        store.execute(update(runs).where(runs.c.run == store.run).values(ledger_head=head))
