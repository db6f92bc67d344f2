"""Answers of web forms: the two plugins' samples value by value, and every way in which several come in one file."""

import json
from pathlib import Path
from typing import Any

import pytest

from register.errors import UnreadableDelivery
from tests.sources.build import DATA, frames, rows, texts, written

CONTACT_FORM = {
    "full_name": "Maija Mallikas", "company": "Kysyjä Oy", "email": "maija@kysyja.example", "phone": "050 123 4567",
    "unlisted.form_data": "123", "unlisted.form_data 2": "6.0", "unlisted.form_data 3": "fi",
    "unlisted.form_data 4": "wpcf7-f123-p10-o1", "unlisted.form_data 5": "10", "unlisted.notes": "Tarjouspyyntö",
    "unlisted.notes 2": "Hei", "unlisted.consent_to_terms": "1",
}
GRAVITY_FIELDS = {
    "first_name": "1.3", "last_name": "1.6", "email": "2", "phone": "3", "company": "4", "business_id": "5", "street": "6.1",
    "city": "6.3", "postcode": "6.5", "country": "6.6",
}
GRAVITY = {
    "first_name": "Maija", "last_name": "Mallikas", "company": "Kysyjä Oy", "business_id": "9900015-7",
    "email": "maija@kysyja.example", "phone": "050 123 4567", "street": "Ostajankatu 2", "postcode": "13100",
    "city": "Hämeenlinna", "country": "Finland", "event_on": "2026-11-03",
}


def forms(path: Path, **said: Any) -> Any:
    return texts(rows(path, format="webform", kind="quotation_request", **said))


def test_contact_form_7() -> None:
    assert forms(DATA / "cf7_post.json") == {1: CONTACT_FORM}  # acceptance is no marketing consent


def test_gravity_forms() -> None:
    entry = forms(DATA / "gravity_entry.json", columns=GRAVITY_FIELDS, key=("id",))[1]
    assert {label: text for label, text in entry.items() if not label.startswith(("unlisted", "column"))} == GRAVITY | {
        "key.1": "42"}
    assert entry["column 25"] == "Pyydämme tarjousta"


@pytest.mark.parametrize(("sent", "day"), [
    ("2026-11-03 07:12:00", "2026-11-03"),
    ("2026-11-03 22:30:00", "2026-11-04"),  # winter: two hours ahead of UTC
    ("2026-07-03 21:00:00", "2026-07-04"),  # summer: three
    ("2026-12-31 22:00:00", "2027-01-01"),
    ("eilen", "eilen"),
])
def test_an_instant_in_utc_becomes_a_day_in_helsinki(tmp_path: Path, sent: str, day: str) -> None:
    path = written(tmp_path, json.dumps({"your-email": "a@x.example", "date_created": sent}))
    assert forms(path)[1]["event_on"] == day


ONE, TWO = {"your-name": "Åsa", "your-email": "a@x.example"}, {"your-email": "b@x.example", "your-tel": "040"}
BOTH = {1: {"full_name": "Åsa", "email": "a@x.example"}, 2: {"email": "b@x.example", "phone": "040"}}


@pytest.mark.parametrize("content", [
    json.dumps([ONE, TWO]),
    "\ufeff" + json.dumps([ONE, TWO], ensure_ascii=False, indent=1),
    json.dumps(ONE) + "\n" + json.dumps(TWO) + "\n",
    json.dumps(ONE) + "\r\n\r\n" + json.dumps(TWO),
    json.dumps({"total_count": "2", "entries": [ONE, TWO]}),
], ids=["a list", "with a mark", "lines", "lines with blanks", "an answer of the form's API"])
def test_several_in_one_file(tmp_path: Path, content: str) -> None:
    assert forms(written(tmp_path, content)) == BOTH


def test_values_of_every_kind(tmp_path: Path) -> None:
    record = {
        "your-name": ["Åsa", "", "Ö"], "your-email": {"a": "matti@x.example"}, "your-phone": 401234567, "your-city": None,
        "deleted": True, "kenttä": False}
    assert forms(written(tmp_path, json.dumps(record))) == {1: {
        "full_name": "Åsa ; Ö", "phone": "401234567", "deleted": "1", "column 6": "0"}}


def test_half_an_emoji_is_a_lost_character_and_no_lost_answer(tmp_path: Path) -> None:
    assert forms(written(tmp_path, '{"your-name": "Åsa \\ud83d", "your-city": ["\\ud83d\\ude00", "\\ude00"]}'))[1] == {
        "full_name": "Åsa \ufffd", "city": "\U0001f600 ; \ufffd"}


BROKEN = [
    ("cut off", '[{"your-email": "a@x.example"', "broken_json", 1),
    ("a broken line", '{"your-email": "a@x.example"}\n{"your-', "broken_json", 2),
    ("no objects", '[{"your-email": "a@x.example"}, 7]', "broken_json", 2),
    ("a text", '"matti@x.example"', "broken_json", 1),
    ("a number without end", '{"your-phone": ' + "9" * 5_000 + "}", "broken_json", 1),
    ("nested without end", "[" * 200_000, "broken_json", None),
    ("no answers", "[]", "empty_file", None),
    ("blank", " \n", "empty_file", None),
    ("no known field", '{"kentta": "matti@x.example"}', "no_known_column", None),
    ("another encoding", b'{"your-name": "\xc5sa"}', "unknown_encoding", None),
]


@pytest.mark.parametrize(("content", "code", "row"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken(tmp_path: Path, content: str | bytes, code: str, row: int | None) -> None:
    with pytest.raises(UnreadableDelivery) as error:
        frames(written(tmp_path, content, "lomake.json"), format="webform", kind="inquiry")
    assert (error.value.code, error.value.row) == (code, row)
