"""E-mail addresses as forms, mail programs and wary people write them."""

import pandas as pd
import pytest

from register.normalise import email
from tests.normalise.frames import read

COLUMNS = ("email", "email_is_role", "email_2", "email_2_is_role", "email_code")

PERSONAL = [
    "matti@kopare.example", "Matti@Kopare.Example", "Matti Meikäläinen <matti@kopare.example>", "mailto:matti@kopare.example",
    '"Meikäläinen, Matti" <matti@kopare.example>', "matti(at)kopare.example", "matti[at]kopare.example",
    "matti (ät) kopare.example", "matti at kopare.example",
    "matti [at] kopare [dot] example", "matti@kopare.example.", "matti @ kopare.example",
    "matti@kopare.example (työ)", "<matti@kopare.example>;", "matti@kopare.example, Matti@kopare.example",
]


@pytest.mark.parametrize("delivered", PERSONAL)
def test_one_address_is_unwrapped_and_repaired(delivered: str) -> None:
    assert read(email.normalise, COLUMNS, email=delivered) == ("matti@kopare.example", False, None, False, None)
    assert email.parse(delivered) == "matti@kopare.example"


TWO = [
    # delivered, first, is role, second, is role
    ("matti@x.example / liisa@x.example", "matti@x.example", False, "liisa@x.example", False),
    ("liisa@x.example;matti@x.example", "liisa@x.example", False, "matti@x.example", False),
    ("laskutus@x.example, matti@x.example", "matti@x.example", False, "laskutus@x.example", True),
    ("isannointi@koti.example;laskut@koti.example", "isannointi@koti.example", True, "laskut@koti.example", True),
    ("a@x.example ; b@x.example ; c@x.example", "a@x.example", False, "b@x.example", False),
]


@pytest.mark.parametrize(("delivered", "first", "first_role", "second", "second_role"), TWO)
def test_of_two_addresses_the_person_stands_before_the_role(
    delivered: str, first: str, first_role: bool, second: str, second_role: bool
) -> None:
    assert read(email.normalise, COLUMNS, email=delivered) == (first, first_role, second, second_role, None)


FAILING = [
    ("matti", None), ("matti@kopare", None), ("matti..m@kopare.example", None), ("@kopare.example", None),
    ("matti@kopare.example ; liisa@", "matti@kopare.example"), ("matti@@kopare.example", None), ("a b@", None),
]


@pytest.mark.parametrize(("delivered", "good"), FAILING)
def test_an_address_that_is_none_gives_its_code_beside_the_good_one(delivered: str, good: str | None) -> None:
    assert read(email.normalise, ("email", "email_2", "email_code"), email=delivered) == (good, None, "email_invalid")


@pytest.mark.parametrize("delivered", ["-", "ei ole", "n/a", "", None])
def test_a_placeholder_is_missing_without_a_code(delivered: str | None) -> None:
    assert read(email.normalise, COLUMNS, email=delivered) == (None, False, None, False, None)


def test_a_slash_within_a_local_part_does_not_make_another_mailbox() -> None:
    assert email.parse("osasto/matti@kopare.example") == "osasto/matti@kopare.example"


ROLES = {
    "info@x.example": True, "myynti@x.example": True, "tilaukset@x.example": True, "laskutus.oulu@x.example": True,
    "info2@x.example": True, "no-reply@x.example": True, "försäljning@x.example": True, "office@x.example": True,
    "matti@x.example": False, "infola@x.example": False, "matti.posti@x.example": False, None: False,
}


def test_role_mailboxes_are_known_by_their_local_part() -> None:
    assert email.is_role(pd.Series(list(ROLES), dtype="str")).tolist() == list(ROLES.values())


def test_the_domain_is_what_stands_after_the_at_sign() -> None:
    domains = email.domain(pd.Series(["matti@kopare.example", None], dtype="str"))
    assert domains[0] == "kopare.example"
    assert pd.isna(domains[1])


def test_the_finnish_free_providers_are_known() -> None:
    finnish = {"saunalahti.fi", "inet.fi", "luukku.fi", "luukku.com", "welho.com", "mbnet.fi", "elisa.fi", "iki.fi",
               "netikka.fi", "kolumbus.fi", "suomi24.fi"}
    assert finnish < email.FREEMAIL
    assert all(domain == domain.lower().strip() and "." in domain for domain in email.FREEMAIL)
