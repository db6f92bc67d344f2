"""The UI on the same home: webserver and daemon come up, show the runs of the command, and end with who started them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.conftest import Lived

pytestmark = [pytest.mark.deep, pytest.mark.parametrize("lived", ["sqlite"], indirect=True)]

PATIENCE_SECONDS = 120

QUERY = """{ assetNodes { assetKey { path } groupName } runsOrError { ... on Runs { results { status jobName } } }
instance { daemonHealth { allDaemonStatuses { daemonType healthy } } } }"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def address(lived: Lived) -> Iterator[str]:
    """The UI of a home that lived, started as `make ui` does."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.ui", str(port)], env=os.environ | {"REGISTER_HOME": str(lived.home.path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        assert not Path(f"/proc/{process.pid}").exists()


def ask(address: str) -> dict[str, object]:
    request = urllib.request.Request(f"{address}/graphql", json.dumps({"query": QUERY}).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer)["data"])


def test_the_ui_shows_the_feeds_and_the_runs_of_the_command(address: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            data = ask(address)
            break
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < until, "the webserver did not come up"
            time.sleep(1)
    groups = {tuple(node["assetKey"]["path"]): node["groupName"] for node in data["assetNodes"]}
    assert groups[("observations", "provider_x")] == "provider"
    assert len(data["runsOrError"]["results"]) >= 3
    assert {run["status"] for run in data["runsOrError"]["results"]} == {"SUCCESS"}
