"""Nothing lies in the inbox for ever: whatever nobody reads is named before it goes, goes, and is told of afterwards."""

from datetime import date, timedelta

import pytest

from register.feeds import RESERVED
from register.removal import lying
from register.texts import Texts
from tests.builders import FEEDS, POLICY, make_home
from tests.conftest import prepared

MET = date(2026, 11, 3)
KINDS = {
    "a corrected file that waits": "inquiries/2026-11-02/korjattu.csv",
    "half-written": "inquiries/2026-11-03/x.csv.part",
    "open in an office program": "inquiries/2026-11-03/~$x.xlsx",
    "loose and set aside": "inquiries/.2026-11-03/x.csv",
    "before the first day": "inquiries/2025-01-01/x.csv",
    "no day": "inquiries/vanhat/alla/x.csv",
    "a retired feed's": "provider_x/2026-11-03/x.csv",
    "of no feed": "Kaino Kanarialintu/x.csv",
    "of nobody": "kaino.csv",
    **{f"no workbook of ours in {box}": f"{box}/kaino.xlsx" for box in RESERVED},
}


@prepared
def home(path, database_url):
    feeds = FEEDS + "retired = true\n"  # provider_x, the last one
    return make_home(path, feeds, POLICY + "inbox_days = 40\n", database_url)


def put(home, place):
    path = home.inbox / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("kaino@ostaja.example")
    return path


def check(home, day):
    return lying.judge(home, home.policy(), home.feeds(home.policy()), day, Texts("en"))


def kept(home, day):
    policy = home.policy()
    return lying.keep(home, policy, home.feeds(policy), day)


@pytest.mark.parametrize("place", KINDS.values(), ids=KINDS)
def test_it_is_red_for_a_while_then_deleted_and_told(home, place):
    path = put(home, place)
    last = MET + timedelta(days=40)
    assert [kept(home, MET), kept(home, MET + timedelta(days=1))] == [0, 0]
    assert check(home, last - timedelta(days=14)).passed
    before = check(home, last - timedelta(days=13))
    assert not before.passed and before.severity == "error"
    assert "the first on 14 Dec 2026" in before.sentence and "Kanarialintu" not in before.sentence
    assert kept(home, last) == 0 and path.exists()
    assert kept(home, last + timedelta(days=1)) == 1 and not path.exists()
    after = [check(home, last + timedelta(days=days)) for days in (1, 15, 16)]
    assert [one.passed for one in after] == [False, False, True]
    assert "On 14 Dec 2026" in after[0].sentence and "were deleted: 1. If" in after[0].sentence
    assert [folder for folder in home.inbox.rglob("*") if folder.parent != home.inbox] == []


def test_what_was_set_aside_is_not_cut_short(home):
    policy = home.path / "policy.toml"
    policy.write_text(policy.read_text(encoding="utf-8") + "set_aside_days = 60\n", encoding="utf-8")
    path = put(home, "inquiries/.2026-11-03/x.csv")
    assert [kept(home, MET + timedelta(days=days)) for days in (0, 60)] == [0, 0] and path.exists()
    assert kept(home, MET + timedelta(days=61)) == 1


def test_the_days_run_from_when_it_was_met_and_anew_for_what_is_put_over_it(home):
    path = put(home, "inquiries/2026-11-02/korjattu.csv")
    kept(home, MET)
    path.write_text("kaino@muu.example, toinen")
    assert [kept(home, MET + timedelta(days=days)) for days in (30, 60, 70)] == [0, 0, 0]
    assert kept(home, MET + timedelta(days=71)) == 1


def test_what_was_read_meanwhile_is_nobodys_loss_and_a_link_is_not_followed(home, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "lasku.csv").write_text("x")
    (home.inbox / "linkki").symlink_to(outside)
    (home.inbox / "tiedosto.csv").symlink_to(outside / "lasku.csv")
    path = put(home, "inquiries/2026-11-02/x.csv")
    kept(home, MET)
    path.unlink()
    assert kept(home, MET + timedelta(days=50)) == 0
    assert (outside / "lasku.csv").exists() and check(home, MET + timedelta(days=50)).passed


def test_two_places_are_counted_apart(home):
    for place in ("inquiries/2026-11-02/a.csv", "inquiries/2026-11-02/b.csv", "decisions/a.xlsx", "outo/a.csv"):
        put(home, place)
    kept(home, MET)
    assert "(4: decisions: 1, inquiries: 2, other folders: 1)" in check(home, MET + timedelta(days=39)).sentence
