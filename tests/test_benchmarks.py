"""A measure that stops too early is worse than none: the UI counts as up when it knows the page, not when it answers."""

from typing import Any

import pytest

from benchmarks import steward
from benchmarks.servers import Server


class Answering(Server):
    """A server that answers these in turn."""

    def __init__(self, *typenames: str) -> None:
        self.left = list(typenames)

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        return {"assetNodeOrError": {"__typename": self.left.pop(0)}}


def test_the_ui_is_asked_until_it_knows_the_page() -> None:
    server = Answering("AssetNotFoundError", "AssetNode", "never asked")
    steward._wait_for_morning(server)
    assert server.left == ["never asked"]


def test_a_ui_that_never_knows_it_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steward, "PATIENCE_SECONDS", -1)
    with pytest.raises(SystemExit, match="AssetNotFoundError"):
        steward._wait_for_morning(Answering("AssetNotFoundError"))
