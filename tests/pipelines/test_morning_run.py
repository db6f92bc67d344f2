"""The run that computes `morning` bears a tag while something waits and none when nothing does: both look alike in Runs."""

import dagster as dg
import pytest

from assets.morning import morning_asset
from assets.resource import Register
from register.home import Home
from register.texts import Texts
from tests.pipelines.conftest import Lived


def tag_of(register: Register) -> str | None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([morning_asset([], Texts("fi"))], resources={"register": register}, instance=instance)
        run = instance.get_run_by_id(result.run_id)
    assert result.success and run is not None
    return run.tags.get("odottaa")


def test_an_idle_registers_run_bears_no_tag(own_home: Home) -> None:
    own_home.prepare()
    assert tag_of(Register(home_path=str(own_home.path), database_url="")) is None


@pytest.mark.parametrize("lived", ["sqlite"], indirect=True)
def test_a_run_that_leaves_something_waiting_says_how_much(lived: Lived) -> None:
    tag = tag_of(Register(home_path=str(lived.home.path), database_url=""))
    assert tag is not None and tag.partition(" ")[0].isdecimal() and tag.endswith("asiaa")
