"""The ledger: lines outside the database that survive a crash, tell when somebody changed one, and hold no personal value."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.removal.ledger import Entry, Fault, Ledger
from register.store.promises import Promises

INTENDED = Entry("s1", "intended", "2026-11-20T04:00:00+00:00", "2026-11-20", Promises(1, {"t1": ["k1", "k2"]}))
DONE = Entry("s1", "done", "2026-11-20T04:00:01+00:00", "2026-11-20")
OLD = ({"sweep_id": "s0", "what": "intended", "at": DONE.at, "day": DONE.day, "policy_no": 1, "removals": {"t0": ["k0"]}},
       {"sweep_id": "s0", "what": "done", "at": DONE.at, "day": DONE.day, "policy_no": 1, "removals": {}})
"""Lines of before the chain."""


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path)


def test_nothing_is_recorded_before_the_first_sweep(ledger):
    assert list(ledger.entries()) == []
    assert ledger.unfinished() == [] and ledger.verify([]) == []


def test_lines_are_added_and_read_in_order(ledger):
    ledger.append(INTENDED)
    ledger.append(DONE)
    assert list(ledger.entries()) == [INTENDED, DONE]
    assert [json.loads(line)["what"] for line in ledger.path.read_text().splitlines()] == ["intended", "done"]


@pytest.mark.parametrize("what", ["done", "abandoned"])
def test_a_sweep_is_unfinished_until_a_line_closes_it(ledger, what):
    ledger.append(INTENDED)
    assert ledger.unfinished() == [INTENDED]
    ledger.append(replace(DONE, what=what))
    assert ledger.unfinished() == []


def test_a_line_that_a_crash_cut_off_is_passed_over_and_swallows_none_that_follows(ledger):
    ledger.append(INTENDED)
    ledger.append(DONE)
    whole = ledger.path.read_bytes()
    for cut in range(1, len(whole.splitlines(keepends=True)[1])):
        ledger.path.write_bytes(whole[:-cut])
        head = ledger.append(Entry("s2", "intended", DONE.at, "2026-11-21", INTENDED.promises))
        assert [entry.act_id for entry in ledger.entries() if entry.what == "intended"] == ["s1", "s2"]
        assert len(ledger.unfinished()) == (1 if cut == 1 else 2)  # without its line's end only, `done` is whole
        assert ledger.verify([(1, head)]) == []


def test_the_file_is_the_owners_alone(ledger):
    ledger.append(INTENDED)
    assert ledger.path.stat().st_mode & 0o777 == 0o600


def test_lines_of_before_the_chain_are_accepted_and_sealed_by_the_first_chained_one(ledger):
    old = [json.dumps(line) for line in OLD]
    ledger.path.write_text("\n".join(old) + "\n")
    assert [entry.act_id for entry in ledger.entries()] == ["s0", "s0"] and ledger.verify([]) == []
    ledger.append(INTENDED)
    head = ledger.append(DONE)
    assert ledger.verify([(1, head)]) == []
    chained = ledger.path.read_text().splitlines()[2:]
    for tampered in (old[1:], [old[1], old[0]], [old[0].replace("k0", "k9"), old[1]]):
        ledger.path.write_text("\n".join([*tampered, *chained]) + "\n")
        assert ledger.verify([(1, head)]) == [Fault("broken", len(tampered) + 1)]
    ledger.path.write_text("\n".join([*old, chained[0], old[1], chained[1]]) + "\n")
    assert Fault("unchained", 4) in ledger.verify([(1, head)])


@pytest.mark.parametrize("key", ["act_id", "what", "at", "day", "removals", "before"])
def test_a_key_that_was_edited_is_found(ledger, key):
    ledger.append(INTENDED)
    head = ledger.append(DONE)
    text = ledger.path.read_text()
    ledger.path.write_text(text.replace(f'"{key}"', f'"x{key[1:]}"', 1))
    assert len(list(ledger.entries())) >= 1, "the other line is read still"
    assert ledger.verify([(1, head)])


LINES = 6


@pytest.fixture(scope="module")
def chained(tmp_path_factory):
    """A ledger of some lines, each head kept by a run."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    heads = [(run, ledger.append(Entry(f"s{run}", "intended", DONE.at, DONE.day, Promises(run, {f"t{run}": [f"k{run}"]}))))
             for run in range(1, LINES + 1)]
    return ledger, heads, ledger.path.read_bytes().splitlines(keepends=True)


def test_what_nobody_changed_is_whole_also_without_the_newest_heads(chained):
    ledger, heads, lines = chained
    ledger.path.write_bytes(b"".join(lines))
    assert all(ledger.verify(heads[:known]) == [] for known in range(LINES + 1))


@given(st.data())
def test_an_edit_a_deletion_another_order_and_a_cut_end_are_found(chained, data):
    ledger, heads, lines = chained
    places = st.integers(0, LINES - 1)
    at = data.draw(places)
    whole = b"".join(lines)
    kind = data.draw(st.sampled_from(["edit", "delete", "swap", "cut", "repeat"]))
    if kind == "edit":
        byte, other = data.draw(st.integers(0, len(whole) - 2)), data.draw(st.integers(0, 255))
        tampered = whole[:byte] + bytes([other]) + whole[byte + 1:]
    elif kind == "delete":
        tampered = b"".join(lines[:at] + lines[at + 1:])
    elif kind == "swap":
        order = list(lines)
        other = data.draw(places)
        order[at], order[other] = order[other], order[at]
        tampered = b"".join(order)
    elif kind == "cut":
        tampered = whole[:data.draw(st.integers(0, len(whole) - 2))]
    else:
        tampered = b"".join([*lines[:at + 1], lines[at], *lines[at + 1:]])
    ledger.path.write_bytes(tampered)
    assert (ledger.verify(heads) == []) == (tampered == whole)


def test_a_chain_written_anew_with_another_content_has_other_heads(chained, tmp_path):
    _, heads, _ = chained
    forged = Ledger(tmp_path)
    for run in range(1, LINES + 1):
        forged.append(Entry(f"s{run}", "intended", DONE.at, DONE.day, Promises(run, {f"t{run}": ["other"]})))
    assert {fault.wrong for fault in forged.verify(heads)} == {"head"} and forged.verify([]) == []
