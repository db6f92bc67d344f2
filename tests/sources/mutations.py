"""Files that are nearly right: samples of each format, and what breaks on the way from a source to the letter box.

Each is made from a seed alone, so that a failure can be made again.
"""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile

from register.feeds import Feed
from tests.sources.build import DATA, OURS, feed

HETU_CASES = json.loads((Path(__file__).parent.parent / "data" / "hetu_detection_cases.json").read_text(encoding="utf-8"))
HETUS = (*HETU_CASES["by_separator"].values(), *HETU_CASES["typo_bad_checkdigit"], *HETU_CASES["lowercase"],
         *HETU_CASES["spaced"])

TABLE = (
    "Nimi;Yritys;Y-tunnus;Sähköposti;Puhelin;Katuosoite;Postinumero;Kaupunki;Pvm;Viesti;Asiakasnro\n"
    'Åke Östman;Öljy Oy;9900002-6;ake@oljy.example;040 555 0101;"Tie 1; A";00100;Åbo;3.11.2026;{0};{1}\n'
    '{2} Märta Öst;Köpare Ab;9900003-4;marta@kopare.example;"+358 50 {3}";Väg 2;65100;Vasa;{4};"rivi\nkaksi";K-2\n'
    ";;;;;;;;;;\n"
    "Olli Oja;Virta Oy {5};{6};olli@virta.example;09 542 1222;{7};{8};Espoo;2026-11-04;hei ""{9}"";{10}\n"
)

FORMS = (
    '[{{"your-name": "Åke {0}", "your-email": "ake@oljy.example", "your-tel": "040 555 0101", "your-message": "{1}"}},\n'
    ' {{"your-name": ["Märta", "{2}"], "company": "Köpare {3}", "Y-tunnus": "{4}", "date_created": "2026-11-03 22:30:00"}},\n'
    ' {{"your-name": "Olli \\ud83d", "your-phone": 405550101, "{5}": {{"a": "{6}"}}, "Asiakasnro": "{7}", "x": [1, null]}}]'
)

LINES = (
    '{{"your-name": "Åke {0}", "your-email": "ake@oljy.example"}}\n{{"your-name": "{1}", "your-tel": "09 542 1222"}}\n'
)

COMPANIES = (
    '[{{"businessId": {{"value": "9900001-8"}}, "names": [{{"name": "Öljy {0} Oy", "type": "1", "version": 1}}],\n'
    ' "addresses": [{{"type": 1, "street": "Tie {1}", "postCode": "00100", "postOffices": [{{"city": "Åbo"}}]}}]}},\n'
    ' {{"businessId": {{"value": "{2}"}}, "names": [{{"name": "B", "type": 1, "version": 1}},\n'
    '  {{"name": "{3}", "type": "2", "version": 1}}], "website": {{"url": "{4}"}}, "companyForms": [{{"type": "{5}"}}]}},\n'
    ' {{"businessId": {{"value": "9900003-4"}}, "addresses": [{{"type": 2, "freeAddressLine": "a_{6} b_c"}}],\n'
    '  "endDate": "{7}", "companySituations": [{{"type": "KONK"}}]}}]'
)

PARTS = {  # the least that makes a workbook
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels":
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Target="xl/workbook.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument"/></Relationships>',
    "xl/_rels/workbook.xml.rels":
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Target="worksheets/sheet1.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet"/></Relationships>',
    "xl/workbook.xml":
        '<?xml version="1.0"?><workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="Lista" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/sharedStrings.xml": '<sst><si><t>Nimi</t></si><si><t>Åke {0}</t></si><si><t>{1}</t></si></sst>',
    "xl/worksheets/sheet1.xml":
        '<worksheet><sheetData>\n'
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><v>Yritys</v></c><c r="C1" t="str"><v>Puhelin</v></c></row>\n'
        '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="str"><v>Öljy {2}</v></c><c r="C2"><v>405550101</v></c></row>\n'
        '<row r="4"><c r="A4" t="inlineStr"><is><t>{3}</t></is></c><c r="C4" t="str"><v>{4}</v></c></row>\n'
        '<row><c t="s"><v>2</v></c><c t="b"><v>1</v></c><c t="str"><f>1+1</f><v>{5}</v></c></row>\n'
        '</sheetData></worksheet>',
}
SEAM = b"\n--- part ---\n"

TOKENS = (
    b";", b",", b"\t", b"|", b'"', b'""', b"'", b"\0", b"\r", b"\n", b"\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\xe4",
    b"\x1a", b"<", b">", b"&", b"&amp;", b"&x;", b"]]>", b"<![CDATA[", b"<!--", b"<!DOCTYPE x [<!ENTITY x 'y'>]>", b"{", b"}",
    b"[" * 50, b"]", b":", b"null", b"NaN", b"1e999", b"9" * 400, b"\\ud800", b"\\u0000", b'"a":', b" " * 300, b"(" * 300,
    b'<c r="C3"><v>7</v></c>', b'<c r="XFD1048576"><v>1</v></c>', b'r="ZZZ99999"', b"<row/>", b"<Finvoice>", b"</Finvoice>",
    b"<?xml version='1.0' encoding='UTF-16'?>", b"=1+1", b"../", b"\xed\xa0\x80", "\u2028".encode(), "\u0301".encode(),
)

Step = Callable[[Random, bytes, tuple[bytes, ...]], bytes]


def _place(rng: Random, data: bytes) -> int:
    return rng.randrange(len(data) + 1)


def _flip(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    changed = bytearray(data or b" ")
    for _place_no in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    first, last = sorted((_place(rng, data), _place(rng, data)))
    return rng.choice((data[:first], data[first:], data[:first] + data[last:]))


def _double(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    first, last = sorted((_place(rng, data), _place(rng, data)))
    return data[:last] + data[first:last] + data[last:]


def _splice(rng: Random, data: bytes, samples: tuple[bytes, ...]) -> bytes:
    other = rng.choice(samples)
    return data[:_place(rng, data)] + other[_place(rng, other):]


def _shuffle(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    lines = data.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


def _drop_line(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    lines = data.split(b"\n")
    del lines[rng.randrange(len(lines))]
    return b"\n".join(lines)


def _inject(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    for _token_no in range(rng.randint(1, 3)):
        place = _place(rng, data)
        data = data[:place] + rng.choice(TOKENS) + data[place:]
    return data


def _exchange(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    return data.replace(*rng.sample((b";", b",", b"\t", b"|", b'"', b"\n", b"\r\n", b" "), 2))


def _recode(rng: Random, data: bytes, _: tuple[bytes, ...]) -> bytes:
    encoding = rng.choice(("cp1252", "cp850", "utf-16", "utf-16-be", "utf-8-sig"))
    return data.decode("utf-8", "replace").encode(encoding, "replace")


STEPS: tuple[Step, ...] = (_flip, _cut, _double, _splice, _shuffle, _drop_line, _inject, _inject, _exchange, _recode)


def _filled(sample: str, rng: Random) -> bytes:
    """A sample with identity numbers in its gaps, so that every place of every format holds one some time."""
    gaps = 1 + max((int(gap) for gap in re.findall(r"(?<!\{)\{(\d+)\}", sample)), default=0)
    return sample.format(*(rng.choice(("", "x", *HETUS)) for _ in range(gaps))).encode()


def _zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def _workbook(content: bytes) -> bytes:
    return _zipped(dict(zip(PARTS, content.split(SEAM), strict=False)))


def _bulk(content: bytes) -> bytes:
    return _zipped({"all.json": content})


@dataclass(frozen=True)
class Kind:
    """A format: its feed, its samples with gaps for identity numbers, and what is put around them."""

    feed: Feed
    samples: tuple[str, ...]
    pack: Callable[[bytes], bytes] = bytes

    def mutated(self, seed: int) -> bytes:
        """A file made from the seed: several steps on a sample, and one in twenty on what was packed."""
        rng = Random(seed)
        samples = tuple(_filled(sample, rng) for sample in self.samples)
        content = rng.choice(samples)
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            content = rng.choice(STEPS)(rng, content, samples)
        packed = self.pack(content)
        return _flip(rng, packed, (packed,)) if rng.random() < 0.05 else packed


def _text(name: str) -> str:
    """A sample of the data folder, its braces kept."""
    return (DATA / name).read_text(encoding="utf-8").replace("{", "{{").replace("}", "}}")


INVOICE = _text("finvoice3_invoice.xml").replace("TARJ-2026-77", "{0}").replace("Åke Östman", "{1} Åke")
KINDS = {
    "csv": Kind(feed(kind="assignment", gives="events", key=("Asiakasnro",)), (TABLE, TABLE.replace(";", ","))),
    "xlsx": Kind(feed(kind="assignment", gives="events", format="xlsx"), (SEAM.decode().join(PARTS.values()),), _workbook),
    "webform": Kind(feed(kind="inquiry", gives="events", format="webform", key=("Asiakasnro",)), (FORMS, LINES)),
    "finvoice": Kind(feed(kind="invoice", gives="events", format="finvoice", own_business_ids=(OURS,)),
                     (INVOICE, INVOICE + "\n" + _text("finvoice3_consumer_hetu.xml"))),
    "prh_bulk": Kind(feed(kind="registry", format="prh_bulk"), (COMPANIES,), _bulk),
}
