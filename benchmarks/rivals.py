"""Splink on DuckDB, and recordlinkage, on the same normalised rows: `python -m benchmarks.rivals [ROWS ...]` puts them beside
the contacts model on the made-up people, with the same keys. Needs the packages of the group `bench`.
"""

import logging
import resource
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import people
from benchmarks.matching import quality
from register.matching import matcher
from register.matching.candidates import CONTACT_KEYS, UNSTORED, candidate_keys, candidate_pairs
from register.matching.columns import Table, contact_columns
from register.matching.linkage import components
from register.matching.model import contacts_model

SAID = ("first", "last", "email", "phone", "firm")
"""What the rivals compare: street and postcode say the firm again, with them Splink's F1 is lower."""

HALF = 0.5
"""Where all of them cluster."""

TRAINED_PAIRS = 2_000_000

MOST_FOR_RECORDLINKAGE = 100_000
"""It compares pair by pair in Python: a million rows would take hours."""


def splink(
    rows: pd.DataFrame, comparisons: Sequence[Any], rules: Sequence[Any], training: Sequence[Sequence[str]], side: Any = None
) -> Any:
    """Clusters by Splink's defaults: u by random pairs, m by EM under the blocks of `training`, components at p .5.

    The first two blocks of `training` tell the share of matches. rows: text columns.
    rules: its blocking rules. side: the file of each row, where two are linked.
    """
    from splink import Linker, SettingsCreator, block_on
    from splink.internals.duckdb.database_api import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI()
    whole = rows.astype("object").where(rows.notna(), None).assign(unique_id=np.arange(len(rows)))
    frames = [whole] if side is None else [whole[side == file] for file in (0, 1)]
    settings = SettingsCreator(
        link_type="dedupe_only" if side is None else "link_only", comparisons=list(comparisons),
        blocking_rules_to_generate_predictions=list(rules), retain_matching_columns=False)
    given = [database.register(frame) for frame in frames]
    linker = Linker(given[0] if side is None else given, settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=TRAINED_PAIRS, seed=1)
    linker.training.estimate_probability_two_random_records_match([block_on(*columns) for columns in training[:2]], recall=0.7)
    for columns in training:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    found = linker.inference.predict(threshold_match_probability=HALF).as_pandas_dataframe()
    return components(len(rows), found["unique_id_l"].to_numpy(), found["unique_id_r"].to_numpy())


def recordlinkage(rows: pd.DataFrame, kinds: dict[str, str], blocks: Sequence[str], side: Any = None) -> Any:
    """Clusters by recordlinkage: of pairs that agree on any of `blocks`."""
    import recordlinkage as library

    index = library.Index()
    for column in blocks:
        index.block(column)
    files = [rows] if side is None else [rows[side == file] for file in (0, 1)]
    return _classified(index.index(*files), files, kinds, len(rows))


def _classified(pairs: Any, files: Sequence[pd.DataFrame], kinds: dict[str, str], rows: int) -> Any:
    """Jaro-Winkler or equality column by column, its ECM, components."""
    import recordlinkage as library

    warnings.simplefilter("ignore")
    asked = library.Compare()
    for column, kind in kinds.items():
        if kind == "exact":
            asked.exact(column, column)
        else:
            asked.string(column, column, method="jarowinkler", threshold=0.85)
    found = library.ECMClassifier().fit_predict(asked.compute(pairs, *files))
    return components(rows, *(found.get_level_values(level).to_numpy() for level in (0, 1)))


def people_by_splink(made: pd.DataFrame, table: Table) -> Any:
    """The made-up people with the keys of the contacts model as arrays to block on."""
    import splink.comparison_library as library
    from splink import block_on

    keys = candidate_keys(CONTACT_KEYS, table, UNSTORED)
    held = keys.groupby("record")["match_key"].agg(lambda found: list(set(found))).reindex(range(len(made)))
    rows = _said(table).assign(keys=[found if isinstance(found, list) else [] for found in held])
    comparisons = [
        library.NameComparison("first"), library.NameComparison("last"), library.EmailComparison("email"),
        library.DamerauLevenshteinAtThresholds("phone", 1), library.ExactMatch("firm")]
    training = (("email",), ("phone",), ("first", "last"))
    return splink(rows, comparisons, [block_on("keys", arrays_to_explode=["keys"])], training)


def people_by_recordlinkage(table: Table) -> Any:
    """The made-up people, of the pairs that share a key of the contacts model."""
    pairs = pd.MultiIndex.from_arrays(candidate_pairs(candidate_keys(CONTACT_KEYS, table, UNSTORED)))
    kinds = {name: "exact" if name in ("phone", "firm") else "text" for name in SAID}
    return _classified(pairs, [_said(table)], kinds, len(table["first"].codes))


def _said(table: Table) -> pd.DataFrame:
    """What the rivals compare, as the register normalises it."""
    return pd.DataFrame({
        name: pd.Series(table[name].values.array.take(table[name].codes, allow_fill=True)) for name in SAID})


def people_by_register(table: Table) -> Any:
    """The same by the contacts model at p .5."""
    pairs = matcher.scored_pairs(contacts_model(), table, candidate_keys(CONTACT_KEYS, table, UNSTORED))
    return matcher.people(table, pairs, matcher.contacts(table, pairs))


def measured(name: str, match: Callable[[], Any], truth: Any) -> dict[str, Any]:
    """Quality and seconds of one run; peak memory is the process's so far."""
    wall, process = time.perf_counter(), time.process_time()
    labels = np.asarray(match())
    took = {"wall s": time.perf_counter() - wall, "process s": time.process_time() - process}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures = {key: round(value, 5) for key, value in quality(labels, truth).items()}
    return {"by": name, **figures, **{key: round(value, 1) for key, value in took.items()}, "peak GiB": round(peak, 2)}


def measure(rows: int) -> list[dict[str, Any]]:
    """The made-up people at p .5, by each: a line as `measured` gives it."""
    made = people.rows(rows, 1).sort_values("record_key", ignore_index=True)
    table, truth = contact_columns(made), made["person"].to_numpy()
    runs = {"register": lambda: people_by_register(table), "Splink 5": lambda: people_by_splink(made, table),
            "recordlinkage": lambda: people_by_recordlinkage(table)}
    if rows > MOST_FOR_RECORDLINKAGE:
        del runs["recordlinkage"]
    return [measured(name, run, truth) for name, run in runs.items()]


def main(sizes: Sequence[int]) -> None:
    for rows in sizes:
        print(f"{rows} rows, people at p {HALF}")
        print(pd.DataFrame(measure(rows)).to_string(index=False))


if __name__ == "__main__":
    main([int(rows) for rows in sys.argv[1:]] or [10_000, 100_000])
