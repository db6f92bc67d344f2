"""What a correction has come to is said in one line whose numbers are true: what waits can be answered."""

from pathlib import Path

import pytest

from register.corrections import bulk
from register.home import Home
from register.texts import Texts
from tests.builders import make_home
from tests.story import deliver, wait

SCOPE = {"web": ["2026-11-09", "2026-11-10"], "provider_x": ["2026-11-10"]}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "home", '[web]\nkind = "inquiry"\nformat = "csv"\n')


def carried_out(home: Home, kind: bulk.Kind, figures: dict[str, int], changed: int = 0) -> bulk.Correction:
    with home.database.writing("approve", "2026-11-27") as store:
        number = bulk.propose(store, kind, SCOPE, [], figures, "liisa", "2026-11-27")
        bulk.approve(store, number, "Liisa Kaski", "liisa")
    with home.database.writing("contacts", "2026-11-27") as store:
        for feed, days in SCOPE.items():
            bulk.note_read(store, feed, days)
        [ended] = bulk.finish(store, changed)
    return ended


@pytest.mark.parametrize(("language", "said"), [
    ("fi", "Valmis, korjaus 1: 2\u00a0987 muuttui, 9 ei löytynyt, 4 ei kelvannut, 0 odottaa sinua."),
    ("en", "Done, correction 1: 2,987 changed, 9 not found, 4 could not be taken, 0 wait for you."),
])
def test_cells_that_were_refused_do_not_wait_anywhere(home: Home, language: str, said: str) -> None:
    wait(home.database, last_seen_on="2026-11-10")
    ended = carried_out(home, "values", {"values": 2987, "missing": 9, "wrong": 4})
    assert bulk.said(ended, Texts(language)) == said


def test_what_the_corrected_files_left_in_quarantine_or_aside_waits(home: Home) -> None:
    wait(home.database, last_seen_on="2026-11-10")
    wait(home.database, record_key="other day", last_seen_on="2026-11-11")
    wait(home.database, record_key="other feed", feed="provider_y", last_seen_on="2026-11-10")
    deliver(home.database, {"provider_x": "2026-11-10"}, state="set aside", is_held=False)
    ended = carried_out(home, "delivery", {"missing": 0, "wrong": 1}, changed=12)
    assert bulk.said(ended, Texts("fi")) == "Valmis, korjaus 1: 12 muuttui, 0 ei löytynyt, 0 ei kelvannut, 2 odottaa sinua."
