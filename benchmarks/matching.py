"""How well contacts and people are found on made-up rows: `python -m benchmarks.matching [ROWS] [SEED]`.

Pairwise and B-cubed, contacts and people apart, by the model at p .5 and .95 and as the register joins them, beside the most
that evidence could give; the share of true
pairs by band of p; seconds and memory by step.
"""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import people
from register import matching
from register.matching import matcher
from register.matching.candidates import CONTACT_KEYS, UNSTORED, candidate_keys, candidate_pairs
from register.matching.columns import Table, contact_columns
from register.matching.levels import levels_of
from register.matching.linkage import SURE, components
from register.matching.model import COMPARISONS, NAMES, contacts_model, probability

CUTS = {"p .5": 0, "p .95": SURE}
NOBODY = pd.DataFrame({"left": [], "right": []}, dtype="int64")
UNTOLD = matching.Decisions(NOBODY, NOBODY)
BANDS = (0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 1.0)


def main(rows: int, seed: int) -> None:
    figures = measure(rows, seed)
    print(f"{rows} rows, {figures['keys']} keys, {figures['pairs']} pairs, model {figures['model']}")
    for table in ("steps", "quality", "bands"):
        print(pd.DataFrame(figures[table]).to_string(index=False))


def measure(rows: int, seed: int = 1) -> dict[str, Any]:
    """rows, keys, pairs, model, and as lists of rows: steps, quality, bands."""
    made = people.rows(rows, seed).sort_values("record_key", ignore_index=True)
    steps: list[dict[str, Any]] = []
    model = contacts_model()
    with _measured(steps, "columns"):
        table = contact_columns(made)
    with _measured(steps, "keys"):
        keys = candidate_keys(CONTACT_KEYS, table, UNSTORED)
    with _measured(steps, "pairs"):
        pairs = matcher.scored_pairs(model, table, keys)
    found = clustered(table, pairs, steps) | as_in_the_register(made, steps)
    return {"rows": rows, "keys": len(keys), "pairs": len(pairs), "model": model.version, "steps": steps,
            "quality": [*_quality(found, made), ceiling(pairs, made)],
            "bands": bands(model.scored(table, *candidate_pairs(keys)), made).astype({"p": "str"}).to_dict("records")}


def clustered(table: Table, pairs: pd.DataFrame, steps: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """Contacts and people at each cut."""
    found: dict[tuple[str, str], Any] = {}
    for p, cut in CUTS.items():
        with _measured(steps, f"contacts at {p}"):
            found["contact", p] = matcher.contacts(table, pairs, cut=cut)
        with _measured(steps, f"people at {p}"):
            found["person", p] = matcher.people(table, pairs, found["contact", p], cut=cut)
    return found


def as_in_the_register(made: pd.DataFrame, steps: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """Contacts and people as `contacts` and `people` join them: exact keys, the model from p .95, nobody's word."""
    firm, alone = pd.factorize(made["organisation_id"])[0], -2 - np.arange(len(made))
    firm = np.where(firm < 0, alone, firm)  # a row without an organisation stands alone
    with _measured(steps, "contacts in the register"):
        keys = matching.match_keys(made, UNSTORED)
        exact = matching.clusters(made["name_key"], matching.contact_pairs(keys, made["organisation_id"], made["name_key"]))
        contact = matching.join(exact, matching.alike(made, exact), UNTOLD, firm).labels
    with _measured(steps, "people in the register"):
        held = keys.assign(contact=contact[keys["record"]], record_key=made["record_key"].array.take(keys["record"]),
                           name_key=made["name_key"].array.take(keys["record"]))
        nameless = pd.Series(pd.NA, index=made.index, dtype="str")
        one = matching.clusters(
            nameless, matching.person_pairs(held[["match_key", "name_key"]].assign(record=held["contact"]), nameless))
        scored = matching.alike_people(made, matching.holders_of(held, one), one)
        person = matching.join(one, scored, UNTOLD).labels[contact]
    return {("contact", "register"): contact, ("person", "register"): person}


def _quality(found: dict[tuple[str, str], Any], made: pd.DataFrame) -> list[dict[str, Any]]:
    return [{"of": side, "at": p, **quality(labels, made[side].to_numpy())} for (side, p), labels in sorted(found.items())]


def ceiling(pairs: pd.DataFrame, made: pd.DataFrame) -> dict[str, Any]:
    """Who knew the truth of contacts, and of every pair that shares a mobile or an e-mail: what is left shares a name only."""
    truth = made["person"].to_numpy()
    levels = dict(zip(NAMES, levels_of(COMPARISONS, pairs["pattern"].to_numpy()), strict=True))
    tells = ((levels["email"] < 2) | (levels["phone"] < 2)) & (truth[pairs["left"]] == truth[pairs["right"]])
    first = pd.Series(np.arange(len(made))).groupby(made["contact"]).transform("first")
    left, right = (np.append(pairs.loc[tells, "left"], first), np.append(pairs.loc[tells, "right"], np.arange(len(made))))
    return {"of": "person", "at": "ceiling", **quality(components(len(made), left, right), truth)}


def quality(labels: Any, truth: Any) -> dict[str, float]:
    """Pairwise precision, recall, F1, and B-cubed ones."""
    both = pd.factorize(pd.Series(labels.astype("int64") * (int(truth.max()) + 1) + truth))[0]
    true, claimed, real = (_pairs(codes) for codes in (both, labels, truth))
    size, of_cluster, of_truth = (np.bincount(codes)[codes] for codes in (both, labels, truth))
    rates = {"precision": true / max(claimed, 1), "recall": true / max(real, 1)}
    cubed = {"b3 precision": float((size / of_cluster).mean()), "b3 recall": float((size / of_truth).mean())}
    return {**rates, "f1": _f1(*rates.values()), **cubed, "b3 f1": _f1(*cubed.values())}


def bands(pairs: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """By band of p: how many pairs, and which share of them is true; people and contacts apart."""
    found = []
    for side in ("contact", "person"):
        truth = made[side].to_numpy()
        is_true = pd.Series(truth[pairs["left"]] == truth[pairs["right"]])
        band = pd.cut(probability(pairs[side]), BANDS, include_lowest=True)
        by = is_true.groupby(band, observed=False).agg(["size", "mean"])
        found.append(by.rename(columns={"size": f"{side} pairs", "mean": f"true {side}"}))
    return pd.concat(found, axis=1).reset_index(names="p")


def _pairs(codes: Any) -> int:
    sizes = np.bincount(codes).astype("int64")
    return int((sizes * (sizes - 1) // 2).sum())


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / max(precision + recall, 1e-12)


@contextmanager
def _measured(steps: list[dict[str, Any]], name: str) -> Iterator[None]:
    wall, process = time.perf_counter(), time.process_time()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    steps.append({"step": name, "wall s": round(time.perf_counter() - wall, 2),
                  "process s": round(time.process_time() - process, 2), "peak GiB": round(peak, 2)})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
