"""Somebody of whom only rows in quarantine are there asks to be erased: found, gone from every copy, proven, and kept out."""

from datetime import date

import pytest

from register import find
from register.errors import RefusedError
from register.removal import erasure, requests, waiting
from register.removal.requests import Request
from register.store import tables
from tests.builders import FEEDS, POLICY, deliver, make_home, read, refreshed, table
from tests.canary_search import opened
from tests.conftest import prepared
from tests.removal.asking import row

DAY, LATER, LAST = "2026-11-02", "2026-11-05", "2026-11-10"
TODAY = date(2026, 11, 6)
ASKED = Request(TODAY, "puhelimessa", "Liisa Kaski", "kone")
FIRMLESS = row(email="kaino@pihlaja.example", phone="040 777 0001", company="", on="1.11.2026")
NAMESAKE = row(email="kaino@muu.example", phone="040 777 0009", company="", on="1.11.2026")
LIISA = row("Liisa Laine", "liisa@ostaja.example", phone="040 777 0002")
SPELT = [text.encode() for text in ("kaino@pihlaja.example", "+358407770001", "040 777 0001")]


@prepared
def home(path, database_url):
    """Kaino, whose firm is not told, and a namesake; both wait. Liisa is let in."""
    home = make_home(path, FEEDS, POLICY, database_url)
    deliver(home, "inquiries", DAY, [FIRMLESS, NAMESAKE, LIISA])
    refreshed(home, DAY)
    assert set(table(home, tables.quarantine)["code"]) == {"company_missing"}
    return home


def found_in_files(home):
    """In the home and in a SQLite database beside it, whatever is packed opened."""
    files = [path for path in home.path.parent.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(text in content for content in opened(path) for text in SPELT)]


def fitting(home, *words):
    with home.database.reading() as store:
        return waiting.whole(store, find.waiting(store, words, "FI")["record_key"])


def erase(home, *words, decision="all"):
    [group] = fitting(home, *words)
    return erasure.erase(home, home.policy(), [], decision, ASKED, TODAY, rows=group.records)


def test_all_the_words_must_fit_and_a_row_that_was_let_in_is_its_contacts(home):
    assert {one.email for one in fitting(home, "Kaino Kanarialintu")} == {"kaino@muu.example", "kaino@pihlaja.example"}
    assert [one.email for one in fitting(home, "Kaino Kanarialintu", "kaino@muu.example")] == ["kaino@muu.example"]
    assert fitting(home, "Liisa Laine") == fitting(home, "ei.ole@pihlaja.example") == []
    assert not any(one.is_sure for one in fitting(home, "Kaino Kanarialintu"))


def test_nothing_is_left_and_the_namesake_goes_on_waiting(home):
    assert table(home, tables.quarantine)["content"].str.contains("kaino@pihlaja.example").any()
    done = erase(home, "kaino@pihlaja.example")
    assert done.proof is not None and (done.proof.is_clean, done.contacts) == (True, 0)
    assert found_in_files(home) == []
    waits = table(home, tables.quarantine)
    assert waits["content"].str.contains("kaino@muu.example").all() and len(waits) == 1
    assert table(home, tables.contacts)["full_name"].tolist() == ["Liisa Laine"]
    assert table(home, tables.requests)["decision"].tolist() == ["all"]
    assert "6.11.2026" in (home.outbox / done.letter).read_text(encoding="utf-8")


def test_no_path_brings_them_back_but_their_own_later_word(home):
    erase(home, "kaino@pihlaja.example")
    read(home, "inquiries", DAY, mode="backfill")
    deliver(home, "inquiries", DAY, [LIISA, NAMESAKE, FIRMLESS | {"Yritys": "Ostaja Oy"}])
    read(home, "inquiries", DAY, mode="backfill")
    deliver(home, "provider_x", LATER, [FIRMLESS | {"Yritys": "Ostaja Oy", "Asiakasnro": "7"}])
    refreshed(home, LATER)
    assert "kaino@pihlaja.example" not in table(home, tables.contacts)["email"].tolist()
    assert len(table(home, tables.quarantine)) == 1
    assert found_in_files(home) == []
    deliver(home, "inquiries", LAST, [FIRMLESS | {"Yritys": "Ostaja Oy", "Päivä": "9.11.2026"}])
    refreshed(home, LAST)
    assert "kaino@pihlaja.example" in table(home, tables.contacts)["email"].tolist()


@pytest.mark.parametrize("decision", ["details", "restrict"])
def test_in_part_is_refused_and_nothing_of_it_is_done(home, decision):
    with pytest.raises(RefusedError):
        erase(home, "kaino@pihlaja.example", decision=decision)
    with home.database.reading() as store:
        assert requests.listed(store) == []
    assert len(table(home, tables.quarantine)) == 2


def test_a_row_that_was_answered_meanwhile_is_refused_and_no_letter_says_that_it_is_gone(home):
    [group] = fitting(home, "kaino@pihlaja.example")
    erasure.erase(home, home.policy(), [], "all", ASKED, TODAY, rows=group.records)
    with pytest.raises(RefusedError):
        erasure.erase(home, home.policy(), [], "all", ASKED, TODAY, rows=group.records)
    assert len(table(home, tables.requests)) == 1
