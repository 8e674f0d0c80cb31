"""E-mail addresses, phone numbers and postcodes in the one form in which they are stored.

E-mail addresses are lower-case and trimmed, their domain in ASCII; phones are E.164. Whatever
writes an address passes here first, because suppressions are matched on the hash of this form.
"""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# A number of Réunion, Guadeloupe, Martinique, Guyane or Mayotte is written like a mainland one
# (0692 …) but is invalid there.
OVERSEAS: Final = ("RE", "GP", "MQ", "GF", "YT")
_PLAIN_MOBILE: Final = re.compile(r"0(?!69[0-467]|639)[67][0-9]{8}")
_SEPARATORS: Final = re.compile(r"[\s.\-/()\u2010-\u2015\u200b\u2060]+")
# +33 692 …: such a number with the mainland's prefix before it.
_MAINLAND_OVERSEAS: Final = re.compile(r"\+330?((?:69[0-7]|639)\d{6})")
# France's plan gives 06 and 07 to mobiles, overseas too, ranges not handed out yet included.
FRENCH_PREFIXES: Final = ("+33", "+262", "+590", "+594", "+596")
MOBILE_PREFIXES: Final = tuple(f"{prefix}{digit}" for prefix in FRENCH_PREFIXES for digit in "67")
_FRENCH_MOBILE: Final = re.compile(r"\+(33|262|590|594|596)[67]\d{8}")
_MOBILE_TYPES: Final = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def normalise_email(text: str) -> str:
    """The stored form of an e-mail address, '' for an empty text; ValidationError if none."""
    address = text.strip().strip("\u200b\ufeff").lower()
    if address:
        validate_email(address)
        if not address.isascii():
            address = _in_ascii(address)
    return address


def _in_ascii(address: str) -> str:
    """An address whose domain has accents as mail servers know it: anne@xn--exmple-cua.fr."""
    name, _at, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise ValidationError(_("This domain does not exist."), code="invalid") from None


def plain_mobile(text: str) -> str:
    """The E.164 form of ten digits that are a mobile of mainland France; '' for all others."""
    return f"+33{text[1:]}" if _PLAIN_MOBILE.fullmatch(text) else ""


def normalise_phone(text: str, country: str = "FR") -> str:
    """The E.164 form of a number as people write it, '' for an empty text.

    A number without a prefix is read as one of `country`; French ones are then tried overseas.
    Raises ValidationError where no such number can exist.
    """
    compact = _SEPARATORS.sub("", text.strip())
    if not compact:
        return ""
    if country in ("", "FR") and (mobile := plain_mobile(compact)):
        return mobile
    if compact.startswith("00"):
        compact = f"+{compact[2:]}"
    if overseas := _MAINLAND_OVERSEAS.fullmatch(compact):
        compact = f"0{overseas[1]}"
    regions = (country or "FR", *(OVERSEAS if country in ("", "FR") else ()))
    for region in regions:
        try:
            number = phonenumbers.parse(compact, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # A mobile of the French plan that is not handed out: to come, or kept for fiction.
    planned = re.fullmatch(r"(?:\+330?|0)?([67]\d{8})", compact)
    if planned and country in ("", "FR"):
        return f"+33{planned[1]}"
    raise ValidationError(
        _("This is not a phone number. Write it like 06 12 34 56 78 or +32 470 12 34 56."),
        code="phone",
    )


def national_phone(phone: str) -> str:
    """The digits of an E.164 number as dialled in its own country: 0612345678; '' for none."""
    if not phone.startswith("+"):
        return ""
    if phone.startswith("+33"):
        return f"0{phone[3:]}"
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ""
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D", "", written)


def readable_phone(phone: str | None) -> str:
    """A number as people write it: 06 12 34 56 78, or +32 470 12 34 56 from abroad."""
    if not phone:
        return ""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    form = (
        PhoneNumberFormat.NATIONAL
        if phone.startswith(FRENCH_PREFIXES)
        else PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(number, form)


def is_mobile(phone: str | None) -> bool:
    """Say whether an SMS can be sent to an E.164 number, as far as its digits tell."""
    if not phone:
        return False
    if phone.startswith(FRENCH_PREFIXES):
        return _FRENCH_MOBILE.fullmatch(phone) is not None
    try:
        return phonenumbers.number_type(phonenumbers.parse(phone)) in _MOBILE_TYPES
    except phonenumbers.NumberParseException:
        return False


def normalise_postcode(text: str, country: str = "FR") -> str:
    """A postcode without stray spaces; French ones have five digits (1000 is 01000)."""
    code = " ".join(text.upper().split())
    if country not in ("", "FR") or not code:
        return code
    digits = code.replace(" ", "")
    if digits.isdigit() and len(digits) == 4:
        return f"0{digits}"
    if not re.fullmatch(r"\d{5}", digits):
        raise ValidationError(_("A French postcode has five digits."), code="postcode")
    return digits
