"""Every small change of the code that judges is seen by the table of cases or by the small world.

One comparison, boundary, constant, sign or yes-and-no of the pure modules is changed at a time. A change that nobody sees and
that changes no verdict is listed in EQUIVALENT with its reason; a new one is a case that is missing.
"""

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from register import retention
from register.policy import Policy
from register.retention.facts import COLUMNS, Facts
from tests.retention import test_retention as table
from tests.retention import test_small_world as small_world

MODULES = ("periods", "reach", "rules", "verdicts")
FOLDER = Path(retention.__file__).parent

SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Mult: ast.Add,
}
WORDS = {"first": "last", "last": "first", "max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum",
         "cummax": "cummin", "notna": "isna", "isna": "notna", "eq": "ne", "ne": "eq", "where": "mask", "mask": "where",
         "argmax": "argmin", "nanmax": "nanmin", "right": "left", "later": "newest", "any": "all"}

LOOKED_AT = "rules: elapsed = max(0, (day.year - since.year) * 12 + day.month - since.month)"

EQUIVALENT: dict[str, str] = {
    "verdicts: general = facts.gaps[facts.gaps.contact_id.isna()].head(1) [1 -> 2]":
        "the first general gap leaves nobody without one, so a second finds nobody",
    f"{LOOKED_AT} [0 -> 1]": "how many months are looked at: more of them end no period",
    'rules: said = said.sort_values(["last_day", "fact_on"], na_position="first") [first -> last]':
        "one rule holds for a contact: all its rows have a last day, or none has",
    f"{LOOKED_AT} [Sub -> Add]": "the same: more months, never fewer, since a month's number is above zero",
}
"""Changes that change no verdict: module, line as written, change -> why."""


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Each changed source with its name: the line as written, and the change."""
    lines = source.splitlines()
    count = len(list(_places(ast.parse(source))))
    for number in range(count):
        tree = ast.parse(source)
        node, change, what = list(_places(tree))[number]
        change()
        yield f"{lines[node.lineno - 1].strip()} [{what}]", ast.unparse(tree)


def _places(tree: ast.AST) -> Iterator[tuple]:
    """Nodes in the order of the source, with what changes them in place and its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for at, operator in enumerate(node.ops):
                yield node, lambda node=node, at=at: _set(node.ops, at, SWAPS[type(node.ops[at])]()), _name(operator)
        elif isinstance(node, ast.BinOp) and type(node.op) in SWAPS and not _is_type(node) or isinstance(node, ast.BoolOp):
            yield node, lambda node=node: setattr(node, "op", SWAPS[type(node.op)]()), _name(node.op)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
            yield node, lambda node=node: setattr(node, "op", ast.UAdd()), "no " + type(node.op).__name__
        elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
            other = not node.value if isinstance(node.value, bool) else node.value + 1
            yield node, lambda node=node, other=other: setattr(node, "value", other), f"{node.value} -> {other}"
        elif isinstance(node, ast.Constant) and node.value in WORDS:
            yield node, lambda node=node: setattr(node, "value", WORDS[node.value]), f"{node.value} -> {WORDS[node.value]}"
        elif isinstance(node, ast.Attribute) and node.attr in WORDS:
            yield node, lambda node=node: setattr(node, "attr", WORDS[node.attr]), f"{node.attr} -> {WORDS[node.attr]}"


def _set(operators: list, at: int, operator: ast.cmpop) -> None:
    operators[at] = operator


def _name(operator: ast.AST) -> str:
    return f"{type(operator).__name__} -> {SWAPS[type(operator)].__name__}"


def _is_type(node: ast.BinOp) -> bool:
    """`int | None` says no more than a comment."""
    return isinstance(node.op, ast.BitOr) and any(isinstance(side, ast.Subscript) or (
        isinstance(side, ast.Constant) and (side.value is None or isinstance(side.value, str))) or (
        isinstance(side, ast.Name) and side.id in ("str", "int", "date")) for side in (node.left, node.right))


@contextmanager
def deciding(module: str, source: str) -> Iterator:
    """`decide` of the package with one module changed."""
    names = [f"register.retention.{name}" for name in MODULES]
    held = {name: sys.modules.pop(name) for name in names}
    package = sys.modules["register.retention"]
    try:
        for name in MODULES:
            code = source if name == module else (FOLDER / f"{name}.py").read_text(encoding="utf-8")
            made = type(sys)(f"register.retention.{name}")
            sys.modules[made.__name__] = made
            exec(compile(code, f"{name}.py", "exec", dont_inherit=True), made.__dict__)  # noqa: S102
        yield sys.modules["register.retention.verdicts"].decide
    finally:
        sys.modules.update(held)
        for name in MODULES:
            setattr(package, name, held[f"register.retention.{name}"])


def worlds() -> list[tuple[Facts, Policy, tuple[date, ...]]]:
    """The cases of one policy as one world, each with people and firms of its own, and the days on which they are judged.

    A case of evidence that is missing for everybody is a world of its own.
    """
    groups: dict[str, list[tuple[int, dict]]] = {}
    for number, case in enumerate(table.CASES):
        is_general = any("for" not in row for row in case.get("missing", []))
        groups.setdefault(f"{number if is_general else ''}{case.get('policy', {})}", []).append((number, case))
    return [(_joined(cases), table.policy(**cases[0][1].get("policy", {})),
             tuple(sorted({line["day"] for _, case in cases for line in case["then"]}))) for cases in groups.values()]


def _joined(cases: list[tuple[int, dict]]) -> Facts:
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    for number, case in cases:
        facts = table.facts_of(case)
        for name, rows in frames.items():
            of_case = getattr(facts, name)
            own = [column for column in ("contact_id", "organisation_id", "record_key", "feed") if column in of_case]
            rows.append(of_case.assign(**{column: f"{number} " + of_case[column] for column in own}))
    return Facts(**{name: pd.concat(rows, ignore_index=True) for name, rows in frames.items()})


WORLDS = worlds()


def said(decide) -> Iterator[pd.DataFrame]:
    """All verdicts of all worlds, day by day."""
    for facts, rules, on in WORLDS:
        for day in on:
            yield decide(facts, rules, day).sort_values("contact_id", ignore_index=True)


def is_seen(module: str, source: str, expected: list[pd.DataFrame]) -> bool:
    """Whether the small world or a case sees the change; one that raises is seen."""
    try:
        with deciding(module, source) as decide:
            return next(small_world.differences(decide), None) is not None or any(
                not found.equals(truth) for found, truth in zip(said(decide), expected, strict=True))
    except Exception:  # noqa: BLE001
        return True


def survivors(module: str) -> list[str]:
    """The changes that nobody sees."""
    expected = list(said(retention.decide))
    source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    return [f"{module}: {name}" for name, changed in mutants(source) if not is_seen(module, changed, expected)]


@pytest.mark.deep
@pytest.mark.parametrize("module", MODULES)
def test_no_change_of_the_code_that_changes_a_verdict_survives(module):
    found = survivors(module)
    assert [name for name in found if name not in EQUIVALENT] == []
    assert [name for name in EQUIVALENT if name.startswith(f"{module}:") and name not in found] == []
