"""Status says in red what would be lost with the disk, and what to do about it."""

import json
from datetime import date

import pandas as pd
import pytest

from register.removal import erasure, safeguards
from register.store import tables
from register.texts import Texts
from tests.builders import records_of
from tests.removal.asking import ASKED, ids, object_to

TEXTS = Texts("en")


def said(home):
    return {check.name: None if check.passed else check.sentence for check in safeguards.judge(
        home, home.policy(), home.feeds(home.policy()), date(2026, 11, 6), TEXTS)}


@pytest.fixture
def copy(home, tmp_path):
    return lambda: home.keys.copy_to(tmp_path / "elsewhere", "2026-11-06")


def test_keys_are_red_until_copied_since_the_newest(home, copy):
    assert "register.key" in said(home)["keys"] and "register keys copy" in said(home)["keys"]
    copy()
    assert said(home)["keys"] is None
    object_to(home, "marketing")
    assert "objections.key" in said(home)["keys"]
    copy()
    erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", ASKED, date(2026, 11, 6))
    assert "suppression-2026.key" in said(home)["keys"]
    copy()
    assert said(home)["keys"] is None


def test_a_lost_key_is_told_apart_from_a_destroyed_one(home, copy):
    erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", ASKED, date(2026, 11, 6))
    copy()
    path = home.keys.folder / "suppression-2026.key"
    kept = path.read_bytes()
    path.unlink()
    assert "is missing: suppression-2026.key" in said(home)["keys"]
    path.write_bytes(kept)
    assert said(home)["keys"] is None


@pytest.mark.parametrize("is_known", [True, False])
def test_a_sweep_of_before_the_chain_is_known_by_its_tombstone(home, is_known):
    line = {"sweep_id": "s0", "at": "2026-11-05T04:00:00+00:00", "day": "2026-11-05", "policy_no": 1}
    lines = (line | {"what": "intended", "removals": {"t0": ["k0"]}}, line | {"what": "done", "removals": {}})
    (home.ledger / "removals.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    if is_known:
        with home.database.writing("removals", "2026-11-05") as store:
            store.insert(tables.removals, pd.DataFrame([{
                "removal_id": "t0", "rule": "partner", "policy_no": 1, "removed_on": "2026-11-05", "records": 1}]))
    assert (said(home)["ledger"] is None) == is_known
