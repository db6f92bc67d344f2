"""Sets in and out are the same on both databases."""

import json

import pandas as pd
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select

from register.contacts import provenance
from register.store import migrations
from register.store.database import Database
from register.store.tables import metadata, organisations, redirects, runs, withheld

ROWS = pd.DataFrame({"feed": ["a", "b"], "day": ["2026-11-01", "2026-11-02"], "file_no": [1, 1], "row_no": [2, 3],
                     "code": ["suppressed", "own_people"]})


def test_what_is_inserted_is_read_again(database: Database) -> None:
    with database.writing("test", "2026-11-01") as store:
        store.insert(withheld, ROWS)
    with database.reading() as store:
        pd.testing.assert_frame_equal(store.read(select(withheld).order_by(withheld.c.feed)), ROWS)


def test_upsert_puts_over_the_same_key_and_keeps_columns_not_given(database: Database) -> None:
    ids = pd.DataFrame({"organisation_id": ["1"], "organisation_key": ["name:x"], "company": ["X Oy"], "is_sole_trader": [True],
                        "marketing_ban": [False], "provenance": ["{}"]})
    with database.writing("test", "2026-11-01") as store:
        store.insert(organisations, ids)
        store.upsert(organisations, ids.drop(columns=["is_sole_trader"]).assign(company="Y Oy"))
    with database.reading() as store:
        row = store.read(select(organisations)).iloc[0]
    assert (row.company, bool(row.is_sole_trader), row.isna().business_id) == ("Y Oy", True, True)


def test_a_transaction_that_fails_leaves_nothing_and_says_failed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing("test", "2026-11-01") as store:
        store.insert(withheld, ROWS)
        raise ZeroDivisionError
    with database.reading() as store:
        assert store.read(select(withheld)).empty
        assert store.read(select(runs.c.state)).state.tolist() == ["failed"]


def test_a_temporary_table_joins_and_is_gone_afterwards(database: Database) -> None:
    with database.writing("test", "2026-11-01") as store:
        store.insert(withheld, ROWS)
        wanted = store.keys(pd.Series(["b", "b", None], dtype="str"), "feed")
        assert store.read(select(withheld.c.feed).join(wanted, wanted.c.feed == withheld.c.feed)).feed.tolist() == ["b"]
    with database.writing("test", "2026-11-01") as store:
        store.keys(pd.Series(["a"], dtype="str"), "feed")


def test_the_migrations_give_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_awkward_texts_and_order_come_out_as_they_went_in(database: Database) -> None:
    texts = ['a "quoted" b', "two\nlines", "\r\n", "; , | \t", "Åkerberg 😀", "%s", "'", '"', None]
    rows = pd.DataFrame({"organisation_id": [str(place) for place in range(len(texts))], "organisation_key": [
        f"name:{place}" for place in range(len(texts))], "company": pd.Series(texts, dtype="str"), "is_sole_trader": True,
        "marketing_ban": False, "provenance": "{}"})
    with database.writing("test", "2026-11-01") as store:
        store.insert(organisations, rows)
    query = select(organisations.c.company, organisations.c.website).order_by(organisations.c.organisation_id.desc())
    with database.reading() as store:
        read = store.read(query)
    assert read["company"].fillna("-").tolist() == ["-", *(text for text in reversed(texts) if text)]
    assert read["website"].isna().all()


def test_a_register_of_the_first_form_is_brought_up_with_what_it_holds(database: Database) -> None:
    config = migrations._config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        connection.execute(redirects.insert().values(old_id="a", new_id="b", kind="contact", redirected_on="2026-11-01"))
    database.migrate()
    test_the_migrations_give_the_tables_of_the_code(database)
    with database.reading() as store:
        assert store.read(select(redirects.c.old_id)).old_id.tolist() == ["a"]


def test_where_values_came_from_is_known_after_an_upgrade(database: Database) -> None:
    said = {"feed": "ytj", "day": "2026-11-01", "record_key": "a", "why": "only"}
    sources = {"company": said, "website": {**said, "feed": "invoices"}, "city": said}
    held = {"organisation_id": "one", "organisation_key": "name:one", "is_sole_trader": False, "marketing_ban": False}
    with database.engine.begin() as connection:
        connection.execute(organisations.insert().values(**held, provenance=provenance.written(sources)))
        config = migrations._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0016")
        assert json.loads(connection.execute(select(organisations.c.provenance)).scalar_one()) == sources
    database.migrate()
    with database.reading() as store:
        assert provenance.read(store.scalar(select(organisations.c.provenance))) == sources
