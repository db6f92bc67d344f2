"""What each rule of the policy says of each contact: a last day, or that nothing is decided. The latest last day counts.

Every rule gives a frame of the same columns, one row for each contact it speaks of; its index is the contact's position:
last_day (missing where the relationship is open or the period undecided), fact_on, case_number, is_open, is_undecided, reason.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from register.policy import InvoiceRule, MonthsRule, Policy
from register.retention.facts import Facts
from register.retention.periods import NOT_IN_FORCE, by_start, days, in_force, last_day_after_invoice, lengths, months_after
from register.retention.reach import (
    OWN_WORD,
    Placed,
    assignments,
    counted_for,
    lasting,
    newest,
    own_facts,
    people_of,
)

RULES = (
    "after_invoicing",       # whole calendar years after the year of the latest issued invoice that counts
    "open_relationship",     # an assignment is open; kept, but reported when nothing has happened for long
    "closed_relationship",   # kept to the day on which the relationship ended, if that is later
    "after_last_contact",    # months after the person wrote, or an assignment of theirs was closed
    "partner",               # months after the last purchase: the contact is the seller's
    "after_last_confirmed",  # months in which the feeds did deliver and none confirmed somebody known only from third parties
)
"""The rules by name, in the order in which they are named when two give the same day."""

MAX_MONTHS = 1200


def after_invoicing(placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    """Whole calendar years after the year of the latest issued invoice that counts for the contact."""
    rules = by_start(policy.retention.after_invoicing)
    issued = lasting(placed.engagements[placed.engagements.is_counted])
    fact = counted_for(issued, placed, _reach(rules, placed, day))
    which, length = _which(rules, placed, fact, day)
    known = ~np.isnan(length)
    last = last_day_after_invoice(fact.fact_on, np.where(known, length, 0).astype("int64")).where(known)
    return _said(fact, last, rules, which)


def open_relationship(placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    """Contacts whom an open assignment keeps as an invoice would; `last_day` is when it must be reviewed if nothing happens."""
    cases = assignments(placed)
    running = lasting(cases[cases.is_open], pd.Timestamp(day))
    fact = counted_for(running, placed, _reach(by_start(policy.retention.after_invoicing), placed, day))
    review_on = months_after(fact.fact_on, policy.retention.review.open_relationship_months)
    return _frame(fact, last_day=review_on, is_open=True)


def closed_relationship(placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    """The closing day of the last assignment that counts for the contact."""
    cases = assignments(placed)
    ended = lasting(cases[~cases.is_open])
    fact = counted_for(ended, placed, _reach(by_start(policy.retention.after_invoicing), placed, day))
    return _frame(fact, last_day=fact.fact_on)


def after_last_contact(placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    """Months after the person's own inquiry or quotation request, or the closing of an assignment of theirs."""
    cases = assignments(placed)
    wrote = placed.engagements[placed.engagements.kind.isin(OWN_WORD) & placed.engagements.party.ne("partner")]
    closed = people_of(lasting(cases[~cases.is_open]), placed)
    fact = newest(pd.concat([own_facts(wrote), closed]))
    return _after_months(by_start(policy.retention.after_last_contact), placed, fact, day)


def partner(placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    """Months after the last purchase on which the contact is named as the seller's."""
    bought = placed.engagements[placed.engagements.party == "partner"]
    return _after_months(by_start(policy.retention.partner), placed, newest(own_facts(bought)), day)


def after_last_confirmed(placed: Placed, facts: Facts, policy: Policy, day: date) -> pd.DataFrame:
    """Months in which the feeds did deliver after they last gave somebody who is known only from them."""
    rules = by_start(policy.retention.after_last_confirmed)
    people = pd.Index(placed.contacts.contact_id)
    seen = facts.confirmations.assign(contact=people.get_indexer(pd.Index(facts.confirmations.contact_id)))
    seen = seen[seen.contact >= 0].assign(fact_on=days(seen.last_seen_on), case_number=pd.Series(dtype="str"))
    which, length = _which(rules, placed, seen.set_index("contact"), day)
    last = _unconfirmed(seen.assign(months=length), facts.deliveries, day)
    latest = seen.assign(last_day=last.to_numpy()).sort_values(["last_day", "fact_on"], na_position="first")
    fact = latest.drop_duplicates("contact", keep="last").set_index("contact")
    which, _ = _which(rules, placed, fact, day)
    return _said(fact, fact.last_day, rules, which)


def _unconfirmed(seen: pd.DataFrame, deliveries: pd.DataFrame, day: date) -> pd.Series:
    """The last day of each row, by its feed, the day it was last seen and its months; worked out once for each distinct three."""
    delivered = {feed: np.sort(days(rows.day).to_numpy("datetime64[D]")) for feed, rows in deliveries.groupby("feed")}
    distinct = seen[["feed", "fact_on", "months"]].drop_duplicates().dropna()
    ends = [_end(row.fact_on, int(row.months), delivered.get(row.feed, np.array([], "datetime64[D]")), day)
            for row in distinct.itertuples(index=False)]
    table = distinct.assign(last_day=pd.Series(ends, index=distinct.index, dtype="datetime64[us]"))
    return seen.merge(table, on=["feed", "fact_on", "months"], how="left").last_day


def _end(since: pd.Timestamp, months: int, delivered: np.ndarray, day: date) -> pd.Timestamp:
    """The day that ends the months in which the feed delivered; months to come are taken to be delivered."""
    bounds = months_after(pd.Series([since] * MAX_MONTHS), np.arange(1, MAX_MONTHS + 1)).to_numpy("datetime64[D]")
    starts = np.concatenate([[np.datetime64(since, "D")], bounds[:-1]])
    has_delivery = np.searchsorted(delivered, bounds, "right") > np.searchsorted(delivered, starts, "right")
    counts = np.cumsum(has_delivery | (bounds >= np.datetime64(day)))
    return pd.Timestamp(bounds[np.searchsorted(counts, months)])


def _after_months(rules: Sequence[MonthsRule], placed: Placed, fact: pd.DataFrame, day: date) -> pd.DataFrame:
    which, length = _which(rules, placed, fact, day)
    known = ~np.isnan(length)
    last = months_after(fact.fact_on, np.where(known, length, 0).astype("int64")).where(known)
    return _said(fact, last, rules, which)


def _which(
    rules: Sequence[InvoiceRule] | Sequence[MonthsRule], placed: Placed, fact: pd.DataFrame, day: date
) -> tuple[np.ndarray, np.ndarray]:
    """The rule that holds for each fact's contact, and its length; NaN where none is in force or it is undecided."""
    which = in_force(rules, placed.contacts.first_seen_on, day)[fact.index.to_numpy(dtype="int64")]
    return which, lengths(rules)[which]


def _reach(rules: Sequence[InvoiceRule], placed: Placed, day: date) -> pd.Series:
    """By contact, how many months before an invoice an engagement of their own there may lie; 0 where no rule is in force."""
    months = np.array([*(rule.invoice_reach_months for rule in rules), 0])
    return pd.Series(months[in_force(rules, placed.contacts.first_seen_on, day)])


def _said(
    fact: pd.DataFrame, last_day: pd.Series, rules: Sequence[InvoiceRule] | Sequence[MonthsRule], which: np.ndarray
) -> pd.DataFrame:
    reasons = np.array([*(rule.source or rule.why or "" for rule in rules), ""], dtype=object)
    return _frame(fact, last_day=last_day, is_undecided=last_day.isna().to_numpy(), is_in_force=which != NOT_IN_FORCE,
                  reason=reasons[which])


def _frame(fact: pd.DataFrame, **said: object) -> pd.DataFrame:
    columns = {"is_open": False, "is_undecided": False, "is_in_force": True, "reason": ""} | said
    return fact[["fact_on", "case_number"]].assign(**columns)
