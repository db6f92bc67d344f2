"""The tests' own search for the canaries, apart from the proof of `register/removal/`.

Every file by the reader of its format and as bytes in every encoding; a person is known by any of their values.
"""

import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from register.home import Home
from tests.canaries import SYLLABLES

A_SYLLABLE = "|".join((*SYLLABLES, "ha", "jo"))
A_NAME = re.compile(rf"((?:{A_SYLLABLE})(?:{A_SYLLABLE})(?:{A_SYLLABLE}))kanari", re.IGNORECASE)
A_NUMBER = re.compile(r"40[ -]?77[0-9]0[ -]?([01][0-9]{2})(?![0-9a-f])")
ESCAPED = re.compile(r"\\+u00([0-9a-f]{2})|&#x?([0-9a-f]+);", re.IGNORECASE)
DIGITS = {syllable: str(digit) for digit, syllable in enumerate(SYLLABLES)} | {"ha": "5", "jo": "6"}


def numbers_in(content: bytes) -> set[int]:
    """The people of whom the bytes hold a name, an address or a phone, in UTF-8, Latin-1 or UTF-16, escaped or plain."""
    texts = [content.decode("utf-8", "ignore"), content.decode("latin-1")]
    texts += [content[lead:].decode(encoding, "ignore") for encoding in ("utf-16-le", "utf-16-be") for lead in (0, 1)]
    found: set[int] = set()
    for text in texts:
        if "kanari" in text.lower():
            plain = ESCAPED.sub(lambda said: chr(int(said[1] or said[2], 16)), text)
            found |= {int("".join(DIGITS[one[at:at + 2].lower()] for at in (0, 2, 4))) for one in A_NAME.findall(plain)}
        found |= set(map(int, A_NUMBER.findall(text)))
    return found


def opened(path: Path) -> Iterator[bytes]:
    """A file as bytes, and all that its format packs: a workbook's parts, a Parquet file's values, a database's cells.

    Of Parquet the bytes are those of the footer, with its statistics: what is compressed spells anything by chance.
    """
    content = path.read_bytes()
    if path.suffix == ".parquet":
        yield content[-8 - int.from_bytes(content[-8:-4], "little"):]
        yield "\n".join(str(row) for row in pq.read_table(path).to_pylist()).encode()
        return
    yield content
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(member) for member in packed.infolist())
    elif path.suffix == ".db":
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                yield "\n".join(map(str, database.execute(f'SELECT * FROM "{name}"'))).encode()


def found_in(home: Home) -> dict[int, set[str]]:
    """By person the files of the home that hold something of them; the configuration aside."""
    places: dict[int, set[str]] = {}
    for path in sorted(home.path.rglob("*")):
        if path.is_file():
            for content in opened(path):
                for number in numbers_in(content):
                    places.setdefault(number, set()).add(str(path.relative_to(home.path)))
    return places
