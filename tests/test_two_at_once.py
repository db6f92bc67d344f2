"""Two processes that look into a letter box at the same moment do once what lies there; the other finds it done."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from register.corrections import proposing
from register.home import Home
from register.intake import batch, inbox
from register.removal import lying
from register.store import tables
from register.workbooks import taken
from tests.builders import deliver, desk, errand, quick_judge, read, table
from tests.corrections import test_laws_of_corrections as corrections
from tests.requests import test_requests as requests
from tests.workbooks.test_review import filled

correcting, asking = corrections.home, requests.home
SECONDS = 1
"""How long one waits for the other to look as well: where they take turns, it never comes."""


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Callable[[], Any]], list[Any]]:
    """Does a thing twice at once, neither going on from a function before the other has come to it; what each came to."""

    def twice(module: Any, name: str, act: Callable[[], Any]) -> list[Any]:
        met, look, came = threading.Barrier(2), getattr(module, name), list[Any]()

        def both(*arguments: Any) -> Any:
            seen = look(*arguments)
            with suppress(threading.BrokenBarrierError):
                met.wait(SECONDS)
            return seen

        monkeypatch.setattr(module, name, both)
        threads = [threading.Thread(target=lambda: came.append(act())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(came) == len(threads), "one of them failed"
        return came

    return twice


def test_requests_are_carried_out_once(asking: Home, at_once: Any) -> None:
    requests.dropped(asking, requests.laid_out(asking), [
        {"action": "hold", "name": "Matti Meikäläinen", "company": "Virta Oy", "reason": "riita", "day": "1.3.2027"}])
    answered = at_once(inbox, "lying", lambda: requests.answered(asking).rows)
    assert sorted(answered) == [0, 1] and len(table(asking, tables.holds)) == 1


def test_corrected_values_are_proposed_once_and_approved_once(correcting: Home, at_once: Any) -> None:
    corrections.dropped(correcting, [{"Sähköposti": "bo@virta.example", "Puhelin": "040 123 4569"}])
    at, when = desk(correcting), errand(corrections.TODAY.isoformat())
    found = at_once(inbox, "lying", lambda: proposing.take_in(at, when, "liisa"))
    [one] = [proposed for each in found for proposed in each.proposed]
    assert not any(each.wrong for each in found)
    filled(correcting, one.path, {(0, 6, 1): "kyllä"})
    back = at_once(inbox, "lying", lambda: taken.take_in(desk(correcting), corrections.TODAY, "liisa", lambda _: True))
    assert sorted(each.applied for each in back) == [0, 1] and not any(each.wrong for each in back)


def test_what_lies_in_the_inbox_is_noted_and_goes_once(asking: Home, at_once: Any) -> None:
    (asking.inbox / "tuntematon").mkdir()
    (asking.inbox / "tuntematon" / "x.csv").write_text("x", encoding="utf-8")
    policy = asking.policy()
    feeds = asking.feeds(policy)
    last = requests.TODAY + timedelta(days=policy.periods.inbox_days + 1)
    assert at_once(lying, "_files", lambda: lying.keep(asking, policy, feeds, requests.TODAY)) == [0, 0]
    assert len(table(asking, tables.lying)) == 1
    assert sorted(at_once(lying, "_files", lambda: lying.keep(asking, policy, feeds, last))) == [0, 1]


def test_what_has_lain_too_long_is_not_taken_from_whoever_reads_it(asking: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = asking.policy()
    feeds, reader = asking.feeds(policy), batch.sources.read
    for name in ("a", "b"):
        deliver(asking, "assignments", "2026-11-03", [{"Yritys": f"Virta {name} Oy", "Y-tunnus": ""}], f"{name}.csv")
    lying.keep(asking, policy, feeds, requests.TODAY)
    last = requests.TODAY + timedelta(days=policy.periods.inbox_days + 1)
    sweep = threading.Thread(target=lambda: lying.keep(asking, policy, feeds, last))

    def meanwhile(*arguments: Any) -> Any:
        with suppress(RuntimeError):  # once
            sweep.start()
        sweep.join(SECONDS)
        return reader(*arguments)

    monkeypatch.setattr(batch.sources, "read", meanwhile)
    read(asking, "assignments", "2026-11-03", judge=quick_judge)
    sweep.join()
    assert table(asking, tables.files).query("feed == 'assignments'")["state"].tolist() == ["read", "read"]
    assert not list((asking.inbox / "assignments").rglob("*.csv"))
