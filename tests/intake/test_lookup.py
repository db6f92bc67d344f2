"""A registry's bulk is a look-up: the newest one is kept, company data only, and read for the firms that are known."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest

from register.home import Home
from register.intake import lookup
from register.intake.archive import LOOKUP
from register.removal import erasure
from register.removal.requests import Request
from register.store.tables import contacts, deliveries, observations, withheld
from tests.builders import FEEDS, POLICY, counts, deliver, desk, make_home, read, records_of, refreshed, table
from tests.conftest import prepared

D4, D5, D6 = "2026-11-04", "2026-11-05", "2026-11-06"
REGISTRY = FEEDS + '[ytj]\nkind = "registry"\nformat = "prh_bulk"\n'
FIRMS = {"9900020-2": "Virta Oy", "9900001-8": "Koski Oy", "9900002-6": "Joki Oy", "9900003-4": "Lampi Oy"}


@prepared
def home(path: Path, database_url: str | None) -> Home:
    home = make_home(path, REGISTRY, POLICY, database_url)
    deliver(home, "assignments", D4, [{"Yritys": "Virta Oy", "Y-tunnus": "9900020-2"}])
    read(home, "assignments", D4)
    return home


def company(business_id: str, name: str, **other: Any) -> dict[str, Any]:
    return {"businessId": {"value": business_id}, "registeredEntries": [], "tradeRegisterStatus": "1", "status": "2",
            "lastModified": "2026-11-01T00:00:00", "names": [{"name": name, "type": "1", "version": 1}],
            "addresses": [{"type": 1, "street": "Testitie", "buildingNumber": "1", "postCode": "00100", "co": "Åsa Åkerberg",
                           "postOffices": [{"city": "HELSINKI", "languageCode": "1"}]}]} | other


def bulk(home: Home, day: str, firms: dict[str, str] | bytes, name: str = "all.zip") -> Path:
    folder = home.inbox / "ytj" / day
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if isinstance(firms, bytes):
        path.write_bytes(firms)
    else:
        with ZipFile(path, "w") as archive:
            archive.writestr("all.json", json.dumps([company(*firm) for firm in firms.items()]))
    return path


def newest(home: Home) -> tuple[str, list[str]] | None:
    at = desk(home)
    with home.database.reading() as store:
        found = lookup.newest(at, store)
    return found and (found.day, found.companies["company"].tolist())


def test_firms_that_are_known_are_read_the_others_passed_over(home: Home) -> None:
    path = bulk(home, D5, FIRMS)
    assert newest(home) is None
    read(home, "ytj", D5)
    found = counts(home, "ytj", D5)
    assert (found["state"], found["read"], found["accepted"], found["withheld"]) == ("read", 1, 1, 0)
    assert '"passed_over": 3' in table(home, deliveries).set_index("feed").loc["ytj", "structure"]
    assert table(home, withheld).empty and set(table(home, observations)["feed"]) == {"assignments"}
    assert newest(home) == (D5, ["Virta Oy"])
    assert not path.exists()


def test_a_person_in_an_address_is_cut(home: Home) -> None:
    bulk(home, D5, FIRMS)
    read(home, "ytj", D5)
    assert "kerberg" not in pq.read_table(home.archive / "ytj" / LOOKUP).to_pandas().to_string()


def test_a_sole_trader_whom_the_register_does_not_know_is_not_in_it(home: Home) -> None:
    bulk(home, D5, FIRMS | {"9900001-8": "Tmi Åsa Åkerberg", "9900020-2": "Virta Tmi"})
    read(home, "ytj", D5)
    assert counts(home, "ytj", D5)["read"] == 1
    assert held_firms(home) == {"9900020-2", "9900002-6", "9900003-4"}


def test_a_sole_trader_goes_from_it_with_their_person(home: Home) -> None:
    deliver(home, "inquiries", D4, [{"Nimi": "Åsa Åkerberg", "Yritys": "Tmi Åsa Åkerberg", "Y-tunnus": "9900001-8",
                                     "Sähköposti": "asa@akerberg.example", "Päivä": "3.11.2026"}])
    bulk(home, D4, FIRMS | {"9900001-8": "Tmi Åsa Åkerberg"})
    refreshed(home, D4)
    assert "9900001-8" in held_firms(home)
    everybody = table(home, contacts)["contact_id"].tolist()
    asked = Request(date(2026, 11, 5), "puhelimessa", "Liisa Kaski", "kone")
    done = erasure.erase(home, home.policy(), records_of(home, everybody), "all", asked, date(2026, 11, 5))
    assert done.proof is not None and done.proof.is_clean
    assert held_firms(home) == set(FIRMS) - {"9900001-8"} and newest(home) == (D4, ["Virta Oy"])
    bulk(home, D5, FIRMS | {"9900001-8": "Tmi Åsa Åkerberg"})
    read(home, "ytj", D5)
    assert held_firms(home) == set(FIRMS) - {"9900001-8"}


def test_a_sole_trader_who_is_erased_while_it_is_written_is_not_in_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(home, "inquiries", D4, [{"Nimi": "Åsa Åkerberg", "Yritys": "Tmi Åsa Åkerberg", "Y-tunnus": "9900001-8",
                                     "Sähköposti": "asa@akerberg.example", "Päivä": "3.11.2026"}])
    refreshed(home, D4)
    bulk(home, D5, FIRMS | {"9900001-8": "Tmi Åsa Åkerberg"})
    written = lookup._write

    def meanwhile(*arguments: Any) -> Any:
        done = written(*arguments)
        asked = Request(date(2026, 11, 5), "puhelimessa", "Liisa Kaski", "kone")
        everybody = records_of(home, table(home, contacts)["contact_id"])
        erasure.erase(home, home.policy(), everybody, "all", asked, date(2026, 11, 5))
        return done

    monkeypatch.setattr(lookup, "_write", meanwhile)
    read(home, "ytj", D5)
    assert held_firms(home) == set(FIRMS) - {"9900001-8"} and newest(home) == (D5, ["Virta Oy"])
    assert counts(home, "ytj", D5)["read"] == 1


def held_firms(home: Home) -> set[str]:
    return set(pq.read_table(home.archive / "ytj" / LOOKUP)["business_id"].to_pylist())


def test_only_the_newest_days_table_is_kept_whatever_comes_later(home: Home) -> None:
    for day, name in ((D5, "Virta Oy"), (D4, "Vanha Virta Oy"), (D6, "Uusi Virta Oy")):
        bulk(home, day, FIRMS | {"9900020-2": name})
        read(home, "ytj", day, "backfill")
        assert newest(home) == ((D6, ["Uusi Virta Oy"]) if day == D6 else (D5, ["Virta Oy"]))
    assert [path.name for path in (home.archive / "ytj").iterdir()] == [LOOKUP]


@pytest.mark.parametrize(("firms", "code"), [(b"PK broken", "broken_zip"), (dict(list(FIRMS.items())[:2]), "shrunk")])
def test_what_cannot_be_read_or_believed_is_set_aside_and_the_table_stays(
    home: Home, firms: dict[str, str] | bytes, code: str
) -> None:
    bulk(home, D5, FIRMS)
    read(home, "ytj", D5)
    path = bulk(home, D6, firms)
    read(home, "ytj", D6)
    assert (counts(home, "ytj", D6)["state"], counts(home, "ytj", D6)["code"]) == ("set aside", code)
    assert newest(home) == (D5, ["Virta Oy"]) and path.exists()


def test_a_second_set_aside_bulk_is_held_to_the_same_size(home: Home) -> None:
    """What waits for a day that is held must not make it look small."""
    for firms in (FIRMS, {}, dict(list(FIRMS.items())[:2])):
        bulk(home, D5, firms)
        read(home, "ytj", D5)
    assert counts(home, "ytj", D5)["code"] == "shrunk" and newest(home) == (D5, ["Virta Oy"])


def test_a_fault_while_reading_sets_it_aside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(*_: Any) -> Any:
        raise ValueError("Åsa Åkerberg")

    monkeypatch.setattr("register.intake.lookup.normalise.rows", raising)
    bulk(home, D5, FIRMS)
    read(home, "ytj", D5)
    assert counts(home, "ytj", D5)["code"] == "reader_failed"
    assert [path.name for path in home.archive.rglob("*") if path.parent.name == "ytj"] == []


def test_a_backfill_without_a_new_bulk_leaves_the_table(home: Home) -> None:
    bulk(home, D5, FIRMS)
    read(home, "ytj", D5)
    read(home, "ytj", [D4, D5, D6], "backfill")
    assert newest(home) == (D5, ["Virta Oy"])
