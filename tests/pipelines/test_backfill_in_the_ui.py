"""A bulk correction from the UI, by its *Launch backfill*: exactly those days and feeds, `contacts` once, the right end."""

import os
import time
from pathlib import Path

import dagster as dg
import pytest

from benchmarks.servers import PATIENCE_SECONDS, Server, serving
from register.home import Home
from tests.pipelines.test_running import LIST, contents, correction, home, right_from_the_start  # noqa: F401

pytestmark = [pytest.mark.deep, pytest.mark.parametrize("lived", ["sqlite"], indirect=True)]

LAUNCH = """mutation ($assets: [AssetKeyInput!], $days: [String!]) {
launchPartitionBackfill(backfillParams: {assetSelection: $assets, partitionNames: $days}) {
__typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""

STATUS = """query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"""

MADE_ONCE = ["contacts", "morning", "organisations", "removals", "verdicts"]
SELECTED = [["observations", "inquiry_list"], *([name] for name in MADE_ONCE)]
"""What the link preselects: the feed and everything downstream."""

RANGE = ["2026-11-04", "2026-11-05", "2026-11-06"]


def launched(server: Server, days: list[str]) -> str:
    """The status in which a backfill of the days ends."""
    answer = server.ask(LAUNCH, assets=[{"path": path} for path in SELECTED], days=days)["launchPartitionBackfill"]
    assert answer["__typename"] == "LaunchBackfillSuccess", answer
    patience = time.monotonic() + 3 * PATIENCE_SECONDS
    while time.monotonic() < patience:
        status = str(server.ask(STATUS, id=answer["backfillId"])["partitionBackfillOrError"]["status"])
        if status not in ("REQUESTED", "IN_PROGRESS"):
            return status
        time.sleep(1)
    return "never ended"


def materialized(known: set[str]) -> list[tuple[str, str | None]]:
    """Assets and days that runs other than the known ones made, in order of their names."""
    found = []
    with dg.DagsterInstance.get() as instance:
        for run in instance.get_runs():
            if run.run_id not in known:
                assert run.status == dg.DagsterRunStatus.SUCCESS
                events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
                found += [(event.dagster_event.asset_key.path[-1], event.dagster_event.partition)
                          for event in events if event.dagster_event and event.dagster_event.asset_key]
    return sorted(found, key=str)


def test_a_backfill_of_the_ui_runs_exactly_what_was_corrected_and_ends_right(home: Home, tmp_path: Path) -> None:  # noqa: F811
    name, text = correction()
    (home.path / LIST).mkdir(parents=True)
    (home.path / LIST / name).write_text(text, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    with dg.DagsterInstance.get() as instance:
        known = {run.run_id for run in instance.get_runs()}
    with serving(home.path) as server:
        assert launched(server, RANGE) == "COMPLETED_SUCCESS"
        expected = [*((made, None) for made in MADE_ONCE), *(("inquiry_list", day) for day in RANGE)]
        assert materialized(known) == sorted(expected, key=str)
        corrected, right = contents(home), right_from_the_start(tmp_path / "right", text)
        os.environ["DAGSTER_HOME"] = str(home.dagster)
        del right["deliveries"]
        assert {table: rows for table, rows in corrected.items() if table != "deliveries"} == right
        assert launched(server, RANGE) == "COMPLETED_SUCCESS"
        assert contents(home) == corrected, "a second start changed something"
