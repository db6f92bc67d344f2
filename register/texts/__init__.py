"""What people read, in their language: sentences by key, from the gettext catalogues beside this module.

Which sentence is said when is decided where it is said; nothing here knows more than words, numbers and days.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

DAYS = {"fi": "d.M.y", "en": "d MMM y"}
"""How a day is written, by language."""

SHARES = {"fi": "0.0 %", "en": "0.0%"}


class Texts:
    """The sentences of one language (fi, en). A missing key, or a missing word of a sentence, raises KeyError."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, key: str, /, **values: object) -> str:
        """The sentence of a key, with its words filled in."""
        return _catalogue(self.language)[key][0].format(**values)

    def say_n(self, key: str, n: int, /, **values: object) -> str:
        """The sentence of a key for a number, which it names as {n}, thousands set apart."""
        from babel.numbers import format_decimal

        one, other = _catalogue(self.language)[key]
        return (one if n == 1 else other).format(n=format_decimal(n, locale=self.language), **values)

    def share(self, value: float) -> str:
        """A share of one as the language writes it in percent: 12,5 %, 12.5%."""
        from babel.numbers import format_percent

        return format_percent(value, format=SHARES[self.language], locale=self.language)

    def day(self, iso: str) -> str:
        """A day as the language writes it: 3.11.2026, 3 Nov 2026."""
        from babel.dates import format_date

        return format_date(date.fromisoformat(iso), DAYS[self.language], locale=self.language)


@cache
def _catalogue(language: str) -> dict[str, tuple[str, ...]]:
    """The forms of each key: one, or singular and plural (both languages have these two)."""
    from babel.messages.pofile import read_po

    with Path(__file__).with_name(f"{language}.po").open("rb") as file:
        messages = [message for message in read_po(file, locale=language) if message.id]
    return {_forms(message.id)[0]: _forms(message.string) for message in messages}


def _forms(text: Any) -> tuple[str, ...]:
    """Of a message with plurals Babel gives several texts, else one."""
    return (text,) if isinstance(text, str) else tuple(text)
