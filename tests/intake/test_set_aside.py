"""Deliveries too small to be believed or not to be read: set aside, taken by name, given up, judged again, let go of."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from register.errors import RefusedError
from register.home import Home
from register.intake import set_aside
from register.store.tables import decisions, deliveries, files, observations, quarantine
from tests.builders import POLICY, TODAY, counts, deliver, desk, make_home, table
from tests.builders import read as read_days

FEEDS = """
[events]
kind = "assignment"
format = "csv"
[snapshot]
kind = "provider"
format = "csv"
key = ["Tunnus"]
"""
LAX = POLICY + '[admission]\nthird_party_may = "add_anyone"\n'
D2, D3, D4, D5 = "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Home:
    return make_home(tmp_path / "home", FEEDS, LAX, database_url)


def rows(n: int, first: int = 0, **other: str) -> list[dict[str, str]]:
    return [{"Tunnus": str(number), "Nimi": "Åsa Åkerberg", "Sähköposti": f"asa{number}@virta.example", "Yritys": "Virta Oy",
             "Y-tunnus": "9900020-2"} | other for number in range(first, first + n)]


def read(home: Home, feed: str, days: list[str] | str, **how: object) -> None:
    read_days(home, feed, days, **how)  # type: ignore[arg-type]


def give(home: Home, day: str, n: int, feed: str = "snapshot", mode: str = "refresh") -> None:
    deliver(home, feed, day, rows(n))
    read(home, feed, day, mode=mode)


def accept(home: Home, day: str, feed: str = "snapshot", name: str = "Timo Aro", today: date = TODAY) -> bool:
    at = desk(home)
    taken = set_aside.accept(home, at.policy, at.feeds.named(feed), day, name, "timo", today).is_taken
    read(home, feed, day, mode="backfill")
    return taken


def state(home: Home, day: str, feed: str = "snapshot") -> tuple[str, str | None]:
    found = counts(home, feed, day)
    return found["state"], found["code"]


def living(home: Home) -> int:
    return int((~table(home, observations)["withdrawn"]).sum())


@pytest.mark.parametrize(("before", "after", "is_believed"), [(10, 7, True), (10, 6, False), (10, 0, False), (10, 30, True)])
def test_a_snapshot_that_shrinks_by_more_than_the_policy_allows_is_set_aside(
    home: Home, before: int, after: int, is_believed: bool
) -> None:
    give(home, D2, before)
    deliver(home, "snapshot", D3, rows(after) or "Tunnus;Nimi;Sähköposti;Yritys\n")
    read(home, "snapshot", D3)
    assert state(home, D3) == (("read", None) if is_believed else ("set aside", "shrunk"))
    assert living(home) == (after if is_believed else before)


def test_any_delivery_is_held_to_the_day_it_replaces_and_events_to_no_other_day(home: Home) -> None:
    give(home, D2, 10, "events")
    give(home, D3, 1, "events")
    assert state(home, D3, "events") == ("read", None)
    give(home, D2, 5, "events", "backfill")
    assert state(home, D2, "events") == ("set aside", "shrunk")
    assert counts(home, "events", D2)["read"] == 10 and living(home) == 11


def test_a_shrunk_snapshot_is_read_once_somebody_of_the_policy_has_taken_it(home: Home) -> None:
    give(home, D2, 10)
    give(home, D3, 5)
    with pytest.raises(RefusedError, match="Sallittuja ovat käytännön .* henkilöt: Liisa Kaski, Timo Aro"):
        accept(home, D3, name="Kuka Vain")
    assert living(home) == 10
    assert accept(home, D3)
    assert state(home, D3) == ("read", None) and living(home) == 5
    assert not list(home.inbox.rglob("*.csv"))
    [decision] = table(home, decisions).to_dict("records")
    assert [decision[name] for name in ("kind", "day", "decided_by", "os_user")] == ["accept", D3, "Timo Aro", "timo"]
    with pytest.raises(RefusedError, match="ei ole mitään sivussa"):
        accept(home, D3)


def test_the_word_covers_what_was_seen_and_not_a_later_smaller_delivery(home: Home) -> None:
    give(home, D2, 10)
    give(home, D3, 5)
    accept(home, D3)
    give(home, D3, 2, mode="backfill")
    assert state(home, D3) == ("set aside", "shrunk") and living(home) == 5


def test_a_day_set_aside_is_judged_again_when_an_earlier_day_arrives(home: Home) -> None:
    give(home, D2, 10)
    give(home, D4, 6)
    assert state(home, D4) == ("set aside", "shrunk")
    deliver(home, "snapshot", D3, rows(8))
    read(home, "snapshot", [D3, D4, D5])
    assert state(home, D3) == ("read", None) and state(home, D4) == ("read", None)
    assert living(home) == 6


def test_a_day_held_is_let_go_of_when_an_earlier_day_shows_that_it_shrank_and_its_rows_wait_in_the_archive(home: Home) -> None:
    give(home, D3, 5)
    assert state(home, D3) == ("read", None)
    deliver(home, "snapshot", D2, rows(10))
    read(home, "snapshot", [D2, D3, D4])
    read(home, "snapshot", [D2, D3, D4], mode="backfill")
    assert state(home, D3) == ("set aside", "shrunk") and living(home) == 10, "a replay is nobody's word"
    assert set(table(home, observations)["last_seen_on"]) == {D2}
    assert accept(home, D3)
    assert state(home, D3) == ("read", None) and living(home) == 5


def test_a_day_let_go_of_is_held_again_when_a_still_nearer_day_explains_it(home: Home) -> None:
    give(home, D4, 5)
    give(home, D2, 10)
    assert state(home, D4)[0] == "set aside"
    deliver(home, "snapshot", D3, rows(7))
    read(home, "snapshot", [D3, D4, D5])
    assert [state(home, day)[0] for day in (D2, D3, D4)] == ["read", "read", "read"]
    assert living(home) == 5


def test_judging_goes_on_from_day_to_day(home: Home) -> None:
    """In order D3 and D4 would both have been too small against D2, and D5 against it would not."""
    for day, n in ((D3, 5), (D4, 4), (D5, 9)):
        give(home, day, n)
    deliver(home, "snapshot", D2, rows(10))
    read(home, "snapshot", [D2, D3, D4, D5])
    assert [state(home, day)[0] for day in (D2, D3, D4, D5)] == ["read", "set aside", "set aside", "read"]
    assert living(home) == 9


def test_an_unreadable_delivery_is_given_up_by_name_and_its_file_goes(home: Home) -> None:
    give(home, D2, 3)
    deliver(home, "snapshot", D3, "asa@virta.example;040 5550101;x\n")
    read(home, "snapshot", D3)
    assert not accept(home, D3)
    assert state(home, D3)[0] == "given up" and living(home) == 3
    assert not list(home.inbox.rglob("*.csv"))
    assert table(home, decisions)["kind"].tolist() == ["give up"]


def test_a_file_that_was_mended_in_its_place_ends_the_fault(home: Home) -> None:
    for name, text in (("a.csv", rows(1)), ("b.csv", "asa@virta.example;040 5550101;x\n")):
        deliver(home, "events", D3, text, name)
    read(home, "events", D3)
    assert state(home, D3, "events")[0] == "set aside" and living(home) == 1
    deliver(home, "events", D3, rows(2, first=1), "b.csv")
    read(home, "events", D3)
    assert state(home, D3, "events") == ("read", None) and living(home) == 3
    assert table(home, files)["state"].tolist() == ["read", "read"]


def test_a_file_beside_one_that_is_still_broken_is_let_in_and_the_fault_stays(home: Home) -> None:
    deliver(home, "events", D3, "asa@virta.example;040 5550101;x\n", "a.csv")
    read(home, "events", D3)
    deliver(home, "events", D3, rows(2), "b.csv")
    read(home, "events", D3)
    assert state(home, D3, "events") == ("set aside", "no_header_row") and living(home) == 2
    assert [path.name for path in home.inbox.rglob("*.csv")] == ["a.csv"]


def test_the_files_of_a_snapshot_are_read_together_when_the_broken_one_is_mended(home: Home) -> None:
    deliver(home, "snapshot", D3, rows(3), "a.csv")
    deliver(home, "snapshot", D3, "asa@virta.example;040 5550101;x\n", "b.csv")
    read(home, "snapshot", D3)
    assert living(home) == 0
    deliver(home, "snapshot", D3, rows(2, first=3), "b.csv")
    read(home, "snapshot", D3)
    assert state(home, D3) == ("read", None) and living(home) == 5


def test_a_mended_setting_is_enough_the_file_need_not_be_delivered_again(home: Home) -> None:
    deliver(home, "events", D3, "Kuka;Posti;Talo\nÅsa Åkerberg;asa@virta.example;Virta Oy\n")
    read(home, "events", D3)
    assert state(home, D3, "events") == ("set aside", "no_known_column")
    (home.path / "feeds.toml").write_text(FEEDS.replace(
        "[snapshot]", 'columns = { full_name = "Kuka", email = "Posti", company = "Talo" }\n[snapshot]'), encoding="utf-8")
    read(home, "events", D3, mode="backfill")
    assert state(home, D3, "events") == ("read", None) and living(home) == 1


def test_raw_files_go_after_their_days_and_the_day_stays_set_aside(home: Home) -> None:
    path = deliver(home, "events", D3, "asa@virta.example;040 5550101;x\n")
    read(home, "events", D3)
    last_day = TODAY + timedelta(days=14)
    for today, is_there in ((last_day, True), (last_day + timedelta(days=1), False)):
        read(home, "events", D5, today=today)
        assert path.exists() is is_there
    assert state(home, D3, "events")[0] == "set aside"
    assert table(home, files)["state"].tolist() == ["expired"]


def test_trying_again_does_not_prolong_the_clock_new_content_begins_a_new_one(home: Home) -> None:
    deliver(home, "events", D3, "asa@virta.example;040 5550101;x\n")
    for later, text in ((0, None), (5, None), (9, "olli@virta.example;040 5550102;x\n")):
        if text:
            deliver(home, "events", D3, text)
        read(home, "events", D3, mode="backfill", today=TODAY + timedelta(days=later))
        since = TODAY + timedelta(days=later if text else 0)
        assert table(home, deliveries).set_index("day").loc[D3, "set_aside_on"] == since.isoformat()


def test_a_shrunk_delivery_whose_file_has_gone_can_only_be_given_up(home: Home) -> None:
    give(home, D2, 10)
    give(home, D3, 5)
    read(home, "snapshot", D5, today=TODAY + timedelta(days=15))
    assert not accept(home, D3)
    assert state(home, D3)[0] == "given up" and living(home) == 10


def test_what_somebody_has_taken_is_read_though_its_days_are_over(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken in the moment in which a refresh is about to let go of it."""
    late, at = TODAY + timedelta(days=15), desk(home)
    give(home, D2, 10)
    give(home, D3, 5)
    old = set_aside._outlived

    def meanwhile(*arguments: object) -> object:
        found = old(*arguments)  # type: ignore[arg-type]
        monkeypatch.undo()
        assert set_aside.accept(home, at.policy, at.feeds.named("snapshot"), D3, "Timo Aro", "timo", late).is_taken
        return found

    monkeypatch.setattr(set_aside, "_outlived", meanwhile)
    read(home, "snapshot", D5, today=late)
    read(home, "snapshot", D3, mode="backfill", today=late)
    assert state(home, D3) == ("read", None) and living(home) == 5
    assert not list(home.inbox.rglob("*.csv"))


def test_what_waits_in_quarantine_outlives_a_day_that_is_let_go_of(home: Home) -> None:
    deliver(home, "snapshot", D3, [*rows(4), *rows(1, first=4, Nimi="")])
    read(home, "snapshot", D3)
    give(home, D2, 10)
    assert state(home, D3)[0] == "set aside"
    assert table(home, quarantine)["code"].tolist() == ["name_missing"]


BROKEN = "asa@virta.example;040 5550101;x\n"


@pytest.mark.parametrize("correction", [rows(2), BROKEN])
def test_a_correction_that_is_taken_back_by_delivering_the_day_as_it_was_ends_the_fault(
    home: Home, correction: list[dict[str, str]] | str
) -> None:
    give(home, D2, 10)
    deliver(home, "snapshot", D2, correction)
    read(home, "snapshot", D2, mode="backfill")
    assert state(home, D2)[0] == "set aside"
    deliver(home, "snapshot", D2, rows(10))
    read(home, "snapshot", D5)
    assert state(home, D2) == ("read", None) and living(home) == 10
    assert not list(home.inbox.rglob("*.csv")) and len(table(home, files)) == 1


def test_a_file_delivered_twice_does_not_speak_for_a_broken_one_beside_it(home: Home) -> None:
    for name, text in (("a.csv", rows(1)), ("b.csv", BROKEN)):
        deliver(home, "events", D3, text, name)
    read(home, "events", D3)
    (home.inbox / "events" / D3 / "b.csv").unlink()
    deliver(home, "events", D3, rows(1), "a.csv")
    read(home, "events", D5)
    assert state(home, D3, "events")[0] == "set aside", "nobody has delivered the broken file again or given it up"


def test_what_nobody_has_read_is_new_when_it_comes_again(home: Home) -> None:
    give(home, D2, 10)
    give(home, D3, 5)
    read(home, "snapshot", D5, today=TODAY + timedelta(days=15))
    deliver(home, "snapshot", D3, rows(5))
    read(home, "snapshot", D3, mode="backfill")
    assert accept(home, D3), "after its days the owner was asked for it again"
    assert state(home, D3) == ("read", None) and living(home) == 5

    give(home, D4, 2)
    give(home, D4, 9)
    deliver(home, "snapshot", D4, rows(2))
    read(home, "snapshot", D4, mode="backfill")
    assert state(home, D4) == ("set aside", "shrunk"), "a larger one was taken in its place meanwhile"
