"""What makes one hesitate about an address: someone else has it, or it must not be written to."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from customers.addresses import normalise_email, normalise_phone
from customers.consent import people_with, suppressed_hashes
from customers.fields import address_hash
from customers.models import Channel, Customer


class Doubt(NamedTuple):
    """A sentence for the person who types, and the person it is about, if there is one."""

    sentence: str
    other: Customer | None = None
    serious: bool = False


def doubts_about(
    channel: str, address: str, *, country: str = "FR", besides: int | None = None
) -> list[Doubt]:
    """What to know about an address as typed; nothing for an empty one.

    `besides` is the person being edited. Raises ValidationError where it is no address.
    """
    if channel == Channel.EMAIL:
        stored = normalise_email(address)
    else:
        stored = normalise_phone(address, country or "FR")
    if not stored:
        return []
    doubts = []
    known = people_with(channel, stored)
    if besides is not None:
        known = known.exclude(pk=besides)
    if first := known.order_by("pk").first():
        doubts.append(Doubt(_shared(channel, first, known.count() - 1), first))
    if suppressed_hashes(channel, [address_hash(stored)]):
        doubts.append(
            Doubt(
                gettext(
                    "%(address)s must not be written to: the person refused, or it does not exist."
                )
                % {"address": address.strip()},
                serious=True,
            )
        )
    return doubts


def _shared(channel: str, first: Customer, rest: int) -> str:
    email = channel == Channel.EMAIL
    if not rest:
        alone = (
            gettext("%(name)s has this e-mail address too.")
            if email
            else gettext("%(name)s has this phone number too.")
        )
        return alone % {"name": first.display_name}
    several = (
        ngettext(
            "%(name)s and %(n)s other person have this e-mail address too.",
            "%(name)s and %(n)s other people have this e-mail address too.",
            rest,
        )
        if email
        else ngettext(
            "%(name)s and %(n)s other person have this phone number too.",
            "%(name)s and %(n)s other people have this phone number too.",
            rest,
        )
    )
    return several % {"name": first.display_name, "n": rest}
