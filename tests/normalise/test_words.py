"""Yes and no, open and closed: what may be guessed and what never."""

import pytest

from register.normalise import website, words
from tests.normalise.frames import read

BANNED = {
    "K": True, "x": True, "1": True, "1.0": True, "true": True, "ei saa": True, "Kyllä": True, "ja": True, "n/a": True,
    "?": True, "katso liite": True, "ei ; K": True,
    "0": False, "0.0": False, "ei": False, "E": False, "no": False, "false": False, "Nej": False, "-": False, "sallittu": False,
    "": False, None: False, "ei ; -": False,
}


@pytest.mark.parametrize(("delivered", "banned"), BANNED.items())
def test_what_is_not_clearly_no_ban_is_one(delivered: str | None, banned: bool) -> None:
    assert read(words.normalise, ("marketing_ban",), marketing_ban=delivered) == (banned,)


CLEAR_YES = {"K": True, "kyllä": True, "x": True, "1": True, "TRUE": True, "Ja": True, "yes": True,
             "ei": False, "0": False, "ehkä": False, "n/a": False, "": False, None: False, "K ; ei": False}


@pytest.mark.parametrize(("delivered", "said"), CLEAR_YES.items())
def test_consent_and_deletion_need_a_clear_yes(delivered: str | None, said: bool) -> None:
    answers = read(words.normalise, ("marketing_consent", "deleted"), marketing_consent=delivered, deleted=delivered)
    assert answers == (said, said)


def test_the_word_deleted_is_a_yes_of_its_column_only() -> None:
    assert read(words.normalise, ("marketing_consent", "deleted"), marketing_consent="poistettu", deleted="Poistettu") == (
        False, True)


STATUS = {"avoin": "open", "Kesken": "open", "ÖPPEN": "open", "päättynyt": "closed", "suljettu": "closed", "VALMIS": "closed",
          "stängd": "closed", "closed": "closed", "In progress": "open", "ehkä": None, "-": None, None: None}


@pytest.mark.parametrize(("delivered", "status"), STATUS.items())
def test_a_status_is_open_closed_or_missing(delivered: str | None, status: str | None) -> None:
    assert read(words.normalise, ("event_status",), event_status=delivered) == (status,)


FACTS = [
    ("case_number", "  A  12 ", "A 12"), ("case_number", "150126-0012", "150126-0012"), ("case_number", "-", None),
    ("case_number", "T-1 ; T-2", "T-1"), ("invoice_number", " 2026-15 ", "2026-15"), ("invoice_type", "inv01", "INV01"),
    ("party", "Asiakas", "customer"), ("party", "partner", "partner"), ("party", "neither", "neither"),
    ("party", "muu", None),
]


@pytest.mark.parametrize(("column", "delivered", "expected"), FACTS)
def test_facts_of_the_relationship_keep_their_text(column: str, delivered: str, expected: str | None) -> None:
    assert read(words.normalise, (column,), **{column: delivered}) == (expected,)


SITES = [("HTTPS://WWW.Kopare.example/", "www.kopare.example"), ("kopare.example/Yhteys", "kopare.example/Yhteys"),
         ("http://kopare.example ; http://muu.example", "kopare.example"), ("ei www-sivuja", None),
         ("matti@kopare.example", None), ("n/a", None)]


@pytest.mark.parametrize(("delivered", "expected"), SITES)
def test_a_website_has_no_scheme(delivered: str, expected: str | None) -> None:
    assert read(website.normalise, ("website",), website=delivered) == (expected,)
