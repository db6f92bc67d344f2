"""Deliveries commute (design, rules 4-6): in whatever order they arrive, the register is that of the truth in order."""

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from expectations import runner
from register.feeds import Feed
from register.intake.ingest import Judge
from tests.builders import quick_judge
from tests.ids import Watch
from tests.registers import (
    IN_TURN,
    NewHome,
    assert_accounted,
    assert_all_same,
    bring_up_to_date,
    carry_out,
    everything,
    found_firms,
    homes,
    told_in_order,
)
from tests.strategies import CALENDARS, Act, History, examples, histories, some_rows

DAY = "2026-03-29"
SPRING = CALENDARS["clocks go forward"]

OLLI = {"Nimi": "Olli Oja", "Sähköposti": "olli@virta.example"}
ODD = tuple({"Tunnus": f"O-{number}", "Laskunumero": f"O-{number}", **OLLI} | said for number, said in enumerate((
    {"Pvm": "1.1.1980", "Yritys": "Virta Oy"}, {"Pvm": "kohta", "Yritys": "Virta Oy"}, {"Yritys": "Virta Oy"},
    {"Nimi": "???", "Sähköposti": "ei ole"}, {"Y-tunnus": "123", "Postitoimipaikka": "Turku"})))
"""What the laws do not draw: days that cannot be, values that cannot be read."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.deep)])
def new_home(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path)


@pytest.fixture
def homes_in_turn(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, kinds=IN_TURN)


def law(new_home: NewHome, history: History, judged_by: Judge = quick_judge) -> None:
    """The history's register, watched on its way, is the register that got the truth in order."""
    home, watch = new_home(), Watch()
    found_firms(home, history)
    for number, act in enumerate(history.acts):
        carry_out(home, act, history.today, judged_by)
        assert_accounted(home)
        if number % 4 == 0 or act.feed == "ytj":
            bring_up_to_date(home, act.day)
            watch.look(home.database)
    bring_up_to_date(home, history.today.isoformat())
    watch.look(home.database)
    expected = told_in_order(new_home(), history, judged_by)
    assert_all_same(everything(home, history.today), everything(expected, history.today))
    for of in (home, expected):
        of.database.engine.dispose()


@examples(1)
@given(history=histories(feeds=2))
def test_a_small_history_ends_in_the_register_that_got_the_truth_in_order(new_home: NewHome, history: History) -> None:
    law(new_home, history)


@pytest.mark.deep
@examples(4)
@given(history=histories(feeds=4))
def test_any_history_ends_in_the_register_that_got_the_truth_in_order(homes_in_turn: NewHome, history: History) -> None:
    law(homes_in_turn, history)


@pytest.mark.deep
@examples(1)
@given(history=histories(feeds=3))
def test_it_does_so_with_the_real_suites(homes_in_turn: NewHome, history: History) -> None:
    law(homes_in_turn, history, runner.judge)


def test_what_is_said_again_is_newer_than_what_was_said_meanwhile(new_home: NewHome) -> None:
    """Of two providers of changes, the one that spoke last; contacts computed day by day, or once."""
    turku, vaasa = ({"Tunnus": "T-1", **OLLI, "Yritys": "Virta Oy", "Postitoimipaikka": city} for city in ("Turku", "Vaasa"))
    said = [("changes", turku), ("changes_too", vaasa), ("changes", turku)]
    truth: dict[Any, Any] = {(feed, day): (row,) for day, (feed, row) in zip(SPRING, said, strict=False)}
    history, home = History(SPRING, truth), new_home()
    found_firms(home, history)
    for (feed, day), rows in truth.items():
        carry_out(home, Act(feed, day, "refresh", {"a": rows}), history.today)
        bring_up_to_date(home, day)
    assert_all_same(everything(home, history.today), everything(told_in_order(new_home(), history), history.today))


def test_a_bulk_that_is_read_again_reaches_firms_that_nothing_else_touches(new_home: NewHome) -> None:
    history, home = History(SPRING, {("ytj", SPRING[0]): {"9900020-2": "Virta Oyj"}}), new_home()
    found_firms(home, history)
    for how, name in (("refresh", "Virta Oy"), ("backfill", "Virta Oyj")):
        carry_out(home, Act("ytj", SPRING[0], how, {"a.zip": {"9900020-2": name}}), history.today)
        bring_up_to_date(home, SPRING[0])
    assert_all_same(everything(home, history.today), everything(told_in_order(new_home(), history), history.today))


@pytest.mark.deep
def test_the_quick_judge_of_these_laws_says_what_the_suites_say(new_home: NewHome) -> None:
    """On the deliveries of every kind that the laws draw."""
    chance, home, judged = Random(7), new_home(), set[str]()

    def both(rows: pd.DataFrame, feed: Feed) -> Any:
        found, expected = quick_judge(rows, feed).reasons, runner.judge(rows, feed).reasons
        assert set(found.itertuples(index=False, name=None)) == set(expected.itertuples(index=False, name=None)), feed.name
        judged.add(feed.kind)
        return runner.judge(rows, feed)

    for feed in ("web", "works", "invoices", "provider_x"):
        rows = tuple(row for _ in range(8) for row in some_rows(chance, feed, DAY)) + ODD
        carry_out(home, Act(feed, DAY, "refresh", {"a": rows}), date.fromisoformat(DAY), both)
    assert judged == {"inquiry", "assignment", "invoice", "provider"}
