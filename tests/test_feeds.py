"""feeds.toml: a table a source, defaults by kind, and a mistake that stops its own feed only."""

import re
from pathlib import Path

import pytest

from register.errors import ConfigurationError
from register.feeds import KINDS, Feeds, FeedTable, read_feeds
from tests.rows import POLICY

ROOT = Path(__file__).parents[1]
BEGUN = '[x]\nkind = "inquiry"\nformat = "csv"\n'
GOOD = '[lista]\nkind = "inquiry"\nformat = "csv"\n'


def feeds(tmp_path: Path, text: str) -> Feeds:
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    return read_feeds(tmp_path / "feeds.toml", POLICY)


@pytest.mark.parametrize(("kind", "gives", "trust"), [
    ("inquiry", "events", 80), ("quotation_request", "events", 80), ("assignment", "events", 80), ("invoice", "events", 70),
    ("provider", "snapshot", 40), ("registry", "snapshot", 60),
])
def test_defaults_follow_the_kind_and_the_policy(tmp_path: Path, kind: str, gives: str, trust: int) -> None:
    [feed] = feeds(tmp_path, f'[x]\nkind = "{kind}"\nformat = "csv"\n').good
    assert (feed.gives, feed.trust, feed.region, feed.late_after_days, feed.own_business_ids) == (
        gives, trust, "FI", 7, ("9900011-4",))
    assert feed.is_third_party is (kind in ("provider", "registry")) and feed.is_lookup is (kind == "registry")


def test_feeds_are_read_own_dealings_first(tmp_path: Path) -> None:
    text = "".join(f'[f{number}]\nkind = "{kind}"\nformat = "csv"\n' for number, kind in enumerate(reversed(KINDS)))
    assert [feed.kind for feed in feeds(tmp_path, text).good] == list(KINDS)


@pytest.mark.parametrize(("table", "said"), [
    ('[x]\nkind = "customer"\nformat = "csv"\n', "[x] kind: Input should be 'inquiry', 'quotation_request'"),
    ('[x]\nkind = "inquiry"\nformat = "pdf"\n', "[x] format: Input should be 'csv', 'xlsx'"),
    ('[x]\nkind = "inquiry"\n', "[x] format: is missing"),
    (BEGUN + "colour = 1\n", "[x] colour: unknown key"),
    (BEGUN + "trust = 101\n", "[x] trust: Input should be less than or equal to 100"),
    (BEGUN + 'columns = { job = "Titteli" }\n', "[x] columns: unknown column job; allowed: full_name"),
    (BEGUN + 'patterns = { case_number = "[" }\n', "[x] patterns: case_number: no regular expression"),
    ('[Uusi]\nkind = "inquiry"\nformat = "csv"\n', "[Uusi]: not a name for a feed; allowed: a-z, 0-9 and _"),
    ('[decisions]\nkind = "inquiry"\nformat = "csv"\n', "none of decisions, requests, corrections"),
    ('x = 3\n', "x: must be a table, [x]"),
])
def test_a_mistake_stops_its_own_feed_and_says_what_is_allowed(tmp_path: Path, table: str, said: str) -> None:
    found = feeds(tmp_path, table + GOOD)
    assert [feed.name for feed in found.good] == ["lista"]
    [broken] = found.broken
    assert any(said in mistake for mistake in broken.mistakes), broken.mistakes


def test_all_mistakes_of_a_feed_are_told_and_its_kind_kept(tmp_path: Path) -> None:
    [broken] = feeds(tmp_path, '[x]\nkind = "provider"\nformat = "pdf"\nlate_after_days = 0\nretired = "ei"\n').broken
    assert broken.kind == "provider" and len(broken.mistakes) == 3


def test_a_file_that_is_no_toml_or_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="feeds.toml: is no TOML: .*line 1"):
        feeds(tmp_path, "[lista\n")
    with pytest.raises(ConfigurationError, match="is not in .*register init"):
        read_feeds(tmp_path / "missing.toml", POLICY)


def test_without_a_policy_the_definitions_still_load(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(GOOD)
    [feed] = read_feeds(tmp_path / "feeds.toml", None).good
    assert (feed.region, feed.own_business_ids) == ("FI", ())


def test_a_retired_feed_is_known_and_not_living(tmp_path: Path) -> None:
    found = feeds(tmp_path, GOOD + "retired = true\n")
    assert found.named("lista").retired and found.living == ()
    with pytest.raises(KeyError):
        found.named("puuttuu")


def test_the_samples_hold_every_key() -> None:
    text = (ROOT / "samples" / "feeds.toml").read_text(encoding="utf-8")
    assert not read_feeds(ROOT / "samples" / "feeds.toml", POLICY).broken
    assert not [key for key in FeedTable.model_fields if not re.search(rf"^{key} =|\.{key}\]", text, re.MULTILINE)]
