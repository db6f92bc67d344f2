"""When the steward was last at work: no weekend, no public holiday, none of the policy's days away."""

from datetime import date, timedelta

from register import calendars
from register.policy import Policy


def last_before(policy: Policy, day: date) -> date:
    """The steward's last working day before a day; a register that names no days away knows weekends and holidays only."""
    calendar = calendars.of(policy.country)
    before = day - timedelta(days=1)
    while not calendar.is_working_day(before) or policy.people.is_away(policy.people.steward, before):
        before -= timedelta(days=1)
    return before


def is_back(policy: Policy, day: date) -> bool:
    """Whether the steward was away since the last working day."""
    since, who = last_before(policy, day), policy.people.steward
    between = (since + timedelta(days=n) for n in range(1, (day - since).days))
    return any(policy.people.is_away(who, one) for one in between)
