"""What of a contact is outdated or erroneous, and goes before it does: an address, a source's word, the contact details.

A fault removes the value or the observation, not the customer (law, "Retention"): the contact's verdict stays one, and beside
it each fault has a last day of its own, or is reported where the policy does not say. What is found where stands in
`fault_evidence.py`. Sources: the notice, section 7 (destroyed or corrected without delay); GDPR art. 5(1)(d).
"""

from datetime import date

import numpy as np
import pandas as pd

from register.policy import MonthsRule, Policy
from register.retention.periods import by_start, days, in_force, iso, lengths, months_after
from register.retention.verdicts import as_json

FAULTS = (
    "bounced",    # two hard bounces since the person last gave the address: it goes, from every observation
    "withdrawn",  # its source gives an observation no more, others still give the contact: the observation goes
    "ceased",     # the firm has ceased: the contact details of its people go, their names and engagements stay to their day
    "moved",      # the person is at another firm now: the same
)
"""The rules by name; each is a table of the policy."""

DETAILS = "details"
"""The part that stands for all contact details of a contact."""

FOUND = ("contact_id", "depth", "part", "rule", "fact_on", "first_seen_on", "feed", "company", "successor", "gap_feed",
         "gap_since_on")
"""Columns of what is found. depth: value or observation. part: the record, the bounce, or DETAILS. fact_on: since when it is
known. first_seen_on: the contact's. feed, company, successor: what the sentence names; of a successor the steward decides.
gap_feed, gap_since_on: the feed that could say otherwise and cannot be relied on, and since when: nothing goes meanwhile."""

COLUMNS = ["contact_id", "depth", "part", "rule", "last_day", "facts"]

STALE = "stale"
"""What is pending where a feed that could say otherwise is late or set aside: it ends when the feed delivers."""

NAMED = ("feed", "company", "successor", "gap_feed", "gap_since_on")


def last_days(found: pd.DataFrame, policy: Policy, day: date) -> pd.DataFrame:
    """What becomes of what is found, on a day: COLUMNS; last_day is missing where it is reported.

    found: columns FOUND, days as ISO text. facts: JSON of fact_on, feed, company, successor, reason and, where it is reported,
    pending: undecided, not_in_force, successor, or STALE.
    """
    judged = pd.concat([_of_rule(found[found.rule == rule], rule, policy, day) for rule in FAULTS], ignore_index=True)
    told = {"fact_on": judged.fact_on, **{name: judged[name] for name in NAMED},
            "reason": judged.reason, "pending": judged.pending}
    return judged.assign(facts=as_json(told))[COLUMNS].sort_values(COLUMNS[:3], ignore_index=True)


def _of_rule(found: pd.DataFrame, rule: str, policy: Policy, day: date) -> pd.DataFrame:
    rules: list[MonthsRule] = by_start(getattr(policy.retention, rule))
    length = lengths(rules)
    which = in_force(rules, days(found.first_seen_on), day)
    nothing = "not_in_force" if rules else "undecided"
    pending = [*("undecided" if np.isnan(months) else None for months in length[:-1]), nothing]
    silence = pd.Series(pd.array(pending, dtype="str").take(which), index=found.index)
    silence = silence.mask(found.successor.notna(), "successor")
    silence = silence.mask(silence.isna() & found.gap_feed.notna(), STALE)
    reason = pd.array([*(one.source or one.why for one in rules), None], dtype="str").take(which)
    end = months_after(days(found.fact_on), np.nan_to_num(length)[which].astype("int64"))
    return found.assign(last_day=iso(end).where(silence.isna()), pending=silence, reason=reason)


def nothing_found() -> pd.DataFrame:
    """No fault at all."""
    return pd.DataFrame({name: pd.Series(dtype="str") for name in FOUND})
