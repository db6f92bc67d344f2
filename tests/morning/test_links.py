"""The addresses that the register prints: days as Dagster's page reads them, feeds with all that is made of them."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from register.morning.links import backfill


@pytest.mark.parametrize(("days", "chosen"), [
    (["2026-11-09"], "2026-11-09"), (["2026-11-10", "2026-11-09"], "[2026-11-09...2026-11-10]"),
    (["2026-11-30", "2026-12-01", "2026-11-28", "2026-11-30"], "2026-11-28,[2026-11-30...2026-12-01]"),
])
def test_days_are_chosen_in_unbroken_stretches(days: list[str], chosen: str) -> None:
    assert parse_qs(urlsplit(backfill(["web"], days)).query)["default_range"] == [chosen]


def test_feeds_are_chosen_with_all_below_them_and_no_feed_means_what_is_below_all() -> None:
    assert unquote(backfill(["a", "b"], ["2026-11-09"])).partition("?")[0] == (
        '/asset-groups~key:"observations/a"+ or key:"observations/b"+')
    assert unquote(backfill([], [])) == '/asset-groups~key:"organisations"+'
