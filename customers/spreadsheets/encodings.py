"""Which encoding a text file is in, told from its bytes.

Marks first, then UTF-16 by its zeros, UTF-8 if (nearly) all of it is, else whichever of the
single-byte encodings of Western Europe makes French out of the most bytes.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.spreadsheets.errors import Issue, SpreadsheetError, refuse

ENCODINGS: Final = ("utf-8", "utf-16", "cp1252", "iso-8859-15", "mac-roman", "cp850")
_SAMPLE: Final = 64 * 1024
_CHUNK: Final = 1 << 20
_CONTROL: Final = bytes([*range(1, 9), *range(14, 32)])
_ASCII: Final = bytes(range(128))
_SEQUENCE: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_UNDEFINED_IN_CP1252: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# How much each letter speaks for an encoding that gives it: as frequent as it is in French.
_WEIGHTS: Final = {"é": 10, "è": 5, "à": 5, "ê": 4, "ç": 4, "ô": 3, "î": 3, "û": 2, "ù": 2}
_WEIGHTS_OF_OTHERS: Final = dict.fromkeys("ÉÈÀÇâëïœŒ°€«»’–ñäöüÊÎÔ\xa0", 1)
_SINGLE_BYTE: Final = ("cp1252", "mac-roman", "cp850")


def _weights(encoding: str) -> dict[int, int]:
    told = _WEIGHTS | _WEIGHTS_OF_OTHERS
    letters = (
        (byte, bytes([byte]).decode(encoding, errors="replace")) for byte in range(0x80, 0x100)
    )
    return {byte: told[letter] for byte, letter in letters if letter in told}


_BY_ENCODING: Final = {encoding: _weights(encoding) for encoding in _SINGLE_BYTE}


def find_encoding(path: Path) -> str:
    """The encoding of a text file. Raises SpreadsheetError where the bytes are no text."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if not head.startswith(codecs.BOM_UTF8) and (unmarked := _utf16_without_mark(head)):
        return unmarked
    if _is_utf8(path):
        return "utf-8"
    whole, high = _high_bytes(path)
    # A few bytes spoilt on the way do not make another encoding of it: their lines are rejected.
    if head.startswith(codecs.BOM_UTF8) or _is_mostly_utf8(whole, high.total()):
        return "utf-8"
    return _single_byte(high)


def _is_utf8(path: Path) -> bool:
    """Say whether all of a file is UTF-8; refuse what is no text at all."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8 = True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            control = len(chunk) - len(chunk.translate(None, _CONTROL))
            if b"\0" in chunk or control > len(chunk) // 100 + 1:
                raise not_text()
            try:
                if utf8:
                    decoder.decode(chunk)
            except UnicodeDecodeError:
                utf8 = False
    return utf8


def _high_bytes(path: Path) -> tuple[int, Counter[int]]:
    """How many bytes are of whole UTF-8 letters, and how often each that is not ASCII occurs."""
    whole, high = 0, Counter[int]()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if not chunk.isascii():
                whole += sum(map(len, _SEQUENCE.findall(chunk)))
                high.update(chunk.translate(None, _ASCII))
    return whole, high


def check_encoding(path: Path, encoding: str) -> None:
    """Refuse an encoding, asked for by someone, that the beginning of the file cannot be in."""
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        if encoding == "utf-8" and not head.startswith(codecs.BOM_UTF8):
            high = len(head.translate(None, _ASCII))
            whole = sum(map(len, _SEQUENCE.findall(head)))
            # The end of the chunk may cut a letter in two.
            cut = 3 if len(head) == _CHUNK else 0
            if b"\0" in head or (high - whole > cut and not _is_mostly_utf8(whole, high)):
                raise wrong_encoding()
        elif encoding.startswith("utf-16"):
            if not marked and not _utf16_without_mark(head[:_SAMPLE]):
                raise wrong_encoding()
            codecs.getincrementaldecoder(encoding)().decode(head)
        elif b"\0" in head:
            raise wrong_encoding()
        else:
            head.decode(encoding)
    except (UnicodeError, LookupError):
        raise wrong_encoding() from None


def not_text() -> SpreadsheetError:
    """The error for bytes that are no text in any encoding we know."""
    message = _(
        "This file is not text that we can read. Save it again from your spreadsheet as CSV "
        "(UTF-8) or as .xlsx."
    )
    return refuse("not_text", message)


def wrong_encoding() -> SpreadsheetError:
    """The error for an encoding the file is not in."""
    message = _("This file cannot be read in this encoding. Choose another one.")
    return SpreadsheetError(Issue("encoding", message, path="options.encoding"))


def _is_mostly_utf8(whole: int, high: int) -> bool:
    """Say so of that many bytes of letters that are whole, of those that are not ASCII."""
    return high > 20 and whole > 0.9 * high


def _utf16_without_mark(head: bytes) -> str:
    """Text in Latin letters has a zero in every other byte."""
    half = max(len(head) // 2, 1)
    if len(head) >= 4 and head[1::2].count(0) > 0.7 * half and head[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if len(head) >= 4 and head[::2].count(0) > 0.7 * half and head[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return ""


def _single_byte(high: Counter[int]) -> str:
    scores = {
        encoding: sum(weights.get(byte, -1) * count for byte, count in high.items())
        for encoding, weights in _BY_ENCODING.items()
    }
    best = max(_SINGLE_BYTE, key=lambda encoding: scores[encoding])
    if best != "cp1252" and scores[best] >= 2:
        return best
    if any(_UNDEFINED_IN_CP1252.match(bytes([byte])) for byte in high):
        raise not_text()
    return "cp1252"
