"""A row that a re-delivery of its own day lacks was never true: what becomes of it (design, rule 5), on both databases."""

from pathlib import Path
from typing import Any

import pytest

from register.home import Home
from register.intake.archive import Archive
from register.removal import copies
from register.store.tables import deliveries, engagements, holds, memberships, objections, observations, quarantine
from tests.builders import POLICY, deliver, make_home, read, table

FEEDS = """
[events]
kind = "assignment"
format = "csv"
key = ["Tunnus"]
[snapshot]
kind = "provider"
format = "csv"
key = ["Tunnus"]
[changes]
kind = "provider"
format = "csv"
gives = "changes"
key = ["Tunnus"]
"""
D2, D3, D4 = "2026-11-02", "2026-11-03", "2026-11-04"


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Home:
    policy = POLICY + '[admission]\nthird_party_may = "add_anyone"\nmax_shrink = 1.0\n'
    return make_home(tmp_path / "home", FEEDS, policy, database_url)


def row(number: int, city: str = "Turku", **other: str) -> dict[str, str]:
    return {"Tunnus": str(number), "Nimi": "Åsa Åkerberg", "Sähköposti": f"asa{number}@virta.example", "Yritys": "Virta Oy",
            "Y-tunnus": "9900020-2", "Postitoimipaikka": city, "Poistettu": ""} | other


def give(home: Home, feed: str, day: str, *rows: dict[str, str]) -> None:
    deliver(home, feed, day, list(rows) if rows else ";".join(row(1)) + "\n")
    read(home, feed, day, "backfill")


def held(home: Home, of: Any = observations) -> dict[str, tuple[str, str, str]]:
    """By e-mail's number: town, first day, last day."""
    found = table(home, of).dropna(subset=["email"])
    return {str(line["email"])[3]: (line["city"], line["first_seen_on"], line["last_seen_on"])
            for line in found.to_dict("records")}


@pytest.mark.parametrize("feed", ["events", "snapshot", "changes"])
def test_a_record_falls_back_to_the_nearest_earlier_day_that_holds_it(home: Home, feed: str) -> None:
    give(home, feed, D2, row(1, "Turku"), row(2))
    give(home, feed, D3, row(1, "Vaasa"), row(2))
    give(home, feed, D4, row(1, "Lahti"), row(2), row(3))
    assert held(home)["1"] == ("Lahti", D2, D4)
    give(home, feed, D4, row(2))
    assert held(home) == {"1": ("Vaasa", D2, D3), "2": ("Turku", D2, D4)}
    give(home, feed, D3, row(2))
    assert held(home)["1"] == ("Turku", D2, D2)
    give(home, feed, D2, row(2))
    assert set(held(home)) == {"2"}


@pytest.mark.parametrize("feed", ["events", "snapshot", "changes"])
def test_a_record_that_began_with_the_day_begins_later(home: Home, feed: str) -> None:
    give(home, feed, D2, row(1), row(2))
    give(home, feed, D3, row(2))
    give(home, feed, D4, row(1, "Lahti"), row(2))
    give(home, feed, D2, row(2))
    assert held(home) == {"1": ("Lahti", D4, D4), "2": ("Turku", D2, D4)}


def test_its_engagement_goes_the_same_way(home: Home) -> None:
    give(home, "events", D2, row(1), row(2))
    give(home, "events", D3, row(1), row(2))
    give(home, "events", D3, row(2))
    assert sorted(table(home, engagements)["last_seen_on"]) == [D2, D3]
    give(home, "events", D2, row(2))
    assert table(home, engagements)["last_seen_on"].tolist() == [D3]


def test_a_row_that_only_waits_now_was_never_let_in(home: Home) -> None:
    give(home, "snapshot", D2, row(1), row(2))
    give(home, "snapshot", D2, row(1, Nimi=""), row(2))
    assert set(held(home)) == {"2"}


def test_the_first_day_can_lose_all_its_rows(home: Home) -> None:
    give(home, "events", D2, row(1))
    give(home, "events", D2)
    assert held(home) == {} and table(home, engagements).empty


def test_contacts_learn_that_a_record_went(home: Home) -> None:
    give(home, "events", D2, row(1), row(2))
    [key] = table(home, observations).query("email == 'asa1@virta.example'")["record_key"]
    with home.database.writing("contacts", D2) as store:
        store.execute(memberships.insert().values(record_key=key, contact_id="c", first_contact_id="c", weight=1.0, rule="x",
                                                  decided_by="x", is_gone=False))
    give(home, "events", D2, row(2))
    assert table(home, memberships)["is_gone"].tolist() == [True]


HOLD = {"reason": "oikeudenkäynti", "owner": "Liisa Kaski", "review_on": "2027-01-01", "held_at": "2026-11-02T00:00:00"}
RESTRICTION = {"kind": "restriction", "objected_on": "2026-11-02"}


@pytest.mark.parametrize(("of", "said"), [(holds, HOLD), (objections, RESTRICTION)], ids=["held", "restricted"])
def test_a_record_of_which_nothing_may_go_stays_and_is_counted(home: Home, of: Any, said: dict[str, str]) -> None:
    give(home, "events", D2, row(1), row(2))
    [key] = table(home, observations).query("email == 'asa1@virta.example'")["record_key"]
    with home.database.writing("holds", D2) as store:
        store.execute(of.insert().values(record_key=key, **said))
    give(home, "events", D2, row(2))
    assert set(held(home)) == {"1", "2"}
    assert '"stayed": 1' in table(home, deliveries)["structure"][0]


def test_what_was_seen_before_the_archive_begins_stays(home: Home) -> None:
    give(home, "snapshot", D2, row(1))
    give(home, "snapshot", D3, row(1, "Vaasa"), row(2))
    with home.database.writing("expire", D3) as store:
        store.execute(deliveries.update().where(deliveries.c.day == D2).values(archive_file=None))
    give(home, "snapshot", D3, row(3))
    assert held(home) == {"1": ("Vaasa", D2, D3), "3": ("Turku", D3, D3)}
    assert '"stayed": 1' in table(home, deliveries).set_index("day").loc[D3, "structure"]


def removed(home: Home, numbers: set[int]) -> None:
    """Observations as an erasure leaves them: from every copy."""
    found = table(home, observations)
    keys = found.loc[found["email"].str[3].astype(int).isin(numbers), "record_key"]
    with home.database.writing("erase", D4) as store:
        copies.erase(store, Archive(home.archive), copies.Subject.of(store, keys, keys.head(0)))


@pytest.mark.parametrize("feed", ["events", "snapshot", "changes"])
def test_a_later_day_whose_rows_were_all_removed_is_not_taken_for_one_beyond_the_archive(home: Home, feed: str) -> None:
    give(home, feed, D2, row(1), row(2))
    give(home, feed, D3, row(3))
    removed(home, {3})
    give(home, feed, D2, row(1))
    assert set(held(home)) == {"1"} and "stayed\": 1" not in table(home, deliveries)["structure"][0]
    give(home, feed, D3, row(1), row(4))
    assert set(held(home)) == {"1", "4"}
    assert "is_beyond_archive" not in table(home, deliveries)["structure"][1]
    read(home, feed, [D2, D3], "backfill")
    assert set(held(home)) == {"1", "4"}


def test_a_day_of_which_nothing_is_left_is_replayed_added_to_and_replaced(home: Home) -> None:
    give(home, "events", D2, row(1))
    removed(home, {1})
    read(home, "events", D2, "backfill")
    assert held(home) == {}
    deliver(home, "events", D2, [row(2)])
    read(home, "events", D2, "backfill", adds=True)
    assert set(held(home)) == {"2"}
    give(home, "events", D2, row(3))
    assert set(held(home)) == {"3"}


def test_a_day_older_than_the_archive_adds_and_says_so(home: Home) -> None:
    give(home, "events", D2, row(1))
    with home.database.writing("expire", D2) as store:
        store.execute(deliveries.update().values(archive_file=None))
    give(home, "events", D2, row(2))
    assert set(held(home)) == {"1", "2"}
    assert '"is_beyond_archive": true' in table(home, deliveries)["structure"][0]


def test_a_deletion_that_was_never_true_is_taken_back(home: Home) -> None:
    give(home, "changes", D2, row(1))
    give(home, "changes", D3, row(1, Poistettu="x"), row(2, Poistettu="x"))
    assert table(home, observations)["withdrawn"].tolist() == [True, True]
    give(home, "changes", D3, row(3))
    found = table(home, observations)
    assert sorted(found["email"]) == ["asa1@virta.example", "asa3@virta.example"]
    assert not found["withdrawn"].any() and found["deleted_on"].isna().all()


def test_a_value_waits_again_when_the_deletion_that_closed_it_is_taken_back(home: Home) -> None:
    def waiting() -> list[tuple[str, str]]:
        return list(table(home, quarantine)[["code", "last_seen_on"]].itertuples(index=False, name=None))

    give(home, "changes", D2, row(1, Puhelin="040 55"))
    give(home, "changes", D3, row(1, Poistettu="x"))
    assert not waiting()
    give(home, "changes", D3, row(2))
    assert waiting() == [("phone_invalid", D2)]


def test_a_deletion_may_come_before_its_record(home: Home) -> None:
    give(home, "changes", D3, row(1, Poistettu="x"))
    assert table(home, observations)[["names_person", "withdrawn"]].values.tolist() == [[False, True]]
    give(home, "changes", D2, row(1))
    assert table(home, observations)[["email", "withdrawn"]].values.tolist() == [["asa1@virta.example", True]]
