"""Feeds, files and frames for the tests of the readers."""

from pathlib import Path
from typing import Any

import pandas as pd

from register.feeds import Feed
from register.sources import Delivery, read

DATA = Path(__file__).parent.parent / "data" / "sources"
OURS = "9900011-4"


def feed(**said: Any) -> Feed:
    values: dict[str, Any] = {
        "name": "provider_x", "kind": "provider", "format": "csv", "gives": "snapshot", "key": (), "path": "*", "region": "FI",
        "trust": 40, "columns": {}, "patterns": {}, "sheet": None, "history_from": None, "late_after_days": 7, "owner": None,
        "retired": False, "own_business_ids": (OURS,),
    }
    return Feed(**(values | said))


def delivery(path: Path) -> Delivery:
    return Delivery("provider_x", "2026-11-05", 1, path)


def frames(path: Path, **said: Any) -> list[pd.DataFrame]:
    return list(read(delivery(path), feed(**said)))


def rows(path: Path, **said: Any) -> pd.DataFrame:
    return pd.concat(frames(path, **said))


def texts(frame: pd.DataFrame) -> dict[Any, dict[str, str]]:
    """Row number -> what it says; missing values are left out."""
    return {number: row.dropna().to_dict() for number, row in frame.iterrows()}


def written(folder: Path, content: str | bytes, name: str = "toimitus.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path
