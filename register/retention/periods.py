"""Periods of retention: arithmetic on calendar days, and which of a policy's rules holds for whom. Knows no facts."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from register.errors import RegisterError
from register.policy import InvoiceRule, MonthsRule

FIRST_PLAUSIBLE = np.datetime64("1990-01-01")
"""An older day is a slip of the keyboard: nothing is deleted on it."""

NOT_IN_FORCE = -1
"""Stands for the position of a rule where none is in force yet."""

Days = pd.Series
"""Days as datetime64; missing ones are NaT."""

Count = int | np.ndarray[Any, np.dtype[np.int64]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
Lengths = np.ndarray[Any, np.dtype[np.float64]]
Rules = Sequence[InvoiceRule] | Sequence[MonthsRule]
T = TypeVar("T", InvoiceRule, MonthsRule)


class ImplausibleInvoice(RegisterError):
    """Invoices of days before 1990: how many; the quarantine has let them through, and nothing may be deleted on them."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        super().__init__(f"{rows} invoices are dated before 1990; their days must be corrected first")


def days(texts: "pd.Series[str]") -> Days:
    """ISO texts as days; missing stays missing."""
    return pd.to_datetime(texts, format="%Y-%m-%d")


def iso(values: Days) -> "pd.Series[str]":
    """Days as ISO texts; missing stays missing."""
    codes, distinct = pd.factorize(values)
    texts = pd.Series(pd.DatetimeIndex(distinct).strftime("%Y-%m-%d"), dtype="str")
    return texts.reindex(codes).set_axis(values.index)


def months_after(since: Days, months: Count) -> Days:
    """The same-numbered day so many months later, else that month's last (design, rule 15); negative counts go back.

    months: one count for all, or one for each day. A missing day stays missing.

    >>> months_after(pd.Series(pd.to_datetime(["2024-02-29", "2026-01-31"])), 13).dt.date.tolist()
    [datetime.date(2025, 3, 29), datetime.date(2027, 2, 28)]
    """
    day = since.to_numpy("datetime64[D]")
    month = day.astype("datetime64[M]")
    same_numbered = (month + months).astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
    last_of_month = (month + months + 1).astype("datetime64[D]") - 1
    return pd.Series(np.minimum(same_numbered, last_of_month), index=since.index)


def last_day_after_invoice(invoiced_on: Days, years: Count) -> Days:
    """Last day a contact may be kept for its latest issued invoice, that day included.

    invoiced_on: day of invoicing in Helsinki; missing stays missing, which is another rule's case.
    years: whole calendar years after the year of invoicing. Source: privacy notice, section 7; GDPR art. 5(1)(e).
    Raises ImplausibleInvoice for a day before 1990.

    >>> last_day_after_invoice(pd.Series(pd.to_datetime(["2025-01-01", "2025-12-31"])), years=10).dt.date.tolist()
    [datetime.date(2035, 12, 31), datetime.date(2035, 12, 31)]
    """
    day = invoiced_on.to_numpy("datetime64[D]")
    if early := int((day < FIRST_PLAUSIBLE).sum()):
        raise ImplausibleInvoice(early)
    year = day.astype("datetime64[Y]")
    return pd.Series((year + years + 1).astype("datetime64[D]") - 1, index=invoiced_on.index)


def in_force(rules: Rules, first_seen_on: Days, day: date) -> Positions:
    """For each contact the position in `rules`, sorted by `from`, of the one that holds for it; else NOT_IN_FORCE.

    The latest one holds for all, old facts too; a longer successor only for contacts first seen since its `from`
    (design, rule 15). What is undecided is neither longer nor shorter.
    """
    length = lengths(rules)
    holds = np.full(len(first_seen_on), NOT_IN_FORCE, dtype="int64")
    for no, rule in enumerate(rules):
        if rule.from_ <= day:
            is_longer = length[no] > length[holds]
            holds = np.where(is_longer & (first_seen_on < pd.Timestamp(rule.from_)).to_numpy(), holds, no)
    return holds


def lengths(rules: Rules) -> Lengths:
    """The rules' calendar years or months; NaN for undecided ones, and one NaN more for NOT_IN_FORCE, the last position."""
    return np.array([*(_length(rule) for rule in rules), np.nan], dtype="float64")


def by_start(rules: Sequence[T]) -> list[T]:
    """The rules in the order in which they come into force."""
    return sorted(rules, key=lambda rule: rule.from_)


def longest(rules: Rules) -> int:
    """The greatest decided length of all rules, in force or not; 0 where none is decided."""
    return int(np.nanmax([0.0, *lengths(rules)]))


def _length(rule: InvoiceRule | MonthsRule) -> float:
    if isinstance(rule, InvoiceRule):
        return float(rule.calendar_years)
    return np.nan if rule.months == "undecided" else float(rule.months)
