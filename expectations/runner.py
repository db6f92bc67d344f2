"""Judge a frame by its suite and say which rows fail what. What becomes of a failing row is the gate's to decide.

What is expected stands in `suites.py`. The answer of `judge` is the only source of reasons (design, rule 10).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from expectations.suites import CONTACTS, SUITES
from register.columns import CONTACT_FIELDS
from register.contacts import provenance
from register.errors import RegisterError
from register.feeds import Feed

if TYPE_CHECKING:
    from expectations.engine import Result

Mask = np.ndarray[Any, np.dtype[np.bool_]]


class SuiteFailed(RegisterError):
    """An expectation could not be judged, which is no verdict on any row. subject: the feed, or `contacts`."""

    def __init__(self, subject: str, expectation: str) -> None:
        self.subject, self.expectation = subject, expectation
        super().__init__(f"{subject}: {expectation} could not be judged, so none of its rows was. "
                         "They are not at fault: tell those who look after the register's software.")


@dataclass
class Judgement:
    """What a suite found.

    reasons: row (position in the judged frame), column, code; by row.
    table: expectation, column, code, rows, share (0 to 1), severity (critical, warning); a line a code of the suite.
    """

    reasons: pd.DataFrame
    table: pd.DataFrame


def judge(rows: pd.DataFrame, feed: Feed) -> Judgement:
    """The suite of the feed's kind on normalised rows.

    rows: the normalised columns, `is_dated`, `<column>_code` for each checked column, `delivered_on`, `names_person`,
    `has_organisation`, `organisation_is_ambiguous`. Raises SuiteFailed.
    """
    return _judge(rows, feed.kind, feed.name)


def judge_contacts(contacts: pd.DataFrame, organisation_ids: pd.Series) -> pd.DataFrame:
    """The suite of the golden records, as a table of the form of `Judgement.table`.

    contacts: columns of the table `contacts`, and has_lost. organisation_ids: those of the table `organisations`.
    Raises SuiteFailed.
    """
    rows = contacts.assign(
        names_person=~contacts["has_lost"],  # the minimum is asked of every contact of which nothing was removed for good
        has_organisation=contacts["organisation_id"].isin(organisation_ids),
        has_provenance=_has_provenance(contacts),
    )
    return _judge(rows, CONTACTS, CONTACTS).table


def _has_provenance(contacts: pd.DataFrame) -> Mask:
    """Whether every golden field that has a value says where it comes from."""
    fields = list(CONTACT_FIELDS)
    try:
        explained = provenance.explained(contacts["provenance"], fields)
    except ValueError:  # whatever it was, its text may quote values
        raise SuiteFailed(CONTACTS, "provenance") from None
    return np.asarray((contacts[fields].isna().to_numpy() | explained).all(axis=1))


def _judge(rows: pd.DataFrame, suite: str, subject: str) -> Judgement:
    results = _validated(rows, suite, subject)
    found = [_reasons(result, rows) for result in results]
    table = [line for result, of_it in zip(results, found, strict=True) for line in _lines(result, of_it, len(rows))]
    return Judgement(pd.concat(found).sort_values("row", kind="stable", ignore_index=True), pd.DataFrame(table))


def _validated(rows: pd.DataFrame, suite: str, subject: str) -> "list[Result]":
    from expectations.engine import validate  # Great Expectations takes seconds to import

    needed = list(dict.fromkeys(name for line in SUITES[suite] for name in line.reads))
    try:
        results = validate(rows[needed].reset_index(drop=True), suite)
    except Exception:  # whatever it was, its text may quote values
        raise SuiteFailed(subject, f"the suite of {suite}") from None
    if crashed := [result.expectation for result in results if result.positions is None]:
        raise SuiteFailed(subject, crashed[0])
    return results


def _reasons(result: "Result", rows: pd.DataFrame) -> pd.DataFrame:
    """One row a failing row: of several codes, the one that stands in the column."""
    code: Any = result.codes[0] if len(result.codes) == 1 else rows[result.read].to_numpy()[result.positions]
    reasons = pd.DataFrame({"row": result.positions, "column": result.column, "code": code})
    return reasons.astype({"column": "str", "code": "str"})


def _lines(result: "Result", reasons: pd.DataFrame, total: int) -> list[dict[str, Any]]:
    """One line a code of the expectation, zeros included."""
    counts = reasons["code"].value_counts()
    return [
        {
            "expectation": result.expectation, "column": result.column, "code": code, "rows": int(counts.get(code, 0)),
            "share": float(counts.get(code, 0)) / max(total, 1), "severity": result.severity,
        }
        for code in result.codes
    ]
