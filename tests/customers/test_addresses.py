"""Addresses in their stored form, from the ways in which people write them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from customers.addresses import (
    is_mobile,
    normalise_email,
    normalise_phone,
    normalise_postcode,
    readable_phone,
)


@pytest.mark.parametrize(
    ("written", "country", "stored"),
    [
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06.12.34.56.78", "", "+33612345678"),
        ("612345678", "FR", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "FR", "+33612345678"),
        ("0033 6 12 34 56 78", "FR", "+33612345678"),
        ("01 42 68 53 00", "FR", "+33142685300"),
        ("06 39 98 00 01", "FR", "+33639980001"),
        ("+33 (0)6 39 98 00 01", "", "+33639980001"),
        ("639980001", "FR", "+33639980001"),
        ("0692 12 34 56", "FR", "+262692123456"),
        ("0690 35 12 34", "FR", "+590690351234"),
        ("0470 12 34 56", "BE", "+32470123456"),
        ("+32 470 12 34 56", "FR", "+32470123456"),
        ("  ", "FR", ""),
    ],
)
def test_phones_are_stored_in_one_form(written: str, country: str, stored: str) -> None:
    assert normalise_phone(written, country) == stored


@pytest.mark.parametrize("written", ["06 12 34", "abc", "00000000000", "+999123456789"])
def test_what_is_no_phone_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        normalise_phone(written)


@pytest.mark.parametrize("phone", ["+33612345678", "+262692123456", "+32470123456"])
def test_a_phone_as_people_write_it_reads_back(phone: str) -> None:
    assert normalise_phone(readable_phone(phone)) == phone


def test_only_numbers_that_take_sms_are_mobiles() -> None:
    assert is_mobile("+33612345678")
    assert is_mobile("+262692123456")
    assert is_mobile("+32470123456")
    assert is_mobile("+12125550123")
    assert not is_mobile("+3225551212")
    assert not is_mobile("+33142685300")
    assert not is_mobile("+262262123456")
    assert not is_mobile(None)


def test_emails_are_lower_case_and_trimmed() -> None:
    assert normalise_email("  Ana@Exemple.FR ") == "ana@exemple.fr"
    with pytest.raises(ValidationError):
        normalise_email("ana@")


def test_french_postcodes_have_five_digits() -> None:
    assert normalise_postcode("75 011") == "75011"
    assert normalise_postcode("1000") == "01000"
    assert normalise_postcode("sw1a 1aa", "GB") == "SW1A 1AA"
    with pytest.raises(ValidationError):
        normalise_postcode("750")
