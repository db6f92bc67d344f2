"""The runner: each expectation fails on the row made to fail and on no other, without a value anywhere."""

import gc
import logging
import subprocess
import sys
import traceback
import weakref

import pandas as pd
import pytest

from expectations import engine
from expectations.runner import SuiteFailed, judge, judge_contacts
from expectations.suites import SUITES
from register.feeds import KINDS
from tests.builders import quick_judge
from tests.expectations.frames import contacts, feed, rows

NOBODY = {"names_person": False, "full_name": None, "email": None, "phone": None}
ONLY_A_MAILBOX = {"full_name": None, "email": "info@ostaja.example", "email_is_role": True, "phone": None}

ONE_FAULT = [  # kind, what is changed in a sound row, the column and the code
    ("inquiry", {"full_name_code": "name_unreadable"}, "full_name", "name_unreadable"),
    ("inquiry", {"email_code": "email_invalid"}, "email", "email_invalid"),
    ("provider", {"phone_code": "phone_invalid"}, "phone", "phone_invalid"),
    ("provider", {"phone_code": "phone_damaged"}, "phone", "phone_damaged"),
    ("provider", {"business_id_code": "business_id_invalid"}, "business_id", "business_id_invalid"),
    ("registry", {"postcode_code": "postcode_invalid"}, "postcode", "postcode_invalid"),
    ("assignment", {"event_on_code": "event_on_unreadable", "event_on": None}, "event_on", "event_on_unreadable"),
    ("inquiry", {"has_organisation": False}, "company", "company_missing"),
    ("provider", {"organisation_is_ambiguous": True}, "company", "company_ambiguous"),
    ("inquiry", {"full_name": None}, "full_name", "name_missing"),
    ("inquiry", {"email": None, "phone": None}, "email", "channel_missing"),
    ("invoice", {"is_dated": False}, "event_on", "invoice_date_missing"),
    ("invoice", {"party": "neither"}, "business_id", "invoice_party_unknown"),
    ("invoice", {"event_on": "1989-12-31"}, "event_on", "event_on_implausible"),
    ("assignment", {"event_on": "2026-11-25"}, "event_on", "event_on_implausible"),
]

NO_FAULT = [
    ("inquiry", {"phone": None}),
    ("inquiry", {"email": None}),
    ("inquiry", {"email": None, "phone": None, "phone_2": "+358501234567"}),
    ("inquiry", ONLY_A_MAILBOX),
    ("inquiry", {"full_name": None, "email_2": "myynti@ostaja.example", "email_2_is_role": True}),
    ("inquiry", {"event_on": None}),
    ("inquiry", {"is_dated": False}),
    ("inquiry", {"party": "neither"}),
    ("provider", {"event_on": "1989-12-31"}),
    ("assignment", NOBODY | {"has_organisation": False, "organisation_is_ambiguous": True}),
    ("invoice", {"event_on": "1990-01-01"}),
    ("invoice", {"event_on": "2026-11-24"}),
    ("invoice", {"party": "partner"}),
]


def reasons(frame, kind="inquiry"):
    return [tuple(line) for line in judge(frame, feed(kind)).reasons.itertuples(index=False)]


@pytest.mark.parametrize(("kind", "change", "column", "code"), ONE_FAULT)
def test_one_fault_gives_one_reason_on_its_own_row_only(kind, change, column, code):
    assert reasons(rows({}, change, {}), kind) == [(1, column, code)]


@pytest.mark.parametrize(("kind", "change"), NO_FAULT)
def test_what_is_allowed_gives_no_reason(kind, change):
    assert reasons(rows({}, change), kind) == []


ERASED = [{"erased_code": code} for code in ("erased_mobile", "erased_undated", "erased_person")]


def test_the_quick_judge_of_other_tests_says_what_the_suites_say():
    changes = [change for _, change, *_ in (*ONE_FAULT, *NO_FAULT)] + ERASED
    frame, given = rows({}, *changes, {name: value for change in changes for name, value in change.items()}), set()
    for of in map(feed, KINDS):
        expected = judge(frame, of).reasons
        pd.testing.assert_frame_equal(quick_judge(frame, of).reasons, expected)
        given |= set(expected["code"])
    assert given == {code for kind in KINDS for line in SUITES[kind] for code in line.codes}, "every reason is asked for"


def test_a_row_of_many_faults_has_a_reason_for_each_and_the_table_counts_rows():
    frame = rows({}, {"phone_code": "phone_damaged", "has_organisation": False}, {"phone_code": "phone_invalid"}, {})
    judged = judge(frame, feed())
    assert judged.reasons["row"].tolist() == [1, 1, 2]
    assert judged.reasons["code"].tolist() == ["phone_damaged", "company_missing", "phone_invalid"]
    table = judged.table.set_index("code")
    assert table["rows"][["phone_damaged", "phone_invalid", "company_missing", "name_missing"]].tolist() == [1, 1, 1, 0]
    assert table.loc["phone_damaged", ["share", "severity", "expectation"]].tolist() == [
        0.25, "warning", "expect_phone_to_be_usable"]


@pytest.mark.parametrize("kind", ["inquiry", "invoice", "provider"])
def test_the_table_has_a_line_a_code_in_the_order_of_the_suite(kind):
    table = judge(rows({}), feed(kind)).table
    assert table["code"].tolist() == [code for line in SUITES[kind] for code in line.codes]
    assert table.columns.tolist() == ["expectation", "column", "code", "rows", "share", "severity"]


def test_reasons_follow_their_rows_through_any_order():
    faulty = [change for kind, change, _, _ in ONE_FAULT if kind == "invoice"]
    frame = rows(*faulty, {}, *[change for _, change in NO_FAULT])
    shuffled = frame.sample(frac=1, random_state=7)
    back = dict(enumerate(shuffled.index))
    moved = [(back[row], column, code) for row, column, code in reasons(shuffled, "invoice")]
    assert sorted(moved) == sorted(reasons(frame, "invoice")) != []


def test_a_frame_without_rows_is_judged():
    judged = judge(rows(), feed("invoice"))
    assert judged.reasons.empty
    assert judged.table["rows"].sum() == judged.table["share"].sum() == 0
    assert judged.table["code"].is_unique


def test_a_crash_is_no_verdict_and_tells_no_value(caplog):
    frame = rows({"full_name": "Kanarialintu Öljymäki"}).astype({"names_person": "object"})
    frame["names_person"] = "Kanarialintu"
    with caplog.at_level(logging.DEBUG), pytest.raises(SuiteFailed) as failed:
        judge(frame, feed())
    assert "web_inquiries" in str(failed.value) and "expect_person_to_have" in str(failed.value)
    told = "".join(traceback.format_exception(failed.value)) + caplog.text
    assert "Kanarialintu" not in told


def test_a_missing_column_is_our_own_error_too():
    with pytest.raises(SuiteFailed, match="web_inquiries"):
        judge(rows({}).drop(columns="party"), feed("invoice"))


def test_nothing_great_expectations_answers_holds_a_value():
    unheard = {"email": None, "phone": None, "party": "neither", "event_on": "1989-01-01"}
    frame = rows({"full_name": "Kanarialintu"} | unheard)
    answer = engine.ask(frame, "invoice")
    assert not answer.success
    told = str(answer) + "".join(repr(result.result) for result in answer.results)
    assert "Kanarialintu" not in told and "1989-01-01" not in told


def test_great_expectations_logs_nothing_since_it_quotes_exceptions(caplog):
    assert engine.validate
    logging.getLogger("great_expectations.validator.validation_graph").error("Caught exception Kanarialintu")
    assert caplog.text == ""


def test_the_frame_is_let_go_after_it_was_judged():
    column = rows({"full_name": "Kanarialintu"})[sorted({name for line in SUITES["inquiry"] for name in line.reads})]
    held = weakref.ref(column)
    engine.validate(column, "inquiry")
    del column
    gc.collect()
    assert held() is None


def test_importing_the_runner_leaves_great_expectations_alone():
    code = "import sys, expectations.runner; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


CONTACT_FAULTS = [
    ({"contact_id": "c-1"}, {"contact_repeated": 2}),
    ({"organisation_id": None}, {"company_missing": 1}),
    ({"organisation_id": "o-gone"}, {"company_missing": 1}),
    ({"email": None, "phone": None, "has_lost": True}, {}),  # removed as outdated: name and engagements stay
    ({"full_name": None}, {"name_missing": 1}),
    ({"email": None, "phone": None}, {"channel_missing": 1}),
    ({"city": "Äänekoski", "unexplained": ["city"]}, {"provenance_missing": 1}),
    ({"unexplained": ["full_name", "email", "phone"]}, {"provenance_missing": 1}),
    ({"provenance": '{"full_name": null, "email phone": ["a", "2026-11-20", "0", "only"]}'}, {"provenance_missing": 1}),
    ({"full_name": None, "email": "info@ostaja.example", "email_is_role": True}, {}),
    ({"email": None}, {}),
]


@pytest.mark.parametrize(("change", "expected"), CONTACT_FAULTS)
def test_a_golden_record_lacks_what_it_lacks(change, expected):
    table = judge_contacts(contacts({}, {}, change), pd.Series(["o-1", "o-2"]))
    found = table[table["rows"] > 0]
    assert dict(zip(found["code"], found["rows"], strict=True)) == expected
    assert set(table["severity"]) == {"critical"}


def test_no_contacts_are_judged():
    table = judge_contacts(contacts(), pd.Series([], dtype="str"))
    assert table["rows"].tolist() == [0] * 5


@pytest.mark.parametrize("provenance", ["Kanarialintu, no JSON", '["Kanarialintu"]', None])
def test_a_provenance_that_is_none_fails_without_its_text(provenance):
    with pytest.raises(SuiteFailed) as failed:
        judge_contacts(contacts({"provenance": provenance}), pd.Series(["o-1"]))
    assert "Kanarialintu" not in "".join(traceback.format_exception(failed.value))
