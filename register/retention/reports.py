"""What waits for a decision since the policy does not say: verdicts and faults alike, and which of them for too long."""

from datetime import date, timedelta

from sqlalchemy import func, select, union_all

from register.intake.feed_state import Check
from register.policy import Policy
from register.store.store import Store
from register.store.tables import faults, verdicts
from register.texts import Texts


def judge(store: Store, policy: Policy, day: date, texts: Texts) -> Check:
    """Red where a report waits for longer than the policy's `report_red_days`."""
    days = policy.retention.review.report_red_days
    latest = (day - timedelta(days=days)).isoformat()
    waiting = union_all(*(select(table.c.reported_since_on).where(table.c.reported_since_on < latest)
                          for table in (verdicts, faults))).subquery()
    since = store.scalar(select(func.min(waiting.c.reported_since_on)))
    if since is None:
        return Check("reports", True, "error", texts.say("check.reports.passed", days=days))
    count = int(store.scalar(select(func.count()).select_from(waiting)))
    return Check("reports", False, "error", texts.say("check.reports.failed", n=count, days=days, since_on=texts.day(since)))
