"""Sets of texts: which values are among others. Many times quicker than pandas' own `isin` on text."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def is_among(values: "pd.Series[Any]", others: Iterable[Any]) -> "pd.Series[bool]":
    """True where a value is one of the others; a missing value is among none."""
    wanted = others if isinstance(others, pd.Series | pd.Index) else list(others)
    found = pc.is_in(_texts(values), _texts(wanted), skip_nulls=True)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index, dtype=bool)


def _texts(values: Any) -> pa.Array:
    texts = pa.array(values, type=pa.large_string(), from_pandas=True)
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
