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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from register.home import Home
from tests.pipelines.conftest import Lived

pytestmark = [pytest.mark.deep, pytest.mark.parametrize("lived", ["sqlite"], indirect=True)]

PATIENCE_SECONDS = 120

QUERY = """{ assetNodes { assetKey { path } groupName } runsOrError { ... on Runs { results { status jobName } } }
instance { daemonHealth { allDaemonStatuses { daemonType healthy } } } }"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Home) -> Iterator[str]:
    """The address of a home's UI, started as `make ui` does and ended with the block."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.ui", str(port)], env=os.environ | {"REGISTER_HOME": str(home.path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        assert not Path(f"/proc/{process.pid}").exists()


def ask(address: str, query: str, **variables: object) -> dict[str, Any]:
    """What GraphQL answers, asked until the webserver is up."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return dict(json.load(answer)["data"])
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < until, "the webserver did not come up"
            time.sleep(1)


def test_the_ui_shows_the_feeds_and_the_runs_of_the_command(lived: Lived) -> None:
    with serving(lived.home) as address:
        data = ask(address, QUERY)
    groups = {tuple(node["assetKey"]["path"]): node["groupName"] for node in data["assetNodes"]}
    assert groups[("observations", "provider_x")] == "provider"
    assert len(data["runsOrError"]["results"]) >= 3
    assert {run["status"] for run in data["runsOrError"]["results"]} == {"SUCCESS"}
