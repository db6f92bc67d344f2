"""The UI on the same home: webserver and daemon come up, show the runs of the command, and end with who started them."""

import pytest

from benchmarks.servers import serving
from tests.pipelines.conftest import Lived

pytestmark = [pytest.mark.deep, pytest.mark.parametrize("lived", ["sqlite"], indirect=True)]

QUERY = """{ assetNodes { assetKey { path } groupName } runsOrError { ... on Runs { results { status jobName } } }
instance { daemonHealth { allDaemonStatuses { daemonType healthy } } } }"""


def test_the_ui_shows_the_feeds_and_the_runs_of_the_command(lived: Lived) -> None:
    with serving(lived.home.path) as server:
        data = server.ask(QUERY)
    groups = {tuple(node["assetKey"]["path"]): node["groupName"] for node in data["assetNodes"]}
    assert groups[("observations", "provider_x")] == "provider"
    assert len(data["runsOrError"]["results"]) >= 3
    assert {run["status"] for run in data["runsOrError"]["results"]} == {"SUCCESS"}
