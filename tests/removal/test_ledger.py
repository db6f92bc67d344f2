"""The ledger: lines outside the database that survive a crash, and hold nothing but keyed hashes."""

import json

import pytest

from register.removal.ledger import Entry, Ledger

INTENDED = Entry("s1", "intended", "2026-11-20T04:00:00+00:00", "2026-11-20", 1, {"t1": ["k1", "k2"]})
DONE = Entry("s1", "done", "2026-11-20T04:00:01+00:00", "2026-11-20", 1, {})


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path)


def test_nothing_is_recorded_before_the_first_sweep(ledger):
    assert list(ledger.entries()) == []
    assert ledger.unfinished() == []


def test_lines_are_added_and_read_in_order(ledger):
    ledger.append(INTENDED)
    ledger.append(DONE)
    assert list(ledger.entries()) == [INTENDED, DONE]
    assert [json.loads(line)["what"] for line in ledger.path.read_text().splitlines()] == ["intended", "done"]


@pytest.mark.parametrize("what", ["done", "abandoned"])
def test_a_sweep_is_unfinished_until_a_line_closes_it(ledger, what):
    ledger.append(INTENDED)
    assert ledger.unfinished() == [INTENDED]
    ledger.append(Entry("s1", what, DONE.at, DONE.day, 1, {}))
    assert ledger.unfinished() == []


def test_a_line_that_a_crash_cut_off_is_passed_over_and_swallows_none_that_follows(ledger):
    ledger.append(INTENDED)
    ledger.append(DONE)
    whole = ledger.path.read_bytes()
    for cut in range(1, len(whole.splitlines(keepends=True)[1])):
        ledger.path.write_bytes(whole[:-cut])
        ledger.append(Entry("s2", "intended", DONE.at, "2026-11-21", 1, {}))
        assert [entry.sweep_id for entry in ledger.entries() if entry.what == "intended"] == ["s1", "s2"]
        assert len(ledger.unfinished()) == (1 if cut == 1 else 2)  # without its line's end only, `done` is whole


def test_the_file_is_the_owners_alone(ledger):
    ledger.append(INTENDED)
    assert ledger.path.stat().st_mode & 0o777 == 0o600
