"""What lies in deploy/: it parses, every command in it exists and starts, Dagster's own tables come into PostgreSQL."""

import re
import shutil
import subprocess
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.servers import Server, free_port, started
from pipelines import place
from tests.conftest import _clone

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service.get("image") == "contact-register"]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LIST_LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }"
LAUNCH = "mutation { reloadWorkspace { __typename } }"


def test_the_compose_file_has_one_of_each_and_only_the_proxy_is_reached_from_outside() -> None:
    assert OURS == ["code", "webserver", "readers", "daemon"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert [name for name in OURS if "volumes" in SERVICES[name]] == ["code"], "only the code server sees the register"
    assert "--read-only" in SERVICES["readers"]["command"]


def test_every_file_that_deploy_names_exists() -> None:
    copied = [word for line in (DEPLOY / "Dockerfile").read_text().splitlines() if line.startswith("COPY ")
              for word in line.split()[1:-1]]
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())
               if volume.startswith(".")]
    assert copied and mounted
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [name for name in mounted if not (DEPLOY / name).exists()] == []


def test_every_variable_of_the_compose_file_is_explained() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    assert asked and [name for name in sorted(asked) if f"`{name}`" not in OPERATIONS] == []


def test_the_images_settings_of_dagster_are_those_of_the_home() -> None:
    assert (DEPLOY / "dagster.yaml").read_text(encoding="utf-8") == place.DAGSTER_YAML + place.IN_POSTGRES


def test_what_runs_on_a_server_is_locked_at_the_same_versions() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    server = pins("requirements-server.lock")
    assert server < pins("requirements.lock")
    assert {"dagster==1.13.27", "dagster-postgres==0.29.27"} <= server


def test_the_service_starts_the_ui() -> None:
    unit = DEPLOY / "systemd" / "contact-register.service"
    [start] = re.findall(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert start.split()[1:] == ["-m", "pipelines.ui"]
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze on this machine: the unit was not verified")
    said = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False).stderr
    assert [line for line in said.splitlines() if unit.name in line and "is not executable" not in line] == []


@pytest.mark.deep
def test_the_commands_of_the_compose_file_start_with_dagster_in_postgres(
    tmp_path: Path, postgres_server: str, postgres_template: str
) -> None:
    url = _clone(postgres_server, f"dagster_{uuid.uuid4().hex}", "template1")
    dagster_home, ports = tmp_path / "dagster", {name: free_port() for name in OURS}
    dagster_home.mkdir()
    shutil.copy(DEPLOY / "dagster.yaml", dagster_home)
    workspace = tmp_path / "workspace.yaml"
    written = (DEPLOY / "workspace.yaml").read_text(encoding="utf-8")
    workspace.write_text(written.replace("host: code", "host: 127.0.0.1").replace("4000", str(ports["code"])), encoding="utf-8")
    home = tmp_path / "home"
    shutil.copytree(ROOT / "samples", home)
    environment = {"DAGSTER_HOME": str(dagster_home), place.DAGSTER_VARIABLE: url, place.HOME_VARIABLE: str(home),
                   place.DATABASE_VARIABLE: ""}
    changed = {"0.0.0.0": "127.0.0.1", "deploy/workspace.yaml": str(workspace)}
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name in OURS:
            words = [changed.get(word, word).replace("4000", str(ports[name])) for word in SERVICES[name]["command"]]
            words = [str(ports[name]) if word == "3000" else word for word in words]
            servers[name] = stack.enter_context(started(words, ports[name], **environment))
            if name == "webserver":
                servers[name].ask(LIST_LOCATIONS)  # its tables are there before the others ask for them
        for name in ("webserver", "readers"):
            [entry] = servers[name].ask(LIST_LOCATIONS)["workspaceOrError"]["locationEntries"]
            assert entry == {"name": "register", "loadStatus": "LOADED"}
        assert servers["webserver"].ask(LAUNCH)["reloadWorkspace"]["__typename"] == "Workspace"
        assert servers["readers"].ask(LAUNCH)["reloadWorkspace"]["__typename"] == "UnauthorizedError"
        assert {name: server.process.poll() for name, server in servers.items()} == dict.fromkeys(OURS)
    assert _tables(url) >= {"runs", "event_logs", "daemon_heartbeats"}


def _tables(url: str) -> set[str]:
    import psycopg

    with psycopg.connect(url) as connection:
        return {name for name, in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
