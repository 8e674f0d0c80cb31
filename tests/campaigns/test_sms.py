"""SMS arithmetic: alphabets, parts, STOP, sender ids."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from campaigns import sms


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("à é è ù ì ò Ç ñ ü ö", "GSM-7", 19, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        # An escape and its character are never parted: 153 places hold 76 pairs.
        ("€" * 153, "GSM-7", 306, 3),
        ("ç", "UCS-2", 1, 1),
        ("ê" * 70, "UCS-2", 70, 1),
        ("ê" * 71, "UCS-2", 71, 2),
        ("ê" * 134, "UCS-2", 134, 2),
        ("ê" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        # Nor is a pair of surrogates: 67 places hold 33 of them.
        ("😀" * 67, "UCS-2", 134, 3),
    ],
)
def test_a_text_is_counted_as_it_travels(text: str, encoding: str, units: int, parts: int) -> None:
    found = sms.measure(text)
    assert (found.encoding, found.units, found.parts) == (encoding, units, parts)


def test_what_forces_ucs2_is_shown_with_its_replacement() -> None:
    forcing = sms.forcing_characters("L’été : « ça » œuf ê… 😀 ç")
    assert forcing == {
        "’": "'", "«": '"', "ç": "c", "»": '"', "œ": "oe", "ê": "e", "…": "...", "😀": "",
    }  # fmt: skip
    assert sms.measure(sms.simplified("L’été : « ça » œuf ê… 😀")).encoding == "GSM-7"


def test_every_basic_character_of_the_alphabet_takes_one_place() -> None:
    assert len(sms.GSM_BASIC) == 127
    assert sms.measure("".join(sms.GSM_BASIC)).units == 127


@pytest.mark.parametrize(("number", "mention"), [("36111", "STOP au 36111"), ("", "Rep. STOP")])
def test_the_stop_mention_is_added_once(settings: Settings, number: str, mention: str) -> None:
    settings.SMS_STOP_NUMBER = number
    assert sms.with_stop("Soldes ") == f"Soldes\n{mention}"
    assert sms.with_stop(f"Soldes {mention}") == f"Soldes {mention}"


@pytest.mark.parametrize("sender", ["Shop", "abc", "A1234567890", "Chez1"])
def test_a_sender_of_letters_and_digits_is_taken(sender: str) -> None:
    assert sms.sender_problem(sender) is None


@pytest.mark.parametrize("sender", ["", "ab", "A12345678901", "12345", "Chez nous", "Été", "a\nbc"])
def test_any_other_sender_is_refused(sender: str) -> None:
    assert sms.sender_problem(sender) is not None
