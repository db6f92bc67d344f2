"""What every normaliser stands on: missing texts, folding, and distinct values."""

import pandas as pd
import pytest

from register.normalise import text


def test_a_value_is_read_once_however_often_it_stands_there() -> None:
    seen = []

    def read(value: str) -> tuple[str, None]:
        seen.append(value)
        return value.upper(), None

    values = pd.Series(["a", None, "b", "a"], index=[7, 7, 8, 9], dtype="str")
    answer = text.by_distinct(values, read, ("upper", "nothing"))
    assert seen == ["a", "b"]
    assert answer.index.tolist() == [7, 7, 8, 9]
    assert answer["upper"].fillna("missing").tolist() == ["A", "missing", "B", "A"]
    assert answer["nothing"].isna().all()
    assert set(map(str, answer.dtypes)) == {"str"}


@pytest.mark.parametrize("values", [[], [None, None]])
def test_a_column_of_nothing_stays_text(values: list[None]) -> None:
    answer = text.by_distinct(pd.Series(values, dtype="str"), lambda value: (value,), ("same",))
    assert str(answer["same"].dtype) == "str"
    assert len(answer) == len(values)


NOTHING = {"-": True, "–": True, ".": True, "?": True, "n/a": True, "N/A": True, "Ei ole": True, "ei tiedossa": True,
           "NA": False, "Null": False, "Ei": True, "Ö": False, "0": False, None: False}


def test_placeholders_say_nothing_and_surnames_are_none() -> None:
    values = pd.Series(list(NOTHING), dtype="str")
    assert text.says_nothing(values).tolist() == list(NOTHING.values())
    assert [text.is_placeholder(value) for value in NOTHING if value] == [said for value, said in NOTHING.items() if value]


FOLDED = [("Mäenpään Åkerberg", "maenpaan akerberg"), ("ØRSTED", "orsted"), ("Straße", "strasse"), ("Zdzisław", "zdzislaw"),
          ("Þórður", "thordur"), ("ASCII", "ascii"), ("e\u0301", "e")]


@pytest.mark.parametrize(("written", "folded"), FOLDED)
def test_folding_leaves_no_case_and_no_accent(written: str, folded: str) -> None:
    assert text.fold(written) == folded


def test_no_break_spaces_are_spaces() -> None:
    rows = pd.DataFrame({"city": ["\u00a0Uusi \u202f kaupunki ", "\ufeff", ""]})
    assert text.delivered(rows, "city").fillna("missing").tolist() == ["Uusi kaupunki", "missing", "missing"]
