"""A home that lived through the three days of the samples, by the same job as the UI, once on each database."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines import place, running
from register.home import Home
from tests.builders import make_home
from tests.conftest import _clone

SAMPLES = Path(__file__).parents[2] / "samples"
DAYS = (date(2026, 11, 5), date(2026, 11, 20), date(2026, 11, 23))


@dataclass
class Lived:
    """The home, and the figures of each day's refresh."""

    home: Home
    figures: dict[str, dict[str, Any]]


def open_samples(path: Path, database_url: str | None) -> Home:
    """A home laid out from the samples, opened through the environment as the command does."""
    shutil.copytree(SAMPLES, path, ignore=shutil.ignore_patterns("README.md"))
    os.environ[place.HOME_VARIABLE] = str(path)
    if database_url:
        os.environ[place.DATABASE_VARIABLE] = database_url
    else:
        os.environ.pop(place.DATABASE_VARIABLE, None)
    return place.open_home()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Read only: tests that change something copy the home."""
    url = None
    if request.param == "postgres":
        url = _clone(request.getfixturevalue("postgres_server"), f"lived_{uuid.uuid4().hex}",
                     request.getfixturevalue("postgres_template"))
    home = open_samples(tmp_path_factory.mktemp("lived") / "home", url)
    figures = {day.isoformat(): running.refreshed(home, day).figures for day in DAYS}
    yield Lived(home, figures)
    home.database.engine.dispose()


@pytest.fixture
def commanded(monkeypatch: pytest.MonkeyPatch) -> Callable[[Home], Home]:
    """Makes a home the one that the command of this test opens."""
    def command(home: Home) -> Home:
        monkeypatch.setenv(place.HOME_VARIABLE, str(home.path))
        monkeypatch.delenv(place.DATABASE_VARIABLE, raising=False)
        monkeypatch.setenv("DAGSTER_HOME", str(home.dagster))  # put back after the test: opening a home sets it
        monkeypatch.setenv("COLUMNS", "300")
        return home

    return command


def empty(path: Path, database_url: str | None = None) -> Home:
    """A home with the samples' policy and feeds."""
    feeds, policy = ((SAMPLES / name).read_text(encoding="utf-8") for name in ("feeds.toml", "policy.toml"))
    return make_home(path, feeds, policy, database_url)


@pytest.fixture
def own_home(tmp_path: Path, commanded: Callable[[Home], Home]) -> Home:
    return commanded(empty(tmp_path / "home"))


def owned(make: Callable[..., Home]) -> Any:
    """The fixture of a home that the command of the test opens, made once and copied."""
    @pytest.fixture
    def home(copied: Callable[..., Home], commanded: Callable[[Home], Home], tmp_path: Path) -> Home:
        return commanded(copied(make, "sqlite", tmp_path / "home"))

    return home
