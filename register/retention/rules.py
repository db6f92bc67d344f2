"""What each rule says of each contact: a last day, or why there is none. Which of them counts stands in `verdicts.py`.

Every rule gives a frame of the columns SAID, one row for each contact it speaks of; its index is the contact's position.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from register.policy import InvoiceRule, MonthsRule, Policy
from register.retention.periods import (
    NOT_IN_FORCE,
    Days,
    Positions,
    Rules,
    by_start,
    days,
    in_force,
    last_day_after_invoice,
    lengths,
    months_after,
)
from register.retention.reach import (
    OWN_WORD,
    Placed,
    assignments,
    counted_for,
    lasting,
    later,
    newest,
    own_facts,
    people_of,
)
from register.sets import is_among

SAID = ("fact_on", "case_number", "given_by", "last_day", "pending", "reason")
"""fact_on: the fact that counts. given_by: the feed that gave it, where the rule is about feeds. last_day: kept until then;
missing where `pending` says why ("undecided", "not_in_force", "silent"). reason: the policy's source or why. Of an open
relationship `last_day` is the day of its review."""

RULES = (
    "incompatible",          # found to be a private person: the register is not for them, whatever else is known
    "open_relationship",     # an assignment is open; kept, but reported when nothing has happened for long
    "after_invoicing",       # whole calendar years after the year of the latest issued invoice that counts
    "closed_relationship",   # kept to the day on which the relationship ended, if that is later
    "after_last_contact",    # months after the person wrote, or an assignment of theirs was closed
    "partner",               # months after the last purchase: the contact is the seller's
    "after_last_confirmed",  # months in which the feeds did deliver and none confirmed somebody known only from third parties
    "withdrawn",             # months after the last of those who gave such a contact withdrew it, if that is earlier
    "decided",               # the day that somebody of the policy gave where the policy is silent
)
"""The rules by name; of those that give the same day the first is named."""

DEFAULT_REACH = int(InvoiceRule.model_fields["invoice_reach_months"].default)
"""Before any rule of invoices is in force an open assignment keeps its people all the same."""


def speak(placed: Placed, policy: Policy, day: date) -> dict[str, pd.DataFrame]:
    """What every rule says, in the order of RULES."""
    cases = assignments(placed)
    reach = _reach(by_start(policy.retention.after_invoicing), placed, day)
    running = counted_for(lasting(cases[cases.is_open], pd.Timestamp(day)), placed, reach)
    ended = counted_for(lasting(cases[~cases.is_open]), placed, reach)
    invoiced = counted_for(lasting(placed.engagements[placed.engagements.is_counted]), placed, reach)
    confirmed, withdrawn = _earlier(_after_last_confirmed(placed, policy, day), _withdrawn(placed, policy, day))
    frames = (
        _after_months(newest(placed.incompatible), by_start(policy.retention.incompatible), placed, day),
        _open_relationship(running, invoiced, placed, policy),
        _after_invoicing(invoiced, placed, policy, day),
        _said(ended, ended.fact_on),
        _after_last_contact(cases, placed, policy, day),
        _partner(placed, policy, day),
        confirmed,
        withdrawn,
        _said(placed.decided.assign(case_number=None), placed.decided.last_day),
    )
    return dict(zip(RULES, frames, strict=True))


def _open_relationship(running: pd.DataFrame, invoiced: pd.DataFrame, placed: Placed, policy: Policy) -> pd.DataFrame:
    """Contacts whom an open assignment keeps as an invoice would; an invoice or a word of theirs shows that it lives too."""
    own = newest(own_facts(placed.engagements))
    alive_on = later(later(running.fact_on, invoiced.fact_on.reindex(running.index)), own.fact_on.reindex(running.index))
    alive = running.assign(fact_on=alive_on)
    return _said(alive, months_after(alive_on, policy.retention.review.open_relationship_months))


def _after_invoicing(invoiced: pd.DataFrame, placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    rules = by_start(policy.retention.after_invoicing)
    which, length = _which(rules, placed, invoiced.index, day)
    return _timed(invoiced, last_day_after_invoice(invoiced.fact_on, length), rules, which)


def _after_last_contact(cases: pd.DataFrame, placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    """The person's own inquiry or quotation request, or the closing of an assignment of theirs; partners have a rule too."""
    rules, rows = by_start(policy.retention.after_last_contact), placed.engagements
    wrote = rows[is_among(rows.kind, OWN_WORD) & rows.party.ne("partner")]
    closed = people_of(lasting(cases[~cases.is_open & cases.party.ne("partner")]), placed)
    return _after_months(newest(pd.concat([own_facts(wrote), closed])), rules, placed, day)


def _partner(placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    bought = placed.engagements[placed.engagements.party == "partner"]
    return _after_months(newest(own_facts(bought)), by_start(policy.retention.partner), placed, day)


def _after_last_confirmed(placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    """The feed that gave the contact and speaks for them longest counts; each has its own silent months.

    What only a feed's silence still keeps is reported when that lasts as long as the period: nobody knows what it would say.
    """
    rules = by_start(policy.retention.after_last_confirmed)
    seen = placed.confirmations.set_index("contact")
    which, months = _which(rules, placed, seen.index, day)
    last_day = _unconfirmed(seen.assign(months=months), placed.deliveries, day)
    said = _timed(seen, last_day, rules, which)
    today = pd.Timestamp(day)
    is_silent = (said.last_day >= today) & (months_after(_newest_delivery(seen, placed), months) < today)
    stands = said.last_day.mask(is_silent, today - pd.Timedelta(days=1))
    said = said.assign(last_day=said.last_day.mask(is_silent), pending=said.pending.mask(is_silent, "silent"),
                       stands=stands, is_silent=is_silent)
    said = said.rename_axis("contact").reset_index().sort_values(["stands", "is_silent", "fact_on"])
    return said.drop_duplicates("contact", keep="last").set_index("contact")[list(SAID)]


def _newest_delivery(seen: pd.DataFrame, placed: Placed) -> Days:
    """Of each row the newest delivery of its feed; missing for one that is no longer read."""
    newest_days = days(placed.deliveries.groupby("feed").day.max())
    return pd.Series(newest_days.reindex(seen.feed).to_numpy(), index=seen.index)


def _withdrawn(placed: Placed, policy: Policy, day: date) -> pd.DataFrame:
    return _after_months(newest(placed.withdrawals), by_start(policy.retention.withdrawn), placed, day)


def _earlier(confirmed: pd.DataFrame, withdrawn: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of each contact the rule that ends earlier: what is withdrawn stays no longer than what nobody confirmed.

    Only a decided period of withdrawal ends anything; where it is silent, the other rule speaks.
    """
    is_over = withdrawn.last_day.notna() & ~(withdrawn.last_day > confirmed.last_day.reindex(withdrawn.index))
    over = withdrawn[is_over]
    return confirmed.drop(index=over.index), over


def _unconfirmed(seen: pd.DataFrame, deliveries: pd.DataFrame, day: date) -> Days:
    """The last day of each row by its feed, the day it was last seen and its months; once for each distinct three."""
    delivered = {str(feed): np.sort(days(rows.day).to_numpy("datetime64[D]")) for feed, rows in deliveries.groupby("feed")}
    codes, distinct = pd.factorize(pd.MultiIndex.from_frame(seen[["feed", "fact_on", "months"]]))
    ends = [_end(since, int(months), delivered.get(feed), day) for feed, since, months in distinct]
    return pd.Series(pd.DatetimeIndex(ends).take(codes) if ends else [], index=seen.index, dtype="datetime64[us]")


def _end(since: pd.Timestamp, months: int, delivered: np.ndarray[Any, Any] | None, day: date) -> pd.Timestamp:
    """The day that ends so many months in which the feed delivered; months to come are taken to be delivered.

    delivered: None for a feed that is no longer read: it will confirm nobody any more, and every month counts.
    """
    elapsed = max(0, (day.year - since.year) * 12 + day.month - since.month)
    numbers = np.arange(elapsed + months + 1)
    ends = months_after(pd.Series([since]).repeat(len(numbers)), numbers).to_numpy("datetime64[D]")
    if delivered is None:
        return pd.Timestamp(ends[months])
    has_delivery = np.diff(np.searchsorted(delivered, ends, "right")) > 0
    counted = np.concatenate([[0], np.cumsum(has_delivery | (ends[1:] >= np.datetime64(day)))])
    return pd.Timestamp(ends[np.searchsorted(counted, months)])


def _after_months(fact: pd.DataFrame, rules: Sequence[MonthsRule], placed: Placed, day: date) -> pd.DataFrame:
    which, months = _which(rules, placed, fact.index, day)
    return _timed(fact, months_after(fact.fact_on, months), rules, which)


def _which(rules: Rules, placed: Placed, contacts: pd.Index, day: date) -> tuple[Positions, Positions]:
    """The rule that holds for each of the contacts, and its length, 0 where none is in force or it is undecided."""
    which = in_force(rules, placed.contacts.first_seen_on, day)[contacts.to_numpy(dtype="int64")]
    return which, np.nan_to_num(lengths(rules)[which]).astype("int64")


def _reach(rules: Sequence[InvoiceRule], placed: Placed, day: date) -> "pd.Series[int]":
    """By contact, how many months before an invoice or assignment an engagement of their own there may lie."""
    months = np.array([*(rule.invoice_reach_months for rule in rules), DEFAULT_REACH])
    return pd.Series(months[in_force(rules, placed.contacts.first_seen_on, day)])


def _timed(fact: pd.DataFrame, last_day: Days, rules: Rules, which: Positions) -> pd.DataFrame:
    """A rule's word on its facts: no last day where the policy gives none, but why."""
    nothing = "not_in_force" if rules else "undecided"
    pending = [*("undecided" if np.isnan(length) else None for length in lengths(rules)[:-1]), nothing]
    is_decided = ~np.isnan(lengths(rules)[which])
    return _said(fact, last_day.where(is_decided), pending, [*(rule.source or rule.why for rule in rules), None], which)


def _said(
    fact: pd.DataFrame, last_day: Days, pending: Sequence[str | None] = (None,), reasons: Sequence[str | None] = (None,),
    which: Positions | int = NOT_IN_FORCE,
) -> pd.DataFrame:
    """The columns SAID. pending, reasons: of each rule, the last one where none is in force; which: positions in them."""
    positions = np.broadcast_to(which, len(fact))
    said = {name: pd.Series(pd.array(values, dtype="str").take(positions), index=fact.index)
            for name, values in (("pending", pending), ("reason", reasons))}
    return fact[["fact_on", "case_number"]].assign(last_day=last_day, given_by=fact.get("feed"), **said)[list(SAID)]
