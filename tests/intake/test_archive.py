"""The archive: written before it is named, kept as delivered, rewritten without the removed, gone after its days."""

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import update

from register.intake.archive import LOOKUP, Archive, archived, name_in_deliveries
from register.store.database import Database
from register.store.tables import deliveries

DAY = "2026-11-05"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def rows(*keys: str) -> pd.DataFrame:
    return pd.DataFrame({"full_name": [f"Åsa {key}" for key in keys], "phone": pd.Series([None] * len(keys), dtype="str"),
                         "file_no": 1, "row_no": range(2, len(keys) + 2), "record_key": pd.Series(keys, dtype="str")})


def put(database: Database, archive: Archive, feed: str, day: str, *keys: str) -> str | None:
    with database.writing("gate", day) as store:
        name = archive.write(feed, day, rows(*keys))
        store.execute(deliveries.insert().values(feed=feed, day=day, state="read", is_held=True))
        name_in_deliveries(store, feed, day, name)
    return name


def test_what_is_written_is_read_again_sorted_and_named_by_its_content(archive: Archive) -> None:
    name = archive.write("lista", DAY, rows("b", "a"))
    assert name == archive.write("lista", DAY, rows("b", "a"))
    assert name != archive.write("lista", DAY, rows("b", "c"))
    back = archive.read(name)
    assert back["record_key"].tolist() == ["a", "b"] == archive.keys(name).tolist()
    assert back.set_index("record_key").loc["b"].fillna("").to_dict() == {
        "full_name": "Åsa b", "phone": "", "file_no": 1, "row_no": 2}
    assert not list(archive.folder.rglob("*.part"))


def test_a_day_without_rows_has_no_file(archive: Archive) -> None:
    assert archive.write("lista", DAY, rows()) is None
    assert archive.read(None).empty and archive.keys(None).empty
    assert not archive.folder.exists()


def test_files_that_no_row_names_go_at_the_next_start(database: Database, archive: Archive) -> None:
    kept = put(database, archive, "lista", DAY, "a")
    crashed = archive.write("lista", DAY, rows("a", "b"))
    for name in ("lista/2026-11-05/123.part", f"ytj/{LOOKUP}", "ytj/.unfinished-1-x/kesken.parquet"):
        (archive.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (archive.folder / name).touch()
    with database.writing("tidy", DAY) as store:
        assert archive.tidy(store) == 2
    left = {str(path.relative_to(archive.folder)) for path in archive.folder.rglob("*") if path.is_file()}
    assert left == {kept, f"ytj/{LOOKUP}", "ytj/.unfinished-1-x/kesken.parquet"} and crashed not in left


def test_the_removed_are_in_no_file_afterwards(database: Database, archive: Archive) -> None:
    put(database, archive, "lista", DAY, "a", "b")
    put(database, archive, "provider_x", DAY, "b")
    put(database, archive, "provider_x", "2026-11-06", "c")
    with database.writing("removals", DAY) as store:
        assert archive.holding(store, pd.Series(["b"], dtype="str")) == 2
        assert archive.without(store, pd.Series(["b", "x"], dtype="str")) == 2
    with database.writing("tidy", DAY) as store:
        archive.tidy(store)
        assert archive.holding(store, pd.Series(["b"], dtype="str")) == 0
        assert [day for day, _ in archived(store, "provider_x")] == ["2026-11-06", DAY]
    assert sorted(key for path in archive.folder.rglob("*.parquet")
                  for key in archive.keys(str(path.relative_to(archive.folder)))) == ["a", "c"]


def test_a_file_whose_rows_were_all_removed_is_empty_and_named_still(database: Database, archive: Archive) -> None:
    """Else its day would pass for one whose archive has had its time."""
    full = put(database, archive, "lista", DAY, "a", "b")
    with database.writing("removals", DAY) as store:
        assert archive.without(store, pd.Series(["a", "b"], dtype="str")) == 2
    with database.writing("tidy", DAY) as store:
        assert archive.tidy(store) == 1
        [(day, empty)] = archived(store, "lista")
        assert day == DAY and empty != full and archive.read(empty).empty and archive.keys(empty).empty
        assert archive.without(store, pd.Series(["a"], dtype="str")) == 0
        assert archive.expire(store, "2026-11-06") == 1 and archive.tidy(store) == 1
    assert not list(archive.folder.rglob("*.parquet"))


def test_files_outlive_their_days_no_longer_than_the_policy_says(database: Database, archive: Archive) -> None:
    put(database, archive, "lista", "2026-11-04", "a")
    kept = put(database, archive, "lista", DAY, "b")
    with database.writing("expire", DAY) as store:
        assert archive.outlived(store, DAY) == 1
        assert archive.expire(store, DAY) == 1
        assert archived(store, "lista") == [(DAY, kept)]


def test_only_days_that_are_held_count_newest_first(database: Database, archive: Archive) -> None:
    for day in ("2026-11-04", DAY, "2026-11-06"):
        put(database, archive, "lista", day, day)
    with database.writing("let go", DAY) as store:
        store.execute(update(deliveries).where(deliveries.c.day == DAY).values(is_held=False))
        assert [day for day, _ in archived(store, "lista")] == ["2026-11-06", "2026-11-04"]
