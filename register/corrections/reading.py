"""A file of corrected values: whose they are, which they are, and which cells cannot be taken. Asks no database.

Headings by the alias table; whose a row is by one of ADDRESSES. An empty cell changes nothing, a word of its own removes.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from register import normalise, sources
from register.columns import LISTABLE, NAME, SEPARATOR
from register.errors import UnreadableDelivery
from register.feeds import Feed, Format
from register.gate.strip import strip
from register.policy import Policy
from register.reasons import IDENTITY_NUMBER
from register.sources import delimited, workbook
from register.sources.delivery import Delivery, unreadable
from register.sources.headers import squash
from register.texts import DAYS, Texts

BOX = "corrections"
"""The folder of the letter box; no feed bears this name."""

ADDRESSES = ("contact_id", "record_key", "feed", "current_email")
"""What tells whose a row is: a contact's id, a record's key (with its feed the source's own), or an e-mail held now. A file
with none of them is addressed by its e-mails, which it then does not correct."""

FORMATS: dict[str, Format] = {".csv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xlsx", ".ods": "xlsx"}

HEADERS = {"csv": delimited.header, "xlsx": workbook.header}

PARTS = "parts"
"""Stands for a name in two cells, as long as one in a single cell may say otherwise."""

SEVERAL = "several_values"
HALF_NAME = "half_a_name"
UNREADABLE = "unreadable_value"


@dataclass(frozen=True)
class Asked:
    """What a file asks for; rows by their number in the file, the header being 1.

    rows: ADDRESSES, missing where not given. cells: row, column (of `gate/corrected.SAYS`, or PARTS), value (normalised;
    missing: to be removed), first_name and last_name of a name. wrong: row, column, code. dropped: labels of columns not kept.
    """

    rows: pd.DataFrame
    cells: pd.DataFrame
    wrong: pd.DataFrame
    dropped: tuple[str, ...]


def read(path: Path, file_no: int, day: str, policy: Policy) -> Asked:
    """Reads a workbook's first filled sheet, or a CSV. Raises UnreadableDelivery, never with a value."""
    delivery = Delivery(BOX, day, file_no, path)
    feed, roles = _as_feed(delivery, policy)
    frame = pd.concat(list(sources.read(delivery, feed)))
    stripped = strip(frame, feed, policy)
    keys = frame[[f"key.{place}" for place in range(1, len(roles) + 1)]]
    rows = keys.set_axis(list(roles), axis=1).reindex(columns=ADDRESSES)
    said = stripped.rows[[column for column in LISTABLE if column in stripped.rows]]
    if not roles:
        rows["current_email"] = said["email"] if "email" in said else None  # noqa: SIM401 - a frame, no dictionary
        said = said.drop(columns="email", errors="ignore")
    has_number = stripped.identity_numbers.gt(0)
    cells, wrong = _cells(said[~has_number], feed, day)
    numbers = pd.DataFrame({"row": frame.index[has_number], "column": "", "code": IDENTITY_NUMBER})
    return Asked(rows.astype("str"), cells, pd.concat([wrong, numbers], ignore_index=True), stripped.dropped)


def _as_feed(delivery: Delivery, policy: Policy) -> tuple[Feed, tuple[str, ...]]:
    """How the file is read, and which addresses it has. Raises UnreadableDelivery."""
    form = FORMATS.get(delivery.path.suffix.lower())
    if form is None or delivery.path.is_symlink() or not delivery.path.is_file():
        raise unreadable(delivery, "not_a_file")
    if not delivery.path.stat().st_size:
        raise unreadable(delivery, "empty_file")
    plain = Feed(name=BOX, kind="provider", format=form, gives="changes", key=(), path="*", region=policy.country, trust=0,
                 columns={}, patterns={}, sheet=None, history_from=None, late_after_days=7, owner=None, retired=False,
                 own_business_ids=())
    try:
        header = HEADERS[form](delivery, plain)
    except UnreadableDelivery:
        raise
    except Exception:  # whatever a library says of a broken file has seen its data
        raise unreadable(delivery, "reader_failed") from None
    given = {role: word for role in ADDRESSES for word in header if squash(word) in _words(role)}
    return Feed(**{**plain.__dict__, "key": tuple(given.values())}), tuple(given)


def _words(role: str) -> set[str]:
    """A heading in every language, and as the register itself calls it."""
    return {squash(role), *(squash(Texts(language).say(f"correction.heading.{role}")) for language in DAYS)}


def _cells(said: pd.DataFrame, feed: Feed, day: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts = [column for column in ("first_name", "last_name") if column in said]
    found = [_column(said, [column], column, feed, day) for column in map(str, said) if column not in NAME]
    found += [_column(said, ["full_name"], "full_name", feed, day)] if "full_name" in said else []
    found += [_column(said, parts, PARTS, feed, day)] if parts else []
    names = ["row", "column", "value", "code", *NAME[1:]]
    cells = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=names)
    is_wrong = cells["code"].notna()
    wrong = cells.loc[is_wrong, ["row", "column", "code"]].replace({"column": {PARTS: "last_name"}})
    return cells[~is_wrong].drop(columns="code").reset_index(drop=True), wrong.reset_index(drop=True)


def _column(said: pd.DataFrame, delivered: list[str], column: str, feed: Feed, day: str) -> pd.DataFrame:
    """row, column, value, code, first_name and last_name of the cells that are filled in."""
    texts = said[delivered].dropna(how="all")
    is_removed = _is_word_for_remove(texts).any(axis=1)
    read = normalise.rows(texts.mask(_is_word_for_remove(texts)), feed, day)
    shown = "full_name" if column == PARTS else column
    code = read[f"{shown}_code"] if f"{shown}_code" in read else pd.Series(pd.NA, index=texts.index, dtype="str")
    code = code.mask(code.isna() & read[shown].isna() & ~is_removed, UNREADABLE)
    code = code.mask(_holds_several(texts, read, column), SEVERAL)
    if column == PARTS:
        code = code.mask((texts.isna().any(axis=1) | (len(delivered) == 1)) & ~is_removed, HALF_NAME)
    names = ["first_name", "last_name"]
    return pd.DataFrame({"row": texts.index, "column": column, "value": read[shown].array, "code": code.array,
                         **{name: read[name].array for name in names}})


def _holds_several(texts: pd.DataFrame, read: pd.DataFrame, column: str) -> "pd.Series[bool]":
    """Two values where one is asked for."""
    second = read[f"{column}_2"].notna() if f"{column}_2" in read else pd.Series(False, index=texts.index)
    joined = texts.apply(lambda of: of.str.contains(SEPARATOR, regex=False).eq(True)).any(axis=1)
    several: pd.Series[bool] = second | joined
    return several


def _is_word_for_remove(texts: pd.DataFrame) -> pd.DataFrame:
    words = {Texts(language).say("correction.remove").casefold() for language in DAYS}
    is_word: pd.DataFrame = texts.apply(lambda of: of.str.strip().str.casefold().isin(words))
    return is_word
