"""A marketing ban is the person's: it holds whatever becomes of the row that said it, on both databases."""

from pathlib import Path

import pytest

from register.home import Home
from register.store import tables
from tests.builders import POLICY, deliver, make_home, quick_judge, read, refreshed, table
from tests.removal.asking import KAINO, row

D2, D3, D4 = "2026-11-02", "2026-11-03", "2026-11-04"
BAN = {"Suoramarkkinointikielto": "kyllä"}
PRIVATE = "kaino@gmail.com"


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Home:
    return make_home(tmp_path / "home", policy=POLICY + "[admission]\nmax_shrink = 1.0\n", database_url=database_url)


def banned(home: Home) -> dict[str, bool]:
    """By name."""
    held = table(home, tables.contacts)
    return dict(zip(held["full_name"].fillna(held["email"]), held["marketing_ban"], strict=True))


WAITS = ("inquiries", row(email=PRIVATE, company="", on="3.11.2026", **BAN))
WITHHELD = ("provider_x", {"Asiakasnro": "1", **row(email=PRIVATE, company="Vieras Oy", **BAN)})
BY_MOBILE = ("inquiries", row(KAINO, "toinen@gmail.com", "", "3.11.2026", **BAN))


@pytest.mark.parametrize("said", [WAITS, WITHHELD, BY_MOBILE], ids=["waits", "withheld", "mobile and surname"])
@pytest.mark.parametrize("day", [D2, D3], ids=["looked at with it", "looked at before"])
def test_a_ban_on_a_row_that_is_not_let_in_bans_whoever_is_held(home: Home, said: tuple[str, dict[str, str]], day: str) -> None:
    deliver(home, "inquiries", D2, [row(email=PRIVATE), row("Liisa Laine", "liisa@gmail.com", phone="040 555 0102")])
    if day == D3:
        refreshed(home, D2)
    else:
        read(home, "inquiries", D2, judge=quick_judge)
    feed, line = said
    deliver(home, feed, D3, [line])
    refreshed(home, D3)
    assert len(table(home, tables.observations)) == 2  # noqa: PLR2004
    assert banned(home) == {KAINO: True, "Liisa Laine": False}


def test_a_ban_that_waits_bans_whoever_stands_in_the_same_file_and_comes_later(home: Home) -> None:
    deliver(home, "inquiries", D2, [row(email=PRIVATE), row(email=PRIVATE, company="", **BAN)])
    refreshed(home, D2)
    deliver(home, "inquiries", D3, [row("Kaino Uusi", PRIVATE, "Toinen Oy", "3.11.2026", "040 555 0109")])
    refreshed(home, D3)
    assert banned(home) == {KAINO: True, "Kaino Uusi": True}


def test_who_shares_a_mailbox_or_a_switchboard_is_not_banned_with_it(home: Home) -> None:
    shared = {"email": "info@ostaja.example", "phone": "09 123 4567"}
    deliver(home, "inquiries", D2, [row("Liisa Laine", **shared), row("Kaino Laine", "kaino.laine@ostaja.example")])
    refreshed(home, D2)
    deliver(home, "inquiries", D3, [row(company="", on="3.11.2026", **shared, **BAN)])
    refreshed(home, D3)
    assert banned(home) == {"Liisa Laine": False, "Kaino Laine": False, KAINO: True}


def test_a_ban_outlives_the_row_that_its_day_lacks_when_it_is_delivered_again(home: Home) -> None:
    said = row(on="31.10.2026", email="", **BAN)
    deliver(home, "inquiries", D2, [row(), said])
    refreshed(home, D2)
    assert banned(home) == {KAINO: True}
    deliver(home, "inquiries", D2, [row(), row(on="30.10.2026", email="")])
    read(home, "inquiries", D2, "backfill", judge=quick_judge)
    refreshed(home, D3)
    assert banned(home) == {KAINO: True}


def test_a_ban_outlives_the_only_row_and_holds_when_the_person_comes_as_another(home: Home) -> None:
    deliver(home, "inquiries", D2, [row(**BAN), row("Liisa Laine", "liisa@ostaja.example", phone="040 555 0102")])
    refreshed(home, D2)
    deliver(home, "inquiries", D2, [row("Liisa Laine", "liisa@ostaja.example", phone="040 555 0102")])
    read(home, "inquiries", D2, "backfill", judge=quick_judge)
    refreshed(home, D3)
    assert banned(home) == {"Liisa Laine": False}
    deliver(home, "inquiries", D4, [row(company="Toinen Oy", on="4.11.2026")])
    refreshed(home, D4)
    assert banned(home) == {"Liisa Laine": False, KAINO: True}


def test_a_ban_holds_at_the_other_firm_when_the_contact_that_said_it_goes(home: Home) -> None:
    deliver(home, "inquiries", D2, [row(email="", **BAN), row(company="Toinen Oy", email="")])
    refreshed(home, D2)
    assert banned(home) == {KAINO: True} and len(table(home, tables.contacts)) == 2  # noqa: PLR2004
    deliver(home, "inquiries", D2, [row(company="Toinen Oy", email="")])
    read(home, "inquiries", D2, "backfill", judge=quick_judge)
    refreshed(home, D3)
    assert banned(home) == {KAINO: True} and len(table(home, tables.contacts)) == 1
