"""The contacts model: which columns are compared, which kinds of pairs there are, and the frozen figures beside this module.

`contacts.json` is written by `benchmarks/train.py`, unsupervised, on made-up people: no name, no figure of a register is in it.
A pair's score is a function of its two rows and the model's version, nothing else; the version ends in a digest of all that
decides it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from register.matching.classes import Estimate, LatentClass, Structure, log_odds
from register.matching.columns import Flags, Ints, Table
from register.matching.levels import (
    BEGINNING,
    INITIAL,
    NAME,
    SHORTEST,
    SIMILAR,
    VALUE,
    Comparison,
    levels_of,
    patterns,
    size,
)
from register.matching.linkage import POSSIBLE, SURE, UNIT
from register.normalise import nicknames
from register.normalise.email import FREEMAIL
from register.normalise.name import given_names

FROZEN = Path(__file__).with_name("contacts.json")

COMPARISONS = (
    Comparison("first", "given", ("first", "last")),
    Comparison("last", "name", ("last", "first")),
    Comparison("email", "email", ("email", "email_2", "mailbox", "local", "domain", "employer", "spelt", "first", "last")),
    Comparison("phone", "phone", ("phone", "phone_2", "line")),
    Comparison("address", "address", ("street", "postcode", "city")),
    Comparison("firm", "value", ("firm",)),
)

NAMES = tuple(comparison.name for comparison in COMPARISONS)


def _ways(*ways: str) -> dict[str, str]:
    return dict(zip(NAMES, ways, strict=True))


CLASSES = (
    #                              first     last      email     phone     address   firm
    LatentClass("stranger", _ways("chance", "chance", "chance", "chance", "chance", "other")),
    LatentClass("colleague", _ways("chance", "chance", "partly", "partly", "own", "same")),
    LatentClass("namesake", _ways("match", "match", "partly", "partly", "own", "other")),
    LatentClass("family", _ways("chance", "own", "own", "own", "own", "own")),
    LatentClass("match", _ways("own", "own", "own", "own", "own", "same"), is_contact=True, is_person=True),
    LatentClass("moved", _ways("match", "match", "own", "own", "own", "other"), is_person=True),
)

NAME_OF_ONE = (0.85, 0.05, 0.04, 0.02, 0.01, 0.01, 0.01, 0.01)  # in the order of NAME

PRIORS: dict[str, dict[str, tuple[float, ...]]] = {
    "colleague": {"email": (0, 0.01, 0, 0.6, 0.1, 0.2, 0.09), "phone": (0, 0, 0.3, 0.7), "address": (0.8, 0.1, 0.05, 0.05)},
    "namesake": {"email": (0, 0, 0.3, 0, 0.01, 0.01, 0.68), "phone": (0, 0.01, 0.01, 0.98), "address": (0.01, 0.01, 0.1, 0.88)},
    "family": {
        "last": (0.97, 0.02, 0, 0, 0.005, 0, 0, 0.005), "email": (0.3, 0.1, 0.05, 0.25, 0.1, 0.1, 0.1),
        "phone": (0.3, 0.05, 0.2, 0.45), "address": (0.8, 0.05, 0.05, 0.1), "firm": (0.9, 0.1),
    },
    "match": {
        "first": NAME_OF_ONE, "last": NAME_OF_ONE, "email": (0.75, 0.04, 0.02, 0.01, 0.05, 0.09, 0.04),
        "phone": (0.7, 0.03, 0.15, 0.12), "address": (0.8, 0.08, 0.05, 0.07),
    },
    "moved": {
        "email": (0.3, 0.01, 0.3, 0.01, 0, 0.01, 0.37), "phone": (0.75, 0.02, 0.01, 0.22), "address": (0.02, 0.02, 0.1, 0.86),
    },
}
"""Weights of the levels before anything is learned, each in the order of its kind's levels; what contradicts starts small."""

TELLING = {"email": ("same",), "phone": ("same",)}
PER_ROW = frozenset({"colleague", "family", "match", "moved"})

CONTACTS = Structure(COMPARISONS, CLASSES, PRIORS, TELLING, PER_ROW)

CHANNELS = (("email", ("same", "shared")), ("phone", ("same", "line")))
"""What two people can share, and how it shows."""


@dataclass(frozen=True)
class Model:
    """Scores by pattern. contact, person: log-odds in thousandths. is_apart: never one contact. is_renamed: one person only if
    the surname has changed. version: of the figures and of what else decides a score.
    """

    version: str
    structure: Structure
    contact: Ints
    person: Ints
    is_apart: Flags
    is_renamed: Flags

    def scored(self, table: Table, left: Ints, right: Ints) -> pd.DataFrame:
        """left, right, pattern, log-odds `contact` and `person` in thousandths, is_apart, is_renamed: one row a pair."""
        found = patterns(self.structure.comparisons, table, left, right)
        said = {name: getattr(self, name)[found] for name in ("contact", "person", "is_apart", "is_renamed")}
        return pd.DataFrame({"left": left, "right": right, "pattern": found, **said})


def probability(odds: "pd.Series[int]") -> "pd.Series[float]":
    """Of log-odds in thousandths."""
    return pd.Series(1 / (1 + np.exp(-odds.to_numpy() / UNIT)), index=odds.index)


@cache
def contacts_model() -> Model:
    """The frozen model, read once when it is first asked for."""
    return of(json.loads(FROZEN.read_text(encoding="utf-8")))


def of(frozen: Mapping[str, Any]) -> Model:
    """The model of what `train` wrote: version, sizes by class, odds by class and comparison."""
    odds = {name: {column: np.array(values) for column, values in by.items()} for name, by in frozen["odds"].items()}
    said = log_odds(CONTACTS, Estimate(dict(frozen["sizes"]), odds))
    contact, person = (_asked(_as_straight(said[side])) for side in ("is_contact", "is_person"))
    return Model(f"{frozen['version']} {digest(frozen)}", CONTACTS, contact, person, contradicting(), _renamed())


def digest(frozen: Mapping[str, Any]) -> str:
    """Eight letters that differ where the figures, the levels and their limits or a list of names differ: a score may too."""
    rules = (COMPARISONS, [of.levels for of in COMPARISONS], SIMILAR, BEGINNING, SHORTEST, INITIAL, SURE, POSSIBLE)
    said = (json.dumps(frozen), rules, nicknames.groups(), sorted(given_names()), sorted(FREEMAIL))
    return blake2b(repr(said).encode(), digest_size=4).hexdigest()


def _as_straight(odds: Ints) -> Ints:
    """No name is surer for standing in the other place: both parts of it say the same thing."""
    levels = levels_of(COMPARISONS, np.arange(size(COMPARISONS)))
    swapped, same = (NAME.index(level) for level in ("swapped", "same"))
    levels[:2] = np.where(levels[:2] == swapped, same, levels[:2])
    straight = np.ravel_multi_index(tuple(levels), [len(of.levels) + 1 for of in COMPARISONS])
    no_surer: Ints = np.minimum(odds, odds[straight])
    return no_surer


def _asked(odds: Ints) -> Ints:
    """Nobody is one by itself whose first names are akin at best, nor over two firms by another surname: it is asked."""
    first, last, *_, firm = levels_of(COMPARISONS, np.arange(size(COMPARISONS)))
    is_unlike = (first >= NAME.index("akin")) & (first < len(NAME))
    is_another = (last == NAME.index("other")) & (firm == VALUE.index("other"))
    asked: Ints = np.where(is_unlike | is_another, np.minimum(odds, SURE), odds)
    return asked


def _renamed() -> Any:
    """Of every pattern: whether alike first names stand beside clearly different surnames."""
    first, last, *_ = levels_of(COMPARISONS, np.arange(size(COMPARISONS)))
    return (first < NAME.index("akin")) & (last == NAME.index("other"))


def contradicting() -> Any:
    """Of every pattern: whether clearly different first names meet on a shared mailbox or phone: father and son."""
    level = dict(zip(NAMES, levels_of(COMPARISONS, np.arange(size(COMPARISONS))), strict=True))
    by = {comparison.name: comparison for comparison in COMPARISONS}
    shares = [level[name] == by[name].levels.index(said) for name, levels in CHANNELS for said in levels]
    return (level["first"] == by["first"].levels.index("other")) & np.any(shares, axis=0)
