"""What makes a given state lawful: consent, an existing customer, a holder of parental authority.

Pure rules over what was already read, so that a form, an import and the API judge alike. French
law: under 15 nobody consents alone (article 45 of the loi Informatique et Libertés, article 8 of
the GDPR); who bought may be written to about similar products until they object (article L34-5
of the Code des postes et des communications électroniques).

Invariant: a word given under 15 without a guardian never counts, not even once the person is
older: they are asked again. A guardian's consent goes on counting until it is withdrawn.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Channel, ConsentState, LegalBasis, Subject

# Article 45 of the loi n° 78-17 du 6 janvier 1978, within what article 8 of the GDPR leaves open.
AGE_OF_CONSENT: Final = 15


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a given state is not recorded: a code for reports, a sentence for people."""

    code: str
    sentence: str | Promise


TOO_YOUNG: Final = Refusal(
    "too_young",
    _(
        "This person was under 15: only a holder of parental authority may consent for them"
        " (article 45, loi Informatique et Libertés)."
    ),
)
NO_PROOF: Final = Refusal(
    "no_proof", _("Say what proves the consent of the holder of parental authority.")
)
NOT_FOR_THIS: Final = Refusal(
    "basis_not_for_this",
    _(
        "Being a customer allows e-mails and SMS about similar products, never tracking nor"
        " sensitive data (article L34-5, CPCE)."
    ),
)
NEVER_BOUGHT: Final = Refusal(
    "never_bought",
    _(
        "This person has no paid order: the exception for existing customers does not hold for"
        " them (article L34-5, CPCE)."
    ),
)
OBJECTED: Final = Refusal(
    "objected",
    _("This person said no: only their own new consent counts, not that they are a customer."),
)
NO_WORDING: Final = Refusal(
    "no_wording",
    _("An explicit consent needs the exact words the person agreed to (article 9, GDPR)."),
)


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Completed years on a day; someone born on 29 February is older from 1 March."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not had_birthday)


def is_too_young(birth_date: dt.date | None, day: dt.date) -> bool:
    """Whether someone is known to be under 15 on a day."""
    return birth_date is not None and age_on(birth_date, day) < AGE_OF_CONSENT


def young_since(day: dt.date) -> dt.date:
    """Whoever was born after this date is under 15 on `day`: the same rule for a query."""
    try:
        return day.replace(year=day.year - AGE_OF_CONSENT)
    except ValueError:
        return dt.date(day.year - AGE_OF_CONSENT, 2, 28)


def may_be_given(birth_date: dt.date | None, basis: str, on: dt.date | dt.datetime) -> bool:
    """Whether age allows this basis on that day (or instant); an unknown age does."""
    if birth_date is None or basis == LegalBasis.GUARDIAN:
        return True
    day = timezone.localtime(on).date() if isinstance(on, dt.datetime) else on
    return not is_too_young(birth_date, day)


def needs_wording(state: str, basis: str) -> bool:
    """Whether a word proves nothing without the sentence agreed to: orders prove a customer."""
    return state == ConsentState.GIVEN and basis != LegalBasis.EXISTING_CUSTOMER


def is_void(state: str, basis: str, occurred_at: dt.datetime, birth_date: dt.date | None) -> bool:
    """Whether a record is a yes given too young, which says nothing and takes nothing back."""
    return state == ConsentState.GIVEN and not may_be_given(birth_date, basis, occurred_at)


def refusal(
    subject: str,
    basis: str,
    *,
    birth_date: dt.date | None,
    on: dt.date | dt.datetime,
    proof: str = "",
    wording: str = "",
    has_bought: bool = False,
    state: str = "",
) -> Refusal | None:
    """Why this given state may not be recorded, None where it may.

    `state` is the current one and `has_bought` tells of a paid order; both matter only to the
    basis of existing customers. `wording` matters only to sensitive data.
    """
    if not may_be_given(birth_date, basis, on):
        return TOO_YOUNG
    if basis == LegalBasis.GUARDIAN and not proof.strip():
        return NO_PROOF
    if basis == LegalBasis.EXISTING_CUSTOMER:
        if subject not in Channel.values:
            return NOT_FOR_THIS
        if state == ConsentState.WITHDRAWN:
            return OBJECTED
        if not has_bought:
            return NEVER_BOUGHT
    if subject == Subject.SENSITIVE and not wording.strip():
        return NO_WORDING
    return None
