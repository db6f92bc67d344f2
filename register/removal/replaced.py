"""Rows of what corrections replaced that are somebody's, though their record is nobody's any more: they go with the person.

By the record they go with the archive (`intake/archive.py`); here by an e-mail or phone that is nobody else's, or by all that
whoever asks to be erased is searched by.
"""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, select

from register.columns import CHANNELS
from register.increments import among
from register.normalise import name
from register.sets import is_among
from register.store.store import Store
from register.store.tables import contacts, observations

DIGITS = 7
"""The last digits of a number are the same however it is written."""

PARTS = r"[\s;,<>()|\x1f]+"
"""What stands between the e-mails of a cell."""

NUMBERS = r"[;,|\x1f]+"
"""What stands between the numbers of a cell."""


def bearing(store: Store, records: "pd.Series[str]", ids: "pd.Series[str]") -> Callable[[pd.DataFrame], "pd.Series[bool]"]:
    """Which rows of delivered text bear a channel of the records or contacts that nobody else has."""
    channels = {kind: _own(store, records, ids, kind) for kind in ("email", "phone")}
    emails, numbers = channels["email"].str.lower(), channels["phone"].str.slice(-DIGITS)

    def is_theirs(rows: pd.DataFrame) -> "pd.Series[bool]":
        """Told by what stands in the cells, each e-mail and number of several by itself."""
        found = pd.Series(False, index=rows.index)
        for channel in [channel for channel in CHANNELS if channel in rows]:
            is_email = channel.startswith("email")
            cells = rows[channel].dropna().astype("str").str.lower()
            cells = cells.str.split(PARTS if is_email else NUMBERS, regex=True).explode()
            said = cells if is_email else cells.str.replace(r"\D", "", regex=True).str.slice(-DIGITS)
            found[said.index[is_among(said, emails if is_email else numbers)]] = True
        return found

    return is_theirs


def matching(pattern: str) -> Callable[[pd.DataFrame], "pd.Series[bool]"]:
    """Which rows of delivered text hold a pattern over bytes in any cell, or in their name's cells together."""

    def is_theirs(rows: pd.DataFrame) -> "pd.Series[bool]":
        found = pd.Series(False, index=rows.index)
        columns = map(str, rows.select_dtypes("str").columns.drop("record_key"))
        texts = [rows[column].fillna("") for column in columns]
        for text in [*texts, name.together(rows)]:
            cells = pa.array(text, type=pa.large_string()).cast(pa.large_binary())
            found |= pc.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False)
        return found

    return is_theirs


def _own(store: Store, records: "pd.Series[str]", ids: "pd.Series[str]", kind: str) -> "pd.Series[str]":
    """Their e-mails or phones that no record of anybody else says."""
    names = [channel for channel in CHANNELS if channel.startswith(kind)]
    said = [_said(store, column, among(store, key, whose)) for table, key, whose in
            ((observations, observations.c.record_key, records), (contacts, contacts.c.contact_id, ids))
            for column in (table.c[one] for one in names)]
    theirs = pd.concat(said).dropna().drop_duplicates()
    others = [_said(store, column, among(store, column, theirs) & ~among(store, observations.c.record_key, records))
              for column in (observations.c[one] for one in names)]
    return theirs[~is_among(theirs, pd.concat(others))]


def _said(store: Store, column: Column[str], is_it: object) -> "pd.Series[str]":
    values: pd.Series[str] = store.read(select(column.label("said")).distinct().where(is_it))["said"]  # type: ignore[arg-type]
    return values
