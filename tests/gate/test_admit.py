"""What becomes of each row: every one has exactly one fate, for the gravest reason, and nothing is lost without a word."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from expectations import runner
from register import normalise
from register.feeds import KINDS, Feed
from register.gate import own_people
from register.gate.admit import Admission, Rows, admit, engagements_of, judged_frame
from register.gate.known import Standing, email_domains, names_person
from tests.builders import quick_judge
from tests.rows import POLICY, feed

DAY = "2026-11-05"
INQUIRY, INVOICE, PROVIDER = feed("lista", "inquiry"), feed("laskut", "invoice"), feed("provider_x", "provider")
ASA = {"full_name": "Åsa Åkerberg", "email": "asa@virta.example", "phone": "040 555 0101"}
VIRTA = {"company": "Virta Oy", "business_id": "9900020-2"}


def rows_of(*said: dict[str, str], of: Feed = INQUIRY, private: tuple[int, ...] = ()) -> Rows:
    text = pd.DataFrame(list(said), dtype="str")
    where = pd.RangeIndex(len(text))
    return Rows(text.assign(file_no=1, row_no=where + 2), normalise.rows(text, of, DAY),
                pd.Series([f"k{number}" for number in where], dtype="str"),
                pd.Series([number in private for number in where]), identity_numbers=0)


def standing_of(rows: Rows, third_party: str | None = None, suppressed: bool = False, by_domain: bool = False) -> Standing:
    said = rows.normalised
    nobody = pd.Series(False, index=said.index)
    return Standing(email_domains(said, POLICY), said["company"].notna() | said["business_id"].notna() | by_domain, nobody,
                    names_person(said), nobody | suppressed, pd.Series(third_party, index=said.index, dtype="str"),
                    pd.Series(None, index=said.index, dtype="str"), nobody, nobody, nobody)


def admitted(*said: dict[str, str], of: Feed = INQUIRY, private: tuple[int, ...] = (), **known: object) -> Admission:
    rows = own_people.cut(rows_of(*said, of=of, private=private), of, POLICY)
    at = standing_of(rows, **known)  # type: ignore[arg-type]
    return admit(rows, runner.judge(judged_frame(rows, at, DAY), of).reasons, at, of, POLICY)


FATES = (  # what the row says, of which feed, its fate, codes, whether it gives an observation, an engagement
    ({**ASA, **VIRTA}, INQUIRY, "accepted", [], True, True),
    ({**ASA, **VIRTA}, PROVIDER, "accepted", [], True, False),
    ({**VIRTA}, INQUIRY, "accepted", [], True, True),
    ({**ASA, **VIRTA, "phone": "040 55"}, INQUIRY, "accepted", ["phone_invalid"], True, True),
    ({**VIRTA, "email": "asa@virta.example"}, INQUIRY, "accepted", ["name_missing"], False, True),
    ({**VIRTA, "email": "asa@virta.example"}, PROVIDER, "quarantined", ["name_missing"], False, False),
    ({**VIRTA, "email": "info@virta.example"}, PROVIDER, "accepted", [], True, False),
    ({**VIRTA, "full_name": "Åsa Åkerberg"}, INQUIRY, "accepted", ["channel_missing"], False, True),
    ({**ASA}, INQUIRY, "quarantined", ["company_missing"], False, False),
    ({**ASA, "company": "-"}, INQUIRY, "quarantined", ["company_missing"], False, False),
    ({**ASA, **VIRTA, "event_on": "3.11.2099"}, INQUIRY, "quarantined", ["event_on_implausible"], False, False),
    ({**ASA, **VIRTA, "event_on": "4.11.2026", "invoice_number": "7"}, INVOICE, "accepted", [], True, True),
    ({**ASA, **VIRTA, "invoice_number": "7"}, INVOICE, "quarantined", ["invoice_date_missing"], False, False),
    ({**ASA, **VIRTA, "event_on": "4.11.2026", "party": "neither"}, INVOICE, "quarantined", ["invoice_party_unknown"], False,
     False),
    ({**ASA, **VIRTA, "business_id": "9900011-4"}, INQUIRY, "withheld", ["own_people"], False, False),
    ({**ASA, "email": "asa@oma.example", "business_id": "9900011-4"}, PROVIDER, "withheld", ["own_people"], False, False),
    ({"street": "Testitie 1"}, INQUIRY, "withheld", ["nothing_usable"], False, False),
    ({**ASA, **VIRTA, "deleted": "kyllä"}, PROVIDER, "accepted", [], False, False),
)


@pytest.mark.parametrize(("said", "of", "fate", "codes", "is_observed", "is_engaged"), FATES)
def test_the_fate_of_a_row(
    said: dict[str, str], of: Feed, fate: str, codes: list[str], is_observed: bool, is_engaged: bool
) -> None:
    found = admitted(said, of=of)
    assert (found.fate.tolist(), sorted(found.reasons)) == ([fate], codes)
    assert (len(found.observed), len(found.engaged)) == (int(is_observed), int(is_engaged))
    assert found.waiting["code"].tolist() == (codes if fate != "withheld" else [])


def test_the_gravest_reason_to_withhold_is_told_and_such_a_row_waits_for_nobody() -> None:
    row = {**ASA, "company": "-", "phone": "040 55"}
    for known, private, code in (({"suppressed": True}, (0,), "suppressed"), ({}, (0,), "private_person"),
                                 ({"third_party": "organisation_unknown"}, (), "organisation_unknown")):
        found = admitted(row, of=PROVIDER, private=private, **known)
        assert found.withheld.to_dict("records") == [{"position": 0, "code": code}]
        assert found.waiting.empty and found.reasons == {code: 1}


def test_a_deletion_is_let_in_whatever_else_the_row_lacks_but_not_of_what_was_removed() -> None:
    deletion = {"full_name": "", "deleted": "x"}
    found = admitted(deletion, of=PROVIDER, third_party="organisation_unknown")
    assert (found.fate.tolist(), found.deleted.tolist()) == (["accepted"], [0])
    assert admitted(deletion, of=PROVIDER, suppressed=True).fate.tolist() == ["withheld"]


def test_our_own_people_on_a_clients_row_are_cut_and_the_fact_is_kept() -> None:
    ours = {**VIRTA, "full_name": "Oma Myyjä", "email": "oma@oma.example", "street": "Omatie 1"}
    rows = own_people.cut(rows_of(ours, {**ASA, **VIRTA}), INQUIRY, POLICY)
    assert rows.text.loc[0].dropna().to_dict() == {**VIRTA, "file_no": 1, "row_no": 2}
    assert rows.normalised.loc[1, "full_name"] == "Åsa Åkerberg"
    found = admitted(ours)
    assert (found.fate.tolist(), found.engaged.tolist(), found.reasons) == (["accepted"], [0], {"own_people": 1})


def test_values_that_wait_are_counted_beside_the_rows_and_quote_no_more_than_themselves() -> None:
    found = admitted({**ASA, **VIRTA, "phone": "040 55", "postcode": "1"}, {**ASA, "company": "-"})
    assert found.values_waiting == 2
    quoted = {code: json.loads(content) for code, content in zip(found.waiting["code"], found.waiting["content"], strict=True)}
    assert quoted["phone_invalid"] == {"phone": "040 55"}
    assert quoted["company_missing"] == {**ASA, "company": "-"}
    assert found.waiting["scope"].tolist() == ["value", "value", "row"]


def test_a_name_waits_with_all_its_parts() -> None:
    found = admitted({**VIRTA, "full_name": "1234", "last_name": "5678", "email": "asa@virta.example"})
    [content] = found.waiting.loc[found.waiting["code"] == "name_unreadable", "content"]
    assert json.loads(content) == {"full_name": "1234", "last_name": "5678"}


@pytest.mark.parametrize(("invoice_type", "party", "kind", "is_counted"), [
    (None, None, "invoice", True), ("INV01", "customer", "invoice", True), ("INV01", "partner", "invoice", False),
    *((code, "customer", "invoice", False) for code in (
        "INV02", "INV03", "INV05", "INV06", "INV08", "TES01", "Hyvityslasku", "INV01 COPY", "INV01 CANCEL")),
    *((code, "customer", "quotation_request", False) for code in ("REQ01", "QUO01", "ORD01")),
])
def test_which_invoices_count(invoice_type: str | None, party: str | None, kind: str, is_counted: bool) -> None:
    said = pd.DataFrame([{**VIRTA, "event_on": "4.11.2026", "invoice_type": invoice_type, "party": party}], dtype="str")
    [fact] = engagements_of(normalise.rows(said, INVOICE, DAY), INVOICE).to_dict("records")
    assert (fact["kind"], fact["is_counted"]) == (kind, is_counted)


def test_the_quick_judge_of_other_tests_says_what_the_suites_say() -> None:
    for of in (replace(INQUIRY, kind=kind) for kind in KINDS):
        rows = rows_of(*(dict(row) for row, *_ in FATES), of=of)
        frame = judged_frame(rows, standing_of(rows), DAY)
        pd.testing.assert_frame_equal(quick_judge(frame, of).reasons, runner.judge(frame, of).reasons)
