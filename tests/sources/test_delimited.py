"""Text files as they really come: the same rows whatever the encoding, separator, line ends, case and order of columns."""

import random
from pathlib import Path

import pytest

from register.errors import UnreadableDelivery
from register.sources.delivery import CHUNK
from tests.sources.build import DATA, frames, rows, texts, written

PROVIDER = {  # what each of the four provider files says
    2: {"full_name": "Åkerberg, Åsa", "company": "Mäenpään Åkerberg Rakennus Oy", "business_id": "9900001-8",
        "email": "asa.akerberg@maenpaa.example", "phone": "040-123 4567 ; (09) 542 1222", "street": "Esimerkkikatu 18 B 52",
        "postcode": "00100", "city": "Helsinki", "key.1": "9900001-8", "unlisted.job_title": "Toimitusjohtaja",
        "unlisted.revenue": "1 234,5", "unlisted.changed": "3.11.2026"},
    3: {"full_name": "Meikäläinen Matti Juhani", "company": "Oy Köpare Ab", "business_id": "99000026",
        "email": "matti.meikalainen(at)kopare.example", "phone": "+358 (0)50 123 4578", "street": "PL 123", "postcode": "00101",
        "city": "HELSINGFORS", "key.1": "99000026", "unlisted.job_title": "hallintojoht.", "unlisted.revenue": "-12,0",
        "unlisted.changed": "03.11.26"},
    4: {"full_name": "Anna-Liisa von Virtanen", "company": "Virtanen Tmi", "business_id": "9900003-4",
        "email": "anna.virtanen@luukku.com", "phone": "358401234571", "street": "Testitie 4", "postcode": "100",
        "city": "Vaasa", "key.1": "9900003-4", "unlisted.job_title": "yrittäjä"},
    5: {"full_name": "Isännöitsijä", "company": "Kotikadun As. Oy", "business_id": "FI99000042",
        "email": "isannointi@koti.example;laskut@koti.example", "phone": "4.01235E+08 ; 0401234577 / 09 123456",
        "street": "c/o Isännöinti Oy, Kotikatu 1", "postcode": "33100", "city": "TAMPERE", "key.1": "FI99000042",
        "unlisted.revenue": "0", "unlisted.changed": "2026-11-03"},
}
HYPHENS = str.maketrans("–−", "--")  # the old code page has no others


@pytest.mark.parametrize("name", [
    "provider_fi_utf8bom.csv", "provider_fi_cp1252.csv", "provider_fi_cp850.csv", "provider_fi_tab_utf16.txt",
])
def test_the_same_table_in_four_encodings(name: str) -> None:
    said = texts(rows(DATA / name, key=("Y-tunnus",)))
    assert {row: {label: text.translate(HYPHENS) for label, text in cells.items()} for row, cells in said.items()} == PROVIDER


TABLE = [["Yritys", "Yhteyshenkilö", "Sähköposti", "Kaupunki"],
         ["Öljy Oy", "Åke Östman", "ake@oljy.example", "Hämeenlinna"],
         ["Köpare Ab", "Märta Öst", "marta@kopare.example", "Åbo"]]
SAID = [{"full_name": "Åke Östman", "company": "Öljy Oy", "email": "ake@oljy.example", "city": "Hämeenlinna"},
        {"full_name": "Märta Öst", "company": "Köpare Ab", "email": "marta@kopare.example", "city": "Åbo"}]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "mac_roman", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_spelling_of_the_same_table(tmp_path: Path, separator: str, line_end: str, encoding: str) -> None:
    order = random.Random(separator + line_end + encoding).sample(range(4), 4)
    table = [[row[position] for position in order] for row in TABLE]
    table[0] = [header.upper() for header in table[0]]
    content = "".join(separator.join(row) + line_end for row in table)
    assert list(texts(rows(written(tmp_path, content, encoding=encoding))).values()) == SAID


def test_titles_above_the_header() -> None:
    assert texts(rows(DATA / "linkedin_connections.csv")) == {5: {
        "first_name": "Åsa", "last_name": "Åkerberg", "company": "Mäenpään Åkerberg Rakennus Oy",
        "unlisted.social_media": "https://www.linkedin.com/in/example", "unlisted.job_title": "CEO",
        "unlisted.contacting": "05 Oct 2026"}}


NUMBERED = [  # content below `Etunimi;Sukunimi`, row number -> first name
    ("blank lines are counted and left out", "\nÅsa;Ö\n\n;\nEila;K\n\n", {3: "Åsa", 6: "Eila"}),
    ("a line break in quotes is one record", 'Åsa;"Ö\nK"\nEila;K\n', {2: "Åsa", 3: "Eila"}),
    ("the last line may end nowhere", "Åsa;Ö", {2: "Åsa"}),
    ("a quote inside a text is a quote", 'Åsa 5";Ö\nEila;K\n', {2: 'Åsa 5"', 3: "Eila"}),
    ("doubled quotes", '"Åsa ""A""";Ö\n', {2: 'Åsa "A"'}),
]


@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in NUMBERED], ids=[case[0] for case in NUMBERED])
def test_rows_keep_their_numbers(tmp_path: Path, content: str, expected: dict[int, str]) -> None:
    assert rows(written(tmp_path, "Etunimi;Sukunimi\n" + content))["first_name"].to_dict() == expected


def test_line_breaks_in_headers(tmp_path: Path) -> None:
    content = '"Business\nname";"Description\nWebsite";"Description\nLinkedIn"\nÖljy Oy;oljy.example;x\n'
    path = written(tmp_path, content, encoding="cp1252")
    assert texts(rows(path)) == {2: {"company": "Öljy Oy", "website": "oljy.example", "unlisted.social_media": "x"}}


def test_a_header_alone_shows_its_structure(tmp_path: Path) -> None:
    frame, = frames(written(tmp_path, "Etunimi;Sukunimi;Titteli\r\n\r\n"))
    assert (list(frame), len(frame)) == (["first_name", "last_name", "unlisted.job_title"], 0)


def test_frames_are_bounded_and_numbers_run_on(tmp_path: Path) -> None:
    path = written(tmp_path, "Etunimi;Sukunimi\n" + "Åsa;Ö\n" * (CHUNK + 5))
    parts = frames(path)
    assert [len(part) for part in parts] == [CHUNK, 5]
    assert [number for part in parts for number in part.index] == list(range(2, CHUNK + 7))


def test_a_late_byte_tells_the_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, "Etunimi;Sukunimi\n" + "Eila;K\n" * 300_000 + "Åke;Östman\n", encoding="cp1252")
    assert rows(path).iloc[-1].to_list() == ["Åke", "Östman"]


HEADER = "Etunimi;Sukunimi\n"
BROKEN: list[tuple[str, str | bytes, str, int | None, dict[str, int]]] = [
    ("too many columns", HEADER + "Åsa;Ö\nEila;K;040\n", "broken_table", 3, {"found": 3, "allowed": 2}),
    ("too few", HEADER + "Åsa;Ö\n\nEila\n", "broken_table", 4, {"found": 1, "allowed": 2}),
    ("half a quote to the end", HEADER + 'Åsa;Ö\nEila;"K\nB;C\n', "broken_table", 3, {"found": 1, "allowed": 2}),
    ("half a quote that swallows a row", HEADER + 'Åsa;"Ö\nEila;K\nB;"C"\n', "broken_table", 2, {"found": 1, "allowed": 2}),
    ("a NUL byte", HEADER + "Åsa;Ö\nEi\0la;K\n", "broken_table", 3, {"found": 2, "allowed": 2}),
    ("an endless value", HEADER + "Åsa;" + "Ö" * 140_000 + "\n", "too_large", 2, {"found": 280_000, "allowed": 131_072}),
    ("a value longer than two blocks", HEADER + "Åsa;" + "ö" * 9_000_000 + "\n", "too_large", 2,
     {"found": 18_000_000, "allowed": 131_072}),
    ("half a quote that swallows much", HEADER + 'Åsa;"Ö\n' + "Eila;K\n" * 30_000, "broken_table", 2,
     {"found": 1, "allowed": 2}),
    ("too many headers", "Etunimi;" * 2_000 + "\n", "too_large", None, {"found": 2_001, "allowed": 2_000}),
    ("nothing", "", "empty_file", None, {}),
    ("blank", " \r\n\r\n", "empty_file", None, {}),
    ("a mark alone", b"\xef\xbb\xbf", "empty_file", None, {}),
    ("no header row", "Matti;Virtanen;matti@x.example\nÅsa;Ö;asa@x.example\n", "no_header_row", 1, {}),
    ("no known word", "Matti;Virtanen\nÅsa;Ö\n", "no_known_column", None, {"found": 2}),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "unknown_encoding", None, {}),
    ("half a character of UTF-16", HEADER.encode("utf-16") + b"x", "unknown_encoding", None, {}),
    ("UTF-32", HEADER.encode("utf-32"), "unknown_encoding", None, {}),
    ("UTF-8's mark on something else", b"\xef\xbb\xbfEtunimi;Sukunimi\n\xc5sa;\xd6\n", "unknown_encoding", None, {}),
]


@pytest.mark.parametrize(("content", "code", "row", "detail"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken_files(tmp_path: Path, content: str | bytes, code: str, row: int | None, detail: dict[str, int]) -> None:
    with pytest.raises(UnreadableDelivery) as error:
        frames(written(tmp_path, content))
    assert (error.value.code, error.value.row, error.value.detail) == (code, row, detail)


def test_several_kinds_of_records_are_no_table() -> None:
    with pytest.raises(UnreadableDelivery) as error:
        frames(DATA / "heeros_laskut.csv")
    assert (error.value.code, error.value.row) == ("broken_table", 2)
