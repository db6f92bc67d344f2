"""The sweep: carries out what stood on the due list long enough and is still due, behind every guard (design, rule 16).

The ledger says `intended` before the transaction is kept, and `done` when nothing of the removed lies on the disk any more;
one that died half-way is finished by the next.
What is erased where stands in `copies.py`.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import pandas as pd
from sqlalchemy import ColumnElement, Select, Table, delete, func, select, update

from register import retention
from register.feeds import Feeds
from register.home import Home
from register.intake import bans
from register.intake.archive import Archive
from register.policies import policy_no
from register.policy import Policy
from register.removal import behind, copies, parts, people
from register.removal import suppressions as suppressions_of
from register.removal.copies import Subject
from register.removal.ledger import Entry, Ledger, What
from register.retention import fault_evidence
from register.retention.due import ALL, ROW, newest_judged
from register.sets import is_among
from register.store.checkpoint import purge
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
    verdicts,
)
from register.workbooks import outgoing

SMALL = 5
"""So many contacts may always go: a share of a small register would stop every sweep."""

STEP = "removals"

Empty = Callable[[Database], bool]
"""Cleans the database's files; whether its write-ahead log is empty then."""

Why = Literal["notice", "not_due", "share", "outdated", "preview", "older_day"]
"""Why what is due does not go: not long enough on the list, judged otherwise by now, too many at once without an approver,
observations newer than the contacts, the policy's mode, a newer day was judged already."""


@dataclass
class SweepPlan:
    """What a sweep would do.

    remove: contact_id, depth, part, rule, last_day of what goes: a contact, or an observation or value of one. report:
    contact_id and rule of those who wait for a decision.
    waiting: how many of the due do not go, by reason.
    """

    remove: pd.DataFrame
    report: pd.DataFrame
    waiting: dict[Why, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SweepResult:
    """What a sweep did. removed: contacts; parts: observations and values of others. is_truncated: whether the database's
    write-ahead log holds nothing of it any more.
    """

    removed: int
    parts: int
    waiting: int
    reasons: dict[Why, int]
    is_truncated: bool = True


def preview(home: Home, policy: Policy, feeds: Feeds, day: date) -> SweepPlan:
    """What a sweep on that day would remove, and why the rest of the due stays; changes nothing."""
    with home.database.reading() as store:
        return plan(store, policy, feeds, day, approved_by=None)


def plan(store: Store, policy: Policy, feeds: Feeds, day: date, approved_by: str | None) -> SweepPlan:
    """Who goes on the day: listed long enough, judged again now, and not too many at once."""
    report = store.read(select(verdicts.c.contact_id, verdicts.c.rule).where(verdicts.c.outcome == "report")
                        .order_by(verdicts.c.contact_id))
    columns = [due.c[name] for name in (*ROW, "rule", "last_day", "published_on", "approved_by")]
    listed = store.read(select(*columns)
                        .where(due.c.last_day < day.isoformat()).order_by(due.c.last_day, *(due.c[name] for name in ROW)))
    if len(listed) and _are_outdated(store):
        return SweepPlan(_named(listed.head(0)), report, {"outdated": len(listed)})
    stood = listed[listed["published_on"] <= (day - timedelta(days=policy.sweep.notice_days)).isoformat()]
    still = _still_due(store, policy, feeds, day, stood)
    going = _few_enough(store, policy, still, approved_by)
    counts: dict[Why, int] = {"notice": len(listed) - len(stood), "not_due": len(stood) - len(still),
                              "share": len(still) - len(going)}
    return SweepPlan(_named(going), report, {why: count for why, count in counts.items() if count})


def apply(
    home: Home, policy: Policy, feeds: Feeds, day: date, approved_by: str | None, say: Callable[[str], None] | None = None
) -> SweepResult:
    """Removes who is due on the day, in one transaction, from every copy. Raises RefusedError for a stranger's approval."""
    if approved_by is not None:
        policy.refuse_no_approver(approved_by)
    with home.database.writing(STEP, day.isoformat(), say) as store:
        found = plan(store, policy, feeds, day, approved_by)
        if len(found.remove) and (blocked := _blocked(store, policy, day)):
            found = SweepPlan(found.remove.head(0), found.report, {**found.waiting, blocked: len(found.remove)})
        carry_out(store, home, policy, day, found.remove)
        over = None if _blocked(store, policy, day) else policy.periods.last_year_over(day)
        suppressions_of.end_years(store, feeds, over)
        removed = int((found.remove["depth"] == "contact").sum())
        parts_removed = len(found.remove) - removed
        _record(store, removed, parts_removed)
    suppressions_of.destroy_keys(home.keys, over)
    is_truncated = finish(home, day, say)
    return SweepResult(removed, parts_removed, sum(found.waiting.values()), found.waiting, is_truncated)


def _named(going: pd.DataFrame) -> pd.DataFrame:
    return going[[*ROW, "rule", "last_day"]].reset_index(drop=True)


def _are_outdated(store: Store) -> bool:
    """Whether an observation or engagement is newer than the contacts, or one of theirs is gone."""
    last = store.scalar(select(func.max(runs.c.run)).where(runs.c.step == "contacts", runs.c.state == "done")) or 0
    newest = [store.scalar(select(func.max(table.c.changed_in))) or 0 for table in (observations, engagements)]
    has_gone = store.scalar(select(memberships.c.record_key).where(memberships.c.is_gone).limit(1)) is not None
    return max(newest) > last or has_gone


def _still_due(store: Store, policy: Policy, feeds: Feeds, day: date, stood: pd.DataFrame) -> pd.DataFrame:
    """What retention, asked again now, still removes, with its rule and last day of now; nothing beside its whole contact."""
    if stood.empty:
        return stood
    is_whole = stood["depth"] == "contact"
    decided = retention.judge(store, feeds, policy, day, stood.loc[is_whole, "contact_id"])
    gone = decided.loc[decided["outcome"] == "remove", ["contact_id", "rule", "last_day"]].assign(depth="contact", part=ALL)
    if not is_whole.all():
        faults = fault_evidence.judge(store, feeds, policy, day)
        past = faults[(faults["last_day"] < day.isoformat()) & ~is_among(faults["contact_id"], gone["contact_id"])]
        gone = pd.concat([gone, past[[*ROW, "rule", "last_day"]]])
    return stood[[*ROW, "approved_by"]].merge(gone, on=ROW)


def _few_enough(store: Store, policy: Policy, still: pd.DataFrame, approved_by: str | None) -> pd.DataFrame:
    """All of them, or where they are too many only those whom an approver has approved."""
    held = int(store.scalar(select(func.count()).select_from(contacts)))
    if approved_by is not None or still["contact_id"].nunique() <= max(SMALL, policy.sweep.max_share * held):
        return still
    return still[still["approved_by"].isin(policy.people.approvers)]


def _blocked(store: Store, policy: Policy, day: date) -> Why | None:
    if policy.sweep.mode != "on":
        return "preview"
    newest = newest_judged(store)
    return "older_day" if newest and newest > day.isoformat() else None


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
    staying = select(contacts.c.organisation_id).where(
        contacts.c.contact_id.not_in(select(wanted.c.contact_id)), contacts.c.organisation_id.is_not(None))
    return select(contacts.c.organisation_id, func.min(contacts.c.contact_id).label("contact_id")).join(
        wanted, wanted.c.contact_id == contacts.c.contact_id).join(
        organisations, organisations.c.organisation_id == contacts.c.organisation_id).where(
        organisations.c.is_sole_trader, contacts.c.organisation_id.not_in(staying)).group_by(contacts.c.organisation_id)


def _is_held(table: Table) -> ColumnElement[bool]:
    return select(holds.c.hold_id).where(holds.c.record_key == table.c.record_key, holds.c.lifted_at.is_(None)).exists()


def _firms(store: Store, wanted: Table) -> Table:
    firms = store.read(select(contacts.c.organisation_id).join(wanted, wanted.c.contact_id == contacts.c.contact_id))
    return store.keys(firms["organisation_id"], "organisation_id")


def _hand_over_objections(store: Store, wanted: Table) -> None:
    """A person's ban on marketing holds at their other organisations too, when the record that said so is gone."""
    going, is_ban = select(wanted.c.contact_id), (objections.c.kind == bans.MARKETING) & objections.c.lifted_at.is_(None)
    said = (select(contacts.c.person_id, func.min(objections.c.objected_on).label("objected_on"))
            .join(memberships, memberships.c.contact_id == contacts.c.contact_id)
            .join(objections, objections.c.record_key == memberships.c.record_key)
            .where(contacts.c.contact_id.in_(going), is_ban).group_by(contacts.c.person_id)).subquery()
    heirs = (select(func.min(memberships.c.record_key).label("record_key"), said.c.objected_on)
             .join(contacts, contacts.c.contact_id == memberships.c.contact_id)
             .join(said, said.c.person_id == contacts.c.person_id)
             .where(contacts.c.contact_id.not_in(going))
             .group_by(contacts.c.contact_id, said.c.objected_on)).subquery()
    is_known = select(objections.c.objection_id).where(objections.c.record_key == heirs.c.record_key, is_ban)
    new = store.read(select(heirs).where(~is_known.exists())).assign(kind=bans.MARKETING)
    store.insert(objections, new)
    store.promises.put(objections, new)


def _drop_empty_firms(store: Store, firms: Table) -> None:
    """Organisations of which nothing is left."""
    used = [select(table.c.organisation_id).where(table.c.organisation_id.is_not(None))
            for table in (observations, engagements, contacts)]
    store.execute(delete(organisations).where(
        organisations.c.organisation_id.in_(select(firms.c.organisation_id)),
        *(organisations.c.organisation_id.not_in(query) for query in used)))


def _record(store: Store, removed: int, parts_removed: int) -> None:
    counts = {"removed": removed, "parts_removed": parts_removed}
    store.execute(update(runs).where(runs.c.run == store.run).values(counts=json.dumps(counts)))


def finish(home: Home, day: date, say: Callable[[str], None] | None, empty: Empty = purge) -> bool:
    """Cleans up where an act of the ledger is open; whether the write-ahead log is empty then."""
    return clean_up(home, day, say, empty) if Ledger(home.ledger).unfinished() else True


def clean_up(home: Home, day: date, say: Callable[[str], None] | None, empty: Empty = purge) -> bool:
    """Leaves nothing of them in SQLite's files, deletes superseded archive files and files of the outbox that showed them, and
    only then closes the ledger's open acts.

    One that dies before is taken up by the next sweep, and so is one whose log a reader kept busy, which is the answer. Under
    the lock: a file that a delivery has written and not named yet is nobody's to delete.

    empty: how; `purge` where it is not known what to look for.
    """
    is_truncated = empty(home.database)
    with home.database.writing("clean up after removals", day.isoformat(), say) as store:
        Archive(home.archive).tidy(store)
        outgoing.expire(home, store, day.isoformat())
        if is_truncated:
            _close(store, Ledger(home.ledger))
    return is_truncated


def _close(store: Store, ledger: Ledger) -> None:
    """Says of each open act whether it came true; of a database that is behind that is not known (`reapplying.py`)."""
    if behind.is_behind(store, ledger):
        return
    unknown = {entry.act_id for entry in behind.unknown(store, ledger)}
    for entry in ledger.unfinished():
        what: What = "abandoned" if entry.act_id in unknown else "done"
        head = ledger.append(Entry(entry.act_id, what, now(), entry.day))
        store.execute(update(runs).where(runs.c.run == store.run).values(ledger_head=head))
