"""A contact explained: each value's source, every record, and what the register decided; other people's data is not in it."""

import json
from dataclasses import asdict
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

from register.contacts.contacts import ALONE
from register.contacts.survivorship import WHYS
from register.explain import Explanation, explain
from register.matching import RULES
from register.store import tables
from register.store.database import Database
from register.texts import Texts
from tests.rows import FEEDS, compute, engagement, ids, observation, put

MATTI: dict[str, Any] = {
    "company": "Köpare Oy", "business_id": "9900001-8", "name": "Matti Virtanen", "email": "matti@kopare.example"}


def told(database: Database, record_key: str) -> Explanation:
    explained = asked(database, ids(database)[record_key])
    assert explained is not None
    return explained


def asked(database: Database, contact_id: str) -> Explanation | None:
    with database.reading() as store:
        return explain(store, FEEDS, contact_id)


def insert(database: Database, of: Any, *rows: dict[str, Any]) -> None:
    with database.writing("test", "2026-11-24") as store:
        store.insert(of, pd.DataFrame(list(rows)))


@pytest.fixture
def held(database: Database) -> Database:
    put(database,
        observation("web", **MATTI, phone="040 123 4567", street="Tehtaankatu 1", postcode="00100", city="Helsinki",
                    on="2026-11-03"),
        observation("provider", "provider_x", **MATTI, phone="09 542 1222", street="Vanhatie 2", postcode="00200",
                    city="Helsinki", on="2026-11-20", first="2026-10-01"),
        observation("old", "provider_y", **MATTI, phone="050 123 4578", on="2026-09-01", withdrawn=True),
        observation("colleague", company="Köpare Oy", business_id="9900001-8", name="Åsa Åkerberg", phone="044 555 0143"))
    put(database,
        engagement("web", "web", "2026-11-03", kind="inquiry", company="Köpare Oy", business_id="9900001-8"),
        engagement("invoice", "invoices", "2026-11-10", company="Köpare Oy", business_id="9900001-8", invoice_number="1042"),
        engagement("other", "invoices", "2026-11-11", company="Varuboden Ab", business_id="9900002-6"),
        table=tables.engagements)
    compute(database)
    return database


def test_each_value_has_its_source_and_the_other_values_theirs(held: Database) -> None:
    values = {value["column"]: value for value in told(held, "web").values}
    assert values["street"] == {
        "column": "street", "value": "Tehtaankatu 1", "feed": "web", "day": "2026-11-03", "why": "trusted",
        "others": [{"value": "Vanhatie 2", "feed": "provider_x", "day": "2026-11-20"}]}
    assert values["phone"]["value"] == "+358401234567"
    assert values["phone"]["others"] == [{"value": "+358501234578", "feed": "provider_y", "day": "2026-09-01"}]
    assert values["phone_2"]["feed"] == "provider_x"
    assert values["email"]["others"] == []
    assert "case_number" not in values


def test_the_organisations_values_hold_no_persons_address(held: Database) -> None:
    organisation = told(held, "web").organisation
    assert organisation is not None
    assert organisation["business_id"] == "9900001-8"
    assert {value["column"] for value in organisation["values"]} == {"company", "business_id"}


def test_its_records_and_no_colleagues(held: Database) -> None:
    records = told(held, "web").records
    assert [(one["feed"], one["kind"], one["first_seen_on"], one["withdrawn"]) for one in records] == [
        ("provider_y", "provider", "2026-09-01", True), ("provider_x", "provider", "2026-10-01", False),
        ("web", "inquiry", "2026-11-03", False)]
    assert {one["rule"] for one in records} == {"email"}


def test_last_seen_is_what_the_records_say_now(held: Database) -> None:
    later = update(tables.observations).where(tables.observations.c.record_key == "provider")
    with held.writing("seen", "2026-11-24") as store:
        store.execute(later.values(last_seen_on="2026-11-23"))
    explained = told(held, "web")
    assert (explained.first_seen_on, explained.last_seen_on) == ("2026-09-01", "2026-11-23")


def test_its_engagements_are_told_from_those_of_its_company(held: Database) -> None:
    engagements = told(held, "web").engagements
    assert [(one["kind"], one["event_on"], one["is_own"]) for one in engagements] == [
        ("invoice", "2026-11-10", False), ("inquiry", "2026-11-03", True)]


def test_without_an_organisation_there_are_no_strangers_engagements(held: Database) -> None:
    with held.writing("test", "2026-11-24") as store:
        store.execute(update(tables.contacts).values(organisation_id=None))
        store.execute(update(tables.engagements).values(organisation_id=None))
    explained = told(held, "web")
    assert explained.organisation is None
    assert [one["is_own"] for one in explained.engagements] == [True]


def test_what_was_decided_for_it(held: Database) -> None:
    contact_id = ids(held)["web"]
    insert(held, tables.holds,
           {"record_key": "web", "reason": "riita", "owner": "Timo Aro", "review_on": "2027-01-31",
            "held_at": "2026-11-01T08:00:00+00:00", "lifted_at": None},
           {"record_key": "colleague", "reason": "muu", "owner": "Timo Aro", "review_on": "2027-01-31",
            "held_at": "2026-11-01T08:00:00+00:00", "lifted_at": None},
           {"record_key": "provider", "reason": "ohi", "owner": "Timo Aro", "review_on": "2027-01-31",
            "held_at": "2026-11-01T08:00:00+00:00", "lifted_at": "2026-11-02T08:00:00+00:00"})
    insert(held, tables.objections, {"record_key": "provider", "kind": "marketing", "objected_on": "2026-11-05"})
    insert(held, tables.verdicts, {"contact_id": contact_id, "outcome": "keep", "last_day": "2028-11-03",
                                   "rule": "after_last_contact", "facts": "{}", "policy_no": 1, "judged_on": "2026-11-24"})
    insert(held, tables.due, {"contact_id": contact_id, "rule": "after_last_contact", "last_day": "2028-11-03",
                              "published_on": "2028-10-01"})
    compute(held)
    explained = told(held, "web")
    assert explained.holds == [{"reason": "riita", "owner": "Timo Aro", "review_on": "2027-01-31"}]
    assert explained.objections == [{"kind": "marketing", "objected_on": "2026-11-05"}]
    assert explained.marketing_ban
    assert explained.verdict is not None and explained.verdict["last_day"] == "2028-11-03"
    assert explained.due is not None and explained.due["published_on"] == "2028-10-01"
    assert json.loads(json.dumps(asdict(explained))) == asdict(explained)


def test_a_merged_id_leads_to_the_contact_and_an_unknown_one_to_nobody(database: Database) -> None:
    put(database, observation("a", **MATTI), observation("b", **MATTI | {"email": "mv@kopare.example"}, phone="040 123 4567"))
    compute(database)
    before = set(ids(database).values())
    put(database, observation("bridge", **MATTI, phone="040 123 4567"))
    compute(database)
    kept = ids(database)["bridge"]
    [merged] = before - {kept}
    explained = asked(database, merged)
    assert explained is not None
    assert (explained.asked_id, explained.contact_id, len(explained.records)) == (merged, kept, 3)
    assert asked(database, "nobody") is None


def test_the_same_persons_other_contacts(database: Database) -> None:
    put(database, observation("a", **MATTI),
        observation("b", **MATTI | {"company": "Varuboden Ab", "business_id": "9900002-6"}),
        observation("c", **MATTI | {"name": "Åsa Åkerberg", "email": "asa@kopare.example"}))
    compute(database)
    assert told(database, "a").same_person == [{"contact_id": ids(database)["b"], "company": "Varuboden Ab"}]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_every_rule_and_why_has_its_words(language: str) -> None:
    texts = Texts(language)
    rules = (*(rule.rule for rule in RULES), ALONE)
    for key in (*(f"rule.{rule}" for rule in rules), *(f"why.{why}" for why in (*WHYS, "correction"))):
        assert texts.say(f"explain.{key}")
