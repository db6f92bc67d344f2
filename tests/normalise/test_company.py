"""Company names: legal forms wherever they stand, and what names no company."""

import pandas as pd
import pytest

from register.normalise import company
from tests.normalise.frames import read

KEYS = [
    ("Oy Köpare Ab", "kopare"),
    ("KÖPARE OY", "kopare"),
    ('"Köpare" Oy Ab (publ)', "kopare"),
    ("Mäenpään Åkerberg Rakennus Oy", "maenpaan akerberg rakennus"),
    ("Kotikatu Oy", "kotikatu"),
    ("As Oy Kotikatu", "asoy kotikatu"),
    ("Asunto Oy Kotikatu", "asoy kotikatu"),
    ("Kotikatu As. Oy", "asoy kotikatu"),
    ("Bostads Ab Hemgatan", "asoy hemgatan"),
    ("Kiinteistö Oy Kotikatu", "koy kotikatu"),
    ("Koy Kotikatu", "koy kotikatu"),
    ("Turun Seura r.y.", "turun seura"),
    ("Verkkokauppa.com Oyj", "verkkokauppa com"),
    ("Oy A-Lehdet Ab", "a lehdet"),
    ("O'Briens Ltd", "obriens"),
    ("Hansen Bygg AS", "hansen bygg"),
    ("As Hansen Bygg", "as hansen bygg"),
    ("Texas Oy", "texas"),
    ("Null", "null"),
    ("Oy Ab", "oy ab"),
]


@pytest.mark.parametrize(("delivered", "key"), KEYS)
def test_the_key_folds_case_accents_signs_and_legal_form(delivered: str, key: str) -> None:
    columns = ("company", "company_key", "is_sole_trader", "company_code")
    assert read(company.normalise, columns, company=f"  {delivered} ") == (delivered, key, False, None)


def test_quotation_marks_around_a_whole_name_are_not_shown() -> None:
    assert read(company.normalise, ("company", "company_key"), company='"Köpare Oy"') == ("Köpare Oy", "kopare")


SOLE_TRADERS = [("Virtanen Matti T:mi", "virtanen matti"), ("Tmi Matti Virtanen", "matti virtanen"),
                ("VIRTANEN TMI", "virtanen"), ("Toiminimi Virtanen", "virtanen"), ("Hansen Bygg ENK", "hansen bygg"),
                ("Enskild firma Öhman", "ohman")]


@pytest.mark.parametrize(("delivered", "key"), SOLE_TRADERS)
def test_a_sole_trader_is_flagged(delivered: str, key: str) -> None:
    assert read(company.normalise, ("company_key", "is_sole_trader"), company=delivered) == (key, True)


NO_COMPANY = ["-", "n/a", "ei ole", ".", "", "yksityinen", "Yksityishenkilö", "private", "Privatperson", "Kuluttaja"]


@pytest.mark.parametrize("delivered", NO_COMPANY)
def test_what_names_no_company_is_missing(delivered: str) -> None:
    assert read(company.normalise, ("company", "company_key", "is_sole_trader"), company=delivered) == (None, None, False)


EVIDENCE = {
    "yksityishenkilö": True, "YKSITYISASIAKAS": True, "Privatperson": True, "private person": True, "yksityinen henkilö": True,
    "yksityinen": False, "private": False, "-": False, "kuluttaja": False, "Yksityispalvelut Oy": False, None: False,
}


def test_only_words_that_clearly_say_a_private_person_are_evidence() -> None:
    said = company.says_private(pd.Series(list(EVIDENCE), dtype="str"))
    assert said.dtype == bool
    assert said.tolist() == list(EVIDENCE.values())
