"""Files that nobody should deliver and somebody will: one line each, with what becomes of it.

Code, row and column are those of the sentence people read; a file with no code is taken in, its rows beside it.
"""

import io
import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZipFile

from tests.sources.mutations import PARTS

CANARY = "Kaino Kanarialintu"
"""Stands in every file below that can hold a name: it may be read, never told."""

ROW = f"{CANARY};Öljy Oy;kaino@oljy.example"
HEADER = "Nimi;Yritys;Sähköposti"
INVOICE = (
    "<Finvoice><SellerPartyDetails><SellerPartyIdentifier>9900011-4</SellerPartyIdentifier></SellerPartyDetails>"
    f"<BuyerPartyDetails><BuyerOrganisationName>{{}}</BuyerOrganisationName></BuyerPartyDetails>"
    f"<BuyerContactPersonName>{CANARY}</BuyerContactPersonName>"
    "<InvoiceDetails><InvoiceNumber>1</InvoiceNumber><InvoiceDate>20261103</InvoiceDate></InvoiceDetails></Finvoice>"
)
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)) + "]>"
OUTSIDE = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd"><!ENTITY % k SYSTEM "http://oljy.example/k.dtd"> %k;]>'
SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
LOCK = b"PK\x01\x02\x14\x03\x14\x00\x00"
"""The beginning of an entry in a ZIP's directory; its last byte says whether a password is asked for."""

MB = 2**20


@dataclass(frozen=True)
class Hostile:
    """A file as it is made, and the reason, record number and column with which it is set aside; None: it is taken in."""

    format: str
    name: str
    content: Callable[[], bytes]
    code: str | None
    row: int | None = None
    column: int | None = None
    rows: int = 0


def zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def book(replaced: dict[str, bytes] | None = None, cells: str = "", strings: str = "") -> bytes:
    """A workbook of one sheet with one row; cells: more of the sheet's XML, strings: in front of the shared texts."""
    parts = {name: text.format("", "", "Oy", "", "", "").encode() for name, text in PARTS.items()}
    head = '<row r="1"><c r="A1" t="str"><v>Nimi</v></c><c r="B1" t="str"><v>Yritys</v></c></row>'
    body = f'<row r="2"><c r="A2" t="str"><v>{CANARY}</v></c><c r="B2" t="str"><v>Öljy Oy</v></c></row>'
    parts[SHEET] = f"<worksheet><sheetData>{head}{body}{cells}</sheetData></worksheet>".encode()
    parts[TEXTS] = f"{strings}<sst><si><t>x</t></si></sst>".encode()
    return zipped(parts | (replaced or {}))


def claimed_small(content: bytes, name: str) -> bytes:
    """The archive with a lie: its directories say that the member unpacks to ten bytes."""
    with ZipFile(io.BytesIO(content)) as archive:
        size = struct.pack("<I", archive.getinfo(name).file_size)
    return content.replace(size, struct.pack("<I", 10))


def company(**said: object) -> dict[str, object]:
    return {"businessId": {"value": "9900001-8"}, "names": [{"name": CANARY, "type": "1", "version": 1}], **said}


def bulk(text: str | bytes) -> bytes:
    return zipped({"all.json": text if isinstance(text, bytes) else text.encode()})


def noise() -> bytes:
    return random.Random(7).randbytes(50_000)


HTML = f"""<!DOCTYPE html>
<html><head><title>503 Service Unavailable</title></head>
<body><p>{CANARY}, palvelu ei ole käytettävissä.</p></body></html>
""".encode()

ANY = ["csv", "xlsx", "webform", "finvoice", "prh_bulk"]
BROKEN = {"xlsx": "broken_workbook", "prh_bulk": "broken_zip", "webform": "broken_json", "finvoice": "broken_xml"}

EVERYWHERE = [
    *(Hostile(format, "empty", bytes, "empty_file") for format in ANY),
    Hostile("csv", "random bytes", noise, "unknown_encoding"),
    Hostile("webform", "random bytes", noise, "unknown_encoding"),
    Hostile("finvoice", "random bytes", noise, "broken_xml", row=1),
    Hostile("xlsx", "random bytes", noise, "broken_workbook"),
    Hostile("prh_bulk", "random bytes", noise, "broken_zip"),
    Hostile("csv", "an error page", lambda: HTML, "no_known_column"),
    Hostile("webform", "an error page", lambda: HTML, "broken_json", row=1),
    Hostile("finvoice", "an error page", lambda: HTML, "broken_xml", row=1),
    Hostile("xlsx", "an error page", lambda: HTML, "broken_workbook"),
    Hostile("prh_bulk", "an error page", lambda: HTML, "broken_zip"),
]

TABLES = [
    Hostile("csv", "header only", f"{HEADER}\n".encode, None),
    Hostile("csv", "no header", f"{ROW}\n{ROW}\n".encode, "no_header_row", row=1),
    Hostile("csv", "another separator", lambda: f"{HEADER}\n{ROW}\n".replace(";", "^").encode(), "no_known_column"),
    Hostile("csv", "two separators", f"{HEADER}\n{ROW.replace(';', ',')}\n".encode, "broken_table", row=2),
    Hostile("csv", "a NUL byte", f"{HEADER}\n{ROW}\nKai\0no;x;y\n".encode, "broken_table", row=3),
    Hostile("csv", "NUL bytes alone", lambda: bytes(5_000), "no_known_column"),
    Hostile("csv", "half a quote", f'{HEADER}\n{ROW}\n"{ROW}\n{ROW}\n'.encode, "broken_table", row=3),
    Hostile("csv", "half a quote that closes", f'{HEADER}\n"{ROW}\n{ROW};"\n'.encode, "broken_table", row=2),
    Hostile("csv", "a cell of 10 MB", f"{HEADER}\n{ROW}\n{CANARY};{'x' * 10 * MB};y\n".encode, "too_large", 3, 2),
    Hostile("csv", "a cell of 200 kB", f"{HEADER}\n{ROW}\n{CANARY};{'x' * 200_000};y\n".encode, "too_large", 3, 2),
    Hostile("csv", "a line of 40 MB", lambda: f"{HEADER}\n{ROW}\n".encode() + b"x" * 40 * MB, "too_large", 3),
    Hostile("csv", "100,000 columns", lambda: ";".join(["Nimi"] * 100_000).encode(), "too_large"),
    Hostile("csv", "formulas", f'{HEADER}\n=HYPERLINK("x";"y");=1+1;=cmd|x\n'.encode, "broken_table", row=2),
    Hostile("csv", "a formula in a cell", f"{HEADER}\n=1+1 {CANARY};@SUM(A1);kaino@oljy.example\n".encode, None, rows=1),
    Hostile("webform", "no answers", lambda: b"[]", "empty_file"),
    Hostile("webform", "16 MB of empty answers", lambda: b"[" + b"{}," * (5 * MB) + b"{}]", "no_known_column"),
    Hostile("webform", "20 MB", lambda: json.dumps([{"your-name": "x" * 20 * MB}]).encode(), "too_large"),
    Hostile("webform", "nested without end", lambda: b'{"your-name":' + b"[" * 5 * MB, "broken_json"),
    Hostile("webform", "a number without end", lambda: b'{"your-name":' + b"9" * 100_000 + b"}", "broken_json", row=1),
    Hostile("webform", "a NUL and half an emoji", lambda: b'{"your-name": "Kai\\u0000no\\ud83d", "company": "O"}',
            None, rows=1),
    Hostile("webform", "100,000 fields", lambda: json.dumps({f"nimi{n}": 1 for n in range(100_000)}).encode(), "too_large"),
    Hostile("webform", "many fields, many answers", lambda: json.dumps(
        [{f"f{n}": 1 for n in range(1_900)} | {"your-name": CANARY}] + [{}] * 200_000).encode(), "too_large"),
    Hostile("webform", "a value of 200 kB", lambda: json.dumps({"x": 1, "your-name": "x" * 200_000}).encode(),
            "too_large", 1, 2),
]

WORKBOOKS = [
    Hostile("xlsx", "a million empty rows", lambda: book(cells="".join(f'<row r="{n}"/>' for n in range(3, 10**6))),
            None, rows=1),
    Hostile("xlsx", "200,000 empty cells", lambda: book(
        cells="".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(3, 200_000))), None, rows=1),
    Hostile("xlsx", "one cell at the far end", lambda: book(
        cells='<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "too_large"),
    Hostile("xlsx", "a cell beyond all columns", lambda: book(cells='<row r="9"><c r="ZZZZZZZ9"><v>1</v></c></row>'),
            "too_large"),
    Hostile("xlsx", "100,000 columns", lambda: book(cells=f'<row r="3">{"<c><v>1</v></c>" * 100_000}</row>'), "too_large"),
    Hostile("xlsx", "far cells without places", lambda: book(
        cells=f'<row>{"<c><v>1</v></c>" * 20_000}</row><row r="99999"><c><v>1</v></c></row>'), "too_large"),
    Hostile("xlsx", "places by default", lambda: book(replaced={SHEET: (
        '<!DOCTYPE worksheet [<!ATTLIST c r CDATA "A1">]><worksheet><sheetData><row>' + "<c><v>1</v></c>" * 20_000
        + '</row><row r="99999"><c><v>1</v></c></row></sheetData></worksheet>').encode()}), "broken_workbook"),
    Hostile("xlsx", "a cell of 200 kB", lambda: book(
        cells=f'<row r="3"><c r="B3" t="str"><v>{"x" * 200_000}</v></c></row>'), "too_large", 3, 2),
    Hostile("xlsx", "billion laughs", lambda: book(cells='<row r="3"><c r="A3" t="s"><v>0</v></c></row>',
                                                   replaced={TEXTS: f"{LAUGHS}<sst><si><t>&j;</t></si></sst>".encode()}),
            "broken_workbook"),
    Hostile("xlsx", "billion laughs in the sheet", lambda: book(replaced={
        SHEET: f"{LAUGHS}<worksheet><sheetData><row><c><v>&j;</v></c></row></sheetData></worksheet>".encode()}),
            "broken_workbook"),
    Hostile("xlsx", "an external entity", lambda: book(replaced={TEXTS: f"{OUTSIDE}<sst><si><t>&j;</t></si></sst>".encode()}),
            "broken_workbook"),
    Hostile("xlsx", "a bomb", lambda: book(replaced={TEXTS: b"<sst>" + b" " * 20 * MB}), "too_large"),
    Hostile("xlsx", "a bomb that denies it", lambda: claimed_small(
        book(replaced={TEXTS: b"<sst>" + b" " * 20 * MB + b"</sst>"}), TEXTS), "broken_workbook"),
    Hostile("xlsx", "a part outside", lambda: book(replaced={"../../../ulkona.xml": b"x"}), None, rows=1),
    Hostile("xlsx", "a formula in a cell", lambda: book(
        cells='<row r="3"><c r="A3" t="str"><f>HYPERLINK("http://oljy.example")</f><v>Olli Oja</v></c></row>'), None, rows=2),
    Hostile("xlsx", "another format's sheet beside", lambda: book(replaced={"content.xml": b"<x/>"}), "broken_workbook"),
    Hostile("xlsx", "a sheet under another name", lambda: book(replaced={
        "media/kuva.png": b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"/></row></sheetData></worksheet>'}),
            "too_large"),
]

DOCUMENTS = [
    Hostile("finvoice", "billion laughs", (LAUGHS + INVOICE.format("&j;")).encode, "broken_xml", row=1),
    Hostile("finvoice", "an external entity", (OUTSIDE + INVOICE.format("&j;")).encode, "broken_xml", row=1),
    Hostile("finvoice", "billion laughs inside", lambda: INVOICE.format(LAUGHS + "&j;").encode(), "broken_xml", row=1),
    Hostile("finvoice", "16 MB of elements", lambda: INVOICE.format("<a/>" * (4 * MB - 300)).encode(), None, rows=1),
    Hostile("finvoice", "an invoice of 20 MB", lambda: INVOICE.format("x" * 20 * MB).encode(), "too_large", row=1),
    Hostile("finvoice", "a value of 200 kB", lambda: INVOICE.format("x" * 200_000).encode(), "too_large", 1, 2),
    Hostile("finvoice", "nested without end", lambda: INVOICE.format("<a>" * 100_000).encode(), "broken_xml", row=1),
    Hostile("finvoice", "a million beginnings", lambda: b"<Finvoice " * 10**6, "broken_xml", row=1),
    Hostile("finvoice", "a million declarations", lambda: b"<?xml " * 10**6 + INVOICE.format("Oy").encode(), None, rows=1),
    Hostile("finvoice", "an end without beginning", lambda: INVOICE.format("Oy").encode() * 2 + b"</Finvoice>",
            "broken_xml", 3),
    Hostile("finvoice", "no invoice", lambda: b"<Invoice/>", "broken_xml", row=1),
]

BULKS = [
    Hostile("prh_bulk", "a file outside", lambda: zipped({"../../ulkona.json": json.dumps([company()]).encode()}), None),
    Hostile("prh_bulk", "a bomb", lambda: bulk(b"[" + b" " * 20 * MB), "too_large"),
    Hostile("prh_bulk", "a bomb that denies it", lambda: claimed_small(bulk(b"[" + b" " * 20 * MB), "all.json"), "broken_zip"),
    Hostile("prh_bulk", "one company without end", lambda: bulk(json.dumps(
        [company(), company(x=[random.Random(1).randbytes(8).hex() for _ in range(200_000)])])), "too_large", row=2),
    Hostile("prh_bulk", "a value of 200 kB", lambda: bulk(json.dumps([company(website={"url": "x" * 200_000})])),
            "too_large", 1, 3),
    Hostile("prh_bulk", "no list", lambda: bulk(json.dumps({"companies": [company()]})), "broken_json", row=1),
    Hostile("prh_bulk", "nested without end", lambda: bulk("[" * 100_000), "broken_json", row=1),
    Hostile("prh_bulk", "a number without end", lambda: bulk('[{"businessId": ' + "9" * 100_000 + "}]"), "broken_json", row=1),
    Hostile("prh_bulk", "no JSON inside", lambda: zipped({"lue.txt": CANARY.encode()}), "broken_zip"),
    Hostile("prh_bulk", "a locked archive", lambda: bulk("[]").replace(LOCK, LOCK[:-1] + b"\x01"), "broken_zip"),
    Hostile("prh_bulk", "a damaged archive", lambda: bulk(json.dumps([company()] * 50))[:200], "broken_zip"),
]

HOSTILE = [*EVERYWHERE, *TABLES, *WORKBOOKS, *DOCUMENTS, *BULKS]
assert len({(case.format, case.name) for case in HOSTILE}) == len(HOSTILE)
