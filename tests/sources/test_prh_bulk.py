"""The company registry's bulk: the sample value by value, the awkward facts of its format, and broken archives."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from register.errors import UnreadableDelivery
from register.sources import delivery as limits
from register.sources import prh_bulk
from tests.sources.build import DATA, frames, rows, texts, written

SAMPLE = {
    1: {"company": "Mäenpään Åkerberg Rakennus Oy", "business_id": "9900001-8", "website": "www.esimerkkirakennus.example",
        "street": "Esimerkkikatu 18 B 52", "postcode": "00100", "city": "HELSINKI",
        "parallel_names": "Ab Mäenpää-Åkerberg Bygg", "legal_form": "OY"},
    2: {"company": "Matti Mallikas Consulting Oy", "business_id": "9900020-2", "street": "Testitie 4 A 3a", "postcode": "65350",
        "city": "VAASA", "legal_form": "OY"},  # its c/o names a person
    3: {"company": "Konkurssi Testi Oy", "business_id": "9900021-0", "street": "Tehdastie 1", "postcode": "33100",
        "city": "TAMPERE", "situation": "KONK", "legal_form": "OY"},
    4: {"company": "Saneeraus Testi Ky", "business_id": "9900022-9", "situation": "SANE", "legal_form": "KY"},
    5: {"company": "Lakannut Testi Oy", "business_id": "9900005-0", "ceased_on": "2023-12-31", "legal_form": "OY"},
    6: {"company": "Ulkomaan Osoite Oy", "business_id": "9900023-7", "street": "Norgårdsvägen 3, SE-451 75, Uddevalla",
        "country": "SE", "legal_form": "OY"},
}


def companies(path: Path) -> Any:
    return texts(rows(path, format="prh_bulk", kind="registry"))


def zipped(folder: Path, content: str, name: str = "data_20261123.json") -> Path:
    path = folder / "all.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def test_sample() -> None:
    assert companies(DATA / "prh_v3_all_companies.zip") == SAMPLE


PLAIN = {"businessId": {"value": "9900056-0"}, "registeredEntries": [], "tradeRegisterStatus": "1", "status": "2",
         "lastModified": "2026-11-20T01:49:24"}
ENTRY = {"type": "4", "register": "1", "registrationDate": "2024-05-06", "endDate": None}
OFFICE = {"city": "VASA", "languageCode": "2"}
CASES: list[tuple[str, dict[str, Any], dict[str, str | None]]] = [
    ("all may be missing", {"website": None, "names": None}, {"company": None, "website": None, "street": None}),
    ("codes as numbers", {"names": [{"name": "Y Oy", "type": 1, "version": 1}], "companyForms": [{"type": 17}]},
     {"company": "Y Oy", "legal_form": "OYJ"}),
    ("codes as letters", {"companyForms": [{"type": "OY", "endDate": None}]}, {"legal_form": "OY"}),
    ("a form that has ended", {"companyForms": [{"type": "13", "endDate": "2020-01-01"}, {"type": "16"}]},
     {"legal_form": "OY"}),
    ("a form whose letters are not known", {"companyForms": [{"type": "26"}]}, {"legal_form": "26"}),
    ("an earlier name is not read", {"names": [{"name": "Vanha Oy", "type": "1", "version": 2, "endDate": "2020-01-01"}]},
     {"company": None}),
    ("the name in use before one that has ended", {"names": [
        {"name": "Vanha Oy", "type": "1", "version": 1, "endDate": "2020-01-01"},
        {"name": "Uusi Oy", "type": "1", "version": 1}]},
     {"company": "Uusi Oy"}),
    ("two parallel names, one ended", {"names": [
        {"name": name, "type": "2", "version": 1, "endDate": end}
        for name, end in (("A Ab", None), ("B Ltd", ""), ("C", "2020-1-1"))]},
     {"parallel_names": "A Ab ; B Ltd"}),
    ("ceased by an open entry", {"registeredEntries": [ENTRY]}, {"ceased_on": "2024-05-06"}),
    ("an entry that has ended", {"registeredEntries": [ENTRY | {"endDate": "2025-01-01"}]}, {"ceased_on": None}),
    ("another register's entry", {"registeredEntries": [ENTRY | {"register": "5"}]}, {"ceased_on": None}),
    ("the gravest of two situations", {"companySituations": [{"type": "SANE"}, {"type": "KONK", "endDate": None}]},
     {"situation": "KONK"}),
    ("an ended situation", {"companySituations": [{"type": "KONK", "endDate": "2021-02-01"}]}, {"situation": None}),
    ("a post box", {"addresses": [{"type": 2, "street": "", "postOfficeBox": "123", "postCode": "00101"}]},
     {"street": "PL 123", "postcode": "00101"}),
    ("the visiting address, wherever it stands", {"addresses": [
        {"type": 2, "street": "Postitie"}, {"type": 1, "street": "Käyntitie", "buildingNumber": "1"}]},
     {"street": "Käyntitie 1"}),
    ("an empty visiting address", {"addresses": [
        {"type": 1, "street": "", "postCode": ""}, {"type": 2, "street": "Postitie"}]}, {"street": "Postitie"}),
    ("c/o alone is no address", {"addresses": [{"type": 1, "co": "c/o Matti Mallikas", "street": None}]}, {"street": None}),
    ("a town in Swedish only", {"addresses": [{"type": 1, "street": "A", "postOffices": [OFFICE]}]}, {"city": "VASA"}),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_becomes_of(tmp_path: Path, said: dict[str, Any], expected: dict[str, str | None]) -> None:
    row = companies(zipped(tmp_path, json.dumps([PLAIN | said])))[1]
    assert {name: row.get(name) for name in expected} == expected


def test_no_person_of_an_address_is_read() -> None:
    said = rows(DATA / "prh_v3_all_companies.zip", format="prh_bulk", kind="registry")
    assert not said.apply(lambda column: column.str.contains("c/o", na=False)).any(axis=None)


def test_frames_are_bounded_and_numbers_run_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prh_bulk, "CHUNK", 4)
    parts = frames(DATA / "prh_v3_all_companies.zip", format="prh_bulk", kind="registry")
    assert [part.index.to_list() for part in parts] == [[1, 2, 3, 4], [5, 6]]


@pytest.mark.parametrize("block", range(1, 40))
def test_it_does_not_matter_where_a_block_of_the_file_ends(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(prh_bulk, "BLOCK", block)
    assert companies(DATA / "prh_v3_all_companies.zip") == SAMPLE


BROKEN = [
    ("cut off", json.dumps([PLAIN, PLAIN])[:-20], "broken_json", 2),
    ("no list", json.dumps({"companies": [PLAIN]}), "broken_json", 1),
    ("no companies", "[]", "broken_json", None),
    ("a list of something else", json.dumps([PLAIN, "x"]), "broken_json", 2),
    ("a list in a list", json.dumps([[PLAIN]]), "broken_json", 1),
    ("more behind the list", json.dumps([PLAIN]) + "{}", "broken_json", 2),
    ("no comma", json.dumps([PLAIN, PLAIN]).replace("}, {", "} {"), "broken_json", 2),
    ("a comma too many", json.dumps([PLAIN]).replace("]", ",]"), "broken_json", 1),
    ("a broken word", json.dumps([PLAIN, PLAIN])[:-2] + ", x: nul}, {}]", "broken_json", 2),
    ("nested without end", "[" * 100_000, "broken_json", 1),
    ("nested without end in a company", '[{"a":' + "[" * 100_000, "broken_json", 1),
]


@pytest.mark.parametrize(("content", "code", "row"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken(tmp_path: Path, content: str, code: str, row: int | None) -> None:
    with pytest.raises(UnreadableDelivery) as error:
        frames(zipped(tmp_path, content), format="prh_bulk", kind="registry")
    assert (error.value.code, error.value.row) == (code, row)


def test_archives_that_do_not_open(tmp_path: Path) -> None:
    whole = (DATA / "prh_v3_all_companies.zip").read_bytes()
    damaged = whole[:300] + bytes(40) + whole[340:]
    for content in (b"[]", whole[:900], damaged, zipped(tmp_path, "x", "lue.txt").read_bytes()):
        with pytest.raises(UnreadableDelivery) as error:
            frames(written(tmp_path, content, "all.zip"), format="prh_bulk", kind="registry")
        assert error.value.code == "broken_zip"


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path, " " * (limits.SMALL + 1))
    with pytest.raises(UnreadableDelivery) as error:
        frames(path, format="prh_bulk", kind="registry")
    assert (error.value.code, error.value.detail) == ("too_large", {"found": limits.SMALL + 1, "allowed": limits.SMALL})
