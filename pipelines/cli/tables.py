"""Tables on the terminal: values as they stand, never as markup or as orders to the terminal."""

from collections.abc import Iterable
from datetime import datetime

from rich.table import Table
from rich.text import Text

from assets.clock import HELSINKI
from register.texts import Texts

NOTHING = ""


def table(headings: Iterable[str], *, title: str | None = None) -> Table:
    """An empty table whose long values go on in the next line."""
    made = Table(title=title, title_justify="left")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def cell(value: object) -> Text:
    """A value for people; missing is empty. Delivered text may hold control characters: they are left out."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else NOTHING
    return Text("".join(letter for letter in text if letter.isprintable() or letter == "\n"))


def day_of(instant: str, texts: Texts) -> str:
    """The day in Helsinki of an instant, as the language writes it."""
    return texts.day(datetime.fromisoformat(instant).astimezone(HELSINKI).date().isoformat())
