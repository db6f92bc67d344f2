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
from register.retention import due, fault_evidence, judging_scope
from register.retention.due import Published
from register.store.store import Store
from register.store.tables import faults, verdicts

VERSION = "verdicts 4"
"""A new version judges all contacts anew."""

FAULT = ["contact_id", "depth", "part", "rule"]
"""What makes a fault the same one."""

JUDGED = (verdicts.c.contact_id, verdicts.c.outcome, verdicts.c.last_day, verdicts.c.rule, verdicts.c.facts,
          verdicts.c.stands_until, verdicts.c.reported_since_on)


@dataclass(frozen=True)
class VerdictCounts:
    """outcomes: contacts by outcome. judged: those that the run looked at. faults: what of them is outdated or erroneous.
    published: the due list.
    """

    outcomes: dict[str, int]
    judged: int
    faults: int
    published: Published


def update(store: Store, policy: Policy, feeds: Feeds, day: date, user: str | None = None) -> VerdictCounts:
    """Brings verdicts, faults and the due list up to date, on the day or the newest ever judged (design, rules 15 and 16).

    user: who runs it, kept with a policy that is new.
    """
    day = due.day_of_judging(store, day)
    basis = judging_scope.basis(policy, feeds, VERSION, day)
    heard = judging_scope.heard(store, feeds, day)
    whom = judging_scope.read(store, feeds, increments.since(store, "verdicts", basis), day, heard)
    decided = retention.judge(store, feeds, policy, day, whom)
    _write(store, decided, policy_no(store, policy, day, user), day)
    found = fault_evidence.judge(store, feeds, policy, day)
    _write_faults(store, found, day)
    counts = VerdictCounts(_outcomes(store), len(decided), len(found), due.publish(store, day))
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


def _write_faults(store: Store, found: pd.DataFrame, day: date) -> None:
    """All of them: they are few. One that is reported keeps since when it waits."""
    before = store.read(select(*(faults.c[name] for name in FAULT), faults.c.reported_since_on))
    rows = found.merge(before, on=FAULT, how="left")
    is_reported = rows["last_day"].isna()
    since = rows["reported_since_on"].astype("str").fillna(day.isoformat()).where(is_reported)
    store.replace(faults, rows.assign(reported_since_on=since))


def _outcomes(store: Store) -> dict[str, int]:
    counted = store.read(select(verdicts.c.outcome, func.count().label("contacts")).group_by(verdicts.c.outcome))
    return {str(outcome): int(held) for outcome, held in zip(counted["outcome"], counted["contacts"], strict=True)}
