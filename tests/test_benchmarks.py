"""A measure that stops too early is worse than none: the UI counts as up when it knows the page, not when it answers."""

import pytest

from benchmarks import steward


def answering(monkeypatch: pytest.MonkeyPatch, *typenames: str) -> list[str]:
    left = list(typenames)
    monkeypatch.setattr(steward, "_ask", lambda *_: {"assetNodeOrError": {"__typename": left.pop(0)}})
    return left


def test_the_ui_is_asked_until_it_knows_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    left = answering(monkeypatch, "AssetNotFoundError", "AssetNode", "never asked")
    steward._wait_for_morning("http://127.0.0.1")
    assert left == ["never asked"]


def test_a_ui_that_never_knows_it_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steward, "PATIENCE_SECONDS", -1)
    answering(monkeypatch, "AssetNotFoundError")
    with pytest.raises(SystemExit, match="AssetNotFoundError"):
        steward._wait_for_morning("http://127.0.0.1")
