"""The Finnish company registry's daily bulk (PRH, open data API v3, CC BY 4.0): a ZIP with one JSON array of all
companies.

Streamed, since it unpacks to 1.5 GB. A look-up, not a delivery (rule 8): company data only; `co`, which can name a
person, is never read. Not found is not "no such business": sole traders and associations are not in it.
"""

import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile

import ijson
import pandas as pd

from register.columns import SEPARATOR
from register.feeds import Feed
from register.sources.delivery import CHUNK, Delivery, unreadable, unzip

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

Company = dict[str, Any]
Part = dict[str, Any]


def read(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
    """Companies of the registry as text, at most CHUNK at a time; the index counts them from 1.

    Beside canonical columns: parallel_names (joined), ceased_on, situation (open KONK, SELTILA or SANE), legal_form.
    Raises UnreadableDelivery: broken_zip, broken_json with the company's number, too_large, never a value.
    """
    rows = _rows(delivery)
    first = 1
    while chunk := list(islice(rows, CHUNK)):
        index = pd.RangeIndex(first, first + len(chunk))
        yield pd.DataFrame.from_records(chunk, columns=list(COLUMNS), index=index).astype("str")
        first += len(chunk)


def _rows(delivery: Delivery) -> Iterator[tuple[str | None, ...]]:
    number = 0
    try:
        for company in _companies(delivery):
            yield tuple(text or None for text in _row(company))
            number += 1
    except (ijson.JSONError, AttributeError, TypeError, KeyError):
        raise unreadable(delivery, "broken_json", row=number + 1) from None
    except (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
        raise unreadable(delivery, "broken_zip") from None
    if not number:
        raise unreadable(delivery, "broken_json")


def _companies(delivery: Delivery) -> Iterator[Company]:
    with unzip(delivery, "broken_zip") as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".json")]
        if not members:
            raise unreadable(delivery, "broken_zip")
        for member in members:
            with archive.open(member) as file:
                yield from ijson.items(cast(BinaryIO, file), "item")


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
