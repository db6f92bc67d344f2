"""What makes a row the same record next time (design, rule 3): one keyed hash a row, never the line number.

The order of what is asked stands in `default_basis`; everything is hashed from normalised values under the home's lasting key.
"""

from hashlib import blake2b

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from register.columns import NORMALISED
from register.feeds import Feed

PART = "\x1f"
"""Stands between the parts of a key: no delivered text can hold it, the readers drop control characters."""

DIGEST_BYTES = 16


def record_keys(normalised: pd.DataFrame, delivered_key: "pd.Series[str]", feed: Feed, key: bytes) -> "pd.Series[str]":
    """The record key of each row of one delivery, 32 hex digits, unique within it and over all feeds.

    normalised: as `normalise.rows` gives it, the whole delivery. delivered_key: what the feed's own key columns say.
    Repeats get an ordinal after sorting by content, so that the order of rows decides nothing.
    """
    basis = "d" + PART + delivered_key
    keyless = normalised[basis.isna()]
    if len(keyless):
        content = content_hashes(keyless, key)
        basis = basis.fillna("w" + PART + content if feed.gives == "events" else default_basis(keyless, content))
    return hashed(feed.name + PART + basis + _ordinals(basis, normalised, key), key)


def _ordinals(basis: "pd.Series[str]", normalised: pd.DataFrame, key: bytes) -> "pd.Series[str]":
    """What tells repeats apart, empty for the first."""
    is_repeated = basis.duplicated(keep=False)
    repeated = pd.DataFrame({"basis": basis[is_repeated], "content": content_hashes(normalised[is_repeated], key)})
    number = repeated.sort_values(["basis", "content"], kind="stable").groupby("basis").cumcount()
    return (PART + number[number > 0].astype("str")).reindex(basis.index, fill_value="")


def default_basis(normalised: pd.DataFrame, content: "pd.Series[str]") -> "pd.Series[str]":
    """For a feed without a key of its own: who the row speaks of, at which firm; else the whole row."""
    firm = normalised["business_id"].fillna(normalised["company_key"])
    at_firm = PART + firm.fillna("")
    email = normalised["email"].mask(normalised["email_is_role"])
    mobile = normalised["phone"].where(normalised["phone_type"] == "mobile")
    name = normalised["name_key"]
    candidates = (
        "e" + PART + email + at_firm,
        "m" + PART + mobile + PART + name + at_firm,
        "n" + PART + name + PART + firm,  # a name alone is no key: missing where the firm is
        "r" + PART + normalised["email"].where(normalised["email_is_role"]),
        "b" + PART + normalised["business_id"],
        "w" + PART + content,
    )
    basis = candidates[0]
    for candidate in candidates[1:]:
        basis = basis.fillna(candidate)
    return basis


def content_hashes(normalised: pd.DataFrame, key: bytes) -> "pd.Series[str]":
    """One hash of all that a row says: equal where nothing changed."""
    return hashed(joined(normalised[[*NORMALISED, "is_dated"]]), key)


def joined(columns: pd.DataFrame) -> "pd.Series[str]":
    """The values of each row as one text, a missing one as none."""
    texts = [pa.array(columns[name].astype("str"), type=pa.large_string(), from_pandas=True) for name in columns]
    part = pa.scalar(PART, type=pa.large_string())
    rows = pc.binary_join_element_wise(*texts, part, null_handling="replace", null_replacement="")
    return pd.Series(rows, index=columns.index, dtype="str")


def hashed(texts: "pd.Series[str]", key: bytes) -> "pd.Series[str]":
    """Keyed BLAKE2b of each text as 32 hex digits."""
    digests = [blake2b(text.encode(), key=key, digest_size=DIGEST_BYTES).hexdigest() for text in texts.tolist()]
    return pd.Series(digests, index=texts.index, dtype="str")
