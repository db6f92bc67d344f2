"""Each kind of thing that waits is told once, with how many, since when and until when; an idle register says so."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from sqlalchemy import insert, update

from register.home import Home
from register.morning.links import backfill, launch
from register.morning.matters import Failing, Matter, matters
from register.morning.page import linked, waiting
from register.store import tables
from register.store.store import Store
from register.texts import Texts
from tests.builders import desk, make_home
from tests.conftest import prepared
from tests.story import deliver, wait

DAY = date(2026, 11, 27)

FEEDS = """
[web]
kind = "inquiry"
format = "csv"
owner = "Virpi, 09 123"
[provider_x]
kind = "provider"
format = "csv"
"""


@prepared
def home(path: Path, database_url: str | None) -> Home:
    from tests.builders import POLICY

    made = make_home(path, FEEDS, POLICY, database_url)
    deliver(made.database, {"web": "2026-11-27", "provider_x": "2026-11-26"})
    return made


def found(home: Home, failing: tuple[Failing, ...] = ()) -> list[Matter]:
    with home.database.reading() as store:
        return matters(desk(home), store, DAY, failing)


def put(home: Home, table: Any, **values: Any) -> None:
    with home.database.writing("put", DAY.isoformat()) as store:
        store.execute(insert(table).values(**values))


def person(store: Store, contact_id: str) -> None:
    store.execute(insert(tables.contacts).values(
        contact_id=contact_id, person_id=contact_id, provenance="{}", first_seen_on="2026-11-01", last_seen_on="2026-11-01"))


def verdict(home: Home, number: int, outcome: str, rule: str, facts: str = "{}", since: str | None = None) -> None:
    with home.database.writing("judge", DAY.isoformat()) as store:
        person(store, f"c{number}")
        store.execute(insert(tables.verdicts).values(
            contact_id=f"c{number}", outcome=outcome, rule=rule, facts=facts, policy_no=1, judged_on="2026-11-27",
            reported_since_on=since))


def workbook(home: Home, what: str, file: str) -> None:
    put(home, tables.exports, export_no=1, what=what, file=file, columns="[]", rows=1, purpose="review", exported_by="x",
        exported_at="2026-11-27T05:00:00+00:00", ends_on="2026-12-27")


def test_nothing_waits_in_a_register_where_all_is_well(home: Home) -> None:
    assert found(home) == []


def set_aside(home: Home) -> None:
    deliver(home.database, {"provider_x": "2026-11-24"}, state="set aside", is_held=False)
    with home.database.writing("since", "2026-11-25") as store:
        aside = tables.deliveries.c.state == "set aside"
        store.execute(update(tables.deliveries).where(aside).values(set_aside_on="2026-11-25"))


def late(home: Home) -> None:
    with home.database.writing("late", "2026-11-27") as store:
        store.execute(update(tables.deliveries).where(tables.deliveries.c.feed == "web").values(day="2026-11-10"))
    deliver(home.database, {"web": "2026-11-08"})
    deliver(home.database, {"web": "2026-11-06"})
    verdict(home, 1, "report", "stale_evidence", '{"company": "Virta Oy", "feed": "web", "since_on": "2026-11-10"}')
    verdict(home, 2, "report", "stale_evidence", '{"feed": "elsewhere"}')


def quarantined(home: Home) -> None:
    wait(home.database, asked_on="2026-11-20")
    wait(home.database, record_key="r", asked_on="2026-11-25")


def doubtful(home: Home) -> None:
    keys = ("a", "b")
    with home.database.writing("doubt", "2026-11-27") as store:
        for key in keys:
            row: dict[str, Any] = {of.name: of.type.python_type() for of in tables.observations.c if not of.nullable}
            store.execute(insert(tables.observations).values(
                **row | {"record_key": key, "feed": "web", "first_seen_on": "2026-11-01", "last_seen_on": "2026-11-01",
                         "changed_in": 1}))
        store.execute(insert(tables.doubts).values(
            left_key="a", right_key="b", is_elsewhere=False, probability=0.5, model="m", since_on="2026-11-19"))
    workbook(home, "matches", "matches-to-review-2026-11-19.xlsx")


def falls_due(home: Home) -> None:
    with home.database.writing("due", "2026-11-27") as store:
        for number, by in ((1, None), (2, "Timo Aro")):
            person(store, f"c{number}")
            store.execute(insert(tables.due).values(contact_id=f"c{number}", rule="after_invoicing", last_day="2026-12-31",
                                                    published_on="2026-11-27", approved_by=by))
    workbook(home, "due", "due-2026-11.xlsx")


def reported(home: Home) -> None:
    verdict(home, 1, "report", "undecided", since="2026-11-01")
    verdict(home, 2, "keep", "after_invoicing")


def requested(home: Home) -> None:
    row = {"kind": "restrict", "received_on": "2026-11-02", "identified_by": "by name", "due_strict": "2026-12-02",
           "due_legal": "2026-12-02", "ground": "-", "answered_on": "2026-11-03", "removals": "[]",
           "decided_by": "Liisa Kaski", "os_user": "liisa"}
    put(home, tables.requests, **row, request_no=1, decision="restrict")
    settled = {"received_on": "2026-01-02", "settled_on": "2026-02-02"}
    put(home, tables.requests, **row | settled, request_no=2, decision="restrict")
    put(home, tables.requests, **row, request_no=3, decision="marketing")


def corrected(home: Home) -> None:
    put(home, tables.bulk_corrections, correction_no=7, kind="values", state="proposed",
        scope='{"web": ["2026-11-09", "2026-11-10"]}', remaining="{}", contents="[]", figures="{}", proposed_on="2026-11-20",
        changed_in=1)


def broken_workbook(home: Home) -> None:
    box = home.inbox / "decisions"
    (box / "Åsa Åkerberg.xlsx").write_bytes(b"no workbook")


def broken_correction(home: Home) -> None:
    box = home.inbox / "corrections"
    (box / "lista.csv").write_text("Väri;Koko\npunainen;suuri\n", encoding="utf-8")
    (box / "hyvä.csv").write_text("Sähköposti;Puhelin\na@virta.example;040 123 4999\n", encoding="utf-8")


def approved(home: Home) -> None:
    """On the day before, and its run has read one of three days."""
    with home.database.writing("approve", "2026-11-26") as store:
        store.execute(insert(tables.bulk_corrections).values(
            correction_no=8, kind="values", state="approved", scope='{"web": ["2026-11-09", "2026-11-10", "2026-11-11"]}',
            remaining='{"web": ["2026-11-10", "2026-11-11"]}', contents="[]", figures="{}", proposed_on="2026-11-20",
            changed_in=store.run))


def on_hold(home: Home) -> None:
    put(home, tables.holds, record_key="a", reason="claim", owner="Timo Aro", review_on="2026-11-20",
        held_at="2026-10-01T00:00:00+00:00", decision_id=5)


CASES: dict[str, tuple[Callable[[Home], None], Matter]] = {
    "set aside": (set_aside, Matter("set_aside", 1, "/assets/observations/provider_x?view=checks", "2026-11-24", "2026-12-09",
                                    True, {"feed": "provider_x"}, ANY)),
    "late": (late, Matter("late", 1, "/assets/observations/web?view=checks", last="2026-11-10",
                          words={"feed": "web", "usual": 2, "owner": "Virpi, 09 123"})),
    "quarantine": (quarantined, Matter("quarantine", 2, "", "2026-11-20", "2026-12-20")),
    "doubtful": (doubtful, Matter("doubtful", 1, "outbox/matches-to-review-2026-11-19.xlsx", "2026-11-19")),
    "due": (falls_due, Matter("due", 1, "outbox/due-2026-11.xlsx", None, "2026-12-31",
                              decide=launch("approve_list", {"number": 1, "name": ""}))),
    "reports": (reported, Matter("reports", 1, "", "2026-11-01", "2027-01-30")),
    "requests": (requested, Matter("requests", 1, "outbox/requests.xlsx", "2026-11-02", "2026-12-02")),
    "correction": (corrected, Matter("correction", 2, "outbox/correction-7.xlsx", words={"number": 7},
                                     decide=backfill(["web"], ["2026-11-09", "2026-11-10"]))),
    "box of decisions": (broken_workbook, Matter("box", 1, "inbox/decisions", words={"why": ANY})),
    "box of corrections": (broken_correction, Matter("box", 1, "inbox/corrections", words={"why": ANY})),
    "unfinished": (approved, Matter("unfinished", 2, "/runs", is_red=True, words={"number": 8})),
    "holds": (on_hold, Matter("holds", 1, "/assets/verdicts?view=checks", until="2026-11-20",
                              decide=launch("lift", {"number": 5, "name": "Liisa Kaski"}))),
}


@pytest.mark.parametrize("case", CASES)
def test_each_kind_is_told_once_with_its_days(home: Home, case: str) -> None:
    happen, matter = CASES[case]
    happen(home)
    assert found(home) == [matter]


def test_red_comes_first_then_what_ends_soonest(home: Home) -> None:
    for happen in (quarantined, falls_due, set_aside, on_hold):
        happen(home)
    assert [one.kind for one in found(home)] == ["set_aside", "holds", "quarantine", "due"]


def test_a_correction_that_was_approved_today_is_on_its_way(home: Home) -> None:
    with home.database.writing("approve", DAY.isoformat()) as store:
        store.execute(insert(tables.bulk_corrections).values(
            correction_no=9, kind="values", state="approved", scope="{}", remaining='{"web": ["2026-11-09"]}', contents="[]",
            figures="{}", proposed_on="2026-11-20", changed_in=store.run))
    assert found(home) == []


def test_a_file_that_could_not_be_taken_is_told_with_its_reason_and_without_its_name(home: Home) -> None:
    from register.morning.page import waiting

    broken_workbook(home)
    told = found(home)
    [sentence] = waiting(told, Texts("fi"), str)
    assert sentence.startswith("**1 tiedosto, jota ei voitu ottaa**. decisions, 27.11.2026, tiedosto 1: ")
    assert "berg" not in sentence and sentence.endswith("tai poista kansiosta inbox/decisions.")


def test_what_has_no_workbook_yet_sends_nobody_to_fill_one_in(home: Home) -> None:
    from register.morning.page import waiting

    quarantined(home)
    [before] = waiting(found(home), Texts("fi"), str)
    workbook(home, "quarantine", "quarantine-2026-11-27.xlsx")
    [after] = waiting(found(home), Texts("fi"), str)
    assert "tulee kansioon `outbox`" in before and "Avaa" not in before
    assert "Avaa outbox/quarantine-2026-11-27.xlsx, täytä" in after


def test_every_workbook_that_waits_is_named_and_no_export(home: Home) -> None:
    quarantined(home)
    for number, file, purpose in ((1, "a.xlsx", "review"), (2, "k.csv", "data request"), (3, "a-again.xlsx", "review")):
        put(home, tables.exports, export_no=number, what="quarantine", file=file, columns="[]", rows=1, purpose=purpose,
            exported_by="x", exported_at="2026-11-27T05:00:00+00:00", ends_on="2026-12-27")
    [one] = found(home)
    assert one.place == "outbox/a-again.xlsx, outbox/a.xlsx"


def newest_says(home: Home, waiting: int) -> None:
    """A number of the newest delivery of `web` was read as a wrong phone; so many of it wait still."""
    with home.database.writing("suite", DAY.isoformat()) as store:
        store.execute(update(tables.deliveries).where(tables.deliveries.c.feed == "web").values(
            suite='[{"code": "phone_invalid", "rows": 1, "share": 0.5, "severity": "warning"}]',
            reasons=f'{{"phone_invalid": {waiting}}}'))


def test_a_check_of_values_that_was_answered_is_told_no_more(home: Home) -> None:
    failing = (Failing("observations/web", "values", False),)
    newest_says(home, 1)
    assert [one.kind for one in found(home, failing)] == ["yellow"]
    newest_says(home, 0)
    assert found(home, failing) == []


def test_a_check_is_told_where_no_other_matter_tells_it(home: Home) -> None:
    late(home)
    newest_says(home, 1)
    told = found(home, (Failing("observations/web", "volume", False), Failing("observations/web", "values", False),
                        Failing("contacts", "suite", True)))
    assert [(one.kind, one.n, one.words.get("checks")) for one in told] == [
        ("red", 1, [("contacts:suite", "/assets/contacts?view=checks")]), ("late", 1, None),
        ("yellow", 1, [("web:values", "/assets/observations/web?view=checks")])]


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("case", CASES)
def test_every_kind_has_a_sentence_that_names_days_and_place(home: Home, case: str, language: str) -> None:
    happen, matter = CASES[case]
    happen(home)
    texts = Texts(language)
    [sentence] = waiting(found(home), texts, str)
    assert all(texts.day(on) in sentence for on in (matter.oldest, matter.last, matter.until) if on)
    assert matter.place in sentence and found(home)[0].decide in sentence and "{" not in sentence and "\n" not in sentence


OWNERLESS = Matter("late", 3, "/assets/observations/web?view=checks", last="2026-11-10",
                   words={"feed": "web", "usual": 1, "owner": None})
UNTOLD = {  # what no home of this test lives through
    "late, without an owner": OWNERLESS,
    "failed_run": Matter("failed_run", 2, "/runs/1", last="2026-11-26", is_red=True),
    "unfilled": Matter("unfilled", 1, "policy.toml", words={"keys": "people.steward"}),
    "red": Matter("red", 1, "/assets/contacts?view=checks", words={"checks": [("contacts:suite", "/assets/contacts")]}),
    "yellow": Matter("yellow", 1, "/assets/contacts?view=checks", words={"checks": [("contacts:suite", "/assets/contacts")]}),
}


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("case", UNTOLD)
def test_every_sentence_begins_with_a_capital_and_ends(case: str, language: str) -> None:
    from register.morning.page import linked, waiting

    matter, texts = UNTOLD[case], Texts(language)
    [sentence] = waiting([matter], texts, linked)
    assert matter.place in sentence and "{" not in sentence
    assert not re.search(r"[.] [a-zäö]|[.] ?[.]", sentence), sentence


def test_the_day_of_a_late_feed_is_its_last_one() -> None:
    from register.morning.page import waiting

    [finnish], [english] = ([*waiting([OWNERLESS], Texts(language), str)] for language in ("fi", "en"))
    assert "viimeksi 10.11.2026. Lähteen omistajaa ei ole nimetty" in finnish and "vanhin" not in finnish
    assert "last on 10 Nov 2026. Nobody is named" in english and "oldest" not in english


AWAY = '[[people.away]]\nname = "Liisa Kaski"\nfrom = 2026-11-20\nuntil = 2026-12-01\n'


@pytest.mark.parametrize(("approvers", "away", "named"), [
    ('"Timo Aro"', "", ""), ('"Timo Aro", "Liisa Kaski"', "", "Liisa Kaski"), ('"Timo Aro"', AWAY, "Timo Aro"),
    ('"Liisa Kaski"', AWAY, "")])
def test_a_list_is_approved_in_the_name_of_whoever_is_on_duty_and_an_approver_or_of_nobody_yet(
    home: Home, approvers: str, away: str, named: str
) -> None:
    people = f'steward = "Liisa Kaski"\ndeputy = "Timo Aro"\napprovers = [{approvers}]\n{away}'
    policy = (home.path / "policy.toml").read_text(encoding="utf-8")
    mended = policy.replace('steward = "Liisa Kaski"\napprovers = ["Timo Aro"]\n', people)
    assert mended != policy
    (home.path / "policy.toml").write_text(mended, encoding="utf-8")
    falls_due(home)
    [matter] = found(home)
    assert matter.decide == launch("approve_list", {"number": 1, "name": named})


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_correction_is_started_from_the_page_too(home: Home, language: str) -> None:
    """The same page as the workbook opens, as a link of its own short name, with the two clicks beside it."""
    corrected(home)
    [sentence] = waiting(found(home), Texts(language), linked)
    page = backfill(["web"], ["2026-11-09", "2026-11-10"])
    assert f"[asset-groups]({page})" in sentence
    assert sentence.index("*Materialize all*") < sentence.index("*Launch backfill*")
