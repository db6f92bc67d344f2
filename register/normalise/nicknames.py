"""Short forms of given names, as data: which two names can be the same person's. Finnish, Swedish and English."""

from functools import cache
from itertools import combinations
from pathlib import Path

from register.normalise.text import fold


@cache
def groups() -> tuple[tuple[str, ...], ...]:
    """One group a line of the list beside this module, folded; a name can stand in several."""
    listed = Path(__file__).with_name("nicknames.txt").read_text(encoding="utf-8")
    return tuple(tuple(dict.fromkeys(fold(line).split())) for line in listed.splitlines())


@cache
def pairs() -> frozenset[tuple[str, str]]:
    """Two names of one group, the lesser first.

    >>> ("masa", "matti") in pairs()
    True
    """
    return frozenset(pair for group in groups() for pair in combinations(sorted(group), 2))
