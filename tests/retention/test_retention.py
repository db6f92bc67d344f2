"""Until when somebody is kept: the cases of retention_cases.toml, and what must hold for all facts."""

import json
import tomllib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.policy import Policy
from register.retention import decide, sentence
from register.retention.facts import BOOLEAN, COLUMNS, GAPS, Facts, frame
from register.retention.periods import ImplausibleInvoice, in_force, iso, months_after
from register.retention.rules import RULES
from register.retention.verdicts import REPORTS
from register.texts import Texts

CASES = tomllib.loads(Path(__file__).with_name("retention_cases.toml").read_text(encoding="utf-8"))["case"]

STARTER = {
    "after_invoicing": [{"from": date(2019, 1, 22), "calendar_years": 10, "source": "notice, section 7"}],
    "after_last_contact": [{"from": date(2010, 1, 1), "months": 24, "why": "a quotation may be taken up in the second year"}],
    "after_last_confirmed": [{"from": date(2010, 1, 1), "months": "undecided"}],
    "partner": [{"from": date(2010, 1, 1), "months": "undecided"}],
}
KINDS = {"invoices": "invoice", "assignments": "assignment", "inquiries": "inquiry", "quotations": "quotation_request"}


def policy(**retention):
    return Policy.model_validate({
        "controller": {"name": "Myyjä Esimerkki Oy"}, "people": {"steward": "Liisa Kaski"},
        "periods": {"starts_on": "2026-11-01"}, "retention": STARTER | retention})


def facts_of(case):
    people = case.get("people", {"Matti": "Ostaja Oy"})
    return Facts(
        contacts=frame("contacts", [contact(name, said) for name, said in people.items()]),
        engagements=frame("engagements", [row for table in KINDS for row in engagements(case, table, people)]),
        cases=frame("cases", [{"contact_id": name, "organisation_id": firm_of(people[name]) or None, "case_number": number}
                              for name, number in case.get("cases", {}).items()]),
        confirmations=frame("confirmations", [
            {"contact_id": row["who"], "feed": row["feed"], "last_seen_on": row["on"].isoformat()}
            for row in case.get("seen", [])]),
        withdrawals=frame("withdrawals", [
            {"contact_id": name, "withdrawn_on": day.isoformat()} for name, day in case.get("withdrawn", {}).items()]),
        incompatible=frame("incompatible", [
            {"contact_id": name, "said_on": day.isoformat()} for name, day in case.get("private", {}).items()]),
        deliveries=frame("deliveries", [
            {"feed": feed, "day": day} for feed, spans in case.get("monthly", {}).items() for day in months_of(spans)]),
        holds=frame("holds", [{"contact_id": name, "owner": "Liisa Kaski", "review_on": day.isoformat()}
                              for name, day in case.get("held", {}).items()]),
        gaps=frame("gaps", [
            {"contact_id": row.get("for"), "code": row["code"], "feed": row.get("feed"),
             "since_on": row["since_on"].isoformat() if "since_on" in row else None} for row in case.get("missing", [])]),
        restrictions=frame("restrictions", [
            {"contact_id": name, "since_on": day.isoformat()} for name, day in case.get("restricted", {}).items()]),
        decided=frame("decided", [
            {"contact_id": name, "decided_by": "Liisa Kaski", "decided_on": said["on"].isoformat(),
             "last_day": said["until"].isoformat(), "is_whole": said.get("whole", True)}
            for name, said in case.get("decided", {}).items()]))


def contact(name, said):
    told = said if isinstance(said, dict) else {"firm": said}
    return {
        "contact_id": name, "organisation_id": told["firm"] or None, "company": told["firm"] or None,
        "is_sole_trader": told.get("sole_trader", False),
        "first_seen_on": told.get("first_seen", date(2010, 1, 1)).isoformat()}


def firm_of(said):
    return said["firm"] if isinstance(said, dict) else said


def engagements(case, table, people):
    for number, row in enumerate(case.get(table, [])):
        named = row.get("names")
        party = row.get("party", "customer")
        yield {
            "record_key": f"{table}{number}", "contact_id": named, "kind": KINDS[table], "case_number": row.get("case"),
            "organisation_id": row.get("firm", firm_of(people[named]) if named else "Ostaja Oy") or None,
            "event_on": row["on"].isoformat(), "event_status": row.get("status"), "party": party,
            "is_counted": table == "invoices" and row.get("counts", True),
            "last_seen_on": row.get("delivered", row["on"]).isoformat()}


def months_of(spans):
    for first, last in spans if isinstance(spans[0], list) else [spans]:
        count = (last.year - first.year) * 12 + last.month - first.month
        yield from iso(months_after(pd.Series([pd.Timestamp(first)]).repeat(count + 1), pd.RangeIndex(count + 1).to_numpy()))


LINES = [pytest.param(case, line, id=f"{case['says']} ({line['day']})") for case in CASES for line in case["then"]]


@pytest.mark.parametrize(("case", "line"), LINES)
def test_the_table_of_cases(case, line):
    decided = decide(facts_of(case), policy(**case.get("policy", {})), line["day"]).set_index("contact_id").loc["Matti"]
    last_day = line.get("last_day", case.get("last_day"))
    said = (decided.outcome, decided.rule, decided.last_day if isinstance(decided.last_day, str) else None)
    assert said == (line["outcome"], line.get("rule", case.get("rule")), last_day and last_day.isoformat())


def test_the_table_says_every_rule_and_every_outcome():
    said = {line.get("rule", case.get("rule")) for case in CASES for line in case["then"]}
    assert said == {*RULES, *REPORTS, "hold", "restricted"}
    assert {line["outcome"] for case in CASES for line in case["then"]} == {"keep", "remove", "report", "hold"}


CROWD = {"people": {"Matti": "Ostaja Oy", "Liisa": "Ostaja Oy", "Trader": {"firm": "Tmi", "sole_trader": True}}}
DAYS = st.dates(date(2012, 1, 1), date(2026, 11, 1))
ROWS = st.fixed_dictionaries(
    {"on": DAYS, "names": st.sampled_from(["Matti", "Liisa", "Trader"]), "case": st.sampled_from(["1", "2", "3"])},
    optional={"status": st.sampled_from(["open", "closed"]), "delivered": st.dates(date(2026, 11, 1), date(2026, 11, 3))})
ANYTHING = st.fixed_dictionaries({table: st.lists(ROWS, max_size=3) for table in KINDS})


@settings(max_examples=15, deadline=None)
@given(ANYTHING, st.randoms(use_true_random=False))
def test_the_order_of_the_facts_decides_nothing(rows, random):
    facts = facts_of(CROWD | rows)
    shuffled = Facts(**{name: getattr(facts, name).sample(frac=1, random_state=random.randrange(99)) for name in COLUMNS})
    first, second = (decide(of, policy(), date(2026, 11, 24)).sort_values("contact_id", ignore_index=True)
                     for of in (facts, shuffled))
    pd.testing.assert_frame_equal(first, second)


@settings(max_examples=15, deadline=None)
@given(ANYTHING, ROWS, st.sampled_from(["invoices", "inquiries", "quotations"]))
def test_one_fact_more_removes_nobody(rows, more, table):
    few, many = (decide(facts_of(CROWD | of), policy(), date(2026, 11, 24)).set_index("contact_id").outcome
                 for of in (rows, rows | {table: [*rows[table], more]}))
    assert not (many.eq("remove") & few.ne("remove") & few.ne("report")).any()


def test_an_invoice_before_1990_that_the_quarantine_let_through_stops_everything():
    with pytest.raises(ImplausibleInvoice, match="1 invoices are dated before 1990"):
        decide(facts_of({"invoices": [{"on": date(1989, 12, 31), "names": "Matti"}]}), policy(), date(2026, 11, 24))


def test_nobody_gives_no_verdict():
    decided = decide(facts_of({"people": {}}), policy(), date(2026, 11, 24))
    assert decided.empty
    assert list(decided.columns) == ["contact_id", "outcome", "last_day", "rule", "facts", "stands_until"]


def test_a_gap_of_their_own_is_named_before_a_general_one_and_is_never_mixed_with_it():
    case = {"people": {"Matti": "Ostaja Oy", "Liisa": "Toinen Oy"},
            "inquiries": [{"on": date(2020, 1, 1), "names": name} for name in ("Matti", "Liisa")],
            "missing": [{"code": "waiting", "feed": "inquiries", "since_on": date(2026, 11, 20), "for": "Liisa"},
                        {"code": "incomplete", "feed": "invoices"}]}
    decided = decide(facts_of(case), policy(), date(2026, 11, 24)).set_index("contact_id")
    matti, liisa = (json.loads(decided.facts[name]) for name in ("Matti", "Liisa"))
    assert (matti["gap"], matti["feed"], "since_on" in matti) == ("incomplete", "invoices", False)
    assert (liisa["gap"], liisa["feed"], liisa["since_on"]) == ("waiting", "inquiries", "2026-11-20")


def test_the_case_that_is_named_is_the_one_of_the_latest_event():
    case = {"inquiries": [{"on": date(2023, 12, 1), "names": "Matti"}],
            "assignments": [{"on": date(2024, 1, 1), "case": "A"}, {"on": date(2024, 2, 1), "case": "B"}],
            "quotations": [{"on": date(2026, 5, 5), "case": "A"}]}
    [verdict] = decide(facts_of(case), policy(), date(2026, 11, 24)).to_dict("records")
    assert json.loads(verdict["facts"]) == {"company": "Ostaja Oy", "fact_on": "2026-05-05", "case_number": "A"}


def test_what_the_facts_quote_is_read_as_it_was_written():
    firm = 'Öljy "Ostaja" \\ Pojat, Ky'
    case = {"people": {"Matti": firm}, "invoices": [{"on": date(2025, 3, 14), "names": "Matti", "case": 'T"7,\n'}]}
    [verdict] = decide(facts_of(case), policy(), date(2026, 11, 24)).to_dict("records")
    assert json.loads(verdict["facts"]) == {
        "company": firm, "fact_on": "2025-03-14", "case_number": 'T"7,\n', "reason": "notice, section 7"}


SENTENCES = {
    "Rekisterissä, koska yritykselle Ostaja Oy lähetettiin lasku 14.3.2025 (asia T-7). "
    "Säilytetään 31.12.2035 asti: notice, section 7.":
        {"invoices": [{"on": date(2025, 3, 14), "names": "Matti", "case": "T-7"}]},
    "Ratkaistavaksi: käytäntö ei kerro, kuinka kauan tietoa säilytetään seikan 1.2.2020 perusteella (Ostaja Oy).":
        {"seen": [{"who": "Matti", "feed": "provider_x", "on": date(2020, 2, 1)}]},
    "Ratkaistavaksi: toimeksianto yritykselle Ostaja Oy on avoinna (asia 5), "
    "mutta mitään siihen vaikuttavaa ei ole tapahtunut 1.5.2023 jälkeen.":
        {"assignments": [{"on": date(2023, 5, 1), "names": "Matti", "case": "5", "status": "open"}]},
    "Poisto on estetty toistaiseksi (Liisa Kaski); tarkistetaan 31.3.2027.": {"held": {"Matti": date(2027, 3, 31)}},
    "Ei poisteta: säilytysaika olisi päättynyt 1.1.2022, mutta lähde posti on myöhässä: siitä ei ole tullut yhtään toimitusta.":
        {"inquiries": [{"on": date(2020, 1, 1), "names": "Matti"}], "missing": [{"code": "late", "feed": "posti"}]},
    "Ratkaistavaksi: tiedossa ei ole mitään, josta säilytysajan voisi laskea (Ostaja Oy).": {},
}


@pytest.mark.parametrize(("said", "case"), SENTENCES.items(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_verdict_in_one_sentence(said, case):
    [verdict] = decide(facts_of(case), policy(), date(2026, 11, 24)).to_dict("records")
    assert sentence(Texts("fi"), verdict) == said


def test_the_example_of_the_design_in_english():
    case = {"people": {"Matti": "Ostaja Öljy Oy"}, "invoices": [{"on": date(2025, 3, 14), "names": "Matti", "case": "TARJ-77"}]}
    [verdict] = decide(facts_of(case), policy(), date(2026, 11, 24)).to_dict("records")
    assert sentence(Texts("en"), verdict) == (
        "In the register because of the invoice of 14 Mar 2025 to Ostaja Öljy Oy (case TARJ-77). "
        "Kept until 31 Dec 2035: notice, section 7.")


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("rule", [*RULES, *REPORTS, "hold"])
@pytest.mark.parametrize("outcome", ["keep", "remove", "report", "hold"])
def test_every_verdict_has_a_sentence_even_where_next_to_nothing_is_known(language, rule, outcome):
    for gap in GAPS:
        facts = json.dumps({"gap": gap} if rule == "stale_evidence" else {})
        assert sentence(Texts(language), {"outcome": outcome, "rule": rule, "last_day": None, "facts": facts})


def test_the_rule_in_force_is_worked_out_for_each_contact():
    rules = policy(partner=[
        {"from": date(2020, 1, 1), "months": 6, "why": "a"}, {"from": date(2026, 1, 1), "months": 9, "why": "b"}])
    first_seen = pd.Series(pd.to_datetime(["2025-12-31", "2026-01-01"]))
    assert in_force(rules.retention.partner, first_seen, date(2019, 12, 31)).tolist() == [-1, -1]
    assert in_force(rules.retention.partner, first_seen, date(2026, 1, 1)).tolist() == [0, 1]


def test_facts_without_a_column_are_refused():
    frames = {name: frame(name, []) for name in COLUMNS}
    assert all(frames["contacts"][name].dtype == bool for name in BOOLEAN if name in frames["contacts"])
    with pytest.raises(ValueError, match="holds lacks review_on"):
        Facts(**frames | {"holds": frames["holds"].drop(columns="review_on")})
