"""Who was erased is known again by who they are, on every path; who objected stays objected. No value is held."""

import os

import pandas as pd
import pytest
from sqlalchemy import delete, select

from register.errors import HomeError
from register.keys import Keys
from register.removal import people
from register.store import tables
from tests import builders
from tests.builders import read, table
from tests.conftest import prepared

KAISA = {"Nimi": "Kaisa Koski", "Yritys": "Ostaja Oy", "Y-tunnus": "9900001-8", "Sähköposti": "kaisa.koski@ostaja.example",
         "Puhelin": "040 123 4567"}
ERASED_ON = "2026-11-10"
NEW = {"Nimi": "Toinen Nimi", "Sähköposti": "toinen@toisaalla.example", "Puhelin": "050 765 4321", "Y-tunnus": "9900002-6",
       "Yritys": "Muu Oy"}


@prepared
def home(path, database_url):
    home = builders.make_home(path, database_url=database_url)
    deliver(home, "inquiries", "2026-11-03", {**KAISA, "Pvm": "3.11.2026", "Markkinointikielto": "kyllä"})
    builders.refreshed(home, "2026-11-03")
    with home.database.writing("erase", ERASED_ON) as store:
        said = people.people_of(store, store.read(select(tables.observations.c.record_key))["record_key"])
        people.keep_bans(store, home.keys, said)
        assert people.suppress_people(store, home.keys, said, ERASED_ON, "removal-1") == 4
        for of in (tables.observations, tables.engagements, tables.memberships, tables.contacts, tables.objections,
                   tables.organisations):
            store.execute(delete(of))
    return home


def deliver(home, feed, day, *rows):
    builders.deliver(home, feed, day, rows)


def came(home, feed, day, *rows):
    """The reasons of a day's rows, and how many were accepted."""
    deliver(home, feed, day, *rows)
    read(home, feed, day)
    counted = builders.counts(home, feed, day)
    return counted["accepted"], counted["reasons"]


OWN = KAISA | {"Pvm": "9.11.2026"}
CASES = (  # feed, what the row says of itself, accepted, reasons
    ("provider_x", KAISA, 0, {"erased_person": 1}),
    ("provider_x", NEW | {"Sähköposti": KAISA["Sähköposti"].upper()}, 0, {"erased_person": 1}),
    ("provider_x", NEW | {"Nimi": "Kaisa Maria Koski", "Puhelin": "+358 40 1234567"}, 0, {"erased_person": 1}),
    ("provider_x", NEW | {"Nimi": "Koski, Kaisa", "Y-tunnus": "9900001-8"}, 0, {"erased_person": 1}),
    ("provider_x", NEW | {"Puhelin": "0401234567"}, 0, {"erased_mobile": 1}),
    ("inquiries", OWN, 0, {"erased_person": 1}),
    ("inquiries", OWN | {"Pvm": "10.11.2026"}, 0, {"erased_person": 1}),
    ("inquiries", OWN | {"Pvm": "11.11.2026"}, 1, {}),
    ("inquiries", KAISA, 1, {"erased_undated": 1}),  # its engagement is the firm's
    ("inquiries", NEW | {"Puhelin": "0401234567", "Pvm": "11.11.2026"}, 1, {}),  # the number's next holder
)


@pytest.mark.parametrize(("feed", "row", "accepted", "reasons"), CASES)
def test_who_comes_back_and_who_does_not(home, feed, row, accepted, reasons):
    with home.database.writing("known", "2026-11-09") as store:  # both firms deal with us
        store.insert(tables.engagements, pd.DataFrame([engagement("9900001-8"), engagement("9900002-6")]))
    assert came(home, feed, "2026-11-12", row) == (accepted, reasons)
    wanted = 1 if reasons == {} else 0
    assert len(table(home, tables.observations)) == wanted


def engagement(business_id):
    return {"record_key": business_id, "feed": "assignments", "kind": "assignment", "business_id": business_id,
            "event_on": "2026-11-01", "is_dated": True, "is_counted": False, "party": "customer", "content_hash": "h",
            "first_seen_on": "2026-11-01", "last_seen_on": "2026-11-01", "changed_in": 1}


def test_backfilled_and_delivered_again_an_old_day_brings_nobody_back(home):
    for _ in range(2):
        deliver(home, "inquiries", "2026-11-03", {**KAISA, "Pvm": "3.11.2026"}, {**KAISA, "Pvm": "4.11.2026"})
        read(home, "inquiries", "2026-11-03", "backfill")
    assert table(home, tables.observations).empty


def test_who_returns_is_banned_from_marketing_still(home):
    deliver(home, "inquiries", "2026-11-12", OWN | {"Pvm": "11.11.2026"})
    builders.refreshed(home, "2026-11-12")
    assert table(home, tables.contacts)["marketing_ban"].tolist() == [True]


def test_with_the_years_key_its_hashes_end_and_the_ban_does_not(home):
    home.keys.destroy(2026)
    assert came(home, "inquiries", "2026-11-12", OWN)[0] == 1
    assert table(home, tables.objections)["kind"].tolist() == ["marketing"]


def test_a_lost_key_is_not_made_anew(home):
    home.keys.destroy(2026)
    with pytest.raises(HomeError, match=r"suppression-2026\.key"), home.database.writing("erase", ERASED_ON) as store:
        people.suppress_people(store, home.keys, said("kaisa@x.example"), ERASED_ON, "removal-2")


def said(email):
    return pd.DataFrame([dict.fromkeys([*people.TRAITS, "objected_on"], None) | {"email": email}]).astype("str").assign(
        email_is_role=False, email_2_is_role=False)


def test_role_mailboxes_landlines_and_names_without_a_firm_are_never_hashed():
    row = {"email": "info@x.example", "email_is_role": True, "email_2": None, "email_2_is_role": False,
           "phone": "+358912345678", "phone_type": "fixed", "phone_2": "+358100100", "phone_2_type": "company",
           "last_name": "Koski", "name_key": "kaisa-koski", "business_id": None,
           "company_key": None, "is_sole_trader": False}
    assert people.traits(pd.DataFrame([row])).empty
    assert people.traits(pd.DataFrame([row | {"company_key": "koski"}]))["basis"].tolist() == ["name_firm"]


def test_nothing_of_the_person_is_held(home):
    held = table(home, tables.suppressed_people).to_json() + table(home, tables.banned_people).to_json()
    for value in ("kaisa", "koski", "1234567", "9900001"):
        assert value not in held.lower()
    assert sorted(table(home, tables.suppressed_people)["basis"]) == ["email", "mobile", "mobile_surname", "name_firm"]


def test_keys_are_copied_and_a_destroyed_one_goes_from_the_copy_too(tmp_path, home):
    copied = Keys(tmp_path / "copy")
    assert home.keys.copy_to(copied.folder, "2026-11-20") == 3 == len(copied.names())
    home.keys.destroy(2026)
    home.keys.copy_to(copied.folder, "2026-11-20")
    assert copied.names() == home.keys.names() == ["objections.key", "register.key"]
    (copied.folder / "register.key").write_bytes(b"x" * 32)
    with pytest.raises(HomeError, match=r"register\.key"):
        home.keys.copy_to(copied.folder, "2026-11-20")


def test_a_key_is_uncopied_until_the_newest_copy_holds_it_and_a_destroyed_one_until_it_is_gone_there(tmp_path, home):
    assert home.keys.uncopied() == home.keys.names() and home.keys.only_copied() == []
    home.keys.copy_to(tmp_path / "copy", "2026-11-20")
    assert (home.keys.uncopied(), home.keys.only_copied()) == ([], [])
    home.keys.of_year(2027)
    assert home.keys.uncopied() == ["suppression-2027.key"]
    home.keys.copy_to(tmp_path / "copy", "2027-01-02")
    home.keys.destroy(2027)
    assert (home.keys.uncopied(), home.keys.only_copied()) == ([], ["suppression-2027.key"])
    (home.keys.folder / "register.key").write_bytes(b"x" * 32)
    assert home.keys.uncopied() == ["register.key"]
    assert b"\x00" not in (home.keys.folder / "copied.json").read_bytes()


def test_what_a_killed_process_left_of_a_key_goes_and_what_a_living_one_writes_stays(home):
    dead, living = (home.keys.folder / f"suppression-2026.key.{process}" for process in (2**22 + 1, os.getpid()))
    for path in (dead, living):
        path.write_bytes(b"x")
    home.prepare()
    assert (dead.exists(), living.exists()) == (False, True)
