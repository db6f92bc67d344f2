"""How a feed stands, in four checks that name what is wrong, where, and what to do; never a value or a file's name."""

from datetime import date
from pathlib import Path

import pytest

from expectations import runner
from register.home import Home
from register.intake import feed_state
from register.intake.feed_state import CHECKS, Check
from register.store.tables import deliveries
from tests.builders import POLICY, counts, deliver, desk, errand, make_home, read, table

FEEDS = """
[lista]
kind = "inquiry"
format = "csv"
owner = "Väinö Verkko, 09 542 1001"
[provider_x]
kind = "provider"
format = "csv"
path = "*.csv"
[rikki]
kind = "inquiry"
format = "pdf"
[vanha]
kind = "inquiry"
format = "csv"
retired = true
"""
D3, D4, D5 = "2026-11-03", "2026-11-04", "2026-11-05"
ROW = {"Nimi": "Åsa Åkerberg", "Sähköposti": "asa@virta.example", "Yritys": "Virta Oy", "Y-tunnus": "9900020-2"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    policy = 'language = "en"\n' + POLICY + '[admission]\nthird_party_may = "add_anyone"\n'
    return make_home(tmp_path / "home", FEEDS, policy)


def judge(home: Home, feed: str = "lista", day: str = D5) -> dict[str, Check]:
    found = feed_state.judge(desk(home), feed, errand(day, today=date(2026, 11, 24))).checks
    assert tuple(check.name for check in found) == CHECKS
    return {check.name: check for check in found}


def give(home: Home, day: str, rows: list[dict[str, str]] | str, feed: str = "lista", name: str = "Asa Akerberg.csv") -> None:
    deliver(home, feed, day, rows, name)
    read(home, feed, day, judge=runner.judge)


def verdict(check: Check) -> tuple[bool, str]:
    return check.passed, check.severity


def test_a_good_feed_passes_all(home: Home) -> None:
    give(home, D5, [ROW])
    found = judge(home)
    assert all(check.passed for check in found.values())
    assert found["accounted"].sentence == "All rows are accounted for, in 1 deliveries."
    assert found["volume"].sentence == "Newest delivery 5 Nov 2026."


def test_rows_that_do_not_add_up_are_an_error(home: Home) -> None:
    give(home, D5, [ROW])
    with home.database.writing("fault", D5) as store:
        store.execute(deliveries.update().values(accepted=0))
    check = judge(home)["accounted"]
    assert verdict(check) == (False, "error") and "5 Nov 2026" in check.sentence


def test_an_unreadable_file_is_named_by_number_with_what_to_do_and_whom_to_call(home: Home) -> None:
    give(home, D5, "asa@virta.example;040 5550101;x\n")
    check = judge(home)["structure"]
    assert verdict(check) == (False, "error")
    assert check.sentence == (
        "lista, 5 Nov 2026, file 1: the header row is missing: row 1 already holds data. Ask for the file again with its "
        "header row. Without it values would land in wrong columns. Call: Väinö Verkko, 09 542 1001.")


def test_a_suite_that_failed_is_red(home: Home) -> None:
    def failing(*_: object) -> None:
        raise ValueError("Åsa Åkerberg")

    deliver(home, "lista", D5, [ROW])
    read(home, "lista", D5, judge=failing)  # type: ignore[arg-type]
    check = judge(home)["structure"]
    assert verdict(check) == (False, "error") and "could not be judged" in check.sentence and "kerberg" not in check.sentence


@pytest.mark.parametrize(("folder", "said"), [
    ("2026-10-31", "Folders before 1 Nov 2026"), ("2026-12-01", "Folders of a day to come: 1. Allowed is from 1 Nov 2026"),
    ("Asa Akerberg", "Folders whose name is no day: 1"),
])
def test_a_folder_that_is_no_day_is_red_with_what_is_allowed(home: Home, folder: str, said: str) -> None:
    deliver(home, "lista", folder, [ROW])
    check = judge(home)["structure"]
    assert verdict(check) == (False, "error") and said in check.sentence and "Akerberg" not in check.sentence


def test_what_waits_is_named_without_being_an_error(home: Home) -> None:
    give(home, D3, [ROW, {**ROW, "Nimi": "Olli Oja"}])
    deliver(home, "lista", D3, [ROW])
    deliver(home, "lista", D5, [ROW], "x.csv.part")
    check = judge(home)["structure"]
    assert verdict(check) == (False, "warn")
    assert "New files (1) came for 3 Nov 2026" in check.sentence and "1 rows that are held are not in them" in check.sentence
    assert "Half-written files that wait: 1." in check.sentence and "outbox/correction-N.xlsx" in check.sentence


def test_what_does_not_fit_the_path_is_counted(home: Home) -> None:
    deliver(home, "provider_x", D5, "x", "Asa Akerberg.txt")
    check = judge(home, "provider_x")["structure"]
    assert check.sentence.startswith("Files that do not fit the path *.csv: 1. They are not read.")


def test_columns_that_came_or_went_are_told_and_those_not_kept_named_by_word_or_position(home: Home) -> None:
    give(home, D3, [ROW])
    give(home, D4, [{"Nimi": "Olli Oja", "Yritys": "Virta Oy", "Puhelin": "040 5550102", "Tehtävänimike": "x", "Oma": "x"}])
    check = judge(home)["structure"]
    came, went = check.sentence.split("\n\n")
    assert came.startswith("New columns: phone.") and went.startswith("Columns that are gone: business_id, email.")
    [dropped] = check.figures.values()
    assert dropped == "job title, column 5"


def test_values_are_judged_as_a_table_of_the_newest_delivery(home: Home) -> None:
    give(home, D4, [{**ROW, "Puhelin": "040 55"}, ROW])
    check = judge(home)["values"]
    assert verdict(check) == (False, "warn") and "4 Nov 2026 has 1 fault." in check.sentence
    [[line]] = check.figures.values()
    assert isinstance(line, dict) and list(line.values())[1:] == [1, "50.0%"]
    give(home, D5, [ROW])
    assert judge(home)["values"].passed


def test_a_fault_that_retention_counts_on_is_an_error(home: Home) -> None:
    give(home, D5, [{**ROW, "Saapunut": "5.11.2099"}])
    assert verdict(judge(home)["values"]) == (False, "error")


@pytest.mark.parametrize(("delivered", "day", "said"), [
    (None, D5, "The feed has not delivered anything yet."),
    ([ROW], "2026-11-12", "Newest delivery 5 Nov 2026."),
    ([ROW], "2026-11-13", "The newest delivery is of 5 Nov 2026; 7 days are allowed. Call: Väinö Verkko, 09 542 1001."),
    ("Nimi;Yritys;Sähköposti\n", D5, "The delivery of 5 Nov 2026 was empty."),
])
def test_a_feed_that_is_late_or_empty_is_told(
    home: Home, delivered: list[dict[str, str]] | str | None, day: str, said: str
) -> None:
    if delivered is not None:
        give(home, D5, delivered)
    assert judge(home, day=day)["volume"].sentence.startswith(said)


def test_a_shrunk_delivery_is_an_error_with_the_request_that_takes_it(home: Home) -> None:
    give(home, D4, [ROW | {"Sähköposti": f"a{n}@virta.example"} for n in range(4)], "provider_x")
    give(home, D5, [ROW], "provider_x")
    found = judge(home, "provider_x")
    assert verdict(found["volume"]) == (False, "error")
    assert "(1 rows)" in found["volume"].sentence and "delivery\": provider_x 2026-11-05." in found["volume"].sentence
    assert found["structure"].passed


def test_an_old_days_backfill_cannot_turn_todays_red_green(home: Home) -> None:
    give(home, D3, [ROW])
    give(home, D5, "asa@virta.example;040 5550101;x\n")
    read(home, "lista", D3, "backfill")
    assert not judge(home)["structure"].passed


def test_rows_that_stayed_are_told(home: Home) -> None:
    give(home, D3, [ROW])
    with home.database.writing("expire", D3) as store:
        store.execute(deliveries.update().values(archive_file=None))
    deliver(home, "lista", D3, [{**ROW, "Nimi": "Olli Oja"}])
    read(home, "lista", D3, "backfill")
    assert "3 Nov 2026: the archive of the earlier delivery has had its time" in judge(home)["structure"].sentence


def test_a_file_that_was_read_and_cannot_be_deleted_is_red(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        deliver(home, "lista", D5, [ROW])
        read(home, "lista", D5)
        assert "could not be deleted: 1" in judge(home)["structure"].sentence
    assert counts(home, "lista", D5)["read"] == 1


def test_a_feed_with_a_mistake_is_red_with_the_line_and_a_retired_one_is_told(home: Home) -> None:
    broken, retired = judge(home, "rikki"), judge(home, "vanha")
    assert verdict(broken["structure"]) == (False, "error")
    assert "[rikki] format: Input should be 'csv'" in broken["structure"].sentence
    assert all(check.passed for check in retired.values()) and "no longer read" in retired["structure"].sentence
    assert all(check.passed for check in judge(home, "poistettu").values())


def test_judging_changes_nothing(home: Home) -> None:
    give(home, D4, [ROW])
    left = deliver(home, "lista", D5, "asa@virta.example;040 5550101;x\n")
    read(home, "lista", D5)
    before = table(home, deliveries)
    feed_state.judge(desk(home), "lista", errand(D5, today=date(2027, 2, 1)))
    assert left.exists() and table(home, deliveries).equals(before)


def test_the_numbers_of_a_day_and_of_the_last_days(home: Home) -> None:
    give(home, D4, [ROW, {**ROW, "Yritys": "-", "Y-tunnus": "", "Sähköposti": "a@luukku.com"}])
    at = desk(home)
    figures = feed_state.of_day(at, "lista", D4)
    assert list(figures.values())[1:6] == [2, 1, 1, 0, 0]
    assert "The company is missing" in str(figures["Why quarantined"]) and figures["Why withheld"] == "-"
    assert list(feed_state.of_day(at, "lista", D5)) == list(figures)[:1]
    [recent] = feed_state.judge(at, "lista", errand(D5, today=date(2026, 11, 5))).recent.values()
    assert str(recent).splitlines()[0] == "█·".rjust(14, "·"), "a day ago"
    assert str(recent).splitlines()[-1] == "4 Nov 2026 | 2 | 1 | 1 | 0" and len(str(recent)) < 1000
    [later] = feed_state.judge(at, "lista", errand(D5, today=date(2026, 11, 18))).recent.values()
    assert str(later).splitlines()[0] == "·" * 14 and "4 Nov 2026" not in str(later), "the table shows the days of the line"


def test_the_last_days_are_the_same_whichever_day_was_run(home: Home) -> None:
    for day in (D3, D4, D5):
        give(home, day, [ROW])
    at, today = desk(home), date(2026, 11, 6)
    [shown, again] = [feed_state.judge(at, "lista", errand(day, "backfill", today=today)).recent for day in (D3, D5)]
    assert shown == again
    read(home, "lista", D3, "backfill", today=today)
    assert feed_state.judge(at, "lista", errand(D3, "backfill", today=today)).recent == shown
