"""Addresses: what spreadsheets did to postcodes, whose name stands in the street, which country."""

import pytest

from register.normalise import address
from tests.normalise.frames import read

POSTCODES = [
    # region, country, delivered, postcode, city, code
    ("FI", None, "00100", "00100", None, None),
    ("FI", None, "100", "00100", None, None),
    ("FI", None, "100.0", "00100", None, None),
    ("FI", None, "33100.0", "33100", None, None),
    ("FI", None, "1300", "01300", None, None),
    ("FI", None, "00 100", "00100", None, None),
    ("FI", None, "FI-00100", "00100", None, None),
    ("FI", None, "FIN-00100 HELSINKI", "00100", "Helsinki", None),
    ("FI", None, "12", None, None, "postcode_invalid"),
    ("FI", None, "00000", None, None, "postcode_invalid"),
    ("FI", None, "Helsinki", None, None, "postcode_invalid"),
    ("FI", None, "999999", None, None, "postcode_invalid"),
    ("FI", None, "-", None, None, None),
    ("FI", "Ruotsi", "123 45", "123 45", None, None),
    ("FI", "Canada", "k1a 0b1", "K1A 0B1", None, None),
    ("FI", "Narnia", "12", "12", None, None),
    ("SE", None, "12345.0", "12345", None, None),
    ("SE", "Finland", "100", "00100", None, None),
    ("SE", "Suomi", "12", None, None, "postcode_invalid"),
]


@pytest.mark.parametrize(("region", "country", "delivered", "postcode", "city", "code"), POSTCODES)
def test_finnish_postcodes_have_five_digits_others_are_kept(
    region: str, country: str | None, delivered: str, postcode: str | None, city: str | None, code: str | None
) -> None:
    columns = ("postcode", "city", "postcode_code")
    assert read(address.normalise, columns, region, postcode=delivered, country=country) == (postcode, city, code)


STREETS = [
    ("Esimerkkikatu 18 B 52", "Esimerkkikatu 18 B 52"),
    ("PL 123", "PL 123"),
    ("c/o Isännöinti Oy, Kotikatu 1", "Kotikatu 1"),
    ("Kotikatu 1 c/o Matti Meikäläinen", "Kotikatu 1"),
    ("Kotikatu 1\nC/O Matti Meikäläinen", "Kotikatu 1"),
    ("c/o Matti Meikäläinen Kotikatu 1", None),
    ("att. Matti Meikäläinen, Testitie 4", "Testitie 4"),
    ("Attila-katu 2", "Attila-katu 2"),
    ("Testitie 4 ; PL 5", "Testitie 4, PL 5"),
    ("-", None),
]


@pytest.mark.parametrize(("delivered", "street"), STREETS)
def test_who_takes_the_post_is_cut_from_the_street(delivered: str, street: str | None) -> None:
    assert read(address.normalise, ("street",), street=delivered) == (street,)


CITIES = [("HELSINGFORS", None, "Helsingfors"), ("UUSI-VALAMO", None, "Uusi-Valamo"), ("Turku", None, "Turku"),
          ("00100 HELSINKI", "00100", "Helsinki"), ("-", None, None)]


@pytest.mark.parametrize(("delivered", "postcode", "city"), CITIES)
def test_a_city_is_written_as_people_write_it(delivered: str, postcode: str | None, city: str | None) -> None:
    assert read(address.normalise, ("postcode", "city"), city=delivered) == (postcode, city)


COUNTRIES = [("Suomi", "FI"), ("FINLAND", "FI"), ("fi", "FI"), ("FIN", "FI"), ("Ruotsi", "SE"), ("Sverige", "SE"),
             ("Sweden", "SE"), ("Viro", "EE"), ("Estland", "EE"), ("Åland", "AX"), ("Iso-Britannia", "GB"), ("USA", "US"),
             ("Narnia", None)]


@pytest.mark.parametrize(("delivered", "code"), COUNTRIES)
def test_a_country_is_known_in_three_languages(delivered: str, code: str | None) -> None:
    assert read(address.normalise, ("country",), city="Kaupunki", country=delivered) == (code,)


def test_an_address_without_a_country_is_in_the_region_and_no_address_nowhere() -> None:
    assert read(address.normalise, ("country",), "SE", city="Göteborg") == ("SE",)
    assert read(address.normalise, ("country",), "SE", city="-", street=None) == (None,)
