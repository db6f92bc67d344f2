"""Verdicts: one for each contact, judged again where something changed (`judging_scope.py`), and the due list made of them."""

from dataclasses import asdict, dataclass
from datetime import date

import pandas as pd
from sqlalchemy import func, select

from register import increments, retention
from register.feeds import Feeds
from register.increments import among
from register.policies import policy_no
from register.policy import Policy
from register.retention import due, judging_scope
from register.retention.due import Published
from register.store.store import Store
from register.store.tables import verdicts

VERSION = "verdicts 1"
"""A new version judges all contacts anew."""

JUDGED = (verdicts.c.contact_id, verdicts.c.outcome, verdicts.c.last_day, verdicts.c.rule, verdicts.c.facts,
          verdicts.c.stands_until, verdicts.c.reported_since_on)


@dataclass(frozen=True)
class VerdictCounts:
    """outcomes: contacts by outcome. judged: those that the run looked at. published: the due list."""

    outcomes: dict[str, int]
    judged: int
    published: Published


def update(store: Store, policy: Policy, feeds: Feeds, day: date) -> VerdictCounts:
    """Brings verdicts and the due list up to date, on the day or the newest that was ever judged (design, rules 15 and 16)."""
    day = due.day_of_judging(store, day)
    basis = judging_scope.basis(policy, feeds, VERSION, day)
    heard = judging_scope.heard(store, feeds, day)
    whom = judging_scope.read(store, feeds, increments.since(store, "verdicts", basis), day, heard)
    decided = retention.judge(store, feeds, policy, day, whom)
    _write(store, decided, policy_no(store, policy, day), day)
    counts = VerdictCounts(_outcomes(store), len(decided), due.publish(store, day))
    increments.record(store, basis, {"judged": counts.judged, **asdict(counts.published)})
    increments.note(store, heard=heard)
    return counts


def _write(store: Store, decided: pd.DataFrame, number: int, day: date) -> None:
    """Writes those that changed: `judged_on` and `policy_no` say when and under which policy a verdict was first given as it
    stands, `reported_since_on` since when it waits. Those of contacts that are gone went with them.
    """
    before = store.read(select(*JUDGED).where(among(store, verdicts.c.contact_id, decided["contact_id"])))
    changed = increments.differing(decided, before, "contact_id")
    reported = before[before["outcome"] == "report"].set_index("contact_id")["reported_since_on"]
    since = changed["contact_id"].map(reported).astype("str").fillna(day.isoformat()).where(changed["outcome"] == "report")
    rows = changed.assign(policy_no=number, judged_on=day.isoformat(), reported_since_on=since)
    increments.put(store, verdicts, rows, before, "contact_id")


def _outcomes(store: Store) -> dict[str, int]:
    counted = store.read(select(verdicts.c.outcome, func.count().label("contacts")).group_by(verdicts.c.outcome))
    return {str(outcome): int(held) for outcome, held in zip(counted["outcome"], counted["contacts"], strict=True)}
