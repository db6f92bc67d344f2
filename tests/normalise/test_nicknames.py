"""The table of short forms: read folded, symmetric, and no bridge between names that nobody takes for one."""

import pytest

from register.normalise import nicknames
from register.normalise.text import words

ONE = [("masa", "matti"), ("liisa", "elisabet"), ("kalle", "kaarlo"), ("bill", "william"), ("hannu", "johannes")]
TWO = [("matti", "mikko"), ("anna", "leena"), ("kari", "kati"), ("ville", "veikko"), ("jari", "juha")]


def known(one: str, two: str) -> bool:
    return (min(one, two), max(one, two)) in nicknames.pairs()


@pytest.mark.parametrize(("one", "two"), ONE)
def test_short_forms_are_known_whichever_comes_first(one: str, two: str) -> None:
    assert known(one, two) and known(two, one)


@pytest.mark.parametrize(("one", "two"), TWO)
def test_names_of_two_people_are_not(one: str, two: str) -> None:
    assert not known(one, two)


def test_every_name_is_written_as_names_are_compared_and_in_one_word() -> None:
    names = {name for group in nicknames.groups() for name in group}
    assert all(words(name) == name and name.isalpha() for name in names)
    assert all(len(group) > 1 for group in nicknames.groups())
