"""The sensor sees what came back, asks for one run of the right assets, and says nothing of whose data it is."""

import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.build import JOB, build
from pipelines.sensors import BOX_TAG, MADE_OF_FEEDS, TRIES
from register.corrections import bulk
from register.home import Home


@pytest.fixture
def sensor(own_home: Home) -> Any:
    own_home.prepare()
    return build(str(own_home.path), None).get_repository_def().get_sensor_def("decisions_box")


def returned(home: Home, content: bytes, age: int = 60) -> Path:
    path = home.inbox / "decisions" / "Åsa Åkerberg.xlsx"
    path.write_bytes(content)
    at = path.stat().st_mtime - age
    os.utime(path, (at, at))
    return path


def asked(sensor: Any, instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    with dg.build_sensor_context(instance=instance) as context:
        return list(sensor.evaluate_tick(context).run_requests)


def test_it_is_on_and_asks_nothing_while_nothing_lies_there(sensor: Any, own_home: Home) -> None:
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING and sensor.job_name == JOB
    with dg.DagsterInstance.ephemeral() as instance:
        assert asked(sensor, instance) == []
        returned(own_home, b"x", age=0)
        assert asked(sensor, instance) == [], "half written"


def test_it_asks_for_one_run_and_again_only_where_that_died(sensor: Any, own_home: Home) -> None:
    returned(own_home, b"x")
    with dg.DagsterInstance.ephemeral() as instance:
        [request] = asked(sensor, instance)
        assert {key.path[-1] for key in request.asset_selection or ()} == set(MADE_OF_FEEDS)
        assert request.tags["register/workbook"] == "?" and "register/sweep" not in request.tags, "it removes nobody"
        assert "berg" not in str(request)
        run = instance.create_run_for_job(dg.job(name=JOB)(lambda: None), tags={BOX_TAG: request.tags[BOX_TAG]})
        assert asked(sensor, instance) == [], "it is being read"
        instance.report_run_failed(run)
        [second] = asked(sensor, instance)
        assert second.run_key != request.run_key
        returned(own_home, b"y")
        assert asked(sensor, instance)[0].tags[BOX_TAG] != request.tags[BOX_TAG]


def test_a_correction_whose_run_died_is_asked_for_again_a_few_times(own_home: Home) -> None:
    own_home.prepare()
    with own_home.database.writing("approve", "2026-11-27") as store:
        number = bulk.propose(store, "values", {"provider_x": ["2026-11-20"]}, [], {}, "liisa", "2026-11-27")
        bulk.approve(store, number, "Liisa Kaski", "liisa")
    corrections = build(str(own_home.path), None).get_repository_def().get_sensor_def("corrections")
    keys = []
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(TRIES):
            [request] = asked(corrections, instance)
            keys.append(request.run_key)
            run = instance.create_run_for_job(dg.job(name=JOB)(lambda: None), tags=request.tags)
            assert asked(corrections, instance) == [], "it is being read"
            instance.report_run_failed(run)
        assert asked(corrections, instance) == []
    assert len(set(keys)) == TRIES
