"""A correction is proposed from what the register holds when the proposal is kept, not when its file was read."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from register.corrections import proposing, rehearsal
from register.removal import erasure
from register.removal.requests import Request
from register.store import tables
from tests.builders import FEEDS, POLICY, deliver, desk, errand, make_home, records_of, refreshed, table
from tests.removal.asking import ids, row

DAY, TODAY = "2026-11-02", date(2026, 11, 6)


@pytest.mark.parametrize("decision", ["all", "details"])
def test_who_is_erased_while_their_correction_is_rehearsed_is_not_written_anew(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, decision: erasure.Decision
) -> None:
    home = make_home(tmp_path / "home", FEEDS, POLICY, database_url)
    deliver(home, "inquiries", DAY, [row(), row("Liisa Laine", "liisa@ostaja.example", phone="040 555 0102")])
    refreshed(home, DAY)
    rehearse, times = rehearsal.rehearse, []

    def rehearsing(*args: Any, **more: Any) -> Any:
        outcome = rehearse(*args, **more)
        if not times:
            asked = Request(TODAY, "soitti", "Liisa Kaski", "kone")
            erasure.erase(home, home.policy(), records_of(home, ids(home)), decision, asked, TODAY)
        times.append(1)
        return outcome

    monkeypatch.setattr(rehearsal, "rehearse", rehearsing)
    path = home.inbox / "corrections" / "oikein.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"contact_id;city\n{ids(home)[0]};Vaasa\n{ids(home, 'Liisa Laine')[0]};Turku\n", encoding="utf-8")
    [proposed] = proposing.take_in(desk(home), errand(DAY), "kone").proposed
    assert len(times) == 2 and proposed.figures["missing"] == (1 if decision == "all" else 0)
    assert table(home, tables.corrections)["overruled"].dropna().empty
    assert not _shows(proposed.path, "kaino@ostaja.example"), "the workbook is of what is left"
    home.database.engine.dispose()


def _shows(workbook: Path, text: str) -> bool:
    with zipfile.ZipFile(workbook) as packed:
        return any(text.encode() in packed.read(member) for member in packed.infolist())
