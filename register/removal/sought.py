"""What somebody is searched by: the values that stand for them in the register, in every spelling a file may hold.

Values that somebody else has too, who stays, are told apart before anything is removed: to find those proves nothing.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import phonenumbers
from sqlalchemy import Column, ColumnElement, case, func, or_, select

from register.normalise import email, name, phone
from register.removal import searching, waiting
from register.store.store import Store
from register.store.tables import contacts, observations, organisations, quarantine

COLUMNS = {"email": ("email", "email_2"), "phone": ("phone", "phone_2"), "name": ("full_name", "name_key")}
"""The columns that hold each kind of value."""

IN_A_NAME = " ,;.\"'\t\x1f|"
IN_A_PHONE = " -()/.\u00a0"
"""What may stand between the parts of a name, and between the digits of a number."""

PARTS_OF_A_NAME = 2
"""A single word names too many: it is not searched."""


@dataclass(frozen=True)
class Sought:
    """own: kind and value of what is nobody else's. shared: how many values of a kind belong to somebody who stays, too."""

    own: tuple[tuple[str, str], ...] = ()
    shared: dict[str, int] = field(default_factory=dict)

    def only(self, kinds: Collection[str]) -> "Sought":
        """The values of some kinds."""
        return Sought(tuple(one for one in self.own if one[0] in kinds),
                      {kind: count for kind, count in self.shared.items() if kind in kinds})

    @property
    def pattern(self) -> str:
        """The values as one RE2 pattern over bytes; matches nothing where there are none."""
        spelt = dict.fromkeys(one for kind, value in self.own for one in _spelt(kind, value))
        return f"(?is)(?:{'|'.join(spelt)})" if spelt else r"[^\x00-\xff]"

    @property
    def in_text(self) -> str:
        """The values as a pattern of PostgreSQL's over text; empty where there are none."""
        said = (_joined(form, gap, most, _plain) for kind, value in self.own for form, gap, most in _forms(kind, value))
        return "|".join(dict.fromkeys(said))


def of(store: Store, record_keys: "pd.Series[str]", ids: "pd.Series[str]", people: Iterable[str]) -> Sought:
    """The values of some records and contacts; people: names of the policy, who are nobody of the register."""
    keys, wanted = store.keys(record_keys), store.keys(ids, "contact_id")
    theirs = {
        observations.name: observations.c.record_key.in_(select(keys.c.record_key)),
        quarantine.name: quarantine.c.record_key.in_(select(keys.c.record_key)),
        contacts.name: contacts.c.contact_id.in_(select(wanted.c.contact_id)),
    }
    found = sorted(set(_delivered(store, theirs[quarantine.name])) | {
        (kind, value) for table in (observations, contacts, quarantine) for kind, columns in COLUMNS.items()
        for column in columns if column in table.c
        for value in store.read(select(table.c[column]).distinct().where(theirs[table.name]))[column].dropna()})
    found += sorted(("company", value) for value in _traders(store, theirs[contacts.name]))
    found = [(kind, value) for kind, value in found if kind != "name" or len(name.key(value).split("-")) >= PARTS_OF_A_NAME]
    others = _with_others(store, found, theirs) | {("name", one) for one in people}
    shared = pd.Series([kind for kind, value in found if (kind, value) in others], dtype="str").value_counts()
    own = tuple(one for one in found if one not in others)
    return Sought(own, {str(kind): int(count) for kind, count in shared.items()})


def _delivered(store: Store, is_theirs: "ColumnElement[bool]") -> Iterator[tuple[str, str]]:
    """What waiting rows hold as delivered text."""
    for content in store.read(select(quarantine.c.content).where(is_theirs))["content"]:
        said = json.loads(content)
        full = name.delivered(said)
        yield from (("name", full) for _ in range(bool(full)))
        yield from (("email", said[one]) for one in COLUMNS["email"] if said.get(one))
        numbers = (read.number for one in COLUMNS["phone"] if said.get(one) for read in phone.read(said[one], "FI") if read)
        yield from (("phone", number) for number in numbers if number)


def _traders(store: Store, is_theirs: "ColumnElement[bool]") -> "pd.Series[str]":
    """Names of sole traders' firms: they are their person's."""
    query = select(organisations.c.company).join(contacts, contacts.c.organisation_id == organisations.c.organisation_id)
    return store.read(query.where(is_theirs, organisations.c.is_sole_trader))["company"].dropna()


def _with_others(
    store: Store, found: Sequence[tuple[str, str]], theirs: Mapping[str, "ColumnElement[bool]"]
) -> set[tuple[str, str]]:
    """Those of the values that stand in a row of somebody who stays; each table is read once."""
    met: set[tuple[str, str]] = set()
    for table in (observations, contacts, quarantine) if found else ():
        cases = []
        for place, (kind, value) in enumerate(found):
            columns = [table.c[one] for one in (*COLUMNS.get(kind, ("company",)), "content") if one in table.c]
            cases.append(func.max(case((_in_one_of(columns, value), 1), else_=0)).label(f"v{place}"))
        row = store.execute(select(*cases).where(~theirs[table.name])).one()
        met |= {one for one, is_met in zip(found, row, strict=True) if is_met}
    return met | _named_by_others(store, found, theirs[quarantine.name])


def _named_by_others(
    store: Store, found: Sequence[tuple[str, str]], is_theirs: "ColumnElement[bool]"
) -> set[tuple[str, str]]:
    """Names that stand in the cells of a row which waits and is somebody else's."""
    names = [one for one in found if one[0] == "name"]
    if not names:
        return set()
    said = name.together(waiting.delivered(store.read(select(quarantine.c.content).where(~is_theirs))["content"]))
    return {one for one in names if searching.in_texts(said, Sought((one,)).pattern)}


def _in_one_of(columns: Sequence[Column[str]], value: str) -> "ColumnElement[bool]":
    return or_(*(column.contains(value, autoescape=True) for column in columns)) if columns else or_(False)


def _forms(kind: str, value: str) -> Iterator[tuple[list[str], str, int]]:
    """The parts a value is written in, what may stand between them, and how much of it."""
    if kind == "phone":
        yield list(_national(value)), IN_A_PHONE, 2
    elif kind in ("name", "company") and (words := value.replace(",", " ").split()):
        yield words, IN_A_NAME, 3
        yield from ([(words[-1:] + words[:-1], IN_A_NAME, 3)] if kind == "name" and len(words) > 1 else ())
    else:
        yield [email.parse(value) or value], "", 0
        yield [value], "", 0


def _national(number: str) -> str:
    """The digits that every form of a number has: after the country's code or the leading zero."""
    try:
        return str(phonenumbers.parse(number, None).national_number)
    except phonenumbers.NumberParseException:
        return "".join(letter for letter in number if letter.isdigit())


def _spelt(kind: str, value: str) -> Iterator[str]:
    """A value's forms in each encoding and notation."""
    for parts, gap, most in _forms(kind, value):
        for write in (_utf8, _utf16, *(() if value.isascii() else (_latin, _json, _xml))):
            yield _joined(parts, gap, most, write).removesuffix(r"\x00")  # so that the other byte order fits too


def _joined(parts: Sequence[str], gap: str, most: int, write: "Write") -> str:
    between = f"(?:{'|'.join(dict.fromkeys(write(letter) for letter in gap))}){{0,{most}}}" if gap else ""
    return between.join("".join(_any_case(letter, write) for letter in part) for part in parts)


def _any_case(letter: str, write: "Write") -> str:
    """RE2 folds ASCII over bytes by itself."""
    if letter.isascii() or letter.lower() == letter.upper():
        return write(letter)
    return f"(?:{write(letter.lower())}|{write(letter.upper())})"


class Write:
    """How a letter is written: an encoding, or a notation."""

    def __init__(self, encoding: str = "", *notations: str) -> None:
        self.encoding, self.notations = encoding, notations

    def __call__(self, letter: str) -> str:
        """The letter as a pattern."""
        if self.encoding == "plain":
            return letter if letter.isalnum() else f"\\u{ord(letter):04x}"
        if self.notations and not letter.isascii():
            return f"(?:{'|'.join(self._bytes(notation.format(ord(letter))) for notation in self.notations)})"
        return self._bytes(letter)

    def _bytes(self, text: str) -> str:
        return "".join(f"\\x{byte:02x}" for byte in text.encode(self.encoding, errors="replace"))


_utf8, _utf16, _latin = Write("utf-8"), Write("utf-16-le"), Write("cp1252")
_json, _xml = Write("ascii", "\\u{:04x}"), Write("ascii", "&#{};", "&#x{:x};")
_plain = Write("plain")
