"""A case row whose person was erased stays the firm's while colleagues stand on it, however its day is delivered again."""

from datetime import date
from pathlib import Path

import pytest

from register import retention
from register.home import Home
from register.removal import erasure
from register.removal.requests import Request
from register.store import tables
from tests.builders import FEEDS, POLICY, deliver, desk, make_home, read, records_of, table
from tests.conftest import Make
from tests.registers import bring_up_to_date
from tests.removal.asking import ids, row

DAY, LATER, TODAY = "2026-11-02", "2026-11-05", date(2026, 11, 6)
ASKED = Request(TODAY, "puhelimessa", "Liisa Kaski", "kone")
LIISA = row("Liisa Laine", "liisa@ostaja.example", phone="040 555 0102", Asianumero="T-1", Tila="avoin")
KAINO = row(Asianumero="T-2", Tila="avoin", on="2.11.2026")
OTHER = row("Olli Oja", "olli@muu.example", "Muu Oy", phone="040 555 0103", Asianumero="T-3", Tila="avoin")


@pytest.fixture(params=["keyless", "keyed"])
def home(request: pytest.FixtureRequest, copied: Make, database_kind: str, tmp_path: Path) -> Home:
    return copied(of_cases, database_kind, tmp_path / "home", request.param == "keyed")


def of_cases(path: Path, database_url: str | None, is_keyed: bool) -> Home:
    """Kaino's case stands beside Liisa's at one firm; Kaino was erased."""
    policy = POLICY + "[admission]\nmax_shrink = 1.0\n"
    keyed = FEEDS.replace('kind = "assignment"', 'kind = "assignment"\nkey = ["Asianumero"]')
    home = make_home(path, keyed if is_keyed else FEEDS, policy, database_url)
    deliver(home, "assignments", DAY, [KAINO, LIISA, OTHER])
    read(home, "assignments", DAY)
    bring_up_to_date(home, DAY)
    assert len(table(home, tables.engagements)) == 3
    erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", ASKED, TODAY)
    assert cases(home) == ["T-1", "T-2", "T-3"], "the firm's, whom Liisa stands on"
    return home


def cases(home: Home) -> list[str]:
    return sorted(table(home, tables.engagements)["case_number"])


AGAIN = {
    "from the archive": None, "identical": [KAINO, LIISA, OTHER], "turned": [OTHER, LIISA, KAINO],
    "changed": [KAINO | {"Tila": "päättynyt"}, LIISA, OTHER], "lacking": [LIISA, OTHER]}


def test_the_fact_stays_however_its_day_comes_again_and_goes_with_the_last_who_stands_on_it(home: Home) -> None:
    before = judged(home)
    for how, rows in AGAIN.items():
        come_again(home, rows)
        assert (cases(home), ids(home)) == (["T-1", "T-2", "T-3"], []), how
        bring_up_to_date(home, LATER)
        assert (judged(home), ids(home)) == (before, []), how
    come_again(home, [LIISA])
    assert cases(home) == ["T-1", "T-2"], "a living person's row that the day lacks was never true"
    erasure.erase(home, home.policy(), records_of(home, ids(home, "Liisa Laine")), "all", ASKED, TODAY)
    assert cases(home) == []


def come_again(home: Home, rows: list[dict[str, str]] | None) -> None:
    if rows is not None:
        deliver(home, "assignments", DAY, rows)
    read(home, "assignments", DAY, "backfill")


def judged(home: Home) -> list[tuple[str, str, str]]:
    """What is decided of those who stay, and on which fact."""
    at = desk(home)
    with home.database.reading() as store:
        found = retention.judge(store, at.feeds, at.policy, TODAY)
    names = table(home, tables.contacts).set_index("contact_id")["full_name"]
    return sorted(zip(found["contact_id"].map(names), found["outcome"], found["facts"], strict=True))
