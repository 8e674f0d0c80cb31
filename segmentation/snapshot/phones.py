"""What a phone number's first digits tell: its country, and whether it is a mobile's.

Invariant: only a prefix and a length are ever looked at here, never a whole number.
"""

from __future__ import annotations

from functools import lru_cache

import duckdb
import phonenumbers
from phonenumbers import PhoneNumberType

# France's plan gives 06 and 07 to mobiles, overseas too; numbering libraries leave out the ranges
# not handed out yet, which must not make someone unreachable.
_FRENCH_CODES = {33, 262, 590, 594, 596}
_FRENCH_DIGITS = 9
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `phones(prefix, length, country, mobile)` for the customers staged."""
    connection.execute(
        "CREATE TEMP TABLE phones(prefix VARCHAR, length INTEGER, country VARCHAR, mobile BOOLEAN)"
    )
    # Two digits after +33 tell all there is to know, and most numbers start so.
    connection.execute(
        "UPDATE stage_customers SET phone_prefix = left(phone_prefix, 5)"
        " WHERE phone_prefix LIKE '+33%'"
    )
    found = connection.execute(
        "SELECT DISTINCT phone_prefix, phone_length FROM stage_customers WHERE phone_length > 0"
    ).fetchall()
    if not found:
        return
    told = [(prefix, length, *describe(prefix, length)) for prefix, length in found]
    connection.execute(
        "INSERT INTO phones SELECT unnest($1), unnest($2), unnest($3), unnest($4)",
        [list(column) for column in zip(*told, strict=True)],
    )


@lru_cache(maxsize=100_000)
def describe(prefix: str, length: int) -> tuple[str | None, bool]:
    """The country (ISO 3166) and whether it is a mobile, of an E.164 number known by its prefix."""
    try:
        number = phonenumbers.parse(prefix.ljust(length, "0"))
    except phonenumbers.NumberParseException:
        return None, False
    code = number.country_code or 0
    # A number of a range not handed out has no region of its own: its code's main one stands in.
    region = phonenumbers.region_code_for_number(number)
    region = region or phonenumbers.region_code_for_country_code(code)
    digits = phonenumbers.national_significant_number(number)
    if code in _FRENCH_CODES and len(digits) == _FRENCH_DIGITS:
        mobile = digits[0] in "67"
    else:
        mobile = phonenumbers.number_type(number) in _MOBILE
    return (region if region and region.isalpha() and region != "ZZ" else None), mobile
