"""The suites as data: every reason a suite can give is asserted once, of every kind that can deliver it."""

import pytest

from expectations.suites import ASSERTED, CONTACTS, SUITES
from register.feeds import KINDS
from register.reasons import REASONS
from tests.expectations.frames import CODES, rows

QUARANTINED = {code for code, reason in REASONS.items() if reason.fate == "quarantined"}
OF_DEALINGS = {"event_on_implausible"}
OF_OWN_WORDS = {"erased_undated"}
OF_INVOICES = {"invoice_date_missing", "invoice_party_unknown"}


@pytest.mark.parametrize(("kind", "lacks"), [
    ("inquiry", OF_INVOICES), ("quotation_request", OF_INVOICES), ("assignment", OF_INVOICES), ("invoice", set()),
    ("provider", OF_INVOICES | OF_DEALINGS | OF_OWN_WORDS), ("registry", OF_INVOICES | OF_DEALINGS | OF_OWN_WORDS),
])
def test_each_kind_is_asked_for_each_quarantine_reason_once(kind, lacks):
    codes = [code for line in SUITES[kind] for code in line.codes]
    assert sorted(codes) == sorted(QUARANTINED - lacks)


def test_a_line_shows_the_column_of_its_reason():
    shown = {(code, line.column) for line in ASSERTED if line.kinds != (CONTACTS,) for code in line.codes}
    assert shown == {(code, REASONS[code].column) for code in QUARANTINED}


def test_a_line_of_several_codes_reads_the_column_where_they_stand():
    several = [line for line in ASSERTED if len(line.codes) > 1]
    assert [line.reads for line in several] == [("phone_code",)]


def test_every_code_column_with_reasons_is_read():
    with_reasons = {reason.column for reason in REASONS.values() if reason.scope == "value"}
    read = {name for line in SUITES["inquiry"] for name in line.reads if name.endswith("_code")}
    assert read == {f"{column}_code" for column in CODES if column in with_reasons} | {"erased_code"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_suite_reads_only_what_the_gate_hands_over(kind):
    assert {name for line in SUITES[kind] for name in line.reads} <= set(rows({}).columns)


def test_no_dimension_of_retention_is_only_a_warning():
    grave = {code for line in SUITES["invoice"] if line.severity == "critical" for code in line.codes}
    assert grave == OF_INVOICES | OF_DEALINGS
