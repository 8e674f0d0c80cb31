"""The arithmetic of SMS: alphabets, parts, the STOP mention and the sender's name.

Invariant: what is counted is what is sent: the merged text with its STOP mention.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from campaigns import conf

GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# These cost two places: an escape comes before each.
GSM_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
GSM: Final = "GSM-7"
UCS2: Final = "UCS-2"
_ALONE: Final = {GSM: 160, UCS2: 70}
_JOINED: Final = {GSM: 153, UCS2: 67}
_REPLACEMENTS: Final = {
    "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": "'", "›": "'",
    "–": "-", "—": "-", "‑": "-", "−": "-", "…": "...", "œ": "oe", "Œ": "OE", "•": "-",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\t": " ", "`": "'", "´": "'",
}  # fmt: skip
_SENDER: Final = re.compile(r"[A-Za-z0-9]{3,11}")


@dataclass(frozen=True)
class Measure:
    """How a text travels. `forcing` maps each character that forces UCS-2 to its replacement."""

    encoding: str
    units: int
    parts: int
    per_part: int
    left: int
    forcing: dict[str, str]


def measure(text: str) -> Measure:
    """Count the places and parts of a text as it will be sent."""
    forcing = forcing_characters(text)
    encoding = UCS2 if forcing else GSM
    widths = [_width(character, encoding) for character in text]
    units = sum(widths)
    if units <= _ALONE[encoding]:
        return Measure(encoding, units, 1, _ALONE[encoding], _ALONE[encoding] - units, forcing)
    per_part = _JOINED[encoding]
    parts, used = 1, 0
    for width in widths:
        # A character of two places is never cut in two between parts.
        if used + width > per_part:
            parts, used = parts + 1, 0
        used += width
    return Measure(encoding, units, parts, per_part, per_part - used, forcing)


def _width(character: str, encoding: str) -> int:
    if encoding == UCS2:
        return len(character.encode("utf-16-be")) // 2
    return 2 if character in GSM_EXTENDED else 1


def forcing_characters(text: str) -> dict[str, str]:
    """The characters outside GSM-7, in order, each with what could stand for it ('' for none)."""
    outside = (c for c in text if c not in GSM_BASIC and c not in GSM_EXTENDED)
    return {character: _replacement(character) for character in dict.fromkeys(outside)}


def _replacement(character: str) -> str:
    known = _REPLACEMENTS.get(character)
    if known is not None:
        return known
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c)
    )
    return plain if all(c in GSM_BASIC for c in plain) else ""


def simplified(text: str) -> str:
    """The text with every forcing character replaced; what has no replacement is left out."""
    forcing = forcing_characters(text)
    return "".join(forcing.get(character, character) for character in text)


def stop_mention() -> str:
    """How the recipient says no: the short number where there is one, else a reply."""
    number = conf.sms_gateway().stop_number
    return f"STOP au {number}" if number else "Rep. STOP"


def with_stop(text: str) -> str:
    """The text followed by the STOP mention, unless its author already wrote exactly that."""
    mention = stop_mention()
    return text if mention in text else f"{text.rstrip()}\n{mention}"


def sender_problem(sender: str) -> StrPromise | None:
    """Why a name cannot be an SMS sender, or None: 3 to 11 letters or digits, not digits only."""
    if not sender:
        return _("Give the name the SMS comes from, in the sending settings.")
    if not _SENDER.fullmatch(sender):
        return _("An SMS sender has 3 to 11 letters or digits, without accents or spaces.")
    if sender.isdigit():
        return _("An SMS sender cannot be digits only.")
    return None
