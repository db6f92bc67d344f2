"""What waits for the steward, one matter of each kind: how many, since when, until when, and where it is decided.

Only reads, and holds no value of a person. What is said of a matter stands in `page.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, func, select, union_all

from register.corrections import bulk
from register.feeds import Feed
from register.intake import answers, feed_state
from register.intake.ingest import Desk
from register.morning.links import backfill, checks_of, launch
from register.retention import holds
from register.retention.faults import STALE
from register.retention.restrictions import waits_of_restricted
from register.store.store import Store
from register.store.tables import deliveries, doubts, due, faults, quarantine, requests, runs, verdicts
from register.store.tables import holds as held
from register.workbooks import outgoing
from register.workbooks.due import UNASKED

RECENT = 15
"""Deliveries from which one tells how often a feed usually comes."""

NAMED_FILES = 3
"""Workbooks of one matter that are told by name."""

NAMED_CHECKS = 10
"""Checks of one matter: its sentence names them all."""


@dataclass(frozen=True)
class Failing:
    """A check that failed: of which asset, by its path, and whether it is red or yellow."""

    asset: str
    check: str
    is_red: bool

    def __str__(self) -> str:
        """The check as the command names it."""
        return f"{self.asset.removeprefix('observations/')}:{self.check}"

    @property
    def page(self) -> str:
        """Where the check says what to do."""
        return f"/assets/{self.asset}?view=checks"


@dataclass(frozen=True)
class Matter:
    """One thing that waits. kind: names its sentences in the catalogues. oldest, last, until: ISO days, where known.

    place: a path of the UI, or of a file below the home; empty where its workbook is not out yet. words: what else its
    sentences name. decide: the path of a launchpad that is filled in, where a job decides it.
    """

    kind: str
    n: int
    place: str
    oldest: str | None = None
    until: str | None = None
    is_red: bool = False
    words: Mapping[str, Any] = field(default_factory=dict)
    decide: str = ""
    last: str | None = None


def matters(desk: Desk, store: Store, day: date, failing: Sequence[Failing] = ()) -> list[Matter]:
    """All that waits on a day, what is red first, then what ends soonest. failing: the checks as they stand."""
    own = [found for look in OWN for found in look(desk, store, day)]
    explained = {asset for matter in own for asset in _explained(matter)}
    rest = [one for one in failing if (one.asset, one.check) not in explained and not _is_answered(store, one)]
    found = [*own, *_checks(rest)]
    return sorted(found, key=lambda one: (not one.is_red, one.until or "9", one.kind))


def _is_answered(store: Store, one: Failing) -> bool:
    """Whether all that a check of values found was answered since: the check itself is asked again by the next refresh."""
    if one.check != "values":
        return False
    days = select(deliveries).where(deliveries.c.feed == one.asset.removeprefix("observations/"), deliveries.c.is_held)
    return not feed_state.faults_left(store.read(days.order_by(deliveries.c.day.desc()).limit(1)))


def _unfilled(desk: Desk, store: Store, day: date) -> list[Matter]:
    keys = desk.policy.unfilled
    return [Matter("unfilled", len(keys), "policy.toml", words={"keys": ", ".join(keys)})] if keys else []


def _set_aside(desk: Desk, store: Store, day: date) -> list[Matter]:
    aside = store.read(select(deliveries.c.feed, deliveries.c.day, deliveries.c.set_aside_on).where(
        deliveries.c.state == "set aside").order_by(deliveries.c.day))
    days = timedelta(days=desk.policy.periods.set_aside_days)
    found = []
    for feed, rows in aside.groupby("feed"):
        since = rows["set_aside_on"].dropna().min()
        until = (date.fromisoformat(since) + days).isoformat() if isinstance(since, str) else None
        oldest = str(rows["day"].iloc[0])
        accept = launch("accept_delivery", {"feed": feed, "day": oldest, "name": desk.policy.people.on_duty(day)})
        found.append(Matter("set_aside", len(rows), checks_of(str(feed)), oldest, until, is_red=True,
                            words={"feed": feed}, decide=accept))
    return found


def _late(desk: Desk, store: Store, day: date) -> list[Matter]:
    """Feeds that deliver no more: usually how often, whom to call, and how many people's clocks stand still for it."""
    held_days = store.read(select(deliveries.c.feed, deliveries.c.day).where(
        deliveries.c.is_held, deliveries.c.day <= day.isoformat()).order_by(deliveries.c.day.desc()))
    days = {feed: rows["day"].tolist() for feed, rows in held_days.groupby("feed")}
    stopped = _stopped(store)
    return [_late_feed(feed, days[feed.name], stopped.get(feed.name, 0)) for feed in desk.feeds.living
            if feed.name in days and date.fromisoformat(days[feed.name][0]) < day - timedelta(days=feed.late_after_days)]


def _late_feed(feed: Feed, days: list[str], stopped: int) -> Matter:
    gaps = pd.Series(pd.to_datetime(days[:RECENT])).diff(-1).dt.days.dropna()
    usual = int(gaps.median()) if len(gaps) else 0
    return Matter("late", stopped, checks_of(feed.name), last=days[0],
                  words={"feed": feed.name, "usual": usual, "owner": feed.owner})


def _stopped(store: Store) -> dict[str, int]:
    """How many contacts are not judged for want of each feed."""
    facts = store.read(select(verdicts.c.facts).where(verdicts.c.rule == UNASKED))["facts"]
    feeds = facts.str.extract(r'"feed": "([^"]+)"', expand=False)
    return {str(feed): int(n) for feed, n in feeds.value_counts().items()}


def _quarantine(desk: Desk, store: Store, day: date) -> list[Matter]:
    n, oldest = _count_and_first(store, quarantine.c.asked_on, ~waits_of_restricted())
    if not n:
        return []
    return [Matter("quarantine", n, _workbooks(store, "quarantine"), oldest,
                   answers.expires_on(desk.policy, oldest))]


def _doubtful(desk: Desk, store: Store, day: date) -> list[Matter]:
    out, (n, oldest) = outgoing.waiting(store, "matches"), _count_and_first(store, doubts.c.since_on)
    return [Matter("doubtful", n, _workbooks(store, "matches"), oldest)] if n and out else []


def _due(desk: Desk, store: Store, day: date) -> list[Matter]:
    """What will go and has nobody's yes yet; it goes by itself where it is no large share."""
    out, (n, first) = outgoing.waiting(store, "due"), _count_and_first(store, due.c.last_day, due.c.approved_by.is_(None))
    if not n:
        return []
    who = desk.policy.people.on_duty(day)
    approver = who if who in desk.policy.people.approvers else ""  # nobody's word is put into another's mouth
    return [Matter("due", n, _workbooks(store, "due"), until=first,
                   decide=launch("approve_list", {"number": out[0].export_no, "name": approver}) if out else "")]


def _reports(desk: Desk, store: Store, day: date) -> list[Matter]:
    since = union_all(
        select(verdicts.c.reported_since_on).where(verdicts.c.outcome == "report", verdicts.c.rule != UNASKED),
        select(faults.c.reported_since_on).where(faults.c.reported_since_on.is_not(None),
                                                 faults.c.facts.not_like(f'%"pending": "{STALE}"%'))).subquery()
    n, oldest = _count_and_first(store, since.c.reported_since_on)
    if not n:
        return []
    days = desk.policy.retention.review.report_red_days
    until = (date.fromisoformat(oldest) + timedelta(days=days)).isoformat() if oldest else None
    return [Matter("reports", n, _workbooks(store, "due"), oldest, until,
                   is_red=until is not None and until < day.isoformat())]


def _requests(desk: Desk, store: Store, day: date) -> list[Matter]:
    """People who are restricted until their case is settled, or of whom something is left, so that no reply was written; the
    strict day, which no holiday moves, alerts.
    """
    is_restricted = requests.c.decision.in_(("situation", "restrict")) & requests.c.settled_on.is_(None)
    is_open = is_restricted | requests.c.answered_on.is_(None)
    n, oldest = _count_and_first(store, requests.c.received_on, is_open)
    form = _workbooks(store, "requests") or "outbox/requests.xlsx"
    until = store.scalar(select(func.min(requests.c.due_strict)).where(is_open))
    return [Matter("requests", n, form, oldest, until, is_red=until is not None and until < day.isoformat())] if n else []


def _asked_back(desk: Desk, store: Store, day: date) -> list[Matter]:
    """Requests whose answer asks whom or what is meant; nothing of them is done before that is chosen."""
    from register.requests import asked_back

    found = asked_back.waiting(store, desk.policy)
    until = min((one.due_strict for one in found if one.due_strict), default=None)
    files = _named([f"outbox/{file}" for file in dict.fromkeys(one.file for one in found)])
    return [Matter("asked_back", len(found), files, found[0].received_on, until,
                   is_red=until is not None and until < day.isoformat())] if found else []


def _corrections(desk: Desk, store: Store, day: date) -> list[Matter]:
    return [Matter("correction", sum(len(days) for days in one.scope.values()),
                   f"outbox/correction-{one.number}.xlsx", words={"number": one.number},
                   decide=backfill(list(one.scope), one.days))
            for one in bulk.with_state(store, "proposed")]


def _unfinished(desk: Desk, store: Store, day: date) -> list[Matter]:
    """Corrections that were approved or lifted on an earlier day, and of which days are still to be read."""
    earlier = set(store.read(select(runs.c.run).where(runs.c.day < day.isoformat()))["run"])
    return [Matter("unfinished", sum(len(days) for days in one.remaining.values()), "/runs", is_red=True,
                   words={"number": one.number})
            for one in bulk.with_state(store, *bulk.OPEN) if one.changed_in in earlier]


def _boxes(desk: Desk, store: Store, day: date) -> list[Matter]:
    """What lies in a letter box and could not be taken; only the first file's reason is told."""
    from register.morning import boxes

    return [Matter("box", len(wrong), f"inbox/{name}", words={"why": wrong[0]})
            for name, wrong in boxes.refused(desk, store, day).items()]


def _holds(desk: Desk, store: Store, day: date) -> list[Matter]:
    n = holds.overdue(store, day)
    first = store.scalar(select(func.min(held.c.review_on)).where(held.c.lifted_at.is_(None)))
    number = holds.first_overdue(store, day)
    page = "/assets/verdicts?view=checks"
    lift = launch("lift", {"number": number, "name": desk.policy.people.on_duty(day)}) if number else page
    return [Matter("holds", n, page, until=first, decide=lift)] if n else []


OWN: tuple[Callable[[Desk, Store, date], list[Matter]], ...] = (
    _unfilled, _set_aside, _late, _quarantine, _doubtful, _due, _reports, _requests, _asked_back, _corrections, _unfinished,
    _boxes, _holds)
"""Every kind of matter, one function each."""

EXPLAINED = {
    "set_aside": ("structure", "volume"), "late": ("volume",), "doubtful": ("doubtful",), "reports": ("reports",),
    "holds": ("holds",),
}
"""Checks that a matter tells in more words, by its kind."""

ASSET_OF = {"doubtful": "contacts", "reports": "verdicts", "holds": "verdicts"}


def _explained(matter: Matter) -> list[tuple[str, str]]:
    asset = ASSET_OF.get(matter.kind) or f"observations/{matter.words.get('feed')}"
    return [(asset, check) for check in EXPLAINED.get(matter.kind, ())]


def _checks(failing: Sequence[Failing]) -> list[Matter]:
    """What no other matter tells: red and yellow checks, each named with its asset, so many at a time as a sentence holds."""
    found = []
    for kind, is_red in (("red", True), ("yellow", False)):
        of_kind = [one for one in failing if one.is_red is is_red]
        for start in range(0, len(of_kind), NAMED_CHECKS):
            named = of_kind[start:start + NAMED_CHECKS]
            found.append(Matter(kind, len(named), named[0].page, is_red=is_red,
                                words={"checks": [(str(one), one.page) for one in named]}))
    return found


def _workbooks(store: Store, what: str) -> str:
    """The workbooks of a kind that are out and wait for an answer, the newest first; empty where none is."""
    return _named([f"outbox/{out.file}" for out in outgoing.waiting(store, what)])


def _named(files: Sequence[str]) -> str:
    """Files as they are told; so many that a sentence holds them."""
    return ", ".join([*files[:NAMED_FILES], *(["…"] if len(files) > NAMED_FILES else [])])


def _count_and_first(store: Store, day: Any, *where: ColumnElement[bool]) -> tuple[int, Any]:
    """How many rows there are, and their first day."""
    query: Select[Any] = select(func.count().label("n"), func.min(day).label("first")).where(*where)
    row = store.execute(query).one()
    return int(row.n), row.first
