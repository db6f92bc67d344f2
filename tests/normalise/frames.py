"""One delivered column as a frame, and what a normaliser makes of it, row by row."""

from collections.abc import Callable, Sequence

import pandas as pd

Normalise = Callable[[pd.DataFrame, str], pd.DataFrame]


def read(normalise: Normalise, columns: Sequence[str], region: str = "FI", **delivered: str | None) -> tuple[object, ...]:
    """What one delivered row becomes in `columns`, missing as None."""
    frame = pd.DataFrame({column: pd.Series([value], dtype="str") for column, value in delivered.items()})
    row = normalise(frame, region).iloc[0]
    return tuple(None if pd.isna(row[column]) else row[column] for column in columns)
