"""Servers that a measure or a test starts, asks and ends: Dagster's own, by the commands of the project."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

PATIENCE_SECONDS = 300
"""A machine that is busy with other tests starts a server in a minute or more."""

OURS_TO_CHOOSE = range(20_000, 30_000)
"""Ports that the system gives to nobody by itself: one of its own could be taken between the choice and the start."""


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    while True:
        port = SystemRandom().choice(OURS_TO_CHOOSE)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


@dataclass
class Server:
    """A process that answers on a port, and the file that holds what it says."""

    port: int
    process: subprocess.Popen[bytes]
    said: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """What GraphQL answers, asked until the server is up. Raises RuntimeError with what it said where it is not."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return dict(json.load(answer)["data"])
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the server did not come up: {self.said.read_text(errors='replace')[-4000:]}") from None
                time.sleep(0.1)


@contextmanager
def started(command: list[str], port: int, **environment: str) -> Iterator[Server]:
    """A command of this environment's programs that serves the port; ended with the block, by its own id."""
    program = str(Path(sys.executable).with_name(command[0]))
    with tempfile.NamedTemporaryFile(prefix="register-server-") as said:
        process = subprocess.Popen([program, *command[1:]], env=os.environ | environment, cwd=Path(__file__).parents[1],
                                   stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield Server(port, process, Path(said.name))
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE_SECONDS)
            finally:
                process.kill()


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """A home's UI, started as `make ui` does."""
    port = free_port()
    with started([Path(sys.executable).name, "-m", "pipelines.ui", str(port)], port, REGISTER_HOME=str(home)) as server:
        yield server
