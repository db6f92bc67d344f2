"""How a text file is encoded: a byte order mark, strict UTF-8 over the whole file, else the old code page that makes
Finnish of it.

General detectors misread short Finnish files and corrupt names; the share of å, ä and ö among the letters does not.
"""

import codecs
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from register.sources.delivery import Delivery, unreadable

MARKS = (  # UTF-32's mark begins like UTF-16's: first
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order mark -> encoding; None: not read."""

CODE_PAGES = ("cp1252", "cp850", "mac_roman")
"""In the order in which they win when none makes more Finnish letters than another."""

FINNISH = frozenset("åäöÅÄÖ")
BLOCK = 2**20
TEXT_CONTROLS = b"\t\n\v\f\r\x1a"
"""Control bytes met in text files; 1A ends a DOS file."""

MAX_CONTROL_SHARE = 0.001
UTF_16_SHARE = 0.2
"""Share of NUL bytes from which a file is taken for UTF-16 without a mark."""


@dataclass(frozen=True)
class Encoding:
    """An encoding's Python name, and what the scan of the file met on the way."""

    name: str
    has_quotes: bool
    has_nul: bool


def detect(delivery: Delivery) -> Encoding:
    """The encoding of a text file. Raises UnreadableDelivery: unknown_encoding where it is no text."""
    counts, is_utf8, head = _scan(delivery)
    marked = next(((mark, name) for mark, name in MARKS if head.startswith(mark)), None)
    name = marked[1] if marked else _unmarked(counts, is_utf8, head)
    if name is None or (name == "utf-8-sig" and not is_utf8):
        raise unreadable(delivery, "unknown_encoding")
    is_wide = name.startswith("utf-16")
    if not is_wide and _control_share(counts) > MAX_CONTROL_SHARE:
        raise unreadable(delivery, "unknown_encoding")
    return Encoding(name, has_quotes=bool(counts[ord('"')]), has_nul=not is_wide and bool(counts[0]))


def _scan(delivery: Delivery) -> tuple[npt.NDArray[np.int64], bool, bytes]:
    counts = np.zeros(256, dtype=np.int64)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    is_utf8, head = True, b""
    with delivery.path.open("rb") as file:
        while block := file.read(BLOCK):
            head = head or block
            counts += np.bincount(np.frombuffer(block, dtype=np.uint8), minlength=256)
            is_utf8 = is_utf8 and _decodes(decoder, block)
    return counts, is_utf8 and _decodes(decoder, b"", is_last=True), head


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, is_last: bool = False) -> bool:
    try:
        decoder.decode(block, is_last)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked(counts: npt.NDArray[np.int64], is_utf8: bool, head: bytes) -> str | None:
    if counts[0] > UTF_16_SHARE * counts.sum():
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    if is_utf8:
        return "utf-8"
    return max(CODE_PAGES, key=lambda name: _finnish_share(counts, name))


def _finnish_share(counts: npt.NDArray[np.int64], name: str) -> float:
    """Share of å, ä and ö among the letters beyond ASCII; below nothing where a byte has no meaning in this code page."""
    letters = finnish = 0
    for byte in range(128, 256):
        letter = bytes([byte]).decode(name, errors="ignore")
        if counts[byte] and not letter:
            return -1.0
        letters += int(counts[byte]) * letter.isalpha()
        finnish += int(counts[byte]) * (letter in FINNISH)
    return finnish / letters if letters else 0.0


def _control_share(counts: npt.NDArray[np.int64]) -> float:
    controls = sum(int(counts[byte]) for byte in range(1, 32) if byte not in TEXT_CONTROLS)
    return controls / max(1, int(counts.sum()))
