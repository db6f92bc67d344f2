"""Finvoice 1.2 to 3.0: of each invoice the other party's contact, with the facts that retention needs.

Several invoices may stand in one file, each in its SOAP frame with a declaration and an encoding of its own. The
invoice's recipient (often an accountant) and our own clerk are not read. Rows and amounts are not read either.
"""

import mmap
import re
from collections.abc import Iterator
from itertools import islice

import pandas as pd
import pyarrow as pa
from lxml import etree
from stdnum.fi import ytunnus

from register.feeds import Feed
from register.sources.delivery import CHUNK, MAX_DOCUMENT, Delivery, unreadable
from register.sources.headers import Layout, frame, squash

EDGE = re.compile(rb"</?Finvoice[\s>]")
"""The beginning of an invoice; an end without one is a broken invoice, too."""

CLOSED = re.compile(rb"</Finvoice\s{0,9}>")
DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")
BETWEEN = 2**16
"""Bytes before an invoice in which its declaration is looked for; a frame has a few thousand."""

COLUMNS = (
    "full_name", "company", "business_id", "case_number", "email", "phone", "street", "postcode", "city", "country",
    "event_on", "invoice_number", "invoice_type", "party", "seller_id", "buyer_id", "private_person",
)

PATHS = {  # of a party, whose element names begin with Seller or Buyer
    "full_name": "{0}ContactPersonName",
    "company": "{0}PartyDetails/{0}OrganisationName",
    "email": "{0}CommunicationDetails/{0}EmailaddressIdentifier",
    "phone": "{0}CommunicationDetails/{0}PhoneNumberIdentifier",
    "street": "{0}PartyDetails/{0}PostalAddressDetails/{0}StreetName",
    "postcode": "{0}PartyDetails/{0}PostalAddressDetails/{0}PostCodeIdentifier",
    "city": "{0}PartyDetails/{0}PostalAddressDetails/{0}TownName",
    "country": "{0}PartyDetails/{0}PostalAddressDetails/CountryCode",
}
TAX_CODE = "{0}PartyDetails/{0}OrganisationTaxCode"
IDENTIFIER = "{0}PartyDetails/{0}PartyIdentifier"

BUSINESS_ID = re.compile(r"(?:FI|0037|FIFPRO\.)?(\d{7})(\d)", re.IGNORECASE)
"""A business id, its VAT, OVT and EU spellings; spaces and kinds of hyphens are taken out before."""

IDENTITY_NUMBER = re.compile(r"\d{6}[-+A-FU-Y]?\d{3}[0-9A-Z]", re.IGNORECASE)
"""The shape of a Finnish identity number; here it only says that the party is a person, the gate cuts the number
out."""

NO_ORIGINAL = ("Cancel", "Copy")
"""OriginCode of what is no invoice of its own."""


def read(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
    """Invoices of a file, one row each, at most CHUNK at a time; the index counts them from 1.

    party: customer where we sell, partner where we buy, neither where no party has one of our business ids.
    seller_id, buyer_id: business id, else the given identifier, else the name. invoice_type: the code, with CANCEL or
    COPY behind it. Raises UnreadableDelivery: broken_xml with the invoice's number, too_large, never a value.
    """
    rows = (_row(root, feed.own_business_ids) for root in _invoices(delivery))
    keys = tuple(next((n for n, name in enumerate(COLUMNS) if squash(word) == name), None) for word in feed.key)
    plan = Layout(delivery, {name: (n,) for n, name in enumerate(COLUMNS)}, keys, {}, {})
    first = 1
    while chunk := list(islice(rows, CHUNK)):
        yield frame([pa.array([row.get(name) for row in chunk], pa.string()) for name in COLUMNS], first, plan)
        first += len(chunk)


def _invoices(delivery: Delivery) -> Iterator[etree._Element]:
    with delivery.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        end = number = 0
        while opened := EDGE.search(content, end):
            number += 1
            declared = DECLARED.findall(content[max(end, opened.start() - BETWEEN):opened.start()])
            closed = CLOSED.search(content, opened.end())
            if not closed:
                raise unreadable(delivery, "broken_xml", row=number)
            end = closed.end()
            _refuse_large(end - opened.start(), delivery, number)
            yield _parsed(content[opened.start():end], declared[-1] if declared else b"UTF-8", delivery, number)
        if not number:
            raise unreadable(delivery, "broken_xml", row=1)


def _refuse_large(found: int, delivery: Delivery, number: int) -> None:
    if found > MAX_DOCUMENT:
        raise unreadable(delivery, "too_large", row=number, found=found, allowed=MAX_DOCUMENT)


def _parsed(invoice: bytes, encoding: bytes, delivery: Delivery, number: int) -> etree._Element:
    """The root of one invoice; nothing before it is parsed, so that no DOCTYPE and no entity of a sender's counts."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(b'<?xml version="1.0" encoding="' + encoding + b'"?>' + invoice, parser)
    except (etree.XMLSyntaxError, LookupError):
        raise unreadable(delivery, "broken_xml", row=number) from None


def _row(root: etree._Element, own_business_ids: tuple[str, ...]) -> dict[str, str | None]:
    seller, buyer = _business_id(root, "Seller"), _business_id(root, "Buyer")
    party = "customer" if seller in own_business_ids else "partner" if buyer in own_business_ids else "neither"
    side = "Seller" if party == "partner" else "Buyer"
    return {name: _text(root, path.format(side)) for name, path in PATHS.items()} | {
        "business_id": _business_id(root, side),
        "case_number": _case_number(root),
        "event_on": _day(root),
        "invoice_number": _text(root, "InvoiceDetails/InvoiceNumber"),
        "invoice_type": _type(root),
        "party": party,
        "seller_id": _party_id(root, "Seller"),
        "buyer_id": _party_id(root, "Buyer"),
        "private_person": "1" if _is_person(root, side) else None,
    }


def _case_number(root: etree._Element) -> str | None:
    return _text(root, "InvoiceDetails/OrderIdentifier") or _text(root, "InvoiceDetails/AgreementIdentifier")


def _text(root: etree._Element, path: str) -> str | None:
    texts = (" ".join((element.text or "").split()) for element in root.iterfind(path))
    return next((text for text in texts if text), None)


def _business_id(root: etree._Element, side: str) -> str | None:
    given = (_text(root, path.format(side)) for path in (TAX_CODE, IDENTIFIER))
    return next((found for text in given if (found := _as_business_id(text or ""))), None)


def _as_business_id(text: str) -> str | None:
    found = BUSINESS_ID.fullmatch(re.sub(r"[\s-]|[\u2010-\u2015\u2212]", "", text))
    number = "".join(found.groups()) if found else ""
    return f"{number[:7]}-{number[7]}" if ytunnus.is_valid(number) else None


def _party_id(root: etree._Element, side: str) -> str | None:
    given = (_text(root, path.format(side)) for path in (IDENTIFIER, TAX_CODE, PATHS["company"]))
    return _business_id(root, side) or next((text for text in given if text), None)


def _is_person(root: etree._Element, side: str) -> bool:
    """An identity number is the party, and nothing beside it says that this is an organisation (no guess from a blank)."""
    identifier = re.sub(r"[\s\u2010-\u2015]", "", _text(root, IDENTIFIER.format(side)) or "")
    beside = _text(root, TAX_CODE.format(side)) or _text(root, PATHS["full_name"].format(side))
    return bool(IDENTITY_NUMBER.fullmatch(identifier)) and not beside


def _day(root: etree._Element) -> str | None:
    text = _text(root, "InvoiceDetails/InvoiceDate")
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if text and re.fullmatch(r"\d{8}", text) else text


def _type(root: etree._Element) -> str | None:
    code, origin = _text(root, "InvoiceDetails/InvoiceTypeCode"), _text(root, "InvoiceDetails/OriginCode")
    return f"{code or ''} {origin.upper()}".strip() if origin in NO_ORIGINAL else code
