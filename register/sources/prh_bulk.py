"""The Finnish company registry's daily bulk (PRH, open data API v3, CC BY 4.0): a ZIP with one JSON array of all
companies.

Streamed, since it unpacks to 1.5 GB. A look-up, not a delivery (rule 8): company data only; `co`, which can name a
person, is never read. Not found is not "no such business": sole traders and associations are not in it.
"""

import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, TextIO
from zipfile import BadZipFile

import pandas as pd

from register.columns import SEPARATOR
from register.feeds import Feed
from register.sources.characters import whole
from register.sources.delivery import MAX_CELL, Delivery, unreadable, unzip

COLUMNS = (
    "company", "business_id", "website", "street", "postcode", "city", "country", "parallel_names", "ceased_on", "situation",
    "legal_form",
)
MAIN_NAME, PARALLEL_NAME = "1", "2"
VISITING, POSTAL = "1", "2"
FINNISH = "1"
CURRENT = "1"
TRADE_REGISTER, CEASED = "1", "4"
SITUATIONS = ("KONK", "SELTILA", "SANE")
"""Bankruptcy, liquidation, restructuring: of several open ones the gravest is told."""

FORMS = {"13": "KY", "16": "OY", "17": "OYJ"}
"""Numbers of legal forms whose letters are known; the others stay as delivered."""

MAX_COMPANY = 2**20
"""Characters of one company; they have some 2,000."""

CHUNK = 20_000
"""Companies of one frame: each is many objects while it is parsed."""

MAX_CHUNK = 2**28
"""Characters of the companies of one frame."""

BLOCK = 2**18
"""Characters read at a time."""

BEGIN, BETWEEN = re.compile(r"\s*\[\s*(?=\{)"), re.compile(r"\s*,\s*(?=\{)")
END, NOTHING = re.compile(r"\s*\]\s*"), re.compile(r"\s*\[\s*\]\s*")
"""What stands before the first object of an array, between two, after the last, and where there is none."""

LONGEST_TOKEN = 12
"""Characters of half a word or escape at the end of what has been read; a fault further in is one."""

DECODER = json.JSONDecoder()
BROKEN_JSON = (ValueError, RecursionError, AttributeError, TypeError, KeyError)
BROKEN_ZIP = (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError)
"""What reading a member of a damaged, locked or unknown archive raises."""

Company = dict[str, Any]
Part = dict[str, Any]
Row = tuple[str | None, ...]


def read(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
    """Companies of the registry as text, at most CHUNK at a time; the index counts them from 1.

    Beside canonical columns: parallel_names (joined), ceased_on, situation (open KONK, SELTILA or SANE), legal_form.
    Raises UnreadableDelivery: broken_zip, broken_json with the company's number, too_large, never a value.
    """
    first = 1
    for chunk in _chunks(delivery):
        index = pd.RangeIndex(first, first + len(chunk))
        frame = pd.DataFrame.from_records(chunk, columns=list(COLUMNS), index=index).astype("str")
        _refuse_long(frame, delivery)
        yield frame
        first += len(chunk)


class _TooLarge(Exception):
    """One company of more than MAX_COMPANY characters."""


def _chunks(delivery: Delivery) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row, length in _rows(delivery):
        chunk.append(row)
        size += length
        if len(chunk) == CHUNK or size > MAX_CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _rows(delivery: Delivery) -> Iterator[tuple[Row, int]]:
    """Each company as a row, with the length of its text."""
    number = 0
    try:
        for company, length in _companies(delivery):
            yield tuple(whole(str(text)) if text else None for text in _row(company)), length
            number += 1
    except _TooLarge:
        raise unreadable(delivery, "too_large", row=number + 1, allowed=MAX_COMPANY) from None
    except BROKEN_JSON:
        raise unreadable(delivery, "broken_json", row=number + 1) from None
    except BROKEN_ZIP:
        raise unreadable(delivery, "broken_zip") from None
    if not number:
        raise unreadable(delivery, "broken_json")


def _companies(delivery: Delivery) -> Iterator[tuple[Company, int]]:
    with unzip(delivery, "broken_zip") as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".json")]
        if not members:
            raise unreadable(delivery, "broken_zip")
        for member in members:
            with archive.open(member) as file:
                yield from _items(io.TextIOWrapper(file, encoding="utf-8-sig"))


def _items(file: TextIO) -> Iterator[tuple[Company, int]]:
    """The objects of one JSON array, each parsed once it is there to its end; and the length of its text."""
    text, before = "", BEGIN
    while block := file.read(BLOCK):
        text += block
        place = 0
        while (found := before.match(text, place)) and (parsed := _object(text, found.end())):
            yield parsed[0], parsed[1] - place
            place, before = parsed[1], BETWEEN
        text = text[place:]
        if len(text) > MAX_COMPANY:
            raise _TooLarge
    if not (END if before is BETWEEN else NOTHING).fullmatch(text):
        raise ValueError("cut off, or no array")


def _object(text: str, place: int) -> tuple[Company, int] | None:
    """The object that begins here and where it ends; None where its end has yet to be read."""
    try:
        return DECODER.raw_decode(text, place)
    except json.JSONDecodeError as error:
        if error.pos < len(text) - LONGEST_TOKEN and not error.msg.startswith("Unterminated"):
            raise
        return None


def _refuse_long(frame: pd.DataFrame, delivery: Delivery) -> None:
    for column_no, column in enumerate(frame, start=1):
        long = frame.index[frame[column].str.len() > MAX_CELL]
        if len(long):
            raise unreadable(delivery, "too_large", row=int(long[0]), column_no=column_no, allowed=MAX_CELL)


def _row(company: Company) -> tuple[str | None, ...]:
    address = _address(company)
    return (
        _main_name(company),
        _of(company, "businessId").get("value"),
        _of(company, "website").get("url"),
        _street(address),
        address.get("postCode"),
        _city(address),
        address.get("country"),
        SEPARATOR.join(name["name"] for name in _names(company, PARALLEL_NAME) if _is_open(name)),
        _ceased_on(company),
        _situation(company),
        _legal_form(company),
    )


def _of(company: Company, name: str) -> Part:
    return company.get(name) or {}


def _parts(whole: Part, name: str) -> list[Part]:
    return whole.get(name) or []


def _is(part: Part, name: str, code: str) -> bool:
    """Codes come as numbers and as text."""
    return str(part.get(name)) == code


def _is_open(part: Part) -> bool:
    return not part.get("endDate")


def _names(company: Company, kind: str) -> list[Part]:
    return [name for name in _parts(company, "names") if _is(name, "type", kind) and _is(name, "version", CURRENT)]


def _main_name(company: Company) -> str | None:
    """The name in use; a ceased company's last one has ended with it."""
    names = sorted(_names(company, MAIN_NAME), key=_is_open, reverse=True)
    return names[0]["name"] if names else None


def _address(company: Company) -> Part:
    """The visiting address, else the postal one, of those that say anything."""
    said = [part for part in _parts(company, "addresses") if _street(part) or part.get("postCode")]
    ranked = [part for kind in (VISITING, POSTAL) for part in said if _is(part, "type", kind)]
    return ranked[0] if ranked else {}


def _street(address: Part) -> str:
    if free := address.get("freeAddressLine"):  # line breaks come as spaces, spaces as "_"
        lines = (line.replace("_", " ").strip() for line in free.split(" "))
        return ", ".join(line for line in lines if line)
    if box := address.get("postOfficeBox"):
        return address.get("street") or f"PL {box}"
    flat = f"{address.get('apartmentNumber') or ''}{address.get('apartmentIdSuffix') or ''}"
    parts = (address.get("street"), address.get("buildingNumber"), address.get("entrance"), flat)
    return " ".join(part for part in parts if part)


def _city(address: Part) -> str | None:
    offices = _parts(address, "postOffices")
    finnish = [office for office in offices if _is(office, "languageCode", FINNISH)]
    return next((office.get("city") for office in finnish + offices), None)


def _ceased_on(company: Company) -> str | None:
    """The end day, else the day of an open "ceased" entry of the trade register; `status` says nothing (2 for all)."""
    entries = (entry for entry in _parts(company, "registeredEntries")
               if _is(entry, "register", TRADE_REGISTER) and _is(entry, "type", CEASED) and _is_open(entry))
    return company.get("endDate") or next((entry.get("registrationDate") for entry in entries), None)


def _situation(company: Company) -> str | None:
    now = {part.get("type") for part in _parts(company, "companySituations") if _is_open(part)}
    return next((code for code in SITUATIONS if code in now), None)


def _legal_form(company: Company) -> str | None:
    forms = [str(form.get("type")) for form in _parts(company, "companyForms") if _is_open(form)]
    return FORMS.get(forms[0], forms[0]) if forms else None
