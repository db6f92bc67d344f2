"""Whether a snapshot is believed depends on its days, not on when they arrived (design, rule 5)."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.home import Home
from register.store.tables import deliveries, observations
from tests.builders import POLICY, deliver, read, table
from tests.registers import IN_TURN, NewHome, assert_accounted, homes
from tests.strategies import examples

FEEDS = """
[snapshot]
kind = "provider"
format = "csv"
key = ["Tunnus"]
"""
LAX = POLICY + '[admission]\nthird_party_may = "add_anyone"\nmax_shrink = 0.3\n'
DAYS = ("2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05")
ASA = {"Nimi": "Åsa Åkerberg", "Yritys": "Virta Oy"}
TODAY = date(2026, 11, 9)

sizes = st.lists(st.integers(0, 12), min_size=len(DAYS), max_size=len(DAYS))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.deep)])
def new_home(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, FEEDS, LAX)


@pytest.fixture
def homes_in_turn(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, FEEDS, LAX, kinds=IN_TURN)


def told(home: Home, order: list[str], size: dict[str, int]) -> tuple[list[list[str]], set[tuple[str, bool]]]:
    """Which days are believed, and who lives, once the days have arrived in the order."""
    for day in order:
        rows = [ASA | {"Tunnus": f"{number}", "Sähköposti": f"asa{number}@virta.example"} for number in range(size[day])]
        deliver(home, "snapshot", day, rows or "Tunnus;Nimi;Sähköposti;Yritys\n")
        read(home, "snapshot", [day, TODAY.isoformat()], today=TODAY)
    assert_accounted(home)
    states = table(home, deliveries).query("state != 'absent'").sort_values("day")[["day", "state"]].values.tolist()
    living = table(home, observations)[["email", "withdrawn"]]
    home.database.engine.dispose()
    return states, set(living.itertuples(index=False, name=None))


def law(new_home: NewHome, order: list[str], sized: list[int]) -> None:
    size = dict(zip(DAYS, sized, strict=True))
    assert told(new_home(), order, size) == told(new_home(), list(DAYS), size)


def test_another_order_believes_the_same_days(new_home: NewHome) -> None:
    law(new_home, [DAYS[2], DAYS[0], DAYS[3], DAYS[1]], [5, 10, 4, 9])


@pytest.mark.deep
@examples(8)
@given(order=st.permutations(DAYS), sized=sizes)
def test_any_order_of_many_sizes_believes_the_same_days(homes_in_turn: NewHome, order: list[str], sized: list[int]) -> None:
    law(homes_in_turn, order, sized)
