"""The definitions load fast and whatever the configuration says; what Dagster sees is what the steward expects."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.freshness import CronFreshnessPolicy

from assets.checks import answered
from pipelines.build import JOB, build, refresh_tags
from register.intake.feed_state import Check
from register.policy import read_policy
from tests.pipelines.conftest import SAMPLES

POLICY = (SAMPLES / "policy.toml").read_text(encoding="utf-8")
FEEDS = (SAMPLES / "feeds.toml").read_text(encoding="utf-8")


def definitions(path: Path, policy: str | None = POLICY, feeds: str | None = FEEDS) -> dg.Definitions:
    path.mkdir(exist_ok=True)
    for name, text in (("policy.toml", policy), ("feeds.toml", feeds)):
        if text is not None:
            (path / name).write_text(text, encoding="utf-8")
    return build(str(path), None)


def test_they_load_as_the_code_server_loads_them(tmp_path: Path) -> None:
    dg.Definitions.validate_loadable(definitions(tmp_path))


def test_every_feed_is_an_asset_in_the_group_of_its_kind(tmp_path: Path) -> None:
    specs = {spec.key.path[-1]: spec for spec in definitions(tmp_path).resolve_all_asset_specs()}
    assert {name: spec.group_name for name, spec in specs.items()} == {
        "web_inquiries": "inquiry", "inquiry_list": "inquiry", "quotation_requests": "quotation_request",
        "assignments": "assignment", "invoices": "invoice", "provider_x": "provider", "ytj": "registry",
        "organisations": "contacts", "contacts": "contacts", "verdicts": "retention", "removals": "retention",
        "retention_forecast": "retention", "morning": "retention"}
    assert {owner for spec in specs.values() for owner in spec.owners} == {"team:steward"}
    assert all(spec.description for spec in specs.values())
    schema = specs["contacts"].metadata["dagster/column_schema"]
    assert {column.tags["pii"] for column in schema.columns} == {"person", "company", "none"}


def test_only_the_page_of_the_morning_is_to_be_fresh(tmp_path: Path) -> None:
    """By eight every morning; of a feed it would say that Dagster ran, not that the source delivered."""
    policies = {spec.key.path[-1]: spec.freshness_policy for spec in definitions(tmp_path).resolve_all_asset_specs()}
    fresh = policies.pop("morning")
    assert isinstance(fresh, CronFreshnessPolicy)
    assert (fresh.deadline_cron, fresh.timezone) == ("0 8 * * *", "Europe/Helsinki")
    assert set(policies.values()) == {None}


def test_feeds_have_daily_partitions_up_to_today_and_the_rest_none(tmp_path: Path) -> None:
    specs = {spec.key.path[-1]: spec for spec in definitions(tmp_path).resolve_all_asset_specs()}
    partitions = specs["provider_x"].partitions_def
    assert isinstance(partitions, dg.DailyPartitionsDefinition)
    assert (partitions.get_first_partition_key(), partitions.end_offset) == ("2026-11-01", 1)
    assert partitions.timezone == "Europe/Helsinki"
    assert specs["contacts"].partitions_def is None


def test_four_checks_a_feed_and_only_the_one_on_contacts_blocks(tmp_path: Path) -> None:
    repository = definitions(tmp_path).get_repository_def()
    checks = {(key.asset_key.path[-1], key.name): repository.asset_graph.get_check_spec(key)
              for key in repository.asset_graph.asset_check_keys}
    assert [name for asset, name in sorted(checks) if asset == "ytj"] == ["accounted", "structure", "values", "volume"]
    assert [key for key, spec in checks.items() if spec.blocking] == [("contacts", "suite")]


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize(("notices", "shown"), [
    ("", dg.TextMetadataValue), ('[notices]\ndocs = "https://register.example/docs/steward.md"\n', dg.UrlMetadataValue)])
def test_a_check_leads_to_the_stewards_guide(tmp_path: Path, language: str, notices: str, shown: type) -> None:
    """By a link where the policy says its address, else by its path."""
    text = POLICY.replace('language = "fi"', f'language = "{language}"').partition("\n[notices]")[0] + "\n"
    (tmp_path / "policy.toml").write_text(text + notices, encoding="utf-8")
    check = Check("volume", False, "warn", "The delivery was empty.", {})
    result = answered(check, read_policy(tmp_path / "policy.toml"), figures={"n": 1})
    n, guide = (result.metadata[name] for name in ("n", {"fi": "Mitä tehdä", "en": "What to do"}[language]))
    assert isinstance(guide, shown) and "docs/steward" in str(guide.value) and n.value == 1
    assert (result.passed, result.severity, result.description) == (False, dg.AssetCheckSeverity.WARN, check.sentence)


def test_own_dealings_are_read_before_providers_and_registries(tmp_path: Path) -> None:
    assets = definitions(tmp_path).resolve_job_def(JOB).nodes
    priority = {node.name.removeprefix("observations__"): int(node.definition.tags.get("dagster/priority", "0"))
                for node in assets}
    assert priority["invoices"] > priority["provider_x"] > priority["ytj"] > 0
    assert priority["assignments"] > priority["provider_x"]


@pytest.mark.parametrize("feeds", [
    FEEDS + '\n[typo]\nkind = "inquiry"\nformat = "csv"\nlate_after_day = 3\n',
    FEEDS + '\n[typo]\nkind = "enquiry"\nformat = "csv"\n',
], ids=["unknown key", "unknown kind"])
def test_a_feed_with_a_mistake_becomes_an_asset_and_the_others_stay(tmp_path: Path, feeds: str) -> None:
    names = {spec.key.path[-1] for spec in definitions(tmp_path, feeds=feeds).resolve_all_asset_specs()}
    assert {"typo", "provider_x", "contacts"} <= names


@pytest.mark.parametrize(("policy", "feeds"), [
    (POLICY, "[broken"), (POLICY, None), ("language = 'fi", FEEDS), (None, FEEDS),
    ("[sweep]\nmode = 'of'", FEEDS), (None, None),
], ids=["feeds no TOML", "no feeds", "policy no TOML", "no policy", "policy with a mistake", "nothing"])
def test_definitions_load_whatever_the_files_say(tmp_path: Path, policy: str | None, feeds: str | None) -> None:
    names = {spec.key.path[-1] for spec in definitions(tmp_path, policy, feeds).resolve_all_asset_specs()}
    assert {"organisations", "contacts", "verdicts", "removals"} <= names


def test_the_schedule_runs_every_morning_in_helsinki_and_is_on(tmp_path: Path) -> None:
    schedule = definitions(tmp_path).get_repository_def().get_schedule_def("every_morning")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 5 * * *", "Europe/Helsinki")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_a_refresh_says_its_day_and_that_it_may_sweep() -> None:
    tags = refresh_tags("2026-11-21", "2026-11-23")
    assert tags["register/day"] == "2026-11-23" and tags["register/sweep"] == "yes"
    assert [tags[f"dagster/asset_partition_range_{end}"] for end in ("start", "end")] == ["2026-11-21", "2026-11-23"]


@pytest.mark.parametrize(("module", "heavy"), [
    ("pipelines.definitions", "pandas, great_expectations, scipy, duckdb, sqlalchemy"),
    ("pipelines.cli.app", "dagster, great_expectations, scipy, duckdb, holidays"),
])
def test_what_starts_often_imports_nothing_heavy(tmp_path: Path, module: str, heavy: str) -> None:
    definitions(tmp_path)
    code = f"import sys, {module}; print([name for name in '{heavy}'.split(', ') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                         env={"REGISTER_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    assert ran.stdout.strip() == "[]"
