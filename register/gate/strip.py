"""What may never be kept is cut from a delivered frame before anything else sees it.

Identity numbers go wherever they stand, columns that the policy does not list are dropped and named; the feed's key columns and
the parties of an invoice are read for the record key and then dropped too. Knows no database.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from register import identity_numbers
from register.columns import ALWAYS, CANONICAL, READ_ONLY
from register.feeds import Feed
from register.normalise import company, name
from register.policy import Policy

KEY_COLUMN = re.compile(r"key\.\d+")
"""Labels under which a reader also gives the feed's own key columns."""

OF_A_BOUNCE = ("email", "event_on", "event_status")
"""Whatever else a mail system tells of mail that came back is not read."""

SPACES = r"\s+"


@dataclass
class Stripped:
    """A frame of a delivery with nothing in it that may not be kept.

    rows: canonical text columns that the policy lists, on the reader's index (the record's number in its file).
    delivered_key: what the feed's own key columns say, folded; missing where a part of it is.
    is_private: positive evidence of a private person. identity_numbers: how many were cut from each row.
    dropped: labels of the delivered columns that are not kept.
    """

    rows: pd.DataFrame
    delivered_key: "pd.Series[str]"
    is_private: "pd.Series[bool]"
    identity_numbers: "pd.Series[int]"
    dropped: tuple[str, ...]


def strip(frame: pd.DataFrame, feed: Feed, policy: Policy) -> Stripped:
    """Cuts identity numbers and unlisted columns out of a reader's frame, and reads what only the gate may read."""
    cleaned, counts = identity_numbers.cut(frame, feed.patterns, feed.region)
    kept = OF_A_BOUNCE if feed.is_bounce else (*policy.fields.keep, *ALWAYS)
    listed = [column for column in CANONICAL if column in frame and column in kept]
    rows = cleaned[listed].astype("str")
    return Stripped(
        rows=rows,
        delivered_key=_delivered_key(frame, cleaned, feed),
        is_private=_is_private(frame, rows, cleaned),
        identity_numbers=counts,
        dropped=tuple(str(column) for column in frame if _is_dropped(str(column), listed)),
    )


def _is_dropped(column: str, listed: list[str]) -> bool:
    return column not in listed and column not in READ_ONLY and not KEY_COLUMN.fullmatch(column)


def _delivered_key(frame: pd.DataFrame, cleaned: pd.DataFrame, feed: Feed) -> "pd.Series[str]":
    """The key columns joined; a part that is empty or held an identity number makes the key missing (design, rule 3)."""
    columns = sorted((str(column) for column in frame if KEY_COLUMN.fullmatch(str(column))), key=lambda label: int(label[4:]))
    if not columns and feed.kind == "invoice":
        columns = ["seller_id", "buyer_id", "invoice_number"]
    if not columns or not set(columns) <= set(frame):
        return pd.Series(np.nan, index=frame.index, dtype="str")
    parts = [folded(cleaned[column]).where(cleaned[column].eq(frame[column])) for column in columns]
    key = parts[0]
    for part in parts[1:]:
        key = key + "\x1f" + part
    return key


def folded(values: "pd.Series[str]") -> "pd.Series[str]":
    """Values of key columns as they are hashed: case and space do not matter; an empty one is missing."""
    folded = values.astype("str").str.replace(SPACES, " ", regex=True).str.strip().str.lower()
    return folded.mask(folded == "")


def _is_private(frame: pd.DataFrame, rows: pd.DataFrame, cleaned: pd.DataFrame) -> "pd.Series[bool]":
    """Marked so by the source, called so in the company's place, or an identity number as the party beside no company.

    A blank company alone is no evidence (law, "Who may be in the register at all").
    """
    is_private = pd.Series(False, index=frame.index)
    if "private_person" in frame:
        is_private |= frame["private_person"].notna() & ~_says_no(frame["private_person"])
    if "company" in rows:
        is_private |= company.says_private(rows["company"])
    if "business_id" in frame:
        held_number = frame["business_id"].notna() & cleaned["business_id"].ne(frame["business_id"])
        is_private |= held_number & ~_names_company(rows[held_number]).reindex(frame.index, fill_value=False)
    return is_private


def _names_company(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the company's place holds more than the person's own name."""
    if "company" not in rows:
        return pd.Series(False, index=rows.index)
    people = name.normalise(rows, "FI").name_key
    firms = name.normalise(rows[["company"]].rename(columns={"company": "full_name"}), "FI").name_key
    return rows["company"].notna() & ~firms.eq(people)


def _says_no(values: "pd.Series[str]") -> "pd.Series[bool]":
    return values.astype("str").str.strip().str.lower().isin(["", "0", "false", "ei", "no", "nej", "e", "n", "-"])
