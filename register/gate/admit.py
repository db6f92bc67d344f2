"""What becomes of each stripped, normalised and judged row: let in, waiting for the steward, or withheld. Pure functions.

Every row has exactly one fate, so that read = accepted + quarantined + withheld (design, rule 2).
"""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from register.columns import NAME
from register.feeds import OWN_KINDS, Feed
from register.gate.known import Standing
from register.policy import Policy
from register.reasons import REASONS

ENGAGEMENT_KINDS = {"REQ01": "quotation_request", "QUO01": "quotation_request", "ORD01": "quotation_request"}
"""Documents in an invoice's clothes that are engagements of another kind (Finvoice 3.0, InvoiceTypeCode)."""

NO_ISSUED_INVOICE = (
    *ENGAGEMENT_KINDS, "INV02", "INV03", "INV05", "INV06", "INV08", "TES01", "HYVITYSLASKU", "HYVITYS", "KREDITFAKTURA",
    "CREDIT NOTE", "KORKOLASKU", "PERINTÄLASKU", "MUISTUTUS", "MAKSUMUISTUTUS", "REMINDER", "PROFORMA", "LUONNOS", "DRAFT",
)
"""Types that prolong nobody: credit, interest and collection notes, reminders, drafts (law, "Retention")."""

NO_ORIGINAL = ("COPY", "CANCEL")
"""Origins that a reader sets behind the type: a copied or cancelled invoice prolongs nobody."""

PROLONGING = ("business_id", "company_key", "case_number", "email", "phone")
"""What a waiting row shares with those whom it could prolong (design, rule 16)."""


@dataclass
class Rows:
    """One delivery on one RangeIndex, ready to be judged.

    text: the delivered text that may be kept, with file_no and row_no. normalised: `normalise.rows` of it.
    """

    text: pd.DataFrame
    normalised: pd.DataFrame
    record_key: "pd.Series[str]"
    is_private: "pd.Series[bool]"
    identity_numbers: int


@dataclass
class Admission:
    """What came of one delivery.

    fate: accepted, quarantined or withheld, by row. observed, engaged, deleted: positions of the rows that give an observation,
    an engagement, a deletion. waiting: quarantine entries (position, column, code, scope, content). withheld: position, code.
    reasons: code -> rows or values.
    """

    fate: "pd.Series[str]"
    observed: "pd.Index[int]"
    engaged: "pd.Index[int]"
    deleted: "pd.Index[int]"
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
    """What the expectations read: the normalised rows with what the register knows of them."""
    return rows.normalised.assign(
        delivered_on=day,
        has_organisation=standing.has_organisation,
        organisation_is_ambiguous=standing.organisation_is_ambiguous,
        names_person=standing.names_person,
    )


def admit(rows: Rows, reasons: pd.DataFrame, standing: Standing, feed: Feed, policy: Policy) -> Admission:
    """The fate of each row. reasons: row (position), column, code, as the expectations gave them; their only source."""
    withheld = _withheld_code(rows, standing, feed, policy)
    is_deleted = rows.normalised["deleted"] & withheld.isna()
    stops = reasons[reasons["code"].map(lambda code: REASONS[code].scope == "row").astype(bool)]
    is_stopped = pd.Series(rows.record_key.index.isin(stops["row"]), index=rows.record_key.index)
    is_engaged = _gives_engagement(rows, stops, withheld, standing, feed, policy) & ~is_deleted
    is_observed = withheld.isna() & ~is_stopped & ~is_deleted
    is_let_in = is_observed | is_engaged | is_deleted
    is_withheld = withheld.notna() & ~is_let_in
    fate = pd.Series("quarantined", index=withheld.index, dtype="str").mask(is_withheld, "withheld").mask(is_let_in, "accepted")
    waits = reasons[~reasons["row"].isin(withheld.index[withheld.notna() | is_deleted])]
    return Admission(
        fate=fate,
        observed=fate.index[is_observed],
        engaged=fate.index[is_engaged],
        deleted=fate.index[is_deleted],
        waiting=_entries(waits, rows),
        withheld=pd.DataFrame({"position": fate.index[is_withheld], "code": withheld[is_withheld].to_numpy()}),
        reasons=_counted(waits["code"], withheld, rows.identity_numbers),
    )


def engagements_of(rows: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """The facts of the relationship that rows give: columns kind, is_counted, party beside what the rows say themselves."""
    types = rows["invoice_type"].fillna("")
    kind = types.map(ENGAGEMENT_KINDS).fillna(feed.kind)
    party = rows["party"].fillna("customer")
    is_original = ~types.str.endswith(NO_ORIGINAL)
    is_counted = kind.eq("invoice") & party.eq("customer") & is_original & ~types.isin(NO_ISSUED_INVOICE)
    columns = ["business_id", "company", "company_key", "case_number", "event_on", "is_dated", "event_status",
               "invoice_number", "invoice_type"]
    return rows[columns].assign(kind=kind, party=party, is_counted=is_counted)


def _withheld_code(rows: Rows, standing: Standing, feed: Feed, policy: Policy) -> "pd.Series[str]":
    """Why a row's person may not be kept at all, missing where they may; the gravest reason first."""
    cases = [
        (standing.is_suppressed, "suppressed"),
        (rows.is_private, "private_person"),
        (_is_ours(rows.normalised, policy), "own_people"),
        (standing.third_party_code.notna(), "organisation_unknown"),
        (~standing.names_person & ~standing.has_organisation, "nothing_usable"),
    ]
    code = pd.Series(
        np.select([case for case, _ in cases], [code for _, code in cases], ""), index=rows.record_key.index, dtype="str")
    code = code.mask(code == "").mask(code == "organisation_unknown", standing.third_party_code)
    return code.mask(rows.normalised["deleted"] & code.ne("suppressed"))  # a deletion names nobody: it is let in as one


def _is_ours(normalised: pd.DataFrame, policy: Policy) -> "pd.Series[bool]":
    return _is_our_firm(normalised, policy) | _has_our_domain(normalised, policy)


def _is_our_firm(normalised: pd.DataFrame, policy: Policy) -> "pd.Series[bool]":
    return normalised["business_id"].isin(policy.controller.own_business_ids)


def _has_our_domain(normalised: pd.DataFrame, policy: Policy) -> "pd.Series[bool]":
    ours = tuple(f"@{domain.lower()}" for domain in policy.controller.own_domains)
    if not ours:
        return pd.Series(False, index=normalised.index)
    return normalised["email"].str.endswith(ours).fillna(False) | normalised["email_2"].str.endswith(ours).fillna(False)


def _gives_engagement(
    rows: Rows, stops: pd.DataFrame, withheld: "pd.Series[str]", standing: Standing, feed: Feed, policy: Policy
) -> "pd.Series[bool]":
    """Every row of our own dealings whose organisation and date can be read, whatever becomes of its person."""
    if feed.kind not in OWN_KINDS:
        return pd.Series(False, index=withheld.index)
    barring = ["company_missing", "company_ambiguous", "invoice_date_missing", "event_on_implausible", "invoice_party_unknown"]
    is_barred = withheld.index.isin(stops.loc[stops["code"].isin(barring), "row"])
    is_possible = standing.has_organisation & rows.normalised["event_on"].notna() & ~is_barred
    may_be_kept = withheld.isna() | withheld.eq("own_people")
    return is_possible & may_be_kept & ~_is_our_firm(rows.normalised, policy)


def _entries(waits: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """The quarantine entries: of a row its stripped text, of a value that value."""
    scopes = waits["code"].map(lambda code: REASONS[code].scope).astype("str")
    content = [
        _content(rows.text.loc[position], column if scope == "value" else None)
        for position, column, scope in zip(waits["row"], waits["column"], scopes, strict=True)
    ]
    return pd.DataFrame({
        "position": waits["row"].to_numpy(), "column": waits["column"].to_numpy(), "code": waits["code"].to_numpy(),
        "scope": scopes.to_numpy(), "content": pd.Series(content, dtype="str").to_numpy(),
    })


def _content(row: "pd.Series[str]", column: str | None) -> str:
    columns = list(row.index) if column is None else list(NAME) if column == "full_name" else [column]
    kept = {name: row[name] for name in columns if name in row.index and isinstance(row[name], str)}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def _counted(codes: "pd.Series[str]", withheld: "pd.Series[str]", identity_numbers: int) -> dict[str, int]:
    counts = pd.concat([codes, withheld.dropna()]).value_counts().sort_index()
    found = {str(code): int(count) for code, count in counts.items()}
    return found | ({"identity_number": identity_numbers} if identity_numbers else {})
