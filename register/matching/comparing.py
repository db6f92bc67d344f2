"""Profiled columns -> coded ones, and what is compared of them: the kinds of an unknown table in the words of `levels.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from register.matching.columns import Coded, coded
from register.matching.levels import Comparison
from register.matching.profile import Column

COMPARED = 14
"""Columns that are compared at most: those where two rows agree least by chance."""

COMPARED_AS = {"email": "mail", "phone": "code", "digits": "code", "web": "text"}
"""Kinds of columns that are compared as another kind."""

EXCHANGED = 0.1
"""Share of rows whose value is also one of another column of names, from which the two may have been exchanged."""


def at_most_compared(columns: Sequence[Column]) -> list[Column]:
    """The columns, of more than COMPARED the others marked as beyond."""
    compared = sorted((column for column in columns if not column.why_not), key=lambda column: column.agree)
    beyond = {column.name for column in compared[COMPARED:]}
    return [replace(column, why_not="beyond") if column.name in beyond else column for column in columns]


def compared(columns: Sequence[Column], folded: Mapping[str, Any]) -> tuple[dict[str, Coded], tuple[Comparison, ...]]:
    """The coded columns by name, and a comparison for each. folded: the values by name."""
    partner = _partners([column.name for column in columns if column.kind == "name"], folded)
    table: dict[str, Coded] = {}
    comparisons = []
    for column in columns:
        name, other = column.name, partner.get(column.name, column.name)
        if name not in table:
            table |= coded({part: folded[part] for part in dict.fromkeys((name, other))}, is_sorted=True)
        if column.kind == "email":
            table |= _email_parts(name, table[name])
        asked = ASKED.get(column.kind, ("{0}",))
        comparisons.append(Comparison(
            name, COMPARED_AS.get(column.kind, column.kind), tuple(part.format(name, other) for part in asked)))
    return table, tuple(comparisons)


ASKED = {
    "name": ("{0}", "{1}"),
    "email": ("{0}", "{0}.local", "{0}.domain"),
}
"""Columns that a comparison of the kind asks for, of the column {0} and its partner {1}; of the others the column alone."""


def _partners(names: Sequence[str], folded: Mapping[str, Any]) -> dict[str, str]:
    """Two columns of names that hold each other's values: the two parts may have been exchanged."""
    found: dict[str, str] = {}
    for one, other in combinations(names, 2):
        shared = min(folded[one].isin(folded[other].dropna()).mean(), folded[other].isin(folded[one].dropna()).mean())
        if shared >= EXCHANGED and not {one, other} & found.keys():
            found |= {one: other, other: one}
    return found


def _email_parts(name: str, column: Coded) -> dict[str, Coded]:
    return {f"{name}.local": column.by_value(lambda values: values.str.replace(r"@.*$", "", regex=True)),
            f"{name}.domain": column.by_value(lambda values: values.str.replace(r"^.*@", "", regex=True))}
