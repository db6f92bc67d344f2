"""What a refresh and a backfill read, and how: whole days, additions, what waits, and days without new files (rules 4-5)."""

from pathlib import Path
from typing import Any

import pytest

from register.home import Home
from register.intake import batch, refresh
from register.intake.archive import Archive
from register.intake.deliveries import days_that_wait
from register.intake.refresh import Waiting
from register.store.tables import deliveries, engagements, observations, runs, suppressions
from tests.builders import POLICY, contents, counts, deliver, desk, errand, make_home, quick_judge, table
from tests.builders import read as read_days

FEEDS = """
[events]
kind = "assignment"
format = "csv"
[snapshot]
kind = "provider"
format = "csv"
key = ["Asiakasnro"]
[changes]
kind = "provider"
format = "csv"
gives = "changes"
key = ["Asiakasnro"]
"""
LAX = POLICY + '[admission]\nthird_party_may = "add_anyone"\nmax_shrink = 1.0\n'
D2, D3, D4, D5 = "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "home", FEEDS, LAX)


def person(name: str, number: int = 1) -> dict[str, str]:
    return {"Asiakasnro": str(number), "Nimi": f"{name} Virta", "Sähköposti": f"{name}@virta.example", "Yritys": "Virta Oy",
            "Y-tunnus": "9900020-2"}


ASA, OLLI, PIA = person("Asa", 1), person("Olli", 2), person("Pia", 3)


def read(home: Home, feed: str, days: list[str] | str, **how: object) -> None:
    read_days(home, feed, days, **how)  # type: ignore[arg-type]


def living(home: Home) -> list[str]:
    found = table(home, observations)
    return sorted(found.loc[~found["withdrawn"], "first_name"])


@pytest.mark.parametrize(("feed", "kept"), [("events", ["Asa", "Olli"]), ("snapshot", ["Olli"]), ("changes", ["Asa", "Olli"])])
def test_loose_files_belong_to_the_refresh_that_sees_them_and_add_or_replace(home: Home, feed: str, kept: list[str]) -> None:
    for name, row in (("a.csv", ASA), ("b.csv", OLLI)):
        deliver(home, feed, None, [row], name)
        read(home, feed, D5)
    assert living(home) == kept
    assert counts(home, feed, D5)["read"] == len(kept)
    assert not list((home.inbox / feed).rglob("*.csv"))


@pytest.mark.parametrize(("feed", "kept"), [("events", ["Asa", "Olli"]), ("snapshot", ["Olli"]), ("changes", ["Olli"])])
def test_todays_folder_is_the_whole_day_but_events_add_up(home: Home, feed: str, kept: list[str]) -> None:
    for row in (ASA, OLLI):
        deliver(home, feed, D5, [row])
        read(home, feed, D5)
    assert living(home) == kept


def test_unread_files_of_a_held_day_are_noted_until_they_are_read_or_taken_away(home: Home) -> None:
    def noted() -> list[str]:
        read(home, "events", D5)
        with home.database.reading() as store:
            return days_that_wait(store, "events")

    deliver(home, "events", D3, [ASA])
    read(home, "events", D3)
    assert noted() == []
    for end in (lambda _: read(home, "events", D3, mode="backfill"), lambda path: path.unlink()):
        path = deliver(home, "events", D3, [ASA, OLLI, *([PIA] if living(home) != ["Asa"] else [])])
        assert noted() == [D3]
        read(home, "events", D2)
        with home.database.reading() as store:
            assert days_that_wait(store, "events") == [D3], "a run of an older day does not know"
        end(path)
        assert noted() == []


def test_half_written_files_wait_and_are_read_when_they_are_whole(home: Home) -> None:
    growing = deliver(home, "events", D5, [ASA], "a.csv.part")
    read(home, "events", D5)
    assert counts(home, "events", D5)["state"] == "absent" and growing.exists()
    growing.rename(growing.with_suffix(""))
    read(home, "events", D5)
    assert living(home) == ["Asa"]


@pytest.mark.parametrize("feed", ["events", "snapshot", "changes"])
def test_what_comes_loose_twice_in_a_day_is_counted_once(home: Home, feed: str) -> None:
    for name, rows in (("a.csv", [ASA, OLLI]), ("b.csv", [ASA, OLLI]), ("c.csv", [ASA, OLLI])):
        deliver(home, feed, None, rows, name)
        read(home, feed, D5)
        assert (counts(home, feed, D5)["read"], counts(home, feed, D5)["accepted"]) == (2, 2)
        assert not list(home.inbox.rglob("*.csv"))
    deliver(home, feed, None, [ASA, OLLI], "a.csv")
    deliver(home, feed, None, [PIA], "d.csv")
    read(home, feed, D5)
    assert living(home) == ["Asa", "Olli", "Pia"] and counts(home, feed, D5)["read"] == 3


@pytest.mark.parametrize("feed", ["events", "snapshot", "changes"])
def test_a_file_that_is_saved_again_while_its_day_is_read_is_read_next(home: Home, feed: str) -> None:
    path = deliver(home, feed, D5, [ASA])

    def meanwhile(rows: Any, of: Any) -> Any:
        deliver(home, feed, D5, [ASA, OLLI])
        return quick_judge(rows, of)

    read_days(home, feed, D5, judge=meanwhile)
    assert living(home) == ["Asa"] and path.exists()
    read(home, feed, D5)
    assert living(home) == ["Asa", "Olli"] and not path.exists()


def test_what_is_read_is_known_by_the_content_that_was_read(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(home, "events", D5, [ASA])
    looked = refresh.look

    def meanwhile(*arguments: Any) -> Any:
        found = looked(*arguments)
        deliver(home, "events", D5, [OLLI, PIA])
        return found

    monkeypatch.setattr(refresh, "look", meanwhile)
    read(home, "events", D5)
    monkeypatch.undo()
    assert living(home) == ["Olli", "Pia"] and not list(home.inbox.rglob("*.csv"))
    deliver(home, "events", D5, [ASA])
    read(home, "events", D5)
    assert living(home) == ["Asa", "Olli", "Pia"], "the content that only lay there was never read"


def test_a_file_that_is_saved_while_it_is_read_is_read_from_its_beginning(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = deliver(home, "events", D5, [ASA])
    reader, times = batch.sources.read, iter(range(9))

    def meanwhile(*arguments: Any) -> Any:
        yield from reader(*arguments)
        if next(times) == 0:
            deliver(home, "events", D5, [OLLI, PIA])

    monkeypatch.setattr(batch.sources, "read", meanwhile)
    read(home, "events", D5)
    assert living(home) == ["Olli", "Pia"] and not path.exists()


def test_new_content_of_an_earlier_day_waits_for_a_backfill_and_what_it_lacks_is_counted_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, "events", D3, [ASA, OLLI])
    read(home, "events", [D2, D3, D4, D5])
    deliver(home, "events", D3, [ASA, PIA])
    read(home, "events", [D3, D4, D5])
    assert living(home) == ["Asa", "Olli"]
    at = desk(home)
    feed = at.feeds.named("events")
    monkeypatch.setattr(refresh.batch, "read_letters", None)  # counted already: reading them again would fail
    assert refresh.waiting(at, feed, errand(D5)) == [Waiting("events", D3, 1, 1)]
    monkeypatch.undo()
    read(home, "events", D3, mode="backfill")
    assert living(home) == ["Asa", "Pia"]
    assert refresh.waiting(desk(home), feed, errand(D5)) == []


@pytest.mark.parametrize("feed", ["events", "snapshot", "changes"])
def test_a_folder_with_a_corrected_file_beside_one_as_it_was_is_the_whole_day(home: Home, feed: str) -> None:
    for name, row in (("a.csv", ASA), ("b.csv", OLLI)):
        deliver(home, feed, D3, [row], name)
    read(home, feed, [D3, D4])
    for name, row in (("a.csv", ASA), ("b.csv", PIA)):
        deliver(home, feed, D3, [row], name)
    at = desk(home)
    read(home, feed, [D4, D5])
    assert refresh.waiting(at, at.feeds.named(feed), errand(D5)) == [Waiting(feed, D3, 2, 1)]
    read(home, feed, D3, mode="backfill")
    assert living(home) == ["Asa", "Pia"] and counts(home, feed, D3)["read"] == 2
    assert not list(home.inbox.rglob("*.csv"))
    for name, row in (("a.csv", ASA), ("c.csv", OLLI)):
        deliver(home, feed, D3, [row], name)
    read(home, feed, D3, mode="backfill", adds=True)
    assert living(home) == (["Asa", "Olli", "Pia"] if feed == "events" else ["Asa", "Olli"])
    assert counts(home, feed, D3)["read"] == (3 if feed == "events" else 2)


def test_an_earlier_day_that_is_not_held_is_read_when_it_comes(home: Home) -> None:
    read(home, "events", [D2, D3, D4])
    deliver(home, "events", D2, [ASA])
    first = refresh.first_day(desk(home), errand(D5))
    assert first.isoformat() == "2026-11-01", "nothing is known of the first day yet"
    for feed in ("events", "snapshot", "changes"):
        read(home, feed, ["2026-11-01", D2, D3, D4, D5])
    assert living(home) == ["Asa"]
    assert refresh.first_day(desk(home), errand(D5)).isoformat() == D5
    deliver(home, "events", D3, [OLLI])
    assert refresh.first_day(desk(home), errand(D5)).isoformat() == D3


def test_a_refresh_of_a_day_reads_nothing_later(home: Home) -> None:
    deliver(home, "events", D5, [ASA])
    assert refresh.first_day(desk(home), errand(D4)).isoformat() == "2026-11-01"
    read(home, "events", ["2026-11-01", D2, D3, D4])
    assert living(home) == [] and counts(home, "events", D5) == {}


def test_add_keeps_the_held_rows_of_an_events_feed(home: Home) -> None:
    for feed in ("events", "snapshot"):
        deliver(home, feed, D3, [ASA])
        read(home, feed, [D3, D5])
        deliver(home, feed, D3, [OLLI])
        read(home, feed, D3, mode="backfill", adds=True)
    found = table(home, observations)
    assert sorted(found.loc[found["feed"] == "events", "first_name"]) == ["Asa", "Olli"]
    assert found.loc[(found["feed"] == "snapshot"), "first_name"].tolist() == ["Olli"]
    assert counts(home, "events", D3)["read"] == 2
    assert len(Archive(home.archive).keys(table(home, deliveries).query(f"feed == 'events' and day == '{D3}'")
                                          ["archive_file"].iloc[0])) == 2


@pytest.mark.parametrize("feed", ["events", "snapshot", "changes"])
def test_an_absent_delivery_is_not_an_empty_one(home: Home, feed: str) -> None:
    deliver(home, feed, D3, [ASA])
    read(home, feed, [D3, D4, D5])
    assert [counts(home, feed, day)["state"] for day in (D3, D4, D5)] == ["read", "absent", "absent"]
    assert living(home) == ["Asa"]
    read(home, feed, [D3, D4, D5], mode="backfill")
    assert living(home) == ["Asa"] and counts(home, feed, D4)["state"] == "absent"


def test_an_empty_snapshot_withdraws_and_an_empty_day_of_events_does_not(home: Home) -> None:
    for feed in ("events", "snapshot"):
        for day, rows in ((D3, [ASA]), (D4, "Asiakasnro;Nimi;Sähköposti;Yritys\n")):
            deliver(home, feed, day, rows)
            read(home, feed, day)
        assert counts(home, feed, D4)["state"] == "read"
    found = table(home, observations).set_index("feed")["withdrawn"].to_dict()
    assert found == {"events": False, "snapshot": True}


def test_what_a_snapshot_lacks_is_withdrawn_and_what_only_waits_is_given_still(home: Home) -> None:
    deliver(home, "snapshot", D3, [ASA, OLLI, PIA])
    deliver(home, "snapshot", D4, [ASA, {**OLLI, "Nimi": "", "Puhelin": ""}])
    read(home, "snapshot", [D3, D4])
    assert living(home) == ["Asa", "Olli"]
    assert counts(home, "snapshot", D4)["quarantined"] == 1


def test_changes_take_back_what_they_say_is_deleted_until_it_is_given_again(home: Home) -> None:
    for day, row, expected in ((D2, ASA, ["Asa"]), (D3, {**ASA, "Poistettu": "kyllä"}, []), (D4, OLLI, ["Olli"]),
                               (D5, ASA, ["Asa", "Olli"])):
        deliver(home, "changes", day, [row])
        read(home, "changes", day)
        assert living(home) == expected, day


def test_a_replay_reads_by_todays_policy_and_counts_as_before(home: Home) -> None:
    deliver(home, "events", D3, [{**ASA, "Puhelin": "040 555 0101"}, {**OLLI, "Yritys": "Muu Oy", "Y-tunnus": "9900001-8"}])
    read(home, "events", D3)
    before = counts(home, "events", D3)
    (home.path / "policy.toml").write_text(
        LAX.replace('["9900011-4"]', '["9900001-8"]') + '[fields]\nkeep = ["full_name", "company", "business_id", "email"]\n',
        encoding="utf-8")
    read(home, "events", D3, mode="backfill")
    found = table(home, observations)
    assert found["first_name"].tolist() == ["Asa"] and found["phone"].isna().all()
    assert counts(home, "events", D3) == before
    assert "phone" not in Archive(home.archive).read(table(home, deliveries)["archive_file"][0])


def test_a_replay_ends_no_suppression_and_forgets_nothing_that_waits(home: Home) -> None:
    deliver(home, "snapshot", D3, [ASA, {**OLLI, "Yritys": "-", "Y-tunnus": "", "Sähköposti": "o@luukku.com"}, PIA])
    read(home, "snapshot", D3)
    removed = table(home, observations).query("first_name == 'Pia'")
    with home.database.writing("removals", D3) as store:
        store.execute(observations.delete().where(observations.c.first_name == "Pia"))
        store.insert(suppressions, removed[["record_key", "feed"]].assign(removal_id="r", suppressed_on=D3))
        Archive(home.archive).without(store, removed["record_key"])
    before = contents(home)
    read(home, "snapshot", D3, mode="backfill")
    assert contents(home) == before and table(home, suppressions)["ended_on"].isna().tolist() == [True]
    deliver(home, "snapshot", D4, [ASA, PIA])
    read(home, "snapshot", D4)
    assert counts(home, "snapshot", D4)["reasons"] == {"suppressed": 1} and living(home) == ["Asa", "Olli"][:1]
    for day, kept in ((D5, 0), ("2026-11-06", 0)):
        deliver(home, "snapshot", day, [ASA] if day == D5 else [ASA, PIA])
        read(home, "snapshot", day)
        assert table(home, suppressions)["ended_on"].isna().sum() == kept
    assert living(home) == ["Asa", "Pia"], "the feed had stopped giving the record"


def test_changes_end_a_suppression_when_they_say_the_record_is_deleted(home: Home) -> None:
    deliver(home, "changes", D2, [ASA])
    read(home, "changes", D2)
    removed = table(home, observations)
    with home.database.writing("removals", D3) as store:
        store.execute(observations.delete())
        store.insert(suppressions, removed[["record_key", "feed"]].assign(removal_id="r", suppressed_on=D3))
    deleted = {**ASA, "Poistettu": "x"}
    for day, row, kept in ((D2, deleted, 1), (D4, OLLI, 1), (D5, deleted, 0)):  # the first is older than the removal
        deliver(home, "changes", day, [row])
        read(home, "changes", day, mode="backfill")
        assert table(home, suppressions)["ended_on"].isna().sum() == kept


def test_a_feed_that_is_retired_or_taken_out_keeps_its_observations(home: Home) -> None:
    for feed in ("events", "snapshot"):
        deliver(home, feed, D3, [ASA])
        read(home, feed, D3)
    before = contents(home)
    (home.path / "feeds.toml").write_text(FEEDS.replace("[snapshot]", "[other]").replace(
        '[events]\nkind = "assignment"', '[events]\nretired = true\nkind = "assignment"'), encoding="utf-8")
    assert [feed.name for feed in desk(home).feeds.living] == ["changes", "other"]
    read(home, "changes", [D3, D4, D5])
    assert contents(home) == before


def test_archive_files_go_after_their_days_and_their_counts_and_rows_stay(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", FEEDS, POLICY.replace("[periods]", "[periods]\narchive_days = 2"))
    for day in (D2, D3):
        deliver(home, "events", day, [ASA])
        read(home, "events", day)
    read(home, "changes", D5)
    kept = table(home, deliveries).query("feed == 'events'").set_index("day")
    assert kept["archive_file"].isna().to_dict() == {D2: True, D3: False}
    assert len(list(home.archive.rglob("*.parquet"))) == 1
    assert kept.loc[D2, "accepted"] == 1 and len(table(home, engagements)) == 2


def test_a_day_in_order_writes_nothing(home: Home) -> None:
    deliver(home, "events", D3, [ASA])
    read(home, "events", [D3, D4, D5])
    before = table(home, runs)
    read(home, "events", [D3, D4, D5])
    assert table(home, runs).equals(before)


OUTSIDE = """
[invoices]
kind = "inquiry"
format = "csv"
path = "{folder}/*.csv"
[partners]
kind = "provider"
format = "csv"
key = ["Asiakasnro"]
path = "{folder}/*.csv"
"""


def test_files_outside_the_home_are_read_once_and_stay_where_they_lie(tmp_path: Path) -> None:
    folder = tmp_path / "kirjanpito"
    folder.mkdir()
    home = make_home(tmp_path / "home", OUTSIDE.format(folder=folder), LAX)

    def put(name: str, *rows: dict[str, str]) -> None:
        columns = list(rows[0])
        (folder / name).write_text("\n".join(";".join(row[column] for column in columns) for row in (
            dict(zip(columns, columns, strict=True)), *rows)) + "\n", encoding="utf-8")

    def read_both(day: str) -> list[dict[str, object]]:
        for feed in ("invoices", "partners"):
            read(home, feed, day)
        return [{key: counts(home, feed, day)[key] for key in ("state", "read")} for feed in ("invoices", "partners")]

    put("a.csv", ASA)
    put("b.csv", OLLI)
    assert read_both(D2) == [{"state": "read", "read": 2}, {"state": "read", "read": 2}]
    assert read_both(D3) == [{"state": "absent", "read": 0}, {"state": "absent", "read": 0}]
    put("b.csv", PIA)
    assert read_both(D4) == [{"state": "read", "read": 1}, {"state": "read", "read": 2}], "a snapshot is read as a whole"
    found = table(home, observations)
    assert sorted(found.query("feed == 'partners' and not withdrawn")["first_name"]) == ["Asa", "Pia"]
    put("b.csv", OLLI)
    assert read_both(D5)[1] == {"state": "read", "read": 2}, "back to what it was is a change too"
    assert len(list(folder.iterdir())) == 2 and not list(home.inbox.rglob("*.csv"))


def test_an_unreadable_file_outside_is_tried_with_its_own_day_only(tmp_path: Path) -> None:
    folder = tmp_path / "kirjanpito"
    folder.mkdir()
    (folder / "a.csv").write_text("asa@virta.example;040 5550101;x\n", encoding="utf-8")
    home = make_home(tmp_path / "home", OUTSIDE.format(folder=folder), LAX)
    for day in (D2, D3):
        read(home, "invoices", day)
    assert [counts(home, "invoices", day)["state"] for day in (D2, D3)] == ["set aside", "absent"]
