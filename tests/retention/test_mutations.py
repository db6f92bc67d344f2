"""Every small change of the code that judges is seen by the table of cases or by the small world.

One comparison, boundary, constant, sign or yes-and-no of the pure modules is changed at a time. A change that nobody sees and
that changes no verdict is listed in EQUIVALENT with its reason; a new one is a case that is missing.
"""

import ast
import os
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from register import retention
from register.policy import Policy
from register.retention.facts import COLUMNS, Facts
from tests.retention import test_retention as table
from tests.retention import test_small_world as small_world

Decide = Callable[[Facts, Policy, date], pd.DataFrame]

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
MORE_MONTHS = "how many months are looked at: more of them end no period"

EQUIVALENT: dict[str, str] = {
    "verdicts: general = facts.gaps[facts.gaps.contact_id.isna()].head(1) [1 -> 2]":
        "the first general gap leaves nobody without one, so a second finds nobody",
    'verdicts: (ends < today, "remove", "incompatible"), [Lt -> LtE]': "the line before it has taken the day itself",
    "verdicts: whose = [words.mask(words.notna(), rule) for rule, words in zip(ENDING, why, strict=True)] [True -> False]":
        "there are words for each rule",
    f"{LOOKED_AT} [0 -> 1]": MORE_MONTHS,
    f"{LOOKED_AT} [Sub -> Add]": MORE_MONTHS,
    f"{LOOKED_AT} [Sub -> Add] 2": MORE_MONTHS,
    f"{LOOKED_AT} [12 -> 13]": MORE_MONTHS,
    "rules: numbers = np.arange(elapsed + months + 1) [1 -> 2]": MORE_MONTHS,
    "rules: return dict(zip(RULES, frames, strict=True)) [True -> False]": "there is a frame for each rule",
    "periods: return int(np.nanmax([0.0, *lengths(rules)])) [nanmax -> nanmin]":
        "how long a history is needed, which is no verdict: tests/retention/test_evidence.py",
    "reach: @dataclass(frozen=True) [True -> False]": "nothing is written into it",
    "reach: contacts = facts.contacts.reset_index(drop=True) [True -> False]": "a column more, that nobody reads",
    "reach: rows = facts.engagements.reset_index(drop=True) [True -> False]": "a column more, that nobody reads",
    'reach: joined = rows.groupby([organisation, "case_number"], sort=False).ngroup() [False -> True]':
        "other numbers for the same cases",
    "reach: case=joined.where(is_joined, -1 - rows.index), [1 -> 2]": "other numbers, below zero still",
    "reach: rows = rows[rows.case_number.notna() & rows.contact_id.notna()] [BitAnd -> BitOr]":
        "what lacks either finds nothing to join: nobody, or no number",
    "reach: return of.where(~(others > of), others) [Gt -> GtE]": "of two days that are the same either is the later",
}
"""Changes that change no verdict: module, line as written, change -> why."""


def mutants(module: str, source: str) -> Iterator[tuple[str, str]]:
    """Each changed source with its name: module, line as written, change, and a number where it is one of several."""
    lines, met = source.splitlines(), Counter[str]()
    count = len(list(_places(ast.parse(source))))
    for number in range(count):
        tree = ast.parse(source)
        node, change, what = list(_places(tree))[number]
        change()
        name = f"{module}: {lines[node.lineno - 1].strip()} [{what}]"
        met[name] += 1
        yield name if met[name] == 1 else f"{name} {met[name]}", ast.unparse(tree)


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
        isinstance(side, ast.Name) and side.id in ("str", "int", "date", "InvoiceRule")) for side in (node.left, node.right))


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

    A case of evidence that is missing for everybody is a world of its own, and so is one whose first organisation, contact or
    engagement matters: position 0 is a number like any other.
    """
    groups: dict[str, list[tuple[int, dict]]] = {}
    for number, case in enumerate(table.CASES):
        is_alone = any("for" not in row for row in case.get("missing", [])) or _is_about_positions(case)
        groups.setdefault(f"{number if is_alone else ''}{case.get('policy', {})}", []).append((number, case))
    return [(_joined(cases), table.policy(**cases[0][1].get("policy", {})),
             tuple(sorted({line["day"] for _, case in cases for line in case["then"]}))) for cases in groups.values()]


def _is_about_positions(case: dict) -> bool:
    """Sole traders, cases of several rows, firms that could not be told."""
    people = case.get("people", {}).values()
    return len(case.get("assignments", [])) > 1 or any(one == "" or isinstance(one, dict) for one in people)


def _joined(cases: list[tuple[int, dict]]) -> Facts:
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    for number, case in cases:
        facts = table.facts_of(case)
        for name, rows in frames.items():
            of_case = getattr(facts, name)
            own = [column for column in ("contact_id", "organisation_id", "record_key", "feed") if column in of_case]
            rows.append(of_case.assign(**{column: f"{number} " + of_case[column] for column in own}))
    return Facts(**{name: pd.concat(rows, ignore_index=True) for name, rows in frames.items()})


@dataclass
class Check:
    """What is decided of one world on one day; kills: how many changes it has seen so far."""

    facts: Facts
    policy: Policy
    day: date
    expected: pd.DataFrame
    kills: int = 0

    def sees(self, decide: Decide) -> bool:
        """Whether something else is decided; what raises is seen."""
        try:
            return not decided(decide, self.facts, self.policy, self.day).equals(self.expected)
        except Exception:  # noqa: BLE001
            return True


def decided(decide: Decide, facts: Facts, rules: Policy, day: date) -> pd.DataFrame:
    return decide(facts, rules, day).sort_values("contact_id", ignore_index=True)


@cache
def checks() -> list[Check]:
    """The small world and the table of cases, each on each of its days."""
    small = (small_world.facts(), small_world.POLICY, small_world.DAYS)
    return [Check(facts, rules, day, decided(retention.decide, facts, rules, day))
            for facts, rules, days in (small, *worlds()) for day in days]


def is_seen(module: str, source: str, by: list[Check]) -> bool:
    """Whether a check sees the change; those that saw most before look first."""
    try:
        with deciding(module, source) as decide:
            for check in sorted(by, key=lambda one: -one.kills):
                if check.sees(decide):
                    check.kills += 1
                    return True
    except Exception:  # noqa: BLE001
        return True
    return False


def survivors(module: str, by: list[Check], names: Container[str]) -> list[str]:
    """Those of the named changes that nobody sees."""
    source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    return [name for name, changed in mutants(module, source) if name in names and not is_seen(module, changed, by)]


def names_of(module: str) -> list[str]:
    source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    return [name for name, _ in mutants(module, source)]


def looked_at(module: str) -> list[str]:
    """All changes of a module where REGISTER_MUTANTS is `all`, else every third but those known to change nothing."""
    names = names_of(module)
    if os.environ.get("REGISTER_MUTANTS") == "all":
        return names
    return [name for name in names if name not in EQUIVALENT][MODULES.index(module) % 3::3]


@pytest.mark.deep
@pytest.mark.parametrize("module", MODULES)
def test_no_change_of_the_code_that_changes_a_verdict_survives(module: str) -> None:
    names = looked_at(module)
    known = [name for name in names if name in EQUIVALENT]
    assert survivors(module, checks(), names) == known


def test_what_is_known_to_change_nothing_is_a_change_still() -> None:
    assert set(EQUIVALENT) <= {name for module in MODULES for name in names_of(module)}


def test_a_change_survives_where_nothing_looks_at_it() -> None:
    """Else the check could not fail."""
    names = names_of("periods")
    assert survivors("periods", [], names) == names and len(names) > 20


@pytest.mark.deep
def test_the_code_unchanged_is_seen_by_nobody() -> None:
    source = (FOLDER / "rules.py").read_text(encoding="utf-8")
    assert not is_seen("rules", source, checks()[:3])
