"""Values as programs and people really leave them in files, one case a line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from customers.fieldtypes import CLEANERS, EXACT, Cell, CleaningError, Reading, clean

FRENCH = Reading()
ENGLISH = Reading(decimal=".", date_format="MDY")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("type_", "cell", "expected"),
    [
        # Amounts: any space, any currency, accounting.
        ("money", "1 234,56 €", Decimal("1234.56")),
        ("money", "1\u00a0234,56\u00a0€", Decimal("1234.56")),
        ("money", "1\u202f234,56\u202f€", Decimal("1234.56")),
        ("money", "1\u2009234,56\u2009€", Decimal("1234.56")),
        ("money", "12.50 EUR", Decimal("12.50")),
        ("money", "EUR12,50", Decimal("12.50")),
        ("money", "12,50 € TTC", Decimal("12.50")),
        ("money", "12€50", Decimal("12.50")),
        ("money", "1 234,-", Decimal("1234.00")),
        ("money", "(12,00)", Decimal("-12.00")),
        ("money", "( 12,00 € )", Decimal("-12.00")),
        ("money", "-12,50€", Decimal("-12.50")),
        ("money", "- €", None),
        ("money", "-", None),
        ("money", "1.234.567,89", Decimal("1234567.89")),
        ("money", "1,234,567.89", Decimal("1234567.89")),
        ("number", "12,5 %", Decimal("12.5")),
        ("number", "#DIV/0!", None),
        ("whole", "2,0", 2),
        # Days.
        ("date", "3 mars 2024", day("2024-03-03")),
        ("date", "03-mars-24", day("2024-03-03")),
        ("date", "03/mars/2024", day("2024-03-03")),
        ("date", "dim. 3 mars 2024", day("2024-03-03")),
        ("date", "1 er août 2023", day("2023-08-01")),
        ("date", "12 déc. 2023", day("2023-12-12")),
        ("date", "March 3, 2024", day("2024-03-03")),
        ("date", "Mar 3 2024", day("2024-03-03")),
        ("date", "Sun, 3 Mar 2024", day("2024-03-03")),
        ("date", "2024-03-03T00:00:00+01:00", day("2024-03-03")),
        ("date", "2024.03.03", day("2024-03-03")),
        ("date", "45231", day("2023-11-01")),
        ("date", "45231,5", day("2023-11-01")),
        ("date", 45231.0, day("2023-11-01")),
        ("date", "03/03/24 12:00", day("2024-03-03")),
        ("date", "0000-00-00", None),
        ("birth_date", "12/05/68", day("1968-05-12")),
        ("birth_date", "3-mars-55", day("1955-03-03")),
        ("birth_date", "0000-00-00", None),
        # Instants.
        ("instant", "05/01/2024 10 h 30", dt.datetime(2024, 1, 5, 9, 30, tzinfo=dt.UTC)),
        ("instant", "05/01/2024 - 10:30", dt.datetime(2024, 1, 5, 9, 30, tzinfo=dt.UTC)),
        ("instant", "05.01.2024 10.30", dt.datetime(2024, 1, 5, 9, 30, tzinfo=dt.UTC)),
        ("instant", "Jan 5, 2024 10:00 am", dt.datetime(2024, 1, 5, 9, tzinfo=dt.UTC)),
        ("instant", "2024-01-05 10:00:00 +0100", dt.datetime(2024, 1, 5, 9, tzinfo=dt.UTC)),
        ("instant", "2024-01-05T10:00:00.000+0100", dt.datetime(2024, 1, 5, 9, tzinfo=dt.UTC)),
        ("instant", "2024-01-05 10:00:00.12 +0000 UTC", dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC)),
        ("instant", "0000-00-00 00:00:00", None),
        # Phones.
        ("phone", "6.12345678E8", "+33612345678"),
        ("phone", "6,12345678E+8", "+33612345678"),
        ("phone", "612345678.0", "+33612345678"),
        ("phone", "33612345678.0", "+33612345678"),
        ("phone", "+33(0) 6 12 34 56 78", "+33612345678"),
        ("phone", "0033 (0)6 12 34 56 78", "+33612345678"),
        ("phone", "00.33.6.12.34.56.78", "+33612345678"),
        ("phone", "+3306 12 34 56 78", "+33612345678"),
        ("phone", "06/12/34/56/78", "+33612345678"),
        ("phone", "06,12,34,56,78", "+33612345678"),
        ("phone", "Tél. : 06 12 34 56 78", "+33612345678"),
        ("phone", "tel:+33612345678", "+33612345678"),
        ("phone", "06 12 34 56 78 (bureau)", "+33612345678"),
        ("phone", '="0612345678"', "+33612345678"),
        ("phone", "'0612345678", "+33612345678"),
        ("phone", "00 00 00 00 00", None),
        ("phone", "+33 692 12 34 56", "+262692123456"),
        ("phone", "00262692123456", "+262692123456"),
        ("phone", "0590 12 34 56", "+590590123456"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        # E-mail addresses.
        ("email", " Anne . Morel@Example.FR\u00a0", "anne.morel@example.fr"),
        ("email", "MAILTO:A@B.FR?subject=x", "a@b.fr"),
        ("email", '"Morel, Anne" <anne@b.fr>', "anne@b.fr"),
        ("email", "'anne@b.fr'", "anne@b.fr"),
        ("email", "anne@b.fr.,", "anne@b.fr"),
        ("email", "anne@élan.fr", "anne@xn--lan-9la.fr"),
        # Postcodes.
        ("postcode", 1000, "01000"),
        ("postcode", "6000", "06000"),
        ("postcode", "6000.0", "06000"),
        ("postcode", "'01000", "01000"),
        ("postcode", "20200", "20200"),
        ("postcode", "97412", "97412"),
        ("postcode", "98800", "98800"),
        ("postcode", "69 003 CEDEX 03", "69003"),
        ("postcode", "75001 Paris", "75001"),
        # Titles, yes and no, lists, texts.
        ("gender", "1", "male"),
        ("gender", 2, "female"),
        ("gender", "Mlle", "female"),
        ("gender", "Mrs", "female"),
        ("gender", "Monsieur", "male"),
        ("gender", "M. et Mme", None),
        ("gender", "Dr", None),
        ("boolean", "VRAI", True),
        ("boolean", "-1", True),
        ("boolean", "t", True),
        ("boolean", "oui.", True),
        ("boolean", "Inactif", False),
        ("consent", "Not subscribed", None),
        ("consent", "Désinscrit", "withdrawn"),
        ("consent", "cleaned", "withdrawn"),
        ("order_status", "wc-completed", "paid"),
        ("order_status", "Paiement accepté", "paid"),
        ("order_status", "partially_refunded", "paid"),
        ("order_status", "Voided", "cancelled"),
        ("order_status", "En attente de virement bancaire", "pending"),
        ("sales_channel", "pos", "store"),
        ("set", '"VIP","Newsletter"', ["VIP", "Newsletter"]),
        ("set", "['bio', 'local']", ["bio", "local"]),
        ("identifier", "'000123", "000123"),
        ("identifier", "10023.0", "10023"),
        ("identifier", '="00123"', "00123"),
        ("text", "#N/A", None),
        ("text", "NULL", None),
        ("text", "Null", "Null"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_is(type_: str, cell: Cell, expected: Any) -> None:
    assert CLEANERS[type_](cell, FRENCH) == expected


@pytest.mark.parametrize(
    ("type_", "cell", "code"),
    [
        ("money", "12,50 € HT", "not_a_number"),
        ("date", "2024-W05", "not_a_date"),
        ("date", "mars 2024", "not_a_date"),
        ("date", "2024-02-30", "not_a_date"),
        ("date", "01/02/2024 environ", "not_a_date"),
        ("instant", "05/01/2024 vers midi", "not_a_date"),
        ("birth_date", "01/01/2099", "in_the_future"),
        ("phone", "6.12E+08", "phone_in_scientific_notation"),
        ("phone", 3.36e10, "phone_in_scientific_notation"),
        ("money", "10 %", "percentage"),
        ("phone", "06 12 34 56 78 / 01 42 68 53 00", "several_phones"),
        ("phone", "06 12 34 56 78 ; 07 12 34 56 78", "several_phones"),
        ("phone", "0612345678 ou 0142685300", "several_phones"),
        ("phone", "06 12 34 56", "not_a_phone"),
        ("email", "a@b.fr; c@d.fr", "several_emails"),
        ("email", "a@b.fr / c@d.fr", "several_emails"),
        ("email", "annegmail.com", "not_an_email"),
        ("email", "anne@b,fr", "not_an_email"),
        ("postcode", "2A004", "not_a_postcode"),
        ("postcode", "12", "not_a_postcode"),
        ("boolean", "peut-être", "not_yes_or_no"),
        ("consent", "actif", "not_yes_or_no"),
        ("gender", "Chevalier", "unknown_word"),
        ("order_status", "Mystère", "unknown_word"),
        ("whole", "-1", "out_of_range"),
        ("whole", "1,5", "not_whole"),
        ("country", "Atlantide", "unknown_country"),
        ("language", "klingon", "unknown_language"),
    ],
)
def test_what_cannot_be_read_says_why(type_: str, cell: Cell, code: str) -> None:
    with pytest.raises(CleaningError) as error:
        CLEANERS[type_](cell, FRENCH)
    assert error.value.code == code
    assert str(error.value.message)


def test_a_missing_at_sign_is_named() -> None:
    with pytest.raises(CleaningError) as error:
        clean("email", "annegmail.com")
    assert "@" in str(error.value.message)


@pytest.mark.parametrize(
    ("cell", "country", "expected"),
    [
        ("0470 12 34 56", "BE", "+32470123456"),
        ("32470123456", "BE", "+32470123456"),
        ("079 123 45 67", "CH", "+41791234567"),
        ("06 12 34 56 78", "BE", None),
        ("0692 12 34 56", "RE", "+262692123456"),
        ("0696 20 12 34", "MQ", "+596696201234"),
    ],
)
def test_a_phone_is_one_of_the_lines_country(cell: str, country: str, expected: str | None) -> None:
    reading = Reading(country=country)
    if expected is None:
        with pytest.raises(CleaningError):
            CLEANERS["phone"](cell, reading)
    else:
        assert CLEANERS["phone"](cell, reading) == expected


def test_a_birth_with_a_short_year_is_never_to_come() -> None:
    next_year = dt.datetime.now(dt.UTC).year + 1
    short = f"{next_year % 100:02}"
    assert CLEANERS["birth_date"](f"12/05/{short}", FRENCH) == dt.date(next_year - 100, 5, 12)
    assert CLEANERS["date"](f"12/05/{short}", FRENCH) == dt.date(next_year, 5, 12)


def test_one_call_reads_any_type_as_programs_write_it() -> None:
    assert clean("money", "1234.567") == Decimal("1234.57")
    assert clean("date", "2024-02-01") == dt.date(2024, 2, 1)
    assert clean("date", "02/01/2024", ENGLISH) == dt.date(2024, 2, 1)
    assert EXACT.country == ""
