"""What retention judges by, as plain frames; read from the store by `evidence.py`, written by hand in tests.

Days are ISO text. Nothing here is judged yet: which fact counts for whom stands in `reach.py`, what follows in `rules.py`.
"""

from dataclasses import dataclass, field, fields, replace
from datetime import date

import pandas as pd

BOOLEAN = ("is_sole_trader", "is_counted", "is_whole")

COLUMNS: dict[str, tuple[str, ...]] = {
    "contacts": ("contact_id", "organisation_id", "company", "is_sole_trader", "first_seen_on"),
    "engagements": ("record_key", "contact_id", "organisation_id", "kind", "case_number", "event_on", "event_status",
                    "is_counted", "party", "last_seen_on"),
    "cases": ("contact_id", "organisation_id", "case_number"),
    "confirmations": ("contact_id", "feed", "last_seen_on"),
    "withdrawals": ("contact_id", "withdrawn_on"),
    "incompatible": ("contact_id", "said_on"),
    "deliveries": ("feed", "day"),
    "holds": ("contact_id", "owner", "review_on"),
    "restrictions": ("contact_id", "since_on"),
    "gaps": ("contact_id", "code", "feed", "since_on"),
    "decided": ("contact_id", "decided_by", "decided_on", "last_day", "is_whole"),
}
"""The columns of each frame of `Facts`; text but for BOOLEAN."""

GAPS = (
    "no_feed",     # no feed of our own dealings is read at all
    "broken",      # a feed that feeds.toml describes with a mistake: nobody knows what it would say
    "set_aside",   # a delivery that nobody could take yet
    "unread",      # new files of a day that is held already, which wait for a backfill
    "late",        # nothing delivered for longer than the feed allows
    "incomplete",  # the feed's history begins after the first day whose fact could still keep somebody, or nobody said when
    "waiting",     # a row that waits for the steward and could prolong somebody
)
"""What evidence may lack; the first that is found is named."""


@dataclass(frozen=True)
class Facts:
    """The facts of some contacts and their organisations, columns as in COLUMNS.

    engagements: contact_id is missing where no kept person is named. cases: the case numbers of a contact's records.
    confirmations: of contacts known from third parties only, when each feed last gave them. withdrawals: of those of them whom
    no source gives any more, since when. incompatible: who was found to be a private person, and when. deliveries: the days on
    which the feeds that are still read delivered. gaps: missing evidence (codes of GAPS); without a contact_id of everybody.
    decided: the last day that somebody of the policy gave a contact; is_whole where it was given to all its records.
    restrictions: who is restricted until something is settled, since when.
    """

    contacts: pd.DataFrame
    engagements: pd.DataFrame
    cases: pd.DataFrame
    confirmations: pd.DataFrame
    withdrawals: pd.DataFrame
    incompatible: pd.DataFrame
    deliveries: pd.DataFrame
    holds: pd.DataFrame
    gaps: pd.DataFrame
    decided: pd.DataFrame = field(default_factory=lambda: frame("decided", []))
    restrictions: pd.DataFrame = field(default_factory=lambda: frame("restrictions", []))

    def __post_init__(self) -> None:
        for told in fields(self):
            if missing := set(COLUMNS[told.name]) - set(getattr(self, told.name).columns):
                raise ValueError(f"{told.name} lacks {', '.join(sorted(missing))}")


def frame(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    """The rows as the frame of that name: absent columns are missing, or False where the column says yes or no."""
    columns = {column: [row.get(column) for row in rows] for column in COLUMNS[name]}
    return pd.DataFrame({
        column: pd.Series(map(bool, values), dtype=bool) if column in BOOLEAN else pd.Series(values, dtype="str")
        for column, values in columns.items()
    })


def as_if_delivered(known: Facts, today: date, day: date) -> Facts:
    """The facts with a delivery of each feed that is still read on every day from today to a coming one.

    What nobody can know yet is no silence: a month to come counts as one in which the feed delivered.
    """
    days = pd.Series(pd.date_range(today, day).strftime("%Y-%m-%d"), name="day", dtype="str")
    coming = known.deliveries[["feed"]].drop_duplicates().merge(days, how="cross")
    return replace(known, deliveries=pd.concat([known.deliveries, coming], ignore_index=True))
