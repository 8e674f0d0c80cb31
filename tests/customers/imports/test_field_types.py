"""What each type of field makes of what people and spreadsheets write."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from customers.fieldtypes import CLEANERS, Cell, CleaningError, Reading, clean_word
from customers.fieldtypes.words import GENDER, MARITAL_STATUS, ORDER_STATUS, SALES_CHANNEL, WORDS

UTC = dt.UTC


def clean(type_: str, cell: Cell, **reading: Any) -> Any:
    return CLEANERS[type_](cell, Reading(**reading))


@pytest.mark.parametrize(
    ("cell", "decimal", "expected"),
    [
        ("1 234,56 €", ",", "1234.56"),
        ("1\u00a0234,56\u00a0€", ",", "1234.56"),
        ("1\u202f234,56\u202f€", ",", "1234.56"),
        ("1.234,56", ",", "1234.56"),
        ("1,234.56", ".", "1234.56"),
        ("$1,234", ".", "1234.00"),
        ("1.234", ",", "1234.00"),
        ("12.5", ",", "12.50"),
        ("29,33", ",", "29.33"),
        ("29,33", ".", "29.33"),
        ("(12,50)", ",", "-12.50"),
        ("12,50-", ",", "-12.50"),
        ("−3,5", ",", "-3.50"),
        ("1'234.50", ".", "1234.50"),
        (29.33, ",", "29.33"),
        (29.335, ",", "29.34"),
        (7, ",", "7.00"),
        ("0,005", ",", "0.01"),
        ("1,5E+3", ",", "1500.00"),
        ("EUR 12", ",", "12.00"),
    ],
)
def test_money_is_read_as_it_is_written(cell: Cell, decimal: str, expected: str) -> None:
    assert clean("money", cell, decimal=decimal) == Decimal(expected)


@pytest.mark.parametrize("cell", ["", "  ", "-", "n/a", "#N/A", None])
@pytest.mark.parametrize("type_", ["money", "phone", "email", "date", "boolean", "country"])
def test_nothing_is_nothing_whatever_the_type(type_: str, cell: Cell) -> None:
    assert clean(type_, cell) is None


@pytest.mark.parametrize(
    "cell",
    ["douze", "1,2,3", "12,50 plus", "1 234,56 € HT", "nan%", "1.23.4", True, "99999999999999"],
)
def test_what_is_no_amount_is_refused(cell: Cell) -> None:
    with pytest.raises(CleaningError):
        clean("money", cell)


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), "1e400", "9" * 50])
def test_a_number_beyond_reason_is_refused(cell: Cell) -> None:
    with pytest.raises(CleaningError):
        clean("number", cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"),
        ("06-12-34-56-78", "+33612345678"),
        ("06\u00a012\u00a034\u00a056\u00a078", "+33612345678"),
        ("612345678", "+33612345678"),
        (612345678.0, "+33612345678"),
        (612345678, "+33612345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("33612345678", "+33612345678"),
        ("01 42 68 53 00", "+33142685300"),
        ("0692 12 34 56", "+262692123456"),
        ("692123456", "+262692123456"),
        ("0690 35 12 34", "+590690351234"),
        ("0696 20 12 34", "+596696201234"),
        ("0694 20 12 34", "+594694201234"),
        ("0639 69 12 34", "+262639691234"),
        ("+32 470 12 34 56", "+32470123456"),
        ("'+33612345678", "+33612345678"),
    ],
)
def test_phones_come_out_in_one_form(cell: Cell, expected: str) -> None:
    assert clean("phone", cell) == expected


def test_a_phone_without_prefix_is_one_of_the_lines_country() -> None:
    assert clean("phone", "0470 12 34 56", country="BE") == "+32470123456"


@pytest.mark.parametrize("cell", ["12345", "bonjour", "06 12 34 56", "+999 123 456 789"])
def test_what_is_no_phone_is_refused(cell: str) -> None:
    with pytest.raises(CleaningError) as error:
        clean("phone", cell)
    assert error.value.code == "not_a_phone"


def test_a_phone_rounded_by_the_spreadsheet_is_told_apart() -> None:
    with pytest.raises(CleaningError) as error:
        clean("phone", "6,12346E+08")
    assert error.value.code == "phone_in_scientific_notation"


@pytest.mark.parametrize("cell", ["1,23457E+12", "9.78201E+12", 1.2345678901234568e17])
def test_a_number_a_spreadsheet_has_rounded_names_nobody(cell: str | float) -> None:
    with pytest.raises(CleaningError) as error:
        clean("identifier", cell)
    assert error.value.code == "number_in_scientific_notation"
    assert clean("identifier", "12E4") == "12E4"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (" Anne.Morel @Example.FR ", "anne.morel@example.fr"),
        ("mailto:a@b.fr", "a@b.fr"),
        ("Anne Morel <Anne@b.fr>", "anne@b.fr"),
        ("a@b.fr;", "a@b.fr"),
        ("o'brien+promo@sub.example.co.uk", "o'brien+promo@sub.example.co.uk"),
        ("anne@exämple.fr", "anne@xn--exmple-cua.fr"),
    ],
)
def test_emails_lose_spaces_and_capitals(cell: str, expected: str) -> None:
    assert clean("email", cell) == expected


@pytest.mark.parametrize("cell", ["pas-une-adresse", "a@b", "a@@b.fr", "a@b.fr,c@d.fr", "@b.fr"])
def test_what_is_no_email_is_refused(cell: str) -> None:
    with pytest.raises(CleaningError):
        clean("email", cell)


@pytest.mark.parametrize(
    ("cell", "date_format", "expected"),
    [
        ("01/02/2024", "DMY", dt.date(2024, 2, 1)),
        ("01/02/2024", "MDY", dt.date(2024, 1, 2)),
        ("1-2-24", "DMY", dt.date(2024, 2, 1)),
        ("01.02.1968", "DMY", dt.date(1968, 2, 1)),
        ("01/02/68", "DMY", dt.date(1968, 2, 1)),
        ("2024-02-01", "DMY", dt.date(2024, 2, 1)),
        ("2024/02/01", "DMY", dt.date(2024, 2, 1)),
        ("20240201", "DMY", dt.date(2024, 2, 1)),
        ("1er février 2024", "DMY", dt.date(2024, 2, 1)),
        ("12 janv. 2024", "DMY", dt.date(2024, 1, 12)),
        ("29/02/2024", "DMY", dt.date(2024, 2, 29)),
        (45323, "DMY", dt.date(2024, 2, 1)),
        (45323.75, "DMY", dt.date(2024, 2, 1)),
        ("45323", "DMY", dt.date(2024, 2, 1)),
        (dt.datetime(2024, 2, 1, 12), "MDY", dt.date(2024, 2, 1)),  # noqa: DTZ001
        (dt.date(2024, 2, 1), "DMY", dt.date(2024, 2, 1)),
    ],
)
def test_dates_are_read_in_the_files_order(cell: Cell, date_format: str, expected: dt.date) -> None:
    assert clean("date", cell, date_format=date_format) == expected


@pytest.mark.parametrize("cell", ["31/02/2024", "hier", "13/13/2024", "01/02/1850", "1/2/3", -5])
def test_what_is_no_date_is_refused(cell: Cell) -> None:
    with pytest.raises(CleaningError):
        clean("date", cell)


def test_a_birth_in_the_future_is_refused() -> None:
    with pytest.raises(CleaningError) as error:
        clean("birth_date", "01/01/2099")
    assert error.value.code == "in_the_future"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("21/11/2026", dt.datetime(2026, 11, 20, 23, tzinfo=UTC)),
        ("21/11/2026 14:32", dt.datetime(2026, 11, 21, 13, 32, tzinfo=UTC)),
        ("21/11/2026 14h32", dt.datetime(2026, 11, 21, 13, 32, tzinfo=UTC)),
        ("21/11/2026 à 14:32:08", dt.datetime(2026, 11, 21, 13, 32, 8, tzinfo=UTC)),
        ("2026-11-21T14:32:08Z", dt.datetime(2026, 11, 21, 14, 32, 8, tzinfo=UTC)),
        ("2026-11-21 14:32:08 +0200", dt.datetime(2026, 11, 21, 12, 32, 8, tzinfo=UTC)),
        ("21/07/2026 2:30 PM", dt.datetime(2026, 7, 21, 12, 30, tzinfo=UTC)),
        # A repeated hour is the first, a skipped one moves forward.
        ("25/10/2026 02:30", dt.datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("29/03/2026 02:30", dt.datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (45323.5, dt.datetime(2024, 2, 1, 11, tzinfo=UTC)),
    ],
)
def test_instants_are_local_unless_they_say_otherwise(cell: Cell, expected: dt.datetime) -> None:
    assert clean("instant", cell) == expected


@pytest.mark.parametrize("cell", ["21/11/2026 25:00", "21/11/2026 midi", "14:32"])
def test_what_is_no_instant_is_refused(cell: str) -> None:
    with pytest.raises(CleaningError):
        clean("instant", cell)


@pytest.mark.parametrize(
    ("cell", "country", "expected"),
    [
        ("1000", "", "01000"),
        (1000.0, "FR", "01000"),
        ("75 011", "", "75011"),
        ("F-75011", "", "75011"),
        ("75011 CEDEX 12", "FR", "75011"),
        ("1000", "BE", "1000"),
        ("97400", "RE", "97400"),
        ("sw1a 1aa", "GB", "SW1A 1AA"),
    ],
)
def test_postcodes_get_their_zero_back(cell: Cell, country: str, expected: str) -> None:
    assert clean("postcode", cell, country=country) == expected


@pytest.mark.parametrize("cell", ["7501", "750111", "ABCDE", "12"])
def test_what_is_no_french_postcode_is_refused(cell: str) -> None:
    if cell == "7501":
        assert clean("postcode", cell) == "07501"
        return
    with pytest.raises(CleaningError):
        clean("postcode", cell)


@pytest.mark.parametrize(
    ("words", "cell", "expected"),
    [
        (GENDER, "Mme", "female"),
        (GENDER, "MADAME", "female"),
        (GENDER, "Féminin", "female"),
        (GENDER, "H", "male"),
        (GENDER, "M.", "male"),
        (GENDER, "Non-binaire", "non_binary"),
        (GENDER, "non_binary", "non_binary"),
        (GENDER, "Non précisé", None),
        (MARITAL_STATUS, "Marié(e)", "married"),
        (ORDER_STATUS, "Payée", "paid"),
        (ORDER_STATUS, "Remboursée", "refunded"),
        (SALES_CHANNEL, "Boutique", "store"),
    ],
)
def test_words_stand_for_codes(words: dict[str, str], cell: str, expected: str | None) -> None:
    assert clean_word(cell, words) == expected


def test_an_unknown_word_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(CleaningError) as error:
        clean_word("Chevalier", GENDER)
    with translation.override("en"):
        assert "Woman (female)" in str(error.value.message)
    with translation.override("fr"):
        assert "Femme (female)" in str(error.value.message)


@pytest.mark.parametrize("words", WORDS.values())
def test_an_unknown_word_of_any_list_is_told_every_known_one(words: Mapping[str, str]) -> None:
    with pytest.raises(CleaningError) as error:
        clean_word("Chevalier", words)
    assert all(f"({code})" in str(error.value.message) for code in words.values())


@pytest.mark.parametrize("cell", ["oui", "O", "VRAI", "yes", "1", 1.0, True, "x"])
def test_yes_is_said_in_many_ways(cell: Cell) -> None:
    assert clean("boolean", cell) is True


@pytest.mark.parametrize("cell", ["non", "N", "FAUX", "no", "0", 0.0, False])
def test_no_is_said_in_many_ways(cell: Cell) -> None:
    assert clean("boolean", cell) is False


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(CleaningError):
        clean("boolean", "peut-être")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("France", "FR"), ("fr", "FR"), ("FRA", "FR"), ("Belgique", "BE"), ("La Réunion", "RE"),
     ("Côte d’Ivoire", "CI"), ("UK", "GB")],
)  # fmt: skip
def test_countries_are_two_letters(cell: str, expected: str) -> None:
    assert clean("country", cell) == expected


@pytest.mark.parametrize("cell", ["Atlantide", "ZZ"])
def test_an_unknown_country_is_refused(cell: str) -> None:
    with pytest.raises(CleaningError):
        clean("country", cell)


@pytest.mark.parametrize(
    ("cell", "expected"), [("Français", "fr"), ("fr-FR", "fr"), ("EN", "en"), ("anglais", "en")]
)
def test_languages_are_two_letters(cell: str, expected: str) -> None:
    assert clean("language", cell) == expected


def test_words_in_one_cell_are_separated_and_counted_once() -> None:
    assert clean("set", "VIP, bio;vip | Fidèle,,") == ["VIP", "bio", "Fidèle"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("oui", "given"), ("Opt-in", "given"), ("non", "withdrawn"), ("désabonné", "withdrawn"),
     ("inconnu", None), ("", None)],
)  # fmt: skip
def test_a_consent_is_given_withdrawn_or_unknown(cell: str, expected: str | None) -> None:
    assert clean("consent", cell) == expected


def test_text_loses_control_characters_and_line_breaks() -> None:
    assert clean("text", "a\x00b\nc\u200b  d") == "ab c d"


@pytest.mark.parametrize(
    "text", ["a" * 99, "a_" * 49, "a@" + "b-" * 48, "a@" + "b" * 97, "a." * 49]
)
def test_a_long_word_that_is_no_email_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    with pytest.raises(CleaningError):
        CLEANERS["email"](text, Reading())
    assert time.process_time() - started < 0.5
