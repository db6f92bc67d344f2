"""The alias tables say each word once, and every header row seen in practice becomes what this table says."""

import json
from collections import Counter

import pytest

from register.columns import CANONICAL
from register.sources import aliases, headers
from tests.sources.build import DATA, delivery, feed

SEEN = json.loads((DATA / "csv_header_rows.json").read_text(encoding="utf-8"))

BECOMES = {  # system -> kind of its feed, and canonical column -> delivered headers, best first; nothing else is kept
    "google_contacts_new": ("provider", {
        "first_name": ["First Name"], "last_name": ["Last Name"], "company": ["Organization Name"],
        "website": ["Website 1 - Value"], "email": ["E-mail 1 - Value"], "phone": ["Phone 1 - Value"],
        "street": ["Address 1 - Street"], "postcode": ["Address 1 - Postal Code"], "city": ["Address 1 - City"],
        "country": ["Address 1 - Country"]}),
    "google_contacts_old": ("provider", {
        "full_name": ["Name"], "first_name": ["Given Name"], "last_name": ["Family Name"], "company": ["Organization 1 - Name"],
        "email": ["E-mail 1 - Value"], "phone": ["Phone 1 - Value"], "street": ["Address 1 - Street"],
        "postcode": ["Address 1 - Postal Code"], "city": ["Address 1 - City"], "country": ["Address 1 - Country"]}),
    "outlook_google_dialect": ("provider", {
        "first_name": ["First Name"], "last_name": ["Last Name"], "company": ["Company"], "website": ["Web Page"],
        "email": ["E-mail Address", "E-mail 2 Address", "E-mail 3 Address"],
        "phone": ["Business Phone", "Business Phone 2", "Mobile Phone", "Primary Phone", "Company Main Phone", "Other Phone"],
        "street": ["Business Street"], "postcode": ["Business Postal Code"], "city": ["Business City"],
        "country": ["Business Country"]}),
    "outlook_desktop": ("provider", {
        "first_name": ["First Name"], "last_name": ["Last Name"], "company": ["Company"], "email": ["E-mail Address"],
        "phone": ["Business Phone", "Business Phone 2", "Mobile Phone", "Primary Phone", "Company Main Phone", "Other Phone"],
        "street": ["Business Street"], "postcode": ["Business Postal Code"], "city": ["Business City"],
        "country": ["Business Country/Region"]}),
    "linkedin_connections": ("provider", {
        "first_name": ["First Name"], "last_name": ["Last Name"], "company": ["Company"], "email": ["Email Address"]}),
    "apollo_people": ("provider", {
        "first_name": ["First Name"], "last_name": ["Last Name"], "company": ["Company"], "website": ["Website"],
        "email": ["Email"], "phone": ["Work Direct Phone", "Mobile Phone", "Corporate Phone", "Company Phone", "Other Phone"],
        "street": ["Company Address"], "city": ["Company City"], "country": ["Company Country"]}),
    "hubspot_contacts": ("provider", {
        "first_name": ["First Name"], "last_name": ["Last Name"], "company": ["Company Name", "Associated Company"],
        "email": ["Email"], "phone": ["Phone Number"], "country": ["Country/Region"]}),
    "companies_house_bulk": ("provider", {
        "company": ["CompanyName"], "business_id": [" CompanyNumber"], "street": ["RegAddress.AddressLine1"],
        "postcode": ["RegAddress.PostCode"], "city": ["RegAddress.PostTown"], "country": ["RegAddress.Country"]}),
    "ee_ariregister_lihtandmed": ("provider", {
        "company": ["nimi"], "business_id": ["ariregistri_kood"], "street": ["ettevotja_aadress"]}),
    "fi_heeros_asiakas": ("provider", {
        "full_name": ["Yhteyshenkilö"], "company": ["Nimi"], "business_id": ["Y-tunnus", "ALV-tunnus"],
        "email": ["YhteyshenkilöEmail"], "phone": ["YhteyshenkilöPuh"], "street": ["Laskutusosoite"],
        "postcode": ["Laskutuspostinro"], "city": ["Laskutuskaupunki"], "country": ["Laskutusmaa"]}),
    "fi_heeros_lasku": ("invoice", {
        "full_name": ["Yhteyshenkilö"], "company": ["Nimi"], "case_number": ["Tilausnumero"], "street": ["Laskutusosoite"],
        "postcode": ["Laskutuspostinro"], "city": ["Laskutuskaupunki"], "country": ["Laskutusmaa"],
        "event_on": ["Laskun päivä", "Tositepäivä"], "invoice_number": ["Laskunumero"], "invoice_type": ["Laskun tyyppi"]}),
    "fi_pupesoft_asiakas": ("provider", {
        "company": ["nimi"], "business_id": ["y-tunnus"], "email": ["sähköpostiosoite"], "phone": ["puhelin"],
        "street": ["katuosoite"], "postcode": ["postinumero"], "city": ["postitoimipaikka"], "country": ["maa"]}),
    "fi_fivaldi_yritysrekisteri_part": ("provider", {"company": ["NIMI1"], "phone": ["MATKAPUHELIN", "PUHELIN"]}),
    "fi_generic": ("provider", {
        "company": ["Nimi"], "business_id": ["Y-tunnus"], "email": ["Sähköposti"], "phone": ["Puhelin"]}),
    "fi_webropol_event": ("inquiry", {
        "first_name": ["Etunimi"], "last_name": ["Sukunimi"], "email": ["Sähköposti"], "phone": ["Matkapuhelin"],
        "event_on": ["Ilm.aika"]}),
    "gravity_forms_entry_tail": ("inquiry", {"event_on": ["Entry Date"]}),
    "vainu_base_csv_semicolon_latin1_partial_unordered": ("provider", {
        "company": ["Business name"], "business_id": ["Business ID"], "website": ["Website", "Description\nWebsite"],
        "phone": ["Phone"], "city": ["Visiting city"]}),
}

UNKNOWN = {"fi_webropol_event": ["column 1", "column 7"]}  # "#" and a header that is blank: nothing else is unknown


def test_every_system_seen_has_its_line() -> None:
    assert BECOMES.keys() == SEEN.keys()


@pytest.mark.parametrize("system", SEEN)
def test_header_row_seen_in_practice(system: str) -> None:
    kind, expected = BECOMES[system]
    delivered = SEEN[system]
    plan = headers.layout(delivered, delivery(DATA), feed(kind=kind))
    assert {name: [delivered[position] for position in positions] for name, positions in plan.kept.items()} == expected
    assert [label for label in plan.rest if label.startswith("column ")] == UNKNOWN.get(system, [])
    assert len(plan.rest) + sum(len(positions) for positions in plan.kept.values()) == len(delivered)


REFUSED = [
    "Home Phone", "Home Street", "Kotipuhelin", "Kotiosoite", "Hemtelefon", "Spouse", "Puoliso", "Children", "Assistant's Name",
    "Assistant's Phone", "Manager's Name", "Business Fax", "Faksi", "Pager", "Henkilötunnus", "Personbeteckning", "Birthday",
    "RegAddress.CareOf", "Job Title", "Tehtävänimike", "Liikevaihto (t€)", "Syntymäaika", "Other Street",
]


@pytest.mark.parametrize("header", REFUSED)
def test_known_and_refused(header: str) -> None:
    plan = headers.layout(["Sähköposti", header], delivery(DATA), feed())
    assert list(plan.kept) == ["email"]
    assert [label.split(".")[0] for label in plan.rest] == ["unlisted"]


OF_THE_RELATIONSHIP = [  # kind, header, canonical column
    ("assignment", "Tila", "event_status"), ("assignment", "Status", "event_status"),
    ("assignment", "Asianumero", "case_number"),
    ("assignment", "Päättynyt", "event_on"), ("assignment", "Ärendenummer", "case_number"), ("inquiry", "Pvm", "event_on"),
    ("inquiry", "Datum", "event_on"), ("inquiry", "Asiakas", "company"), ("quotation_request", "Tarjousnro", "case_number"),
    ("invoice", "Laskunumero", "invoice_number"), ("invoice", "Fakturadatum", "event_on"),
    ("invoice", "Viitteemme", "case_number"),
    ("invoice", "Myyjän Y-tunnus", "seller_id"), ("provider", "Markkinointikielto", "marketing_ban"),
    ("provider", "Suoramarkkinointi", "marketing_ban"), ("provider", "Reklamspärr", "marketing_ban"),
    ("provider", "Unsubscribed from all email", "marketing_ban"), ("provider", "Markkinointilupa", "marketing_consent"),
    ("provider", "Poistettu", "deleted"), ("provider", "isPrivateCustomer", "private_person"),
    ("provider", "Yksityisasiakas", "private_person"), ("provider", "Business ID / social security number", "business_id"),
]


@pytest.mark.parametrize(("kind", "header", "canonical"), OF_THE_RELATIONSHIP)
def test_facts_of_the_relationship(kind: str, header: str, canonical: str) -> None:
    assert headers.layout(["Sähköposti", header], delivery(DATA), feed(kind=kind)).kept[canonical] == (1,)


@pytest.mark.parametrize(("kind", "header"), [
    ("provider", "Status"), ("inquiry", "Tila"), ("provider", "Pvm"), ("provider", "Asianumero"), ("assignment", "Laskunumero"),
])
def test_a_fact_of_another_kind_is_only_counted(kind: str, header: str) -> None:
    plan = headers.layout(["Sähköposti", header], delivery(DATA), feed(kind=kind))
    assert list(plan.kept) == ["email"]
    assert list(plan.rest)[0].startswith("unlisted.")


def test_a_word_stands_in_one_place() -> None:
    said = [*aliases.KEPT.values(), *aliases.NOT_KEPT.values(), aliases.COMPANY_OR_PERSON]
    times = Counter(aliases.fold(header) for words in said for header in words)
    assert [word for word, count in times.items() if count > 1] == []
    assert aliases.KEPT.keys() == set(CANONICAL)


@pytest.mark.parametrize("name", CANONICAL)
def test_a_canonical_name_is_its_own_alias(name: str) -> None:
    assert aliases.RANKS[aliases.fold(name)][0] == name
