"""The end of a year's hashes: the sweep lets go of them, destroys their key, says so in the ledger, and asks for a new copy."""

from datetime import date

import pytest

from register.removal import erasure, safeguards, suppressions, sweep
from register.removal.ledger import Ledger
from register.store import tables
from register.texts import Texts
from tests.builders import deliver, desk, records_of, refreshed, table
from tests.removal.asking import ASKED, TODAY, ids, object_to, row

LAST_DAY, FIRST_DAY = date(2028, 12, 31), date(2029, 1, 1)


@pytest.fixture
def erased(home, tmp_path):
    """Kaino objected and was erased in 2026; two years are kept after it."""
    (home.path / "policy.toml").write_text(
        (home.path / "policy.toml").read_text() + 'suppression_years = 2\n[sweep]\nmode = "on"\n')
    object_to(home, "marketing")
    erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", ASKED, TODAY)
    home.keys.of_year(2027)
    home.keys.copy_to(tmp_path / "elsewhere", TODAY.isoformat())
    return home


def swept(home, day):
    at = desk(home)
    sweep.apply(home, at.policy, at.feeds, day, None)


def keys_check(home):
    found = safeguards.judge(home, home.policy(), home.feeds(home.policy()), date(2026, 11, 6), Texts("en"))
    return next(check for check in found if check.name == "keys")


def test_a_years_hashes_stand_to_the_last_day_and_go_with_their_key(erased, tmp_path):
    swept(erased, LAST_DAY)
    assert erased.keys.years() == [2026, 2027] and len(table(erased, tables.suppressed_people)) > 0
    swept(erased, FIRST_DAY)
    assert erased.keys.years() == [2027]
    assert table(erased, tables.suppressed_people).empty and table(erased, tables.suppressions).empty
    assert not table(erased, tables.banned_people).empty, "an objection has no end"
    *_, intended, done = Ledger(erased.ledger).entries()
    assert (intended.promises.keys, done.what, done.act_id) == ([2026], "done", intended.act_id)
    assert "suppression-2026.key" in keys_check(erased).sentence
    erased.keys.copy_to(tmp_path / "elsewhere", FIRST_DAY.isoformat())
    assert keys_check(erased).passed and not (tmp_path / "elsewhere" / "suppression-2026.key").exists()
    lines = len(list(Ledger(erased.ledger).lines()))
    swept(erased, FIRST_DAY)
    assert len(list(Ledger(erased.ledger).lines())) == lines


def test_after_it_they_are_not_known_again_but_for_their_ban(erased):
    swept(erased, FIRST_DAY)
    deliver(erased, "inquiries", "2026-11-10", [row()])
    refreshed(erased, "2026-11-10")
    assert len(ids(erased, marketing_ban=True)) == 1


@pytest.mark.parametrize("change", [("suppression_years = 2\n", ""), ('mode = "on"', 'mode = "preview"')])
def test_where_the_policy_does_not_say_or_the_sweep_previews_nothing_ends(erased, change):
    path = erased.path / "policy.toml"
    path.write_text(path.read_text().replace(*change))
    swept(erased, FIRST_DAY)
    assert erased.keys.years() == [2026, 2027] and not table(erased, tables.suppressed_people).empty


def test_killed_before_the_key_is_destroyed_the_next_sweep_does_it(erased, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(suppressions, "destroy_keys", killed)
        swept(erased, FIRST_DAY)
    assert erased.keys.years() == [2026, 2027] and table(erased, tables.suppressed_people).empty
    swept(erased, FIRST_DAY)
    assert erased.keys.years() == [2027]
    assert [entry.what for entry in Ledger(erased.ledger).entries()][-2:] == ["intended", "done"]


def killed(*_):
    raise KeyboardInterrupt
