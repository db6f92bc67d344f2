"""Whom a dated fact of the relationship counts for: those named on it, those of its case, those who came shortly before it.

Contacts and organisations are positions here, -1 where there is none; days are days. Knows no period and gives no verdict.
Source: privacy notice, section 7.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from register.retention.facts import Facts
from register.retention.periods import Days, days, months_after

OWN_WORD = ("inquiry", "quotation_request")
"""Kinds in which the person turned to us."""


@dataclass(frozen=True)
class Placed:
    """Facts with positions for ids. engagements also say their `case`, as a number of its own."""

    contacts: pd.DataFrame
    engagements: pd.DataFrame
    cases: pd.DataFrame
    confirmations: pd.DataFrame
    withdrawals: pd.DataFrame
    incompatible: pd.DataFrame
    deliveries: pd.DataFrame
    decided: pd.DataFrame

    @property
    def own(self) -> pd.DataFrame:
        """Engagements whose person is a kept contact."""
        return self.engagements[self.engagements.contact >= 0]


def place(facts: Facts) -> Placed:
    """The facts with positions for ids: `contact` in facts.contacts, `organisation` among all organisations."""
    contacts = facts.contacts.reset_index(drop=True)
    people = pd.Index(contacts.contact_id)
    firms = pd.Index(pd.concat([contacts.organisation_id, facts.engagements.organisation_id]).dropna().unique())
    return Placed(
        contacts.assign(organisation=firms.get_indexer(pd.Index(contacts.organisation_id)),
                        first_seen_on=days(contacts.first_seen_on)),
        _engagements(facts, people, firms), _cases(facts, people, firms),
        _dated(facts.confirmations, people, "last_seen_on"), _dated(facts.withdrawals, people, "withdrawn_on"),
        _dated(facts.incompatible, people, "said_on"), facts.deliveries, _decided(facts, people))


def _engagements(facts: Facts, people: pd.Index, firms: pd.Index) -> pd.DataFrame:
    """A case is joined within one organisation: without one, each row is a case of its own."""
    rows = facts.engagements.reset_index(drop=True)
    organisation = pd.Series(firms.get_indexer(pd.Index(rows.organisation_id)), index=rows.index)
    joined = rows.groupby([organisation, "case_number"], sort=False).ngroup()
    is_joined = rows.case_number.notna() & (organisation >= 0)
    return rows.assign(
        contact=people.get_indexer(pd.Index(rows.contact_id)), organisation=organisation, event_on=days(rows.event_on),
        case=joined.where(is_joined, -1 - rows.index),
    ).drop(columns=["contact_id", "organisation_id"])


def _cases(facts: Facts, people: pd.Index, firms: pd.Index) -> pd.DataFrame:
    rows = pd.concat([facts.cases, facts.engagements[facts.cases.columns]])
    rows = rows[rows.case_number.notna() & rows.contact_id.notna()]
    placed = pd.DataFrame({
        "contact": people.get_indexer(pd.Index(rows.contact_id)),
        "organisation": firms.get_indexer(pd.Index(rows.organisation_id)), "case_number": rows.case_number})
    return placed[(placed.contact >= 0) & (placed.organisation >= 0)].drop_duplicates()


def _decided(facts: Facts, people: pd.Index) -> pd.DataFrame:
    """What was decided, its index the contact's position."""
    rows = facts.decided
    placed = pd.DataFrame({"decided_by": rows.decided_by, "fact_on": days(rows.decided_on), "last_day": days(rows.last_day),
                           "is_whole": rows.is_whole}).set_axis(people.get_indexer(pd.Index(rows.contact_id)))
    return placed[placed.index >= 0]


def _dated(rows: pd.DataFrame, people: pd.Index, day: str) -> pd.DataFrame:
    """Rows of contacts with `fact_on`, their day, and no case."""
    placed = rows.drop(columns=["contact_id", day]).assign(
        contact=people.get_indexer(pd.Index(rows.contact_id)), fact_on=days(rows[day]),
        case_number=pd.Series(pd.NA, index=rows.index, dtype="str"))
    return placed[placed.contact >= 0]


def assignments(placed: Placed) -> pd.DataFrame:
    """One row a case of assignments: what its row of the newest delivery day says; of several of that day an open one.

    A status that is not "closed" is open: nobody has said that it ended. `fact_on` is the case's last event of any kind.
    """
    rows = placed.engagements.assign(fact_on=placed.engagements.groupby("case").event_on.transform("max"))
    rows = rows[rows.kind == "assignment"]
    rows = rows.assign(is_open=~rows.event_status.eq("closed"))
    return rows.sort_values(["last_seen_on", "is_open", "event_on", "record_key"]).drop_duplicates("case", keep="last")


def lasting(rows: pd.DataFrame, until: pd.Timestamp | None = None) -> pd.DataFrame:
    """The rows as happenings: from `event_on` until the given day, else on that one day; `fact_on` is what they prove."""
    fact_on = rows.fact_on if until is not None else rows.event_on
    return pd.DataFrame({"contact": rows.contact, "organisation": rows.organisation, "case_number": rows.case_number,
                         "on": rows.event_on, "until_on": rows.event_on if until is None else until, "fact_on": fact_on})


def counted_for(happenings: pd.DataFrame, placed: Placed, reach_months: "pd.Series[int]") -> pd.DataFrame:
    """Whom the happenings count for, the newest of each contact: fact_on, case_number; the index is the contact.

    reach_months: by contact, how long before a happening an engagement of their own there may lie.
    """
    return newest(pd.concat([people_of(happenings, placed), _within_reach(happenings, placed, reach_months)]))


def people_of(happenings: pd.DataFrame, placed: Placed) -> pd.DataFrame:
    """Those named on a happening, those who share its case number at its organisation, and the sole trader who is the firm."""
    traders = placed.contacts[placed.contacts.is_sole_trader & (placed.contacts.organisation >= 0)]
    traders = traders.rename_axis("contact").reset_index()[["contact", "organisation"]]
    unnamed = happenings.drop(columns="contact")
    return pd.concat([
        happenings[happenings.contact >= 0],
        _newest_of(unnamed[unnamed.case_number.notna()], ["organisation", "case_number"])
        .merge(placed.cases, on=["organisation", "case_number"]),
        _newest_of(unnamed, ["organisation"]).merge(traders, on="organisation"),
    ])[["contact", "fact_on", "case_number"]]


def _within_reach(happenings: pd.DataFrame, placed: Placed, reach_months: "pd.Series[int]") -> pd.DataFrame:
    """Those with an engagement of their own at the organisation, at most their reach before the happening's days."""
    own = placed.own[["contact", "organisation", "event_on"]]
    own = own[own.organisation >= 0].drop_duplicates()
    own = own.assign(on=months_after(own.event_on, reach_months.to_numpy()[own.contact.to_numpy()]).astype("datetime64[us]"))
    met = pd.merge_asof(own.sort_values("on"), _so_far(happenings), on="on", by="organisation")
    return met.loc[met.until_on >= met.event_on, ["contact", "fact_on", "case_number"]]


def _so_far(happenings: pd.DataFrame) -> pd.DataFrame:
    """By organisation and first day, what of its happenings up to then proves the latest fact.

    All of them last until the same day, or one day each: the latest to begin is the last to end.
    """
    rows = happenings.drop(columns="contact").sort_values(["organisation", "on", "fact_on", "case_number"])
    is_record = rows.fact_on.eq(rows.groupby("organisation").fact_on.cummax()).to_numpy()
    record = np.maximum.accumulate(np.where(is_record, np.arange(len(rows)), 0))  # an organisation's first row is one
    best = rows[["fact_on", "case_number"]].iloc[record].set_axis(rows.index)
    furthest = rows.assign(fact_on=best.fact_on, case_number=best.case_number, on=rows.on.astype("datetime64[us]"))
    return furthest.sort_values("on")


def newest(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each contact its row with the newest `fact_on`, in whatever order the rows came; the index is the contact."""
    return _newest_of(rows, ["contact"]).set_index("contact")[["fact_on", "case_number"]]


def own_facts(rows: pd.DataFrame) -> pd.DataFrame:
    """Engagements as facts of the contacts they name: contact, fact_on, case_number."""
    named = rows[rows.contact >= 0]
    return named[["contact", "event_on", "case_number"]].rename(columns={"event_on": "fact_on"})


def _newest_of(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return rows.sort_values(["fact_on", "case_number"]).drop_duplicates(by, keep="last")


def later(of: Days, others: Days) -> Days:
    """The later of two days each; a missing one counts for nothing."""
    return of.where(~(others > of), others)
