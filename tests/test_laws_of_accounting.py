"""Every row is accounted for (design, rule 2), whatever stands in it: any text in any column, of a feed of any kind."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations import runner
from register.home import Home
from register.intake.ingest import Judge
from register.store.tables import engagements, observations, quarantine, withheld
from tests.builders import counts, deliver, quick_judge, read, table
from tests.registers import IN_TURN, NewHome, homes
from tests.strategies import COLUMNS, FEEDS, POLICY, examples, living_row

DAY = "2026-10-25"
LAX = POLICY.replace("[admission]", '[admission]\nthird_party_may = "add_anyone"')
KINDS = ("web", "works", "invoices", "customers", "provider_x", "provider_y", "changes")

SPECIAL = (
    "", " ", "\t", "\x00", "\x1a", "\x1f", "\x7f", "\x85", "\u00a0", "\u200b", "\u202e", "\u2028", "\ufeff", "\ufffd",
    "\n", "a\nb", "\r\n", '"', '""', "'", ";", ",", "\\", "-", "=1+1", "%s", "{}", "NA", "null", "nan", "1e999", "0,0",
    "𝔄𝔰𝔞", "🧾", "e\u0301", "İ", "ß", "9" * 400, "x" * 70_000, "a@" * 3_000, "131052-308T", "2026-13-45", "31.2.2026",
)
"""Texts that have broken other programs; in CSV they stand in quotes."""

texts = st.one_of(st.sampled_from(SPECIAL), st.text(max_size=40), st.text(st.characters(codec="utf-8"), max_size=400))

PLAIN = {"Huomautus": "x" * 20_000}
"""So much of each row is plain text that a file with some control characters is one of text still."""


@st.composite
def rows_of_anything(draw: st.DrawFn, feed: str) -> list[dict[str, str]]:
    """Good rows, rows in which some values are any text, and rows of nothing else; each has a number of its own."""
    chance, said = draw(st.randoms(use_true_random=True)), draw(st.lists(texts, min_size=8, max_size=12))
    found = []
    for number in range(chance.randint(4, 14)):
        row = living_row(chance, feed, DAY) if chance.random() < 0.7 else dict.fromkeys(COLUMNS, "")
        places = chance.sample(COLUMNS, chance.choice((0, 1, 4, len(COLUMNS))))
        found.append(row | {name: chance.choice(said) for name in places} | {"Kaupunki": f"Turku {number}"} | PLAIN)
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.deep)])
def new_home(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, FEEDS, LAX)


@pytest.fixture
def homes_in_turn(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, FEEDS, LAX, kinds=IN_TURN)


def law(home: Home, feed: str, rows: list[dict[str, str]], judged_by: Judge = quick_judge) -> None:
    """All rows of a readable file have one fate, and each fate is kept as it is counted."""
    deliver(home, feed, DAY, quoted(rows))
    read(home, feed, DAY, judge=judged_by, today=date.fromisoformat(DAY))
    found = counts(home, feed, DAY)
    if found["state"] == "set aside":
        assert found["code"] not in ("suite_failed", "reader_failed"), "with a reason that people can mend"
        assert found["read"] == 0 and list(home.inbox.rglob("*.csv")), "what cannot be read lies there still"
        return
    assert found["read"] == len(rows) == found["accepted"] + found["quarantined"] + found["withheld"], "every row has one fate"
    let_in = set(table(home, observations)["record_key"]) | set(table(home, engagements)["record_key"])
    waiting = table(home, quarantine)
    assert len(let_in) == found["accepted"], "an accepted row gives an observation or an engagement"
    assert len(set(waiting.loc[waiting["scope"] == "row", "record_key"]) - let_in) == found["quarantined"], "or waits"
    assert len(table(home, withheld)) == found["withheld"], "or is withheld"
    assert not list(home.inbox.rglob("*.csv")), "and then the file goes"


def quoted(rows: list[dict[str, str]]) -> str:
    """CSV in which any text can stand."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, "Kaupunki", *PLAIN], delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("feed", ["web"])
@examples(2)
@given(data=st.data())
def test_any_text_is_accounted_for(new_home: NewHome, feed: str, data: Any) -> None:
    of_any_text(new_home, feed, data, quick_judge)


@pytest.mark.deep
@pytest.mark.parametrize("feed", KINDS)
@examples(10)
@given(data=st.data())
def test_any_text_of_any_kind_is_accounted_for(homes_in_turn: NewHome, feed: str, data: Any) -> None:
    of_any_text(homes_in_turn, feed, data, quick_judge)


@pytest.mark.deep
@pytest.mark.parametrize("feed", ["web", "invoices", "provider_x"])
@examples(4)
@given(data=st.data())
def test_the_real_suites_account_for_any_text(homes_in_turn: NewHome, feed: str, data: Any) -> None:
    of_any_text(homes_in_turn, feed, data, runner.judge)


def of_any_text(new_home: NewHome, feed: str, data: Any, judged_by: Judge) -> None:
    home = new_home()
    law(home, feed, data.draw(rows_of_anything(feed)), judged_by)
    home.database.engine.dispose()
