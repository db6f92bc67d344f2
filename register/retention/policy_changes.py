"""What a changed policy would do before it is used, and what a policy leaves open. Only reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from register.feeds import Feeds
from register.policy import Policy, Rule
from register.retention import fault_evidence
from register.retention.evidence import facts, judge
from register.retention.facts import as_if_delivered
from register.retention.verdicts import decide
from register.store.store import Store

State = Literal["source", "why", "undecided", "later", "missing"]

STATES: tuple[State, ...] = (
    "source",     # the notice says so
    "why",        # the notice is silent, the controller has decided
    "undecided",  # written as open
    "later",      # a rule is there, in force from a later day
    "missing",    # no rule at all
)

OPEN = ("undecided", "later", "missing")
"""States in which nothing is removed: what they touch is reported."""


@dataclass(frozen=True)
class Comparison:
    """What two policies say of the same contacts on one day.

    moves: outcome, outcome_new, contacts. longer, sooner: contact_id, last_day, last_day_new of those whose last day moves.
    goes: the same of those who would be removed and are not now. not_longer: contacts whom a longer period does not reach, as
    they were first seen before its day. faults: rule, now, new: how many values and observations would go.
    """

    day: date
    moves: pd.DataFrame
    longer: pd.DataFrame
    sooner: pd.DataFrame
    goes: pd.DataFrame
    not_longer: int
    faults: pd.DataFrame


def compare(store: Store, feeds: Feeds, used: Policy, new: Policy, today: date) -> Comparison:
    """Judges everybody by both policies on the day of effect; of a coming day as if every feed had delivered."""
    day = day_of_effect(used, new, today)
    before, after = (_verdicts(store, feeds, policy, day, today) for policy in (used, new))
    both = before.merge(after, on="contact_id", suffixes=("", "_new"))
    moves = both.groupby(["outcome", "outcome_new"]).size().rename("contacts").reset_index()
    columns = ["contact_id", "last_day", "last_day_new"]
    is_going = both["outcome_new"].eq("remove") & both["outcome"].ne("remove")
    is_longer = both["last_day_new"] > both["last_day"]
    return Comparison(
        day=day, moves=moves, goes=both.loc[is_going, columns],
        longer=both.loc[is_longer & ~is_going, columns],
        sooner=both.loc[(both["last_day_new"] < both["last_day"]) & ~is_going, columns],
        not_longer=_not_longer(store, feeds, new, day, today, after), faults=_faults(store, feeds, used, new, day))


def day_of_effect(used: Policy, new: Policy, today: date) -> date:
    """Today, or the last day on which one of the rules that are new comes into force."""
    known = {(name, rule) for name, rules in used.retention.rules.items() for rule in rules}
    starts = [rule.from_ for name, rules in new.retention.rules.items() for rule in rules if (name, rule) not in known]
    return max([today, *starts])


def gaps(policy: Policy, day: date) -> list[tuple[str, State, str]]:
    """Of each rule of retention what the policy says of it on a day: name, state, and its source or why.

    And how long the removed are kept out, where it does not say.
    """
    states = [(name, *_state(rules, day)) for name, rules in policy.retention.rules.items()]
    is_open = policy.periods.suppression_years == "undecided"
    return [*states, ("suppression_years", "undecided", "")] if is_open else states


def _state(rules: Sequence[Rule], day: date) -> tuple[State, str]:
    in_force = [rule for rule in sorted(rules, key=lambda rule: rule.from_) if rule.from_ <= day]
    if not in_force:
        return ("later" if rules else "missing"), ""
    rule = in_force[-1]
    if not rule.is_decided:
        return "undecided", rule.why or ""
    return ("source", rule.source) if rule.source else ("why", rule.why or "")


def _verdicts(store: Store, feeds: Feeds, policy: Policy, day: date, today: date) -> pd.DataFrame:
    decided = judge(store, feeds, policy, day) if day == today else decide(
        as_if_delivered(facts(store, feeds, policy, day, with_gaps=False), today, day), policy, day)
    return decided[["contact_id", "outcome", "last_day"]]


def _not_longer(store: Store, feeds: Feeds, new: Policy, day: date, today: date, after: pd.DataFrame) -> int:
    """Contacts that would be kept longer if they were first seen on the day."""
    known = as_if_delivered(facts(store, feeds, new, day, with_gaps=False), today, day)
    known.contacts["first_seen_on"] = day.isoformat()
    fresh = decide(known, new, day)[["contact_id", "last_day"]].merge(after, on="contact_id", suffixes=("_fresh", ""))
    return int((fresh["last_day_fresh"] > fresh["last_day"]).sum())


def _faults(store: Store, feeds: Feeds, used: Policy, new: Policy, day: date) -> pd.DataFrame:
    found = {name: fault_evidence.judge(store, feeds, policy, day) for name, policy in (("now", used), ("new", new))}
    counted = {name: rows[rows["last_day"].notna()].groupby("rule").size() for name, rows in found.items()}
    return pd.DataFrame(counted).fillna(0).astype("int64").rename_axis("rule").reset_index()
