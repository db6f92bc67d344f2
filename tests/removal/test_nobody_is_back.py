"""Doors by which somebody who was removed could come back, and strangers whom no erasure may take along."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from register.home import Home
from register.removal import erasure, sweep
from register.removal.requests import Request
from register.store import tables
from tests.builders import POLICY, deliver, make_home, read, records_of, table
from tests.registers import bring_up_to_date
from tests.removal.asking import KAINO, ids, row

FEEDS = """
[inquiries]
kind = "inquiry"
format = "csv"
history_from = 2010-01-01
late_after_days = 300
[assignments]
kind = "assignment"
format = "csv"
history_from = 2010-01-01
late_after_days = 300
[bills]
kind = "invoice"
format = "csv"
history_from = 2010-01-01
late_after_days = 300
[provider_x]
kind = "provider"
format = "csv"
key = ["Asiakasnro"]
[provider_y]
kind = "provider"
format = "csv"
key = ["Asiakasnro"]
"""
RULES = """
[admission]
max_shrink = 1.0
[[retention.after_last_contact]]
from = 2026-01-01
months = 24
why = "quotations are taken up late"
[[retention.after_last_confirmed]]
from = 2026-01-01
months = 1
why = "a month without a word"
[sweep]
mode = "on"
notice_days = 0
"""
DAY, ASKED_ON, LATER = "2026-11-02", date(2026, 11, 6), "2026-11-10"
Row = dict[str, str]

LIISA = row("Liisa Laine", "liisa@ostaja.example", phone="040 555 0102")
ID = {"Y-tunnus": "9900001-8"}
BILL = {"Päivä": "9.11.2026", "Laskunumero": "1", "Osapuoli": "asiakas"}


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Home:
    return make_home(tmp_path / "home", FEEDS, POLICY + RULES, database_url)


def given(home: Home, day: str, **feeds: Sequence[Row]) -> None:
    """The deliveries of a day, read and computed."""
    for feed, rows in feeds.items():
        deliver(home, feed, day, list(rows))
        read(home, feed, day, "backfill", today=date(2026, 12, 22))
    bring_up_to_date(home, max(day, table(home, tables.deliveries)["day"].max()))


def erase(home: Home, decision: erasure.Decision = "all", of: Sequence[str] | None = None) -> erasure.Answered:
    asked = Request(ASKED_ON, "puhelimessa", "Liisa Kaski", "kone")
    return erasure.erase(home, home.policy(), records_of(home, ids(home) if of is None else of), decision, asked, ASKED_ON)


def people(home: Home) -> list[str]:
    return sorted(table(home, tables.contacts)["full_name"].dropna())


def everything_said(home: Home) -> str:
    told = (tables.observations, tables.engagements, tables.contacts, tables.organisations, tables.quarantine)
    return " ".join(table(home, of).to_string() for of in told)


@pytest.mark.parametrize(("feed", "more"), [("bills", BILL), ("assignments", {"Tila": "valmis"})])
def test_a_later_fact_of_the_firm_comes_in_without_the_erased_person(home: Home, feed: str, more: Row) -> None:
    given(home, DAY, inquiries=[row(), LIISA])
    erase(home)
    given(home, LATER, **{feed: [row(on="9.11.2026", **ID) | more]})
    assert people(home) == ["Liisa Laine"] and "anarialintu" not in everything_said(home)
    facts = table(home, tables.engagements)
    assert "2026-11-09" in facts.loc[facts["feed"] == feed, "event_on"].tolist(), "the firm's fact stands"
    read(home, feed, LATER, "backfill", today=date(2026, 12, 22))
    assert "anarialintu" not in everything_said(home), "nor from the archive"


def test_the_persons_own_later_word_opens_a_new_basis(home: Home) -> None:
    given(home, DAY, inquiries=[row(), LIISA])
    erase(home)
    given(home, LATER, inquiries=[row(on="9.11.2026")])
    assert people(home) == [KAINO, "Liisa Laine"]


@pytest.mark.parametrize("on", ["1.10.2026", "9.11.2026"])
@pytest.mark.parametrize("known", [ID, {}], ids=["by id", "by name"])
def test_an_erased_sole_trader_does_not_return_as_a_firm(home: Home, on: str, known: Row) -> None:
    trader = "Tmi Kaino Kanarialintu"
    given(home, DAY, inquiries=[row(company=trader, **known), LIISA])
    assert erase(home).proof.is_clean  # type: ignore[union-attr]
    given(home, LATER, bills=[{"Yritys": trader, **known, **BILL, "Päivä": on}])
    assert "anarialintu" not in everything_said(home)
    assert table(home, tables.withheld)["code"].tolist() == ["erased_person"]


def test_erased_contact_details_do_not_return_by_another_source(home: Home) -> None:
    given(home, DAY, inquiries=[row(**ID), LIISA])
    erase(home, "details")
    given(home, LATER, provider_y=[row(Asiakasnro="77", **ID)])
    held = table(home, tables.contacts).set_index("full_name").loc[KAINO]
    assert held[["email", "phone"]].isna().all()
    given(home, "2026-11-11", inquiries=[row(on="10.11.2026", **ID)])
    assert table(home, tables.contacts).set_index("full_name").loc[KAINO, "email"] == "kaino@ostaja.example", "their own word"


def test_an_old_day_delivered_again_brings_back_nobody_whom_the_source_gives_no_more(home: Home) -> None:
    liisa = LIISA | {"Asiakasnro": "8"}
    facts = {"inquiries": [LIISA], "assignments": [LIISA | {"Tila": "avoin"}], "bills": [LIISA | BILL | {"Päivä": "1.11.2026"}]}
    given(home, DAY, **facts, provider_x=[row(Asiakasnro="7"), liisa])
    for day in ("2026-11-20", "2026-12-20"):
        given(home, day, provider_x=[liisa])
    assert sweep.apply(home, home.policy(), home.feeds(home.policy()), date(2026, 12, 20), None).removed == 1
    given(home, "2026-12-21", provider_x=[liisa])
    given(home, DAY, provider_x=[liisa, row(Asiakasnro="7")])
    assert people(home) == ["Liisa Laine"]
    given(home, "2026-12-22", provider_x=[liisa, row(Asiakasnro="7")])
    assert people(home) == [KAINO, "Liisa Laine"], "given anew, they are new"
    erase(home)
    assert table(home, tables.suppressions)["ended_on"].isna().all(), "and removed anew they are kept out anew"


@pytest.mark.parametrize(("waits", "goes"), [
    (lambda: row("Seppo Seuraaja", "", company=""), False), (lambda: row(company="", email=""), True),
    (lambda: row(company="") | {"Etunimi": "", "Sukunimi": "", "Sähköposti": ""}, True)],
    ids=["another's name", "their name", "no name"])
def test_what_waits_with_the_same_mobile_goes_only_where_no_other_name_stands_beside_it(
    home: Home, waits: Callable[[], Row], goes: bool
) -> None:
    given(home, DAY, inquiries=[row(), LIISA, waits()])
    assert len(set(table(home, tables.quarantine)["record_key"])) == 1
    erase(home)
    assert table(home, tables.quarantine).empty == goes


@pytest.mark.parametrize("given_to", [row(), row(email=""), row("Kaisa Kivi", phone="", company="Muu Oy")],
                         ids=["all of it", "name and mobile", "e-mail"])
def test_a_record_that_is_given_to_an_erased_person_does_not_bring_them_back(home: Home, given_to: Row) -> None:
    """The provider's number 8 was Liisa; her record is held, and is no excuse for whoever bears her number next."""
    liisa = LIISA | {"Asiakasnro": "8"}
    olli = row("Olli Oja", "olli@ostaja.example", phone="040 555 0109", Tila="avoin")
    given(home, DAY, inquiries=[row()], assignments=[olli], provider_x=[liisa])
    erase(home)
    given(home, LATER, provider_x=[liisa])
    assert people(home) == ["Liisa Laine", "Olli Oja"], "whoever stays is delivered on"
    given(home, "2026-11-11", provider_x=[given_to | {"Asiakasnro": "8"}])
    said = everything_said(home)
    assert "kaino@" not in said and "Kanarialintu" not in said and "405550101" not in said


def test_who_was_left_at_another_firm_stays_when_it_is_delivered_again(home: Home) -> None:
    other = row("Olli Oja", "olli@toinen.example", "Toinen Oy", "040 555 0109", Tila="avoin")
    elsewhere = {"provider_x": [LIISA | {"Asiakasnro": "8"}, row(email="", company="Toinen Oy", Asiakasnro="7")]}
    given(home, DAY, inquiries=[row(), LIISA], assignments=[other], **elsewhere)
    firms = table(home, tables.organisations).set_index("organisation_id")["company"]
    held = table(home, tables.contacts)
    at_first = held.loc[(held["full_name"] == KAINO) & (held["organisation_id"].map(firms) == "Ostaja Oy"), "contact_id"]
    erase(home, of=at_first.tolist())
    given(home, LATER, **elsewhere)
    held = table(home, tables.observations)
    assert held.loc[held["full_name"] == KAINO, "withdrawn"].tolist() == [False]
    given(home, "2026-11-11", provider_y=[row(Asiakasnro="9", email="")])
    assert len(ids(home)) == 1, "under another record they stay out"
