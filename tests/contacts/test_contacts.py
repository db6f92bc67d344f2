"""Who is one contact, which id it keeps, and who is one person; the cases that the law and the rows of practice ask for."""

from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

from register.contacts import contacts
from register.matching import MODEL, contacts_model
from register.policy import Policy
from register.store import tables
from register.store.database import Database
from tests.matching.test_model import SHARED, SIBLINGS, siblings
from tests.rows import (
    DAY,
    FEEDS,
    KEY,
    POLICY,
    by_world,
    compute,
    firms,
    ids,
    in_world,
    observation,
    partition,
    put,
    remove,
    table,
)

OTHER_EMAIL = "mv@kopare.example"
OTHER_FIRM = {"company": "Varuboden Ab", "business_id": "9900002-6"}
EMAIL, MOBILE, SWITCHBOARD, LANDLINE = "matti@kopare.example", "040 123 4567", "010 123 4567", "09 542 1222"


def row(record_key: str, feed: str = "web", **said: Any) -> dict[str, Any]:
    """A row at Köpare Oy."""
    return observation(record_key, feed, **{"company": "Köpare Oy", "business_id": "9900001-8"} | said)


def elsewhere(record_key: str, **said: Any) -> dict[str, Any]:
    """A row at Varuboden Ab."""
    return row(record_key, **OTHER_FIRM | said)


def groups(*keys: str) -> set[frozenset[str]]:
    return {frozenset(group) for group in keys}


ONE_CONTACT = {
    "a personal e-mail, the name in another order": (
        [row("a", name="Matti Virtanen", email=EMAIL), row("b", name="VIRTANEN, Matti", email=EMAIL)], groups("ab")),
    "a personal e-mail, one name within the other": (
        [row("a", name="Matti Virtanen", email=EMAIL), row("b", name="Matti", email=EMAIL)], groups("ab")),
    "the second e-mail of one is the first of the other": (
        [row("a", name="Matti Virtanen", email="mv@kopare.example", email_2=EMAIL),
         row("b", name="Matti Virtanen", email=EMAIL)], groups("ab")),
    "a mobile that stands second in one row": (
        [row("a", name="Åsa Åkerberg", phone=MOBILE), row("b", name="Asa Akerberg", phone=LANDLINE, phone_2=MOBILE)],
        groups("ab")),
    "an e-mail, but another name": (
        [row("a", name="Matti Virtanen", email=EMAIL), row("b", name="Åsa Åkerberg", email=EMAIL)], groups("a", "b")),
    "an e-mail, and no name on one side": (
        [row("a", name="Matti Virtanen", email=EMAIL), row("b", email=EMAIL)], groups("a", "b")),
    "the same name and firm, and nothing that speaks against it": (
        [row("a", name="Matti Virtanen", email=EMAIL), row("b", name="Matti Virtanen", phone=MOBILE)], groups("ab")),
    "the same name and firm, but another e-mail": (
        [row("a", name="Matti Virtanen", email=EMAIL), row("b", name="Matti Virtanen", email=OTHER_EMAIL)], groups("a", "b")),
    "a nickname on the same mobile": (
        [row("a", name="Matti Virtanen", phone=MOBILE), row("b", name="Masa Virtanen", phone=MOBILE)], groups("ab")),
    "a new surname on the same mobile": (
        [row("a", name="Anna Virtanen", phone=MOBILE), row("b", name="Anna Korhonen", phone=MOBILE)], groups("ab")),
    "a surname that could be the father's or the son's": (
        [row("a", name="Matti Virtanen", phone=MOBILE), row("b", name="Virtanen", phone=MOBILE),
         row("c", name="Kalle Virtanen", phone=MOBILE)], groups("a", "b", "c")),
    "the same name at the switchboard": (
        [row("a", name="Matti Virtanen", phone=SWITCHBOARD), row("b", name="Matti Virtanen", phone=SWITCHBOARD)], groups("ab")),
    "the same name behind a role mailbox": (
        [row("a", name="Matti Virtanen", email="info@kopare.example"),
         row("b", name="Matti Virtanen", email="info@kopare.example")], groups("ab")),
    "colleagues at one switchboard and mailbox": (
        [row("a", name="Matti Virtanen", phone=SWITCHBOARD, email="info@kopare.example"),
         row("b", name="Åsa Åkerberg", phone=SWITCHBOARD, email="info@kopare.example"),
         row("c", name="Matti", phone=SWITCHBOARD, email="info@kopare.example")], groups("a", "b", "c")),
    "father and son on one mobile": (
        [row("a", name="Matti Virtanen", phone=MOBILE), row("b", name="Kalle Virtanen", phone=MOBILE)], groups("a", "b")),
    "a first name alone bridges nobody": (
        [row("a", name="Matti Virtanen", phone=SWITCHBOARD), row("b", name="Matti Korhonen", phone=SWITCHBOARD),
         row("c", name="Matti", phone=SWITCHBOARD), row("d", name="Matti Virtanen", phone=SWITCHBOARD)],
        groups("ad", "b", "c")),
    "a mailbox without a name": (
        [row("a", email="info@kopare.example"), row("b", email="info@kopare.example", phone=SWITCHBOARD),
         row("c", email="myynti@kopare.example")], groups("ab", "c")),
    "a switchboard alone is no key": (
        [row("a", phone=SWITCHBOARD), row("b", phone=SWITCHBOARD)], groups("a", "b")),
    "everything the same, another business id": (
        [row("a", name="Matti Virtanen", email=EMAIL, phone=MOBILE),
         elsewhere("b", name="Matti Virtanen", email=EMAIL, phone=MOBILE)], groups("a", "b")),
    "a row by business id and one by name": (
        [row("a", name="Matti Virtanen", email=EMAIL), row("b", name="Matti Virtanen", email=EMAIL, business_id=None)],
        groups("ab")),
    "a row of a company only is nobody's": (
        [row("a", name="Matti Virtanen", email=EMAIL), row("b")], groups("a")),
}


def test_who_is_one_contact(database: Database) -> None:
    put(database, *(in_world(world, row) for world, (rows, _) in enumerate(ONE_CONTACT.values()) for row in rows))
    compute(database)
    found = by_world(partition(database))
    assert dict(zip(ONE_CONTACT, map(found.get, range(len(ONE_CONTACT))), strict=True)) == {
        case: expected for case, (_, expected) in ONE_CONTACT.items()}


def test_two_firms_of_one_name_and_a_row_that_names_no_other(database: Database) -> None:
    said = {"name": "Matti Virtanen", "email": EMAIL, "company": "Köpare"}
    put(database, observation("a", **said, business_id="9900001-8"), observation("c", **said))
    compute(database)
    assert partition(database) == groups("ac")
    put(database, observation("b", **said, business_id="9900002-6"))
    compute(database)
    assert partition(database) == groups("a", "b", "c")


def test_what_is_unchanged_is_not_written_again(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", email=EMAIL), elsewhere("b", name="Matti Virtanen", email=EMAIL))
    compute(database)
    _, counts = compute(database)
    assert (counts.contacts, counts.merged, counts.changed) == (2, 0, 0)
    put(database, row("c", name="Åsa Åkerberg", phone=MOBILE))
    _, counts = compute(database)
    assert (counts.contacts, counts.merged, counts.changed) == (3, 0, 1)
    again = row("c", name="Åsa Åkerberg", phone=MOBILE) | {"last_seen_on": "2026-11-21"}
    put(database, again)
    assert compute(database)[1].changed == 0, "seen again, and nothing else"
    assert "2026-11-21" in table(database, tables.contacts)["last_seen_on"].tolist()


def test_merged_counts_records_that_joined_others(database: Database) -> None:
    put(database, *(row(key, name="Matti Virtanen", email=EMAIL) for key in "abc"))
    assert compute(database)[1].merged == 2
    put(database, row("d", name="Matti Virtanen", email=EMAIL),
        row("e", name="Matti Virtanen", email=OTHER_EMAIL, phone=MOBILE))
    assert compute(database)[1].merged == 1
    put(database, row("f", name="Matti Virtanen", email=EMAIL, phone=MOBILE))
    assert compute(database)[1].merged == 2  # the bridge and what it brought


def test_a_changed_policy_computes_everything_and_changes_nothing(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", email=EMAIL), row("b", name="Matti", email=EMAIL))
    compute(database)
    before = table(database, tables.contacts), ids(database)
    compute(database, policy=Policy.model_validate(POLICY.model_dump(by_alias=True) | {"language": "en"}))
    now = table(database, tables.contacts).drop(columns="touched_in")
    pd.testing.assert_frame_equal(before[0].drop(columns="touched_in"), now)
    assert before[1] == ids(database)


def test_additions_change_no_id(database: Database) -> None:
    put(database, row("b", name="Matti Virtanen", email=EMAIL))
    compute(database)
    first = ids(database)["b"]
    for key in ("a", "c", "0"):
        put(database, row(key, name="Matti Virtanen", email=EMAIL, on="2020-01-01"))
        compute(database)
    assert set(ids(database).values()) == {first}


def test_a_merge_keeps_the_id_with_most_members_and_a_removed_bridge_gives_the_other_back(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", email=EMAIL, on="2020-01-01"),
        *(row(key, name="Matti Virtanen", email=OTHER_EMAIL, phone=MOBILE) for key in "bc"))
    compute(database)
    before = ids(database)
    put(database, row("d", name="Matti Virtanen", email=EMAIL, phone=MOBILE))
    compute(database)
    assert set(ids(database).values()) == {before["b"]}
    redirected = table(database, tables.redirects).set_index("kind").loc["contact"]
    assert redirected.to_dict() == {"old_id": before["a"], "new_id": before["b"], "redirected_on": DAY}
    remove(database, "d")
    compute(database)
    assert ids(database) == before
    assert table(database, tables.redirects).empty


def test_what_came_after_the_merge_gets_a_new_id_where_it_is_a_part_of_its_own(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", email=EMAIL),
        row("b", name="Matti Virtanen", email=OTHER_EMAIL, phone=MOBILE),
        row("c", name="Matti Virtanen", email=EMAIL, phone=MOBILE))
    compute(database)
    first = ids(database)["a"]
    remove(database, "c")
    compute(database)
    assert set(partition(database)) == groups("a", "b")
    assert first in ids(database).values()
    assert len(set(ids(database).values())) == 2


def test_removing_one_of_two_who_contradict_brings_the_others_together(database: Database) -> None:
    names = {"a": "Matti Virtanen", "b": "Virtanen", "c": "Kalle Virtanen"}
    put(database, *(row(key, name=name, phone=MOBILE) for key, name in names.items()))
    compute(database)
    assert partition(database) == groups("a", "b", "c")
    remove(database, "c")
    compute(database)
    assert partition(database) == groups("ab")


def test_a_record_that_names_nobody_any_more_leaves_its_contact(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", email=EMAIL), row("b", name="Matti Virtanen", email=EMAIL))
    compute(database)
    put(database, row("b"))
    compute(database)
    assert partition(database) == groups("a")


def test_awkward_row_1_a_property_manager_is_forty_contacts_and_one_person(database: Database) -> None:
    fake = pd.read_json("tests/data/business_ids.json")[0].head(40)
    said = {"name": "Pirjo Isännöitsijä-Salo", "email": "pirjo@isannointi.example", "phone": MOBILE}
    rows = [observation(f"r{at:02}", **said, company=f"As Oy Kotikatu {at}", business_id=of) for at, of in enumerate(fake)]
    put(database, *rows[:39])
    compute(database)
    put(database, rows[39] | {"marketing_ban": True})
    compute(database)
    held = table(database, tables.contacts)
    assert (len(held), held["person_id"].nunique()) == (40, 1)
    assert held["marketing_ban"].all()
    remove(database, "r39")
    compute(database)
    assert not table(database, tables.contacts)["marketing_ban"].any()


def test_awkward_row_3_a_sole_trader_becomes_a_company(database: Database) -> None:
    put(database, observation("a", name="Matti Virtanen", company="Virtanen Matti T:mi", business_id="9900003-4", phone=MOBILE,
                              street="Kotikatu 1"))
    compute(database)
    put(database, observation("b", name="Matti Virtanen", company="Virtanen Oy", business_id="9900004-2", phone=MOBILE))
    compute(database)
    held = table(database, tables.organisations).set_index("organisation_key")
    assert held["is_sole_trader"].to_dict() == {"bid:9900003-4": True, "bid:9900004-2": False}
    assert held["street"].isna().all()
    assert partition(database) == groups("a", "b")
    assert partition(database, "person_id") == groups("ab")


def test_awkward_row_4_a_new_surname_is_one_contact(database: Database) -> None:
    put(database, row("a", name="Anna Virtanen", email="anna.virtanen@kopare.example", phone=MOBILE, marketing_ban=True))
    compute(database)
    put(database, row("b", name="Anna Mäkinen", email="anna.makinen@kopare.example", phone=MOBILE, on="2026-11-22"))
    compute(database)
    assert partition(database) == groups("ab")


def test_awkward_row_5_a_row_without_a_company_goes_to_the_firm_of_its_domain(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", email=EMAIL))
    compute(database)
    put(database, observation("b", name="Virtanen Matti", email=EMAIL),
        observation("c", name="Matti Virtanen", email="m@gmail.com"))
    compute(database)
    assert partition(database) == groups("ab", "c")
    assert firms(database) == {"a": "bid:9900001-8", "b": "bid:9900001-8", "c": "row:c"}


PERSON = {
    "e-mail and full name": ({"name": "Matti Virtanen", "email": "mv@gmail.com"}, {}, groups("ab")),
    "mobile and full name": ({"name": "Matti Virtanen", "phone": MOBILE}, {}, groups("ab")),
    "a first name is not enough": ({"name": "Matti", "phone": MOBILE}, {}, groups("a", "b")),
    "a shorter name is not enough": ({"name": "Matti Virtanen", "phone": MOBILE}, {"name": "Virtanen"}, groups("a", "b")),
    "a switchboard is not enough": ({"name": "Matti Virtanen", "phone": SWITCHBOARD}, {}, groups("a", "b")),
    "nor is a mobile with another surname": (
        {"name": "Matti Virtanen", "phone": MOBILE}, {"name": "Matti Korhonen"}, groups("a", "b")),
    "a role mailbox is not enough": ({"name": "Matti Virtanen", "email": "info@talo.example"}, {}, groups("a", "b")),
}


def test_who_is_one_person_at_two_firms(database: Database) -> None:
    for world, (said, otherwise, _) in enumerate(PERSON.values()):
        put(database, in_world(world, row("a", **said)), in_world(world, elsewhere("b", **said | otherwise)))
    compute(database)
    found, people = by_world(partition(database)), by_world(partition(database, "person_id"))
    assert all(found[world] == groups("a", "b") for world in range(len(PERSON)))
    assert dict(zip(PERSON, map(people.get, range(len(PERSON))), strict=True)) == {
        case: expected for case, (_, _, expected) in PERSON.items()}


def test_siblings_with_names_alike_stay_as_many_contacts_and_people_as_they_are(database: Database) -> None:
    """Of each pair the other one at the same firm, and at another one."""
    for world, (shared, is_elsewhere) in enumerate(product(SHARED, (False, True))):
        rows = [said | (OTHER_FIRM if is_elsewhere and number else {})
                for one, other in SIBLINGS[:6] for number, said in enumerate(siblings(one, other, shared))]
        put(database, *(in_world(world, row(f"{number:02}", **at_one_firm(said))) for number, said in enumerate(rows)))
    compute(database)
    members = table(database, tables.memberships)
    assert members["contact_id"].is_unique and len(members) == 12 * 2 * len(SHARED)
    assert table(database, tables.contacts)["person_id"].is_unique


def at_one_firm(said: dict[str, Any]) -> dict[str, Any]:
    """As it is delivered: the organisation is told by its name and business id, what is not said is left out."""
    return {name: value for name, value in said.items() if name != "organisation_id" and value is not None}


def test_a_membership_names_the_model_that_decided_it_and_another_one_decides_all_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, row("a", name="Matti Virtanen", email=EMAIL), elsewhere("b", name="Åsa Åkerberg", phone=MOBILE))
    compute(database)
    decided_by = f"{MODEL}, {contacts_model().version}"
    assert table(database, tables.memberships)["decided_by"].tolist() == [decided_by] * 2
    monkeypatch.setattr(contacts, "contacts_model", lambda: replace(contacts_model(), version="another"))
    put(database, row("c", name="Olli Oja", phone=LANDLINE))
    compute(database)
    assert table(database, tables.memberships)["decided_by"].tolist() == [f"{MODEL}, another"] * 3


def people(database: Database) -> dict[str, str]:
    held = table(database, tables.memberships).merge(table(database, tables.contacts), on="contact_id")
    return dict(zip(held["record_key"], held["person_id"], strict=True))


def test_a_person_split_again_gets_the_old_id_back(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", email="mv@gmail.com", on="2020-01-01"),
        elsewhere("b", name="Matti Virtanen", phone=MOBILE))
    compute(database)
    before = people(database)
    put(database, observation("c", name="Matti Virtanen", email="mv@gmail.com", phone=MOBILE, company="Talo Oy"))
    compute(database)
    assert set(people(database).values()) == {before["a"]}
    remove(database, "c")
    compute(database)
    assert people(database) == before


def test_an_objection_bans_the_person_everywhere_though_no_row_changed(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", phone=MOBILE), elsewhere("b", name="Matti Virtanen", phone=MOBILE))
    compute(database)
    with database.writing("objection", DAY) as store:
        said = {"record_key": ["a"], "kind": ["marketing"], "objected_on": [DAY]}
        store.insert(tables.objections, pd.DataFrame(said))
    compute(database)
    assert table(database, tables.contacts)["marketing_ban"].tolist() == [True, True]
    assert compute(database)[1].changed == 0


def test_a_restricted_contact_takes_rows_and_changes_no_value(database: Database) -> None:
    put(database, row("a", name="Matti Virtanen", email=EMAIL, phone=MOBILE))
    compute(database)
    with database.writing("restrict", DAY) as store:
        store.execute(update(tables.contacts).values(restricted=True))
    before = table(database, tables.contacts).iloc[0]
    put(database, row("a", name="Matti Virtanen", email="uusi@kopare.example", phone=MOBILE, on="2026-11-20"),
        row("b", feed="works", name="Matti Juhani Virtanen", phone=MOBILE, street="Uusikatu 1", on="2026-11-21"))
    compute(database)
    after = table(database, tables.contacts)
    assert partition(database) == groups("ab")
    assert len(after) == 1
    kept = ["contact_id", "full_name", "email", "phone", "street", "provenance", "restricted"]
    pd.testing.assert_series_equal(after.iloc[0][kept], before[kept], check_names=False)
    assert after["last_seen_on"].tolist() == ["2026-11-21"]


def test_the_suite_judges_what_was_touched_since_it_last_passed(database: Database) -> None:
    def judged(*, passes: bool) -> set[str]:
        with database.writing("contacts", DAY) as store:
            contacts.update(store, POLICY, FEEDS, KEY, DAY)
            rows, organisation_ids = contacts.to_judge(store)
            assert set(rows["organisation_id"]) <= set(organisation_ids)
            if passes:
                contacts.note_passed(store)
        return set(rows["full_name"])

    put(database, row("a", name="Matti Virtanen", email=EMAIL))
    compute(database, passes=False)
    assert judged(passes=False) == {"Matti Virtanen"}
    assert judged(passes=True) == {"Matti Virtanen"}, "red until it passes, though nothing changed"
    assert judged(passes=True) == set()
    put(database, elsewhere("b", name="Åsa Åkerberg", email="asa@varuboden.example"))
    compute(database, passes=False)
    assert judged(passes=True) == {"Åsa Åkerberg"}
