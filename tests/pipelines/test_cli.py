"""The command as its users meet it: exit codes, figures as JSON, refusals in one line, decisions by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines import place
from pipelines.cli import report
from pipelines.cli.app import app
from register.errors import RefusedError, RegisterError
from register.home import Home
from register.intake.refresh import Waiting
from register.morning.links import backfill
from register.store.tables import contacts, decisions, deliveries
from tests.builders import POLICY, deliver, make_home, table
from tests.pipelines.conftest import owned

FIGURES = {"day", "feeds", "organisations", "contacts", "merged", "due", "removed", "parts_removed", "erased", "expired",
           "red", "warn"}
FEED = {"read", "accepted", "quarantined", "withheld", "values_waiting", "reasons", "state"}

PEOPLE = [
    {"Asiakasnro": str(number), "Nimi": name, "Yritys": "Häkki Oy", "Y-tunnus": "9900001-8",
     "Sähköposti": f"{number}@hakki.example"}
    for number, name in enumerate(("Aino Aho", "Eero Eho", "Iiro Iho", "Outi Oho"), start=1)
]
INQUIRY = [{"Saapunut": "3.11.2026", **PEOPLE[0]}]


def opened(path: Path) -> Home:
    home = make_home(path, policy=POLICY + '[sweep]\nmode = "on"\n')
    home.keys.copy_to(path.parent / "keys elsewhere", "2026-11-01")
    return home


@pytest.fixture
def home(tmp_path: Path, commanded: Callable[[Home], Home]) -> Home:
    return commanded(opened(tmp_path / "home"))


@owned
def refreshed(path: Path, _: str | None) -> Home:
    """An inquiry, with a ban on marketing, and the refresh of its day."""
    home = opened(path)
    deliver(home, "inquiries", "2026-11-05", [INQUIRY[0] | {"Suoramarkkinointikielto": "kyllä"}])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(place.HOME_VARIABLE, str(path))
        patch.setenv("DAGSTER_HOME", str(home.dagster))
        register("refresh", "--day", "2026-11-05")
    return home


def register(*arguments: str, fails: type[RegisterError] | None = None) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    if fails is None:
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    else:
        assert isinstance(result.exception, fails), result.output
    return result


def figures(*arguments: str) -> dict[str, Any]:
    return dict(json.loads(register(*arguments, "--json").stdout))


def test_a_refresh_gives_its_figures(home: Home) -> None:
    deliver(home, "inquiries", "2026-11-05", INQUIRY)
    deliver(home, "provider_x", "2026-11-05", PEOPLE)
    given = figures("refresh", "--day", "2026-11-05")
    assert set(given) == FIGURES
    assert all(set(feed) == FEED for feed in given["feeds"].values())
    assert (given["organisations"], given["contacts"], given["merged"]) == (1, 4, 1)
    assert {name: feed["state"] for name, feed in given["feeds"].items()} == {
        "inquiries": "read", "assignments": "absent", "provider_x": "read"}


def test_red_checks_are_exit_code_one_and_what_went_well_stays(home: Home) -> None:
    deliver(home, "inquiries", "2026-11-05", INQUIRY)
    deliver(home, "provider_x", "2026-11-05", "Aino Aho;aino@hakki.example\n")
    result = register("refresh", "--day", "2026-11-05", "--json")
    given = json.loads(result.stdout)
    assert (result.exit_code, given["red"], given["contacts"]) == (1, ["provider_x:structure"], 1)
    assert given["feeds"]["provider_x"]["state"] == "set aside"
    assert register("status").exit_code == 1


def test_a_shrunk_snapshot_is_taken_by_somebodys_word_only(home: Home) -> None:
    deliver(home, "inquiries", "2026-11-05", INQUIRY)
    deliver(home, "provider_x", "2026-11-05", PEOPLE)
    register("refresh", "--day", "2026-11-05")
    deliver(home, "provider_x", "2026-11-06", PEOPLE[:1])
    assert figures("refresh", "--day", "2026-11-06")["feeds"]["provider_x"]["state"] == "set aside"
    refused = register("accept", "provider_x", "2026-11-06", "--name", "Ville Vieras", fails=RefusedError)
    assert "Liisa Kaski" in str(refused.exception)
    accepted = register("accept", "provider_x", "2026-11-06", "--name", "Liisa Kaski")
    assert accepted.exit_code == 0, accepted.output
    found = table(home, deliveries).set_index(["feed", "day"]).loc[("provider_x", "2026-11-06")]
    assert (found["state"], found["read"]) == ("read", 1)
    assert table(home, decisions)[["kind", "decided_by"]].to_numpy().tolist() == [["accept", "Liisa Kaski"]]
    register("accept", "provider_x", "2026-11-06", "--name", "Liisa Kaski", fails=RefusedError)


def test_an_unreadable_delivery_is_given_up_by_name_and_its_file_goes(home: Home) -> None:
    path = deliver(home, "provider_x", "2026-11-05", "Aino Aho;aino@hakki.example\n")
    register("refresh", "--day", "2026-11-05")
    assert path.exists()
    assert register("accept", "provider_x", "2026-11-05", "--name", "Timo Aro").exit_code == 0
    assert not path.exists()
    assert table(home, deliveries).set_index(["feed", "day"]).loc[("provider_x", "2026-11-05"), "state"] == "given up"


def test_a_backfill_reads_what_a_refresh_left_waiting(refreshed: Home) -> None:
    deliver(refreshed, "inquiries", "2026-11-05", [{**INQUIRY[0], "Nimi": "Aino Ahola"}])
    told = register("refresh", "--day", "2026-11-06").output
    assert "register backfill --from 2026-11-05 --to 2026-11-05 --feed inquiries" in told
    assert "default_range=" in told and "observations%2Finquiries" in told
    given = figures("backfill", "--from", "2026-11-05", "--to", "2026-11-05", "--feed", "inquiries")
    assert (set(given), given["feeds"]["inquiries"]["read"], given["contacts"]) == (FIGURES, 1, 1)
    assert table(refreshed, contacts)["full_name"].tolist() == ["Aino Ahola"]


def test_a_backfill_that_adds_keeps_what_is_held(refreshed: Home) -> None:
    deliver(refreshed, "inquiries", "2026-11-05", [{"Saapunut": "4.11.2026", **PEOPLE[1]}], name="toinen.csv")
    given = figures("backfill", "--from", "2026-11-05", "--to", "2026-11-05", "--add")
    assert (given["feeds"]["inquiries"]["read"], given["contacts"]) == (2, 2)


def test_the_sweep_is_a_preview_with_figures_and_applies_to_today_only(refreshed: Home) -> None:
    given = figures("sweep", "--as-of", "2026-11-20")
    assert {"as_of", "remove", "report", "removed"} <= set(given)
    assert (given["as_of"], given["removed"]) == ("2026-11-20", 0)
    register("sweep", "--apply", "--as-of", "2026-11-20", fails=RefusedError)
    register("sweep", "--apply", "--approved-by", "Ville Vieras", fails=RefusedError)
    assert register("sweep", "--apply").exit_code == 0


def test_in_preview_mode_nobody_is_removed(home: Home) -> None:
    policy = home.path / "policy.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace('mode = "on"', 'mode = "preview"'), encoding="utf-8")
    assert "preview" in str(register("sweep", "--apply", fails=RefusedError).exception)


@pytest.mark.parametrize("arguments", [
    ("refresh", "--day", "2999-01-01"), ("backfill", "--from", "2026-11-06", "--to", "2026-11-05"),
    ("refresh", "--feed", "provider_y"), ("accept", "nobody", "2026-11-05", "--name", "Timo Aro"),
])
def test_what_cannot_be_is_refused_with_what_is_allowed(home: Home, arguments: tuple[str, ...]) -> None:
    assert "Sallittu" in str(register(*arguments, fails=RefusedError).exception)


def test_a_mistake_in_the_policy_is_one_line_with_file_key_and_what_is_allowed(home: Home) -> None:
    (home.path / "policy.toml").write_text(POLICY + "[sweep]\nmode = 'of'\nnotice_day = 3\n", encoding="utf-8")
    told = str(register("refresh", fails=RegisterError).exception)
    assert told.splitlines() == [
        "policy.toml: sweep.mode: Input should be 'preview' or 'on'", "policy.toml: sweep.notice_day: unknown key"]


def test_init_makes_a_home_with_starters_and_touches_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(place.HOME_VARIABLE, raising=False)
    monkeypatch.delenv(place.DATABASE_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert register("init", "uusi").exit_code == 0
    policy = tmp_path / "uusi" / "policy.toml"
    home = Home(tmp_path / "uusi")
    assert home.policy().sweep.mode == "preview"
    assert home.feeds(home.policy()).good == ()
    policy.write_text(policy.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    register("init", "uusi")
    assert policy.read_text(encoding="utf-8").endswith("# mine\n")
    assert (tmp_path / "uusi").stat().st_mode & 0o777 == 0o700


def test_the_due_list_is_shown(home: Home) -> None:
    assert register("due").exit_code == 0


def test_uncopied_keys_are_red_in_status_and_refresh_until_they_are_copied_outside_the_home(home: Home, tmp_path: Path) -> None:
    (home.keys.folder / "copied.json").unlink()
    assert figures("status")["red"] == ["removals:keys"] and register("status").exit_code == 1
    assert figures("refresh", "--day", "2026-11-05")["red"] == ["removals:keys"]
    register("keys", "copy", str(home.path / "kopio"), fails=RefusedError)
    assert register("keys", "copy", str(tmp_path / "kopio")).exit_code == 0
    assert figures("status")["red"] == [] and register("status").exit_code == 0


def test_a_changed_ledger_is_told_line_by_line_and_reapply_says_that_there_is_nothing_to_do(refreshed: Home) -> None:
    assert "2 riviä, joista 2 ketjussa" in register("ledger", "verify").output
    assert "Mitään ei muutettu" in register("reapply", "--name", "Timo Aro").output
    path = refreshed.ledger / "removals.jsonl"
    path.write_text(path.read_text().replace("2026-11-05", "2026-11-06", 1))
    found = register("ledger", "verify")
    assert (found.exit_code, "Rivi 2 ei seuraa edellisestä" in found.output) == (1, True)
    assert "removals:ledger" in figures("status")["red"]
    register("reapply", "--name", "Timo Aro", fails=RefusedError)


def test_what_waits_for_a_backfill_is_told_with_a_link_at_the_policys_address(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with (home.path / "policy.toml").open("a", encoding="utf-8") as policy:
        policy.write('[notices]\nui = "https://rekisteri.example"\n')
    report.waiting([Waiting("provider_x", day, 1, 0) for day in ("2026-11-05", "2026-11-06")], home)
    *_, link = capsys.readouterr().out.split()
    assert link == f"https://rekisteri.example{backfill(['provider_x'], ['2026-11-05', '2026-11-06'])}"
