"""The figures of `docs/matching-figures.md`: each kind measured in a process of its own, and the page written from all runs."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import febrl, matching, rivals, shapes

Figures = dict[str, Any]

MOST_UNKNOWN = 100_000
"""Rows of a table that nobody has described: more are not promised."""

KINDS: dict[str, Callable[[int], Any]] = {
    "model": matching.measure,
    "people": rivals.measure,
    "febrl": lambda _: febrl.measure(),
    "shapes": lambda rows: shapes.measure(min(rows, MOST_UNKNOWN)),
}

PAGE = """# Matching, in figures

Written by `make bench ROWS=...`, on two cores, with nothing tuned to the truth; what the figures mean stands in
[matching.md](matching.md). Quality is pairwise unless it says B-cubed; seconds are those of the process.

## FEBRL 1-4

By the default of unknown tables, clusters at p .5, where the aim is an F1 of .999. The others get the values as the register
folds them.

{febrl}

## People at firms

The project's made-up people, by the contacts model at p .5, with the same values and the same keys for all. The others stand
here by their defaults, without anything made by hand for firms; recordlinkage compares pair by pair in Python and is left out
above {most:,} rows. Memory is the most that the process has had so far, one after the other.

{people}

The model alone, as `register match` uses it, and what the register makes of the same rows: exact keys, the model within one
organisation from p .95 on, what lies between .05 and .95 being asked. *Ceiling*: who knew the truth of all contacts and of
every pair that shares a mobile or an e-mail.

{quality}

Seconds and memory by step:

{steps}

## Is p what it says?

The share of true pairs in each band of p, of contacts and of people. A band far off its promise would mean that a class of
pairs is missing from the model.

{bands}

![Scored pairs by log-odds](matching-scores.svg)

![Share of true pairs by band of p](matching-calibration.svg)

![Precision against recall](matching-precision-recall.svg)

## Tables of other shapes

Made-up tables with their truth, by the default of unknown tables; the aim is a minute for 100,000 rows.

{shapes}
"""


def main(kind: str, rows: int) -> None:
    print(json.dumps(KINDS[kind](rows)))


def write(folder: Path, runs: Sequence[Figures]) -> None:
    """matching-figures.md in the folder. runs: as `bench` keeps them: rows, matching; smaller ones first."""
    told = sorted((run for run in runs if "matching" in run), key=lambda run: int(run["rows"]))
    if not told:
        return
    models = [(run["rows"], run["matching"]["model"]) for run in told]
    tables = {
        "febrl": _table(told[-1]["matching"]["febrl"]),
        "people": _table({"rows": run["rows"], **line} for run in told for line in run["matching"]["people"]),
        "shapes": _table(line for run in told for line in run["matching"]["shapes"] if run["rows"] <= MOST_UNKNOWN),
        "bands": _table(models[-1][1]["bands"]),
        **{name: _table({"rows": rows, **line} for rows, model in models for line in model[name])
           for name in ("quality", "steps")},
    }
    (folder / "matching-figures.md").write_text(PAGE.format(most=rivals.MOST_FOR_RECORDLINKAGE, **tables), encoding="utf-8")


def _table(lines: Iterable[Figures]) -> str:
    """Lines as a table; their keys are its heads."""
    rows = list(lines)
    heads = list(rows[0])
    marks = ["---" if isinstance(rows[0][head], str) else "--:" for head in heads]
    cells = [[_shown(row.get(head), head) for head in heads] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, marks, *cells])


def _shown(value: Any, head: str) -> str:
    if value is None or value != value:
        return "-"
    if isinstance(value, float) and not head.endswith((" s", "GiB")):
        return f"{value:.5f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
