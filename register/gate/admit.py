"""What becomes of each stripped, normalised and judged row: let in, waiting for the steward, or withheld. Pure functions.

Every row has exactly one fate, so that read = accepted + quarantined + withheld (design, rule 2).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from register.columns import NAME
from register.feeds import OWN_KINDS, Feed
from register.gate.known import Standing, is_ours
from register.policy import Policy
from register.reasons import IDENTITY_NUMBER, REASONS
from register.sets import is_among

ENGAGEMENT_KINDS = {"REQ01": "quotation_request", "QUO01": "quotation_request", "ORD01": "quotation_request"}
"""Documents in an invoice's clothes that are engagements of another kind (Finvoice 3.0, InvoiceTypeCode)."""

NO_ISSUED_INVOICE = (
    *ENGAGEMENT_KINDS, "INV02", "INV03", "INV05", "INV06", "INV08", "TES01", "HYVITYSLASKU", "HYVITYS", "KREDITFAKTURA",
    "CREDIT NOTE", "KORKOLASKU", "PERINTÄLASKU", "MUISTUTUS", "MAKSUMUISTUTUS", "REMINDER", "PROFORMA", "LUONNOS", "DRAFT",
)
"""Types that prolong nobody: credit, interest and collection notes, reminders, drafts (law, "Retention")."""

NO_ORIGINAL = ("COPY", "CANCEL")
"""Origins that a reader sets behind the type: a copied or cancelled invoice prolongs nobody."""

ROW_CODES = [code for code, reason in REASONS.items() if reason.scope == "row"]

NO_FACT = ["invoice_date_missing", "event_on_implausible", "invoice_party_unknown"]
"""Row codes that leave no dated fact of a firm: nothing may be kept or deleted on them."""

UNANSWERED = pd.DataFrame({
    "row": pd.Series(dtype="int64"), **{name: pd.Series(dtype="str") for name in ("column", "code", "scope", "outcome")}})
"""No entry of quarantine that was answered before."""

PROLONGING = ("business_id", "company_key", "case_number", "email", "phone")
"""What a waiting row shares with those whom it could prolong (design, rule 16)."""


@dataclass
class Rows:
    """One delivery on one RangeIndex, ready to be judged.

    text: the delivered text that may be kept, with file_no and row_no. normalised: `normalise.rows` of it. identity_numbers:
    how many were cut. own_people: on how many rows our own people were. has_lost: rows of which a value was removed for good.
    """

    text: pd.DataFrame
    normalised: pd.DataFrame
    record_key: "pd.Series[str]"
    is_private: "pd.Series[bool]"
    identity_numbers: int
    own_people: int = 0
    has_lost: "pd.Series[bool] | None" = None


@dataclass
class Admission:
    """What came of one delivery.

    fate: accepted, quarantined or withheld, by row. observed, engaged, deleted: positions of the rows that give an observation,
    an engagement, a deletion. lapsed: those that give an engagement only, since nobody said in time who their person is.
    waiting: quarantine entries (position, column, code, scope, content). withheld: position, code.
    reasons: code -> rows or values.
    """

    fate: "pd.Series[str]"
    observed: "pd.Index[int]"
    engaged: "pd.Index[int]"
    deleted: "pd.Index[int]"
    lapsed: "pd.Index[int]"
    waiting: pd.DataFrame
    withheld: pd.DataFrame
    reasons: dict[str, int]

    def count(self, fate: str) -> int:
        """How many rows had that fate."""
        return int(self.fate.eq(fate).sum())

    @property
    def values_waiting(self) -> int:
        """Values that wait though their row was let in."""
        return int(self.waiting["position"].isin(self.fate.index[self.fate.eq("accepted")]).sum())


def judged_frame(rows: Rows, standing: Standing, day: str) -> pd.DataFrame:
    """What the expectations read: the normalised rows with what the register knows of them.

    Of a row that lost a value for good nothing is missed: its minimum was there when it first came.
    """
    names_person = standing.names_person if rows.has_lost is None else standing.names_person & ~rows.has_lost
    return rows.normalised.assign(
        delivered_on=day,
        has_organisation=standing.has_organisation,
        organisation_is_ambiguous=standing.organisation_is_ambiguous,
        names_person=names_person,
        erased_code=standing.erased_code,
    )


def admit(
    rows: Rows, reasons: pd.DataFrame, standing: Standing, feed: Feed, policy: Policy, answered: pd.DataFrame = UNANSWERED
) -> Admission:
    """The fate of each row. reasons: row (position), column, code, as the expectations gave them; their only source.

    answered: row, column, code, scope, outcome (correct, accept, discard, expired) of what was asked before; what is corrected
    is so in `rows` already.
    """
    withheld = _withheld_code(rows, standing, policy)
    is_deleted = rows.normalised["deleted"] & withheld.isna()
    standing_still = _without(reasons, answered[answered["outcome"] == "accept"])
    stops = standing_still[is_among(standing_still["code"], ROW_CODES)]
    is_free = withheld.isna() & ~is_deleted
    is_unwanted = _of_row(answered, "discard", withheld)
    is_observed = is_free & ~_among(stops["row"], withheld) & ~is_unwanted
    is_engaged = is_free & _is_fact(rows, stops, standing, feed)
    waits = _without(standing_still, answered[answered["outcome"] != "correct"])  # that may fail under another policy
    waits = waits[(is_free & ~is_unwanted)[waits["row"]].to_numpy(dtype=bool)]
    is_let_in = is_observed | is_engaged | is_deleted
    is_dropped = withheld.isna() & ~is_let_in & ~_among(waits["row"], withheld)
    withheld = withheld.mask(is_dropped, "expired").mask(is_dropped & is_unwanted, "discarded")
    fate = pd.Series("quarantined", index=withheld.index, dtype="str").mask(is_let_in, "accepted").mask(
        withheld.notna(), "withheld")
    return Admission(
        fate=fate,
        observed=fate.index[is_observed],
        engaged=fate.index[is_engaged],
        deleted=fate.index[is_deleted],
        lapsed=fate.index[is_engaged & ~is_observed & _of_row(answered, "expired", fate) & ~_among(waits["row"], fate)],
        waiting=_entries(waits, rows),
        withheld=pd.DataFrame({"position": fate.index[withheld.notna()], "code": withheld.dropna().to_numpy()}),
        reasons=_counted(waits["code"], withheld, rows),
    )


def quoted(entries: pd.DataFrame, rows: Rows) -> "pd.Series[str]":
    """What was given for each entry, as JSON: of a row its stripped text, of a value that value.

    entries: row (position), column, scope.
    """
    found = pd.Series(pd.NA, index=entries.index, dtype="str")
    for column, of_it in entries.groupby(entries["column"].mask(entries["scope"] == "row", "")):
        names = [name for name in _quoted(str(column), rows) if name in rows.text]
        found.loc[of_it.index] = list(_json(rows.text.loc[of_it["row"], names]))
    return found


def engagements_of(rows: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """The facts of the relationship that rows give: columns kind, is_counted, party beside what the rows say themselves."""
    types = rows["invoice_type"].fillna("")
    kind = types.map(ENGAGEMENT_KINDS).fillna(feed.kind)
    party = rows["party"].fillna("customer")
    is_original = ~types.str.endswith(NO_ORIGINAL)
    is_counted = kind.eq("invoice") & party.eq("customer") & is_original & ~is_among(types, NO_ISSUED_INVOICE)
    columns = ["business_id", "company", "company_key", "case_number", "event_on", "is_dated", "event_status",
               "invoice_number", "invoice_type"]
    return rows[columns].assign(kind=kind, party=party, is_counted=is_counted)


def _withheld_code(rows: Rows, standing: Standing, policy: Policy) -> "pd.Series[str]":
    """Why a row may not be kept at all, missing where it may; the gravest reason first."""
    cases = [
        (standing.is_suppressed, "suppressed"),
        (standing.erased_code.eq("erased_person"), "erased_person"),
        (rows.is_private, "private_person"),
        (is_ours(rows.normalised, policy), "own_people"),
        (standing.third_party_code.notna(), "third party"),
        (~standing.names_person & ~standing.has_organisation, "nothing_usable"),
    ]
    code = pd.Series(
        np.select([case for case, _ in cases], [code for _, code in cases], ""), index=rows.record_key.index, dtype="str")
    code = code.mask(code == "").mask(code == "third party", standing.third_party_code)
    return code.mask(rows.normalised["deleted"] & code.ne("suppressed"))  # a deletion names nobody: it is let in as one


def _is_fact(rows: Rows, stops: pd.DataFrame, standing: Standing, feed: Feed) -> "pd.Series[bool]":
    """Every row of our own dealings whose organisation and date can be read, whatever becomes of its person."""
    is_barred = _among(stops.loc[stops["code"].isin(NO_FACT), "row"], rows.record_key)
    return standing.has_organisation & rows.normalised["event_on"].notna() & ~is_barred & (feed.kind in OWN_KINDS)


def _among(positions: "pd.Series[int]", rows: "pd.Series[str]") -> "pd.Series[bool]":
    return pd.Series(rows.index.isin(positions), index=rows.index)


def _of_row(answered: pd.DataFrame, outcome: str, rows: "pd.Series[str]") -> "pd.Series[bool]":
    """Whether a row as a whole was answered so."""
    return _among(answered.loc[answered["outcome"].eq(outcome) & answered["scope"].eq("row"), "row"], rows)


def _without(reasons: pd.DataFrame, answered: pd.DataFrame) -> pd.DataFrame:
    """The reasons that are not among the answered ones."""
    if answered.empty:
        return reasons
    known = pd.MultiIndex.from_frame(answered[["row", "column", "code"]])
    left: pd.DataFrame = reasons[~pd.MultiIndex.from_frame(reasons[["row", "column", "code"]]).isin(known)]
    return left


def _entries(waits: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """The quarantine entries, each with what was given."""
    scope = pd.Series("value", index=waits.index, dtype="str").mask(is_among(waits["code"], ROW_CODES), "row")
    found = waits.assign(scope=scope)
    return found.assign(content=quoted(found, rows)).rename(columns={"row": "position"}).reset_index(drop=True)


def _quoted(column: str, rows: Rows) -> list[str]:
    """The columns that an entry quotes: of a row all text, of a name all its parts."""
    if not column:
        return [str(name) for name in rows.text if pd.api.types.is_string_dtype(rows.text[name])]
    return list(NAME) if column == "full_name" else [column]


def _json(rows: pd.DataFrame) -> Iterator[str]:
    """What was given of each row, as JSON with sorted keys."""
    for row in rows.to_dict("records"):
        said = {name: text for name, text in row.items() if isinstance(text, str)}
        yield json.dumps(said, ensure_ascii=False, sort_keys=True)


def _counted(codes: "pd.Series[str]", withheld: "pd.Series[str]", rows: Rows) -> dict[str, int]:
    counts = pd.concat([codes, withheld.dropna()]).value_counts()
    found = {str(code): int(count) for code, count in counts.items()}
    beside = {"own_people": rows.own_people + found.get("own_people", 0), IDENTITY_NUMBER: rows.identity_numbers}
    return dict(sorted((found | {code: count for code, count in beside.items() if count}).items()))
