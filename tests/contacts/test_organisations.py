"""Which organisation a row speaks of, whose id stays, and what an organisation's own fields are."""

from itertools import zip_longest
from typing import Any

import pandas as pd

from register.contacts import provenance
from register.contacts.organisations import Lookup
from register.store import tables
from register.store.database import Database
from tests.rows import DAY, compute, engagement, firms, in_world, observation, partition, put, remove, started_anew, table

FIRST, SECOND = "9900001-8", "9900002-6"

WHICH = {
    "by business id, whatever the name": (
        [observation("a", business_id=FIRST, company="Köpare Oy"), observation("b", business_id=FIRST, company="Muu Oy")],
        {"a": f"bid:{FIRST}", "b": f"bid:{FIRST}"}),
    "by name, where one business id bears it": (
        [observation("a", business_id=FIRST, company="Köpare Oy"), observation("b", company="Oy Kopare Ab")],
        {"a": f"bid:{FIRST}", "b": f"bid:{FIRST}"}),
    "by name alone": (
        [observation("a", company="Köpare Oy"), observation("b", company="köpare")], {"a": "name:kopare", "b": "name:kopare"}),
    "two business ids bear the name": (
        [observation("a", business_id=FIRST, company="Köpare Oy"), observation("b", business_id=SECOND, company="Köpare Ab"),
         observation("c", company="Köpare")], {"a": f"bid:{FIRST}", "b": f"bid:{SECOND}", "c": "name:kopare"}),
    "two bear the name, one of them at the row's web domain": (
        [observation("a", business_id=FIRST, company="Köpare Oy", website="www.kopare.example"),
         observation("b", business_id=SECOND, company="Köpare Ab", email="b@kopare-ab.example"),
         observation("c", company="Köpare", email="c@kopare.example"),
         observation("d", company="Köpare", email="d@muu.example")],
        {"a": f"bid:{FIRST}", "b": f"bid:{SECOND}", "c": f"bid:{FIRST}", "d": "name:kopare"}),
    "two bear the name, one of them in the row's town": (
        [observation("a", business_id=FIRST, company="Köpare Oy", city="Oulu"),
         observation("b", business_id=SECOND, company="Köpare Ab", city="Turku", email="b@kopare.example"),
         observation("c", company="Köpare", city="OULU"), observation("d", company="Köpare", city="Vaasa")],
        {"a": f"bid:{FIRST}", "b": f"bid:{SECOND}", "c": f"bid:{FIRST}", "d": "name:kopare"}),
    "two bear the name, the domain is the one's and the town the other's": (
        [observation("a", business_id=FIRST, company="Köpare Oy", city="Oulu"),
         observation("b", business_id=SECOND, company="Köpare Ab", city="Turku", email="b@kopare.example"),
         observation("c", company="Köpare", city="Oulu", email="c@kopare.example")],
        {"a": f"bid:{FIRST}", "b": f"bid:{SECOND}", "c": "name:kopare"}),
    "two bear the name, both at the same domain in the same town; freemail tells nothing": (
        [observation("a", business_id=FIRST, company="Köpare Oy", city="Oulu", email="a@kopare.example"),
         observation("b", business_id=SECOND, company="Köpare Ab", city="Oulu", email="b@kopare.example"),
         observation("c", company="Köpare", city="Oulu", email="c@kopare.example"),
         observation("d", business_id=FIRST, company="Köpare Oy", email="a@gmail.com"),
         observation("e", company="Köpare", email="e@gmail.com")],
        {"a": f"bid:{FIRST}", "b": f"bid:{SECOND}", "c": "name:kopare", "d": f"bid:{FIRST}", "e": "name:kopare"}),
    "without a company by the domain": (
        [observation("a", business_id=FIRST, company="Köpare Oy", email="a@kopare.example"),
         observation("b", email="info@kopare.example")], {"a": f"bid:{FIRST}", "b": f"bid:{FIRST}"}),
    "without a company by the domain of a firm known by name": (
        [observation("a", company="Köpare Oy", email="a@kopare.example"), observation("b", email="info@kopare.example")],
        {"a": "name:kopare", "b": "name:kopare"}),
    "two firms have the domain": (
        [observation("a", business_id=FIRST, company="Köpare Oy", email="a@talo.example"),
         observation("b", business_id=SECOND, company="Muu Oy", email="b@talo.example"),
         observation("c", email="c@talo.example")], {"a": f"bid:{FIRST}", "b": f"bid:{SECOND}", "c": "row:c"}),
    "a freemail domain is nobody's": (
        [observation("a", business_id=FIRST, email="a@gmail.com"), observation("b", email="b@gmail.com")],
        {"a": f"bid:{FIRST}", "b": "row:b"}),
    "our own domain is nobody's": (
        [observation("a", business_id=FIRST, email="a@oma.example"), observation("b", email="b@oma.example")],
        {"a": f"bid:{FIRST}", "b": "row:b"}),
    "a named company is not its manager's": (
        [observation("a", business_id=FIRST, company="Isännöinti Oy", email="a@isannointi.example"),
         observation("b", company="As Oy Kotikatu", email="a@isannointi.example")],
        {"a": f"bid:{FIRST}", "b": "name:asoy kotikatu"}),
}


def test_which_organisation(database: Database) -> None:
    worlds = ([in_world(world, row) for row in reversed(rows)] for world, (rows, _) in enumerate(WHICH.values()))
    for together in zip_longest(*worlds):  # the latest knowledge comes first, each alone
        put(database, *filter(None, together))
        compute(database)
    expected = {f"{key}.{world}": f"{firm}.{world}"
                for world, (_, of_case) in enumerate(WHICH.values()) for key, firm in of_case.items()}
    assert firms(database) == expected
    started_anew(database)
    assert firms(database) == expected


def org_ids(database: Database) -> dict[str, str]:
    held = table(database, tables.organisations)
    return dict(zip(held["organisation_key"], held["organisation_id"], strict=True))


def test_a_name_that_becomes_known_by_business_id_keeps_its_id(database: Database) -> None:
    put(database, observation("a", company="Köpare Oy"), observation("b", company="Köpare Oy"))
    compute(database)
    first = org_ids(database)["name:kopare"]
    put(database, observation("c", company="Köpare Oy", business_id=FIRST))
    compute(database)
    assert org_ids(database) == {f"bid:{FIRST}": first}


def test_two_that_become_one_redirect_and_a_second_bearer_gives_the_id_back(database: Database) -> None:
    put(database, observation("a", company="Köpare Oy"), observation("b", company="Köpare Oy"))
    put(database, observation("c", business_id=FIRST, name="Matti Virtanen", phone="040 123 4567"))
    compute(database)
    before = org_ids(database)
    put(database, observation("d", business_id=FIRST, company="Köpare Oy"))
    compute(database)
    assert len(org_ids(database)) == 1
    redirected = table(database, tables.redirects).iloc[0]
    assert {redirected["old_id"], redirected["new_id"]} == set(before.values())
    put(database, observation("e", business_id=SECOND, company="Köpare Ab"))
    compute(database)
    after = org_ids(database)
    assert {after["name:kopare"], after[f"bid:{FIRST}"]} == set(before.values())
    assert table(database, tables.redirects).empty
    assert table(database, tables.contacts)["organisation_id"].tolist() == [after[f"bid:{FIRST}"]]


def test_a_name_that_nobody_else_bears_any_more_joins_again(database: Database) -> None:
    said = {"name": "Matti Virtanen", "company": "Köpare"}
    put(database, observation("a", business_id=FIRST, **said), observation("b", business_id=SECOND, **said),
        observation("c", **said))
    compute(database)
    assert firms(database)["c"] == "name:kopare"
    remove(database, "b")
    compute(database)
    assert firms(database) == {"a": f"bid:{FIRST}", "c": f"bid:{FIRST}"}
    assert set(org_ids(database)) == {f"bid:{FIRST}"}


def test_engagements_keep_an_organisation_that_has_no_observation(database: Database) -> None:
    said = {"company": "Köpare Oy", "business_id": FIRST, "email_domain": "kopare.example"}
    put(database, engagement("e", **said), table=tables.engagements)
    put(database, observation("a", company="Köpare"), observation("b", email="info@kopare.example"))
    compute(database)
    assert firms(database, tables.engagements) == {"e": f"bid:{FIRST}"}
    assert firms(database) == {"a": f"bid:{FIRST}", "b": f"bid:{FIRST}"}
    held = table(database, tables.organisations).iloc[0]
    assert provenance.read(held["provenance"])["business_id"] == {
        "feed": "invoices", "day": "2026-11-01", "record_key": "e", "why": "only"}


def lookup(day: str = "2026-11-24", **said: Any) -> Lookup:
    company = {"company": "Köpare Oyj", "business_id": FIRST, "parallel_names": "Buyer Ltd ; Köparen", "website": None,
               "street": "Registerikatu 1", "postcode": "00100", "city": "Helsinki", "country": "FI", "ceased_on": None,
               "situation": None, "legal_form": "OYJ"}
    return Lookup("ytj", day, day, pd.DataFrame([company | said]).astype("str"))


def test_the_registry_names_the_company_and_its_parallel_names(database: Database) -> None:
    put(database, observation("a", business_id=FIRST, company="Kopare"), observation("b", company="Buyer"),
        observation("c", business_id=SECOND, company="Muu Oy", street="Kotikatu 2", name="Matti Virtanen"))
    compute(database, lookup=lookup())
    assert firms(database)["b"] == f"bid:{FIRST}"
    held = table(database, tables.organisations).set_index("organisation_key")
    first, second = held.loc[f"bid:{FIRST}"], held.loc[f"bid:{SECOND}"]
    assert (first["company"], first["company_key"], first["street"]) == ("Köpare Oyj", "kopare", "Registerikatu 1")
    assert provenance.read(first["provenance"])["street"]["feed"] == "ytj"
    assert (first["registry_state"], second["registry_state"]) == ("active", "unknown")
    assert pd.isna(second["street"])  # a person's


def test_a_ceased_company_is_seen_when_the_registry_says_so(database: Database) -> None:
    put(database, observation("a", business_id=FIRST, company="Kopare"))
    compute(database, lookup=lookup())
    counts, _ = compute(database, lookup=lookup("2026-11-25", ceased_on="2026-11-20"))
    held = table(database, tables.organisations).iloc[0]
    assert (held["registry_state"], held["ceased_on"], counts.changed) == ("ceased", "2026-11-20", 1)


def test_a_registry_name_of_a_business_id_nobody_knows_takes_no_row(database: Database) -> None:
    put(database, observation("a", company="Buyer Ltd"))
    compute(database, lookup=lookup())
    put(database, observation("b", company="Köparen"))
    compute(database, lookup=lookup())
    assert firms(database) == {"a": "name:buyer", "b": "name:koparen"}


def test_a_ban_without_a_person_is_the_companys(database: Database) -> None:
    put(database, observation("a", business_id=FIRST, marketing_ban=True),
        observation("b", business_id=SECOND, name="Matti Virtanen", phone="040 123 4567", marketing_ban=True),
        observation("c", company="Muu Oy"))
    compute(database)
    expected = {f"bid:{FIRST}": True, f"bid:{SECOND}": False, "name:muu": False}
    assert table(database, tables.organisations).set_index("organisation_key")["marketing_ban"].to_dict() == expected
    with database.writing("gate", DAY) as store:  # a ban of a row that was not let in again
        said = {"record_key": ["c"], "kind": ["marketing"], "objected_on": [DAY]}
        store.insert(tables.objections, pd.DataFrame(said))
    compute(database)
    held = table(database, tables.organisations).set_index("organisation_key")
    assert held["marketing_ban"].to_dict() == expected | {"name:muu": True}


def test_only_what_changed_is_written_and_what_nobody_speaks_of_goes(database: Database) -> None:
    put(database, observation("a", business_id=FIRST, name="Matti Virtanen"), observation("b", company="Muu", name="Matti"))
    assert compute(database)[0].changed == 2
    assert compute(database)[0].changed == 0
    remove(database, "b")
    assert compute(database)[0].organisations == 1
    assert partition(database) == {frozenset("a")}


def test_rows_whose_organisation_changed_count_as_changed(database: Database) -> None:
    put(database, observation("z", company="Muu"), *(observation(key, company="Köpare", business_id=FIRST) for key in "abc"))
    compute(database)
    before = table(database, tables.observations).set_index("record_key")["changed_in"]
    put(database, observation("c", company="Muu", business_id=FIRST))
    compute(database)
    after = table(database, tables.observations).set_index("record_key")["changed_in"]
    assert after["z"] > before["z"]
    assert after["a"] == before["a"]
