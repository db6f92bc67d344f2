"""The whole way on real formats: every sample delivery to the right contacts, value by value, then to a removal."""

import dagster as dg
import pandas as pd
import pytest
from sqlalchemy import select

from pipelines.build import build
from register.contacts import provenance
from register.intake.archive import Archive
from register.removal.copies import TABLES, Subject, all_copies
from register.removal.ledger import Ledger
from register.store.tables import (
    contacts,
    deliveries,
    engagements,
    observations,
    organisations,
    quarantine,
    removals,
    runs,
    suppressions,
    withheld,
)
from tests.pipelines.conftest import Lived

COUNTS = ["read", "accepted", "quarantined", "withheld", "values_waiting"]

EXPECTED = {  # day -> feed -> read, accepted, quarantined, withheld, values waiting
    "2026-11-05": {
        "web_inquiries": (1, 1, 0, 0, 0), "inquiry_list": (20, 18, 0, 2, 3), "assignments": (9, 9, 0, 0, 1),
        "provider_x": (16, 13, 0, 3, 1), "ytj": (7, 7, 0, 0, 0),
    },
    "2026-11-20": {
        "inquiry_list": (18, 15, 3, 0, 0), "quotation_requests": (1, 1, 0, 0, 0), "assignments": (4, 4, 0, 0, 0),
        "invoices": (8, 6, 1, 1, 0), "provider_x": (16, 13, 0, 3, 1),
    },
    "2026-11-23": {"web_inquiries": (1, 1, 0, 0, 0), "provider_x": (15, 12, 0, 3, 1), "ytj": (8, 8, 0, 0, 0)},
}

PEOPLE = {  # name -> company, business id, e-mail, phone, street, postcode, city
    "Åsa Åkerberg": ("Mäenpään Åkerberg Rakennus Oy", "9900001-8", "asa.akerberg@maenpaa.example", "+358401234567",
                     "Esimerkkikatu 18 B 52", "00100", "Helsinki"),
    "Matti Juhani Meikäläinen": ("Oy Köpare Ab", "9900002-6", "matti.meikalainen@kopare.example", "+358501234578",
                                 "PL 123", "00101", "Helsingfors"),
    "Anna-Liisa von Virtanen": ("Virtanen Tmi", "9900003-4", "anna.virtanen@luukku.com", "+358401234571",
                                "Testitie 4", "65100", "Vaasa"),
    "Åke Östman": ("Ostaja Öljy Oy", "9900012-2", "ake.ostman@ostaja.example", "+358401234572",
                   "Ostajankatu 2 A 5", "13100", "Hämeenlinna"),
    "Kalle Kolmas": ("Kolmas Ostaja Oy", "9900014-9", "kalle@kolmas.example", "+358505432658",
                     "Ostajankatu 2 A 5", "13100", "Hämeenlinna"),
}

DUE_PERSON = "Ritva Salmela"


def people(lived: Lived) -> pd.DataFrame:
    with lived.home.database.reading() as store:
        return store.read(select(contacts, organisations.c.company, organisations.c.business_id).outerjoin(
            organisations, organisations.c.organisation_id == contacts.c.organisation_id))


@pytest.mark.parametrize("day", EXPECTED)
def test_every_row_of_every_delivery_is_accounted_for(lived: Lived, day: str) -> None:
    with lived.home.database.reading() as store:
        rows = store.read(select(deliveries).where(deliveries.c.day == day, deliveries.c.is_held)).set_index("feed")
    assert {feed: tuple(int(value) for value in rows.loc[feed, COUNTS]) for feed in rows.index} == EXPECTED[day]
    assert (rows["read"] == rows["accepted"] + rows["quarantined"] + rows["withheld"]).all()


def test_the_figures_of_a_refresh_are_those_of_its_deliveries(lived: Lived) -> None:
    for day, feeds in EXPECTED.items():
        figures = lived.figures[day]
        read = {name: tuple(feed[count] for count in COUNTS) for name, feed in figures["feeds"].items()
                if feed["state"] == "read"}
        assert {name: read[name] for name in feeds} == feeds
        assert {feed["state"] for name, feed in figures["feeds"].items() if name not in feeds} <= {"absent"}


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_is_one_contact_with_the_right_values(lived: Lived, name: str) -> None:
    found = people(lived)
    one = found[found["full_name"] == name]
    assert len(one) == 1
    columns = ["company", "business_id", "email", "phone", "street", "postcode", "city"]
    assert tuple(one.iloc[0][columns]) == PEOPLE[name]


def test_every_value_says_where_it_comes_from(lived: Lived) -> None:
    person = people(lived).set_index("full_name").loc["Åke Östman"]
    sources = provenance.read(person["provenance"])
    assert sources["email"]["feed"] in ("invoices", "inquiry_list", "assignments", "provider_x")
    assert set(sources) >= {"full_name", "email", "phone", "street", "case_number"}
    assert {"feed", "day", "record_key", "why"} <= set(sources["email"])


def test_colleagues_on_one_switchboard_stay_apart(lived: Lived) -> None:
    found = people(lived)
    at_lumo = found[found["company"] == "Lumo Sähkö Oy"]
    assert sorted(at_lumo["full_name"]) == ["Jukka Lehto", "Kaisa Lehto"]
    assert at_lumo["phone"].nunique() == 1


def test_a_property_manager_is_five_contacts_and_one_person(lived: Lived) -> None:
    found = people(lived)
    manager = found[found["full_name"] == "Leena Hakala"]
    assert (len(manager), manager["business_id"].nunique(), manager["person_id"].nunique()) == (5, 5, 1)
    assert manager["marketing_ban"].all()


def test_a_role_mailbox_is_the_organisations_own(lived: Lived) -> None:
    found = people(lived)
    mailbox = found[found["email"] == "isannointi@koti.example"].iloc[0]
    assert pd.isna(mailbox["full_name"])
    assert (mailbox["company"], bool(mailbox["email_is_role"]), mailbox["email_2"]) == (
        "Kotikadun As. Oy", True, "laskut@koti.example")


def test_a_purchase_gives_the_sellers_contact_and_no_clerk_of_ours(lived: Lived) -> None:
    found = people(lived)
    assert (found["full_name"] == "Elina Vuori").sum() == 1
    assert not found["email"].str.endswith("@oma.example").any()
    with lived.home.database.reading() as store:
        bought = store.read(select(engagements).where(engagements.c.party == "partner"))
    assert bought["is_counted"].tolist() == [False]


def test_two_firms_of_one_man_stay_two_organisations_and_one_person(lived: Lived) -> None:
    found = people(lived)
    matti = found[found["full_name"] == "Matti Virtanen"]
    assert sorted(matti["business_id"]) == ["9900041-3", "9900042-1"]
    assert matti["person_id"].nunique() == 1


def test_an_organisation_known_by_name_keeps_its_id_when_its_business_id_arrives(lived: Lived) -> None:
    found = people(lived)
    assert found.loc[found["full_name"].eq("Maija Mallikas") & found["email"].notna(), "business_id"].tolist() == ["9900015-7"]


def test_no_identity_number_is_anywhere_in_the_home(lived: Lived) -> None:
    numbers = [b"010190-901R", b"810101-9012", b"010190901R"]
    for path in lived.home.path.rglob("*"):
        if path.is_file() and "samples" not in path.parts:
            content = path.read_bytes()
            assert not [number for number in numbers if number in content], path.name


def test_the_one_who_is_due_is_listed_then_gone_then_kept_out(lived: Lived) -> None:
    first, second, third = (lived.figures[day] for day in EXPECTED)
    assert [(figures["due"], figures["removed"]) for figures in (first, second, third)] == [
        (2, 0), (1, 1), (1, 0)]  # with a ceased firm's contact details, then somebody whom the provider lists no more
    assert third["feeds"]["provider_x"]["reasons"]["suppressed"] == 1
    found = people(lived)
    assert DUE_PERSON not in set(found["full_name"])
    assert "Hiljainen Paja Oy" not in set(found["company"])


def test_the_removed_is_in_no_copy_and_leaves_a_tombstone(lived: Lived) -> None:
    with lived.home.database.reading() as store:
        gone = store.read(select(suppressions))
        tombs = store.read(select(removals))
        subject = Subject.of(store, gone["record_key"], gone["record_key"].head(0))
        left = {copy.name: copy.find(store, subject) for copy in all_copies(Archive(lived.home.archive))}
        names = store.read(select(organisations.c.company))
    assert len(gone) == 3
    assert not any(left.values()) and {"archive", "redirects", *(copy.name for copy in TABLES)} <= set(left)
    tombs = tombs.set_index("rule").sort_index()
    assert (tombs.index.tolist(), tombs["removed_on"].tolist()) == (["after_last_contact", "ceased"], ["2026-11-20"] * 2)
    assert tombs.loc["after_last_contact", "records"] == 3
    assert "Hiljainen Paja Oy" not in set(names["company"])
    acts = list(Ledger(lived.home.ledger).entries())
    [swept] = [entry.act_id for entry in acts if entry.removals]
    assert [entry.what for entry in acts if entry.act_id == swept] == ["intended", "done"]
    assert not Ledger(lived.home.ledger).unfinished()


def test_nothing_of_the_removed_is_left_in_any_file_of_the_register(lived: Lived) -> None:
    for path in lived.home.path.rglob("*"):
        if path.is_file():
            content, shown = path.read_bytes(), path.relative_to(lived.home.path)
            assert b"salmela@hiljainenpaja" not in content and b"Hiljainen Paja" not in content, shown


def test_the_inbox_is_empty_and_the_archive_holds_what_the_deliveries_name(lived: Lived) -> None:
    assert not [path for path in lived.home.inbox.rglob("*") if path.is_file()]
    with lived.home.database.reading() as store:
        named = set(store.read(select(deliveries.c.archive_file)).archive_file.dropna())
    files = {str(path.relative_to(lived.home.archive)) for path in lived.home.archive.rglob("*.parquet")}
    assert files - named == {"ytj/lookup.parquet"}


def test_withheld_rows_are_counted_without_a_value(lived: Lived) -> None:
    with lived.home.database.reading() as store:
        rows = store.read(select(withheld).where(withheld.c.day == "2026-11-05"))
    assert sorted(rows["code"]) == ["organisation_unknown"] * 3 + ["own_people", "private_person"]
    assert set(rows.columns) == {"feed", "day", "file_no", "row_no", "code"}


def test_what_waits_says_why_and_shows_the_row_to_the_steward_only(lived: Lived) -> None:
    with lived.home.database.reading() as store:
        waits = store.read(select(quarantine))
    assert set(waits["code"]) == {"business_id_invalid", "channel_missing", "company_missing", "invoice_party_unknown",
                                  "phone_damaged"}
    assert set(waits.loc[waits["scope"] == "row", "code"]) == {"channel_missing", "company_missing", "invoice_party_unknown"}


def test_what_a_snapshot_lacks_is_withdrawn_and_kept_until_its_verdict(lived: Lived) -> None:
    with lived.home.database.reading() as store:
        gone = store.read(select(observations.c.full_name, observations.c.last_seen_on).where(observations.c.withdrawn))
    assert len(gone) == 1 and gone["last_seen_on"].tolist() == ["2026-11-05"]


def test_a_feeds_page_shows_the_numbers_before_the_last_days(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(lived.home.dagster))
    with dg.DagsterInstance.get() as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["observations", "provider_x"]))
    assert event is not None and event.asset_materialization is not None
    shown = [name for name in event.asset_materialization.metadata if "/" not in name]
    assert [shown[0], shown[1], shown[-1]] == ["Tila", "Luettu", "Viime päivät"]


def test_every_check_says_where_to_read_what_to_do(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(lived.home.dagster))
    keys = build(str(lived.home.path), None).resolve_asset_graph().asset_check_keys
    with dg.DagsterInstance.get() as instance:
        asked = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    evaluations = {key: record.evaluation for key, record in asked.items()}
    assert {key for key, said in evaluations.items() if said and "Mitä tehdä" in said.metadata} == set(keys)


def test_no_step_failed(lived: Lived) -> None:
    with lived.home.database.reading() as store:
        assert set(store.read(select(runs.c.state)).state) == {"done"}
