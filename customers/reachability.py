"""Whether a channel may be used to write to a person, and what stands in the way in words.

The first barrier that holds is told: no address, then suppression, then age, then consent.
Sending checks again by itself; this is for the pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.addresses import FRENCH_PREFIXES, MOBILE_PREFIXES, is_mobile
from customers.consent import UNKNOWN, address_of, with_state
from customers.consent_state import ever
from customers.legal_bases import is_too_young
from customers.models import Channel, ConsentState, Customer, Suppression

NO_ADDRESS: Final = "no_address"
NOT_MOBILE: Final = "not_mobile"
SUPPRESSED: Final = "suppressed"
WITHDRAWN: Final = "withdrawn"
NO_CONSENT: Final = "no_consent"
TOO_YOUNG: Final = "too_young"

SENTENCES: Final[dict[tuple[str, str], Promise]] = {
    ("email", ""): _("Reachable by e-mail"),
    ("email", NO_ADDRESS): _("Not reachable by e-mail: no address"),
    ("email", SUPPRESSED): _("Not reachable by e-mail: this address must not be written to"),
    ("email", WITHDRAWN): _("Not reachable by e-mail: consent withdrawn"),
    ("email", NO_CONSENT): _("Not reachable by e-mail: no consent recorded"),
    ("email", TOO_YOUNG): _("Not reachable by e-mail: under 15, and no guardian’s consent"),
    ("sms", ""): _("Reachable by SMS"),
    ("sms", NO_ADDRESS): _("Not reachable by SMS: no phone number"),
    ("sms", NOT_MOBILE): _("Not reachable by SMS: the number is not a mobile"),
    ("sms", SUPPRESSED): _("Not reachable by SMS: this number must not be written to"),
    ("sms", WITHDRAWN): _("Not reachable by SMS: consent withdrawn"),
    ("sms", NO_CONSENT): _("Not reachable by SMS: no consent recorded"),
    ("sms", TOO_YOUNG): _("Not reachable by SMS: under 15, and no guardian’s consent"),
}


@dataclass(frozen=True)
class Reach:
    """What is known of one channel for one person; `barrier` is '' where nothing stands in."""

    channel: str
    barrier: str

    @property
    def reachable(self) -> bool:
        return not self.barrier

    @property
    def sentence(self) -> Promise:
        return SENTENCES[self.channel, self.barrier]


def reach(customer: Customer, channel: str, state: str, suppressed: bool) -> Reach:
    """Judge one channel from the current consent state and whether the address is suppressed."""
    address = address_of(customer, channel)
    if not address:
        return Reach(channel, NO_ADDRESS)
    if channel == Channel.SMS and not is_mobile(address):
        return Reach(channel, NOT_MOBILE)
    if suppressed:
        return Reach(channel, SUPPRESSED)
    if state == ConsentState.WITHDRAWN:
        return Reach(channel, WITHDRAWN)
    if state != UNKNOWN:
        return Reach(channel, "")
    young = is_too_young(customer.birth_date, timezone.localdate())
    return Reach(channel, TOO_YOUNG if young else NO_CONSENT)


def reachable(customers: QuerySet[Customer], channel: str) -> QuerySet[Customer]:
    """Those of `customers` who may be written to on a channel, by the same judgement.

    Of numbers abroad the database cannot tell a fixed line: they all pass for mobiles here.
    """
    column = "email" if channel == Channel.EMAIL else "phone"
    has_address = Q(**{f"{column}__isnull": False}) & ~Q(**{column: ""})
    if channel == Channel.SMS:
        has_address &= _mobile()
    suppressed = Suppression.objects.filter(
        channel=channel, address_hash=OuterRef(f"{column}_hash")
    )
    agreed = with_state(customers.filter(has_address), channel, ConsentState.GIVEN)
    return agreed.filter(~Exists(suppressed))


@dataclass(frozen=True)
class FewAgreed:
    """That hardly anyone agreed to receive anything: of `people`, at most `agreed`."""

    people: int
    agreed: int


def few_who_agreed(people: int) -> FewAgreed | None:
    """Say so where under a tenth of these people ever agreed to a channel; None otherwise.

    A bounded query a channel: it stops at that tenth, and takes every yes for a current one.
    """
    enough = ceil(people / 10)
    agreed: set[int] = set()
    for channel in Channel.values:
        agreed.update(ever(channel, ConsentState.GIVEN).distinct()[:enough])
        if len(agreed) >= enough:
            return None
    return FewAgreed(people, len(agreed))


def _mobile() -> Q:
    mobile, french = Q(), Q()
    for prefix in MOBILE_PREFIXES:
        mobile |= Q(phone__startswith=prefix)
    for prefix in FRENCH_PREFIXES:
        french |= Q(phone__startswith=prefix)
    return mobile | ~french
