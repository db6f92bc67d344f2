"""What the register knows of the firms and people that a delivery names, on both databases."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from register import normalise
from register.feeds import Feed
from register.gate.known import Standing, standing
from register.keys import Keys
from register.policy import Policy
from register.store.database import Database
from register.store.tables import engagements, suppressions
from tests.rows import POLICY, engagement, feed, observation, put

OWN, PROVIDER = feed("web", "inquiry"), feed("provider_x", "provider")
ASA = {"full_name": "Åsa Åkerberg", "email": "asa@virta.example", "phone": "040 555 0101"}


def may(what: str) -> Policy:
    return Policy.model_validate(POLICY.model_dump(by_alias=True) | {"admission": {"third_party_may": what}})


def ask(database: Database, *rows: dict[str, str], of: Feed = PROVIDER, policy: Policy = POLICY) -> Standing:
    frame = normalise.rows(pd.DataFrame(list(rows), dtype="str"), of, "2026-11-05")
    keys = pd.Series([f"k{number}" for number in range(len(rows))], dtype="str")
    with database.reading() as store:
        return standing(store, frame, keys, of, "2026-11-24", policy, Keys(Path("none")))


def put_firm(database: Database, key: str = "e1", **said: Any) -> None:
    firm = {"company": "Virta Oy", "business_id": "9900020-2", "email_domain": "virta.example"}
    put(database, engagement(key, **(firm | said)), table=engagements)


@pytest.mark.parametrize(("email", "domain"), [
    ("asa@virta.example", "virta.example"), ("asa@luukku.com", None), ("oma@oma.example", None),
    ("oma@myynti.oma.example", None), ("oma@muuoma.example", "muuoma.example"),
])
def test_the_domain_that_tells_a_firm_is_neither_free_mail_nor_ours(database: Database, email: str, domain: str | None) -> None:
    assert ask(database, {"email": email}).email_domain.fillna("").tolist() == [domain or ""]


def test_a_row_without_a_firm_gets_the_only_one_at_its_domain_and_two_are_ambiguous(database: Database) -> None:
    row = {"full_name": "Åsa Åkerberg", "email": "asa@virta.example"}
    assert not ask(database, row).has_organisation[0]
    put_firm(database)
    put(database, observation("o1", "works", company="Virta", email="matti@virta.example", business_id="9900020-2"))
    found = ask(database, row, {"email": "x@muu.example"}, {"full_name": "Åsa Åkerberg"})
    assert found.has_organisation.tolist() == [True, False, False]
    assert not found.organisation_is_ambiguous.any()
    put_firm(database, "e2", company="Kosken Virta Oy", business_id="9900001-8")
    found = ask(database, row)
    assert (found.has_organisation[0], found.organisation_is_ambiguous[0]) == (False, True)


def test_a_delivery_of_ours_makes_its_own_firms_known_a_third_partys_does_not(database: Database) -> None:
    rows = ({**ASA, "company": "Virta Oy"}, {"full_name": "Olli Oja", "email": "olli@virta.example"})
    assert ask(database, *rows, of=OWN).has_organisation.tolist() == [True, True]
    assert ask(database, *rows, of=PROVIDER).has_organisation.tolist() == [True, False]


@pytest.mark.parametrize(("row", "names"), [
    ({"company": "Virta Oy"}, False), ({"full_name": "Åsa Åkerberg"}, True), ({"email": "asa@@virta"}, True),
    ({"phone": "040 55"}, True), ({"email": "info@virta.example"}, True), ({"full_name": "12345"}, True),
])
def test_what_cannot_be_read_names_a_person_all_the_same(database: Database, row: dict[str, str], names: bool) -> None:
    assert ask(database, row).names_person.tolist() == [names]


@pytest.mark.parametrize(("row", "code"), [
    ({**ASA, "company": "Virta Oy", "business_id": "9900020-2"}, None),
    ({**ASA, "company": "VIRTA oy"}, None),                                      # by its name
    ({**ASA, "company": "Virta Oy", "business_id": "9900001-8"}, "organisation_unknown"),  # ids differ: never the same firm
    ({**ASA, "company": "Nimetön Paja Oy", "business_id": "9900002-6"}, None),  # known by name only: the id completes it
    ({**ASA, "company": "Toinen Oy"}, "organisation_unknown"),                   # though its domain is a known firm's
    ({**ASA}, None),                                                             # the firm by its domain
    ({"full_name": "Åsa Åkerberg", "email": "asa@luukku.com"}, None),          # no firm named: that is the quarantine's
])
def test_a_third_party_may_add_people_of_organisations_we_deal_with(
    database: Database, row: dict[str, str], code: str | None
) -> None:
    put_firm(database)
    put_firm(database, "e2", company="Nimetön Paja Oy", business_id=None, email_domain=None)
    put(database, observation("o1", "provider_y", company="Toinen Oy", email="info@toinen.example"))  # a provider's word alone
    assert ask(database, row, {"email": "joku@virta.example"}).third_party_code.fillna("")[0] == (code or "")


@pytest.mark.parametrize(("row", "code"), [
    ({**ASA, "phone": ""}, None),                                    # by the mailbox
    ({**ASA, "email": "asa@koti.example"}, None),                   # by the mobile
    ({"full_name": "Olli Oja", "email": "olli@virta.example"}, "person_unknown"),
    ({"full_name": "Olli Oja", "phone": "09 542 1222"}, "person_unknown"),  # the switchboard is everybody's
    ({"full_name": "Pia Puro", "email": "pia@virta.example"}, "person_unknown"),  # another provider's word alone
    ({}, None),                                                      # the firm only
])
def test_a_third_party_may_only_update_people_we_know(database: Database, row: dict[str, str], code: str | None) -> None:
    firm = {"company": "Virta Oy", "business_id": "9900020-2"}
    put_firm(database, "o1")
    put_firm(database, "o2")
    put(database, observation("o1", "web", name="Åsa Åkerberg", email="asa@virta.example", phone="040 555 0101", **firm),
        observation("o2", "web", name="Åsa Åkerberg", phone="09 542 1222", **firm),
        observation("o3", "provider_y", name="Pia Puro", email="pia@virta.example", **firm))
    assert ask(database, row | firm, policy=may("update")).third_party_code.fillna("")[0] == (code or "")


def test_a_third_party_may_add_anyone_where_the_policy_says_so_and_our_own_feeds_always(database: Database) -> None:
    row = {**ASA, "company": "Vieras Oy"}
    assert ask(database, row, policy=may("add_anyone")).third_party_code.isna().all()
    assert ask(database, row, of=OWN).third_party_code.isna().all()
    assert ask(database, row).third_party_code.tolist() == ["organisation_unknown"]


def test_a_record_that_was_removed_is_known_by_its_key(database: Database) -> None:
    with database.writing("removals", "2026-11-24") as store:
        store.insert(suppressions, pd.DataFrame([{"record_key": "k1", "feed": "provider_x", "removal_id": "r",
                                                  "suppressed_on": "2026-11-01"}]))
    assert ask(database, ASA, ASA).is_suppressed.tolist() == [False, True]
