"""What is said of an error for those who look after the register: its kind and our own lines, never a value."""

from pathlib import Path

import pandas as pd
import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from pipelines import redaction
from register.errors import HomeError
from register.store.tables import lying
from tests.builders import make_home


def test_a_drivers_error_is_said_with_the_line_of_ours_that_met_it(tmp_path: Path, database_url: str) -> None:
    home = make_home(tmp_path / "home", database_url=database_url)
    with pytest.raises((IntegrityError, UniqueViolation)) as met, \
            home.database.writing("lie", "2026-11-01") as store:
        store.insert(lying, pd.DataFrame({"file_hash": ["Kaino"] * 2, "since_on": "2026-11-01"}))
    said = redaction.said(met.value)
    assert "store.py:" in said and said.split()[0] in ("IntegrityError", "UniqueViolation") and "Kaino" not in said
    home.database.engine.dispose()


def test_an_error_of_our_own_is_said_in_full_also_where_another_wraps_it() -> None:
    with pytest.raises(RuntimeError) as met:
        try:
            raise HomeError("the disk is full")
        except HomeError as error:
            raise RuntimeError("Kaino") from error
    assert redaction.said(met.value) == "the disk is full"
