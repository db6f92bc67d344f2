"""Every small change of the code that judges is seen by the table of cases or by the small world.

One comparison, boundary, constant, sign or yes-and-no of the pure modules is changed at a time. A change that nobody sees and
that changes no verdict is listed in EQUIVALENT with its reason; a new one is a case that is missing.
"""

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from register import retention
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

EQUIVALENT: dict[str, str] = {}
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


def facts_of_cases() -> list[tuple]:
    """Cases of one policy and day at once would be another world: each line alone, the quickest killers first."""
    return [(table.facts_of(case), table.policy(**case.get("policy", {})), case, line)
            for case in table.CASES for line in case["then"]]


CASES = facts_of_cases()
SAID = ["outcome", "rule", "last_day", "facts", "stands_until"]


def truth() -> list[pd.DataFrame]:
    return [retention.decide(facts, rules, line["day"])[SAID] for facts, rules, _, line in CASES]


def is_seen(module: str, source: str, expected: list[pd.DataFrame]) -> bool:
    """Whether the small world or a case sees the change; one that raises is seen."""
    try:
        with deciding(module, source) as decide:
            if next(small_world.differences(decide, small_world.DAYS[::3]), None):
                return True
            return any(not decide(facts, rules, line["day"])[SAID].equals(said)
                       for (facts, rules, _, line), said in zip(CASES, expected, strict=True)) or bool(
                next(small_world.differences(decide), None))
    except Exception:  # noqa: BLE001
        return True


def survivors(module: str) -> list[str]:
    """The changes that nobody sees."""
    expected = truth()
    source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    return [f"{module}: {name}" for name, changed in mutants(source) if not is_seen(module, changed, expected)]


@pytest.mark.deep
@pytest.mark.parametrize("module", MODULES)
def test_no_change_of_the_code_that_changes_a_verdict_survives(module):
    found = survivors(module)
    assert [name for name in found if name not in EQUIVALENT] == []
    assert [name for name in EQUIVALENT if name.startswith(f"{module}:") and name not in found] == []
