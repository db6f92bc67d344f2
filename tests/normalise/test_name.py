"""Names in Finnish and Swedish order, and what stands in their place."""

import pytest

from register.normalise import name
from tests.normalise.frames import read

WHOLE = [
    # delivered, full name, first, last, key
    ("Åkerberg, Åsa", "Åsa Åkerberg", "Åsa", "Åkerberg", "akerberg-asa"),
    ("Åsa Åkerberg", "Åsa Åkerberg", "Åsa", "Åkerberg", "akerberg-asa"),
    ("Matti Meikäläinen", "Matti Meikäläinen", "Matti", "Meikäläinen", "matti-meikalainen"),
    ("Meikäläinen Matti Juhani", "Matti Juhani Meikäläinen", "Matti Juhani", "Meikäläinen", "juhani-matti-meikalainen"),
    ("MEIKÄLÄINEN MATTI", "Matti Meikäläinen", "Matti", "Meikäläinen", "matti-meikalainen"),
    ("MEIKÄLÄINEN Matti", "Matti Meikäläinen", "Matti", "Meikäläinen", "matti-meikalainen"),
    ("matti  meikäläinen", "Matti Meikäläinen", "Matti", "Meikäläinen", "matti-meikalainen"),
    ("Meikäläinen M.", "M. Meikäläinen", "M.", "Meikäläinen", "m-meikalainen"),
    ("Meikäläinen Matti J.", "Matti J. Meikäläinen", "Matti J.", "Meikäläinen", "j-matti-meikalainen"),
    ("Anna-Liisa von Virtanen", "Anna-Liisa von Virtanen", "Anna-Liisa", "von Virtanen", "anna-liisa-virtanen-von"),
    ("von Virtanen Anna-Liisa", "Anna-Liisa von Virtanen", "Anna-Liisa", "von Virtanen", "anna-liisa-virtanen-von"),
    ("ANNA VON VIRTANEN", "Anna von Virtanen", "Anna", "von Virtanen", "anna-virtanen-von"),
    ("Jean-Claude van Damme", "Jean-Claude van Damme", "Jean-Claude", "van Damme", "claude-damme-jean-van"),
    ("Nguyen Van Anh", "Nguyen Van Anh", "Nguyen Van", "Anh", "anh-nguyen-van"),
    ("O'Brien, Conor", "Conor O'Brien", "Conor", "O'Brien", "conor-obrien"),
    # Undecided: the given name stands first, unless only the first word looks like a Finnish surname.
    ("Kalle Olavi", "Kalle Olavi", "Kalle", "Olavi", "kalle-olavi"),
    ("Xiu Ling", "Xiu Ling", "Xiu", "Ling", "ling-xiu"),
    ("Virtanen Zdzisław", "Zdzisław Virtanen", "Zdzisław", "Virtanen", "virtanen-zdzislaw"),
    # One word, and surnames that look like nothing.
    ("Matti", "Matti", "Matti", None, "matti"),
    ("Null", "Null", None, "Null", "null"),
    ("Matti NA", "Matti NA", "Matti", "NA", "matti-na"),
    # Titles, functions and nicknames beside a name; of two people the first.
    ("DI Matti Virtanen", "Matti Virtanen", "Matti", "Virtanen", "matti-virtanen"),
    ("Matti Virtanen, toimitusjohtaja", "Matti Virtanen", "Matti", "Virtanen", "matti-virtanen"),
    ("Toimitusjohtaja Matti Virtanen", "Matti Virtanen", "Matti", "Virtanen", "matti-virtanen"),
    ("Matti (Masa) Virtanen", "Matti Virtanen", "Matti", "Virtanen", "matti-virtanen"),
    ("Laskutus / Matti Virtanen", "Matti Virtanen", "Matti", "Virtanen", "matti-virtanen"),
    ("Anna Sales", "Anna Sales", "Anna", "Sales", "anna-sales"),
    ("- ; Matti Virtanen", "Matti Virtanen", "Matti", "Virtanen", "matti-virtanen"),
]


@pytest.mark.parametrize(("delivered", "full", "first", "last", "key"), WHOLE)
def test_a_written_name_is_taken_apart(delivered: str, full: str, first: str | None, last: str | None, key: str) -> None:
    columns = ("full_name", "first_name", "last_name", "name_key", "full_name_code")
    assert read(name.normalise, columns, full_name=delivered) == (full, first, last, key, None)


NOBODY = ["Isännöitsijä", "Toimitusjohtaja", "Kirjanpito", "LASKUTUS", "Laskutus / Kirjanpito", "Toimisto", "n/a", "-", "",
          "Köpare Oy", "Verkställande direktör", "Customer service"]


@pytest.mark.parametrize("delivered", NOBODY)
def test_what_names_nobody_is_missing_without_a_code(delivered: str) -> None:
    assert read(name.normalise, ("full_name", "name_key", "full_name_code"), full_name=delivered) == (None, None, None)


@pytest.mark.parametrize("delivered", ["matti@kopare.example", "Matti 0401234567", "2. kerros"])
def test_digits_and_mailboxes_are_no_name(delivered: str) -> None:
    assert read(name.normalise, ("full_name", "full_name_code"), full_name=delivered) == (None, "name_unreadable")


PARTS = [
    # whole, first, last: full name, first, last
    ("Joku Muu", "Anna-Liisa", "von Virtanen", "Anna-Liisa von Virtanen", "Anna-Liisa", "von Virtanen"),
    (None, "Olavi", "Kalle", "Olavi Kalle", "Olavi", "Kalle"),
    ("Matti Virtanen", None, "Virtanen", "Matti Virtanen", "Matti", "Virtanen"),
    (None, None, "Virtanen", "Virtanen", None, "Virtanen"),
    (None, "Matti", "-", "Matti", "Matti", None),
    ("-", "MATTI", "VIRTANEN", "Matti Virtanen", "Matti", "Virtanen"),
]


@pytest.mark.parametrize(("whole", "first", "last", "full", "first_read", "last_read"), PARTS)
def test_first_and_last_name_in_columns_of_their_own_win(
    whole: str | None, first: str | None, last: str | None, full: str, first_read: str | None, last_read: str | None
) -> None:
    columns = ("full_name", "first_name", "last_name")
    assert read(name.normalise, columns, full_name=whole, first_name=first, last_name=last) == (full, first_read, last_read)


def test_the_key_knows_no_order_case_accent_or_hyphen() -> None:
    keys = {name.key(written) for written in ("Anna-Liisa Åkerberg", "ÅKERBERG ANNA LIISA", "akerberg liisa anna")}
    assert keys == {"akerberg-anna-liisa"}


def test_the_list_of_given_names_holds_no_common_surname() -> None:
    surnames = {"virtanen", "korhonen", "makinen", "nieminen", "makela", "hamalainen", "laine", "heikkila", "lindholm"}
    assert len(name.given_names()) > 400
    assert not surnames & name.given_names()
