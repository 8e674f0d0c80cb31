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
    others = list(known.order_by("pk")[:20])
    if others:
        first, rest = others[0], len(others) - 1
        if rest:
            sentence = ngettext(
                "%(name)s and %(n)s other person have this address too.",
                "%(name)s and %(n)s other people have this address too.",
                rest,
            )
        else:
            sentence = gettext("%(name)s has this address too.")
        doubts.append(Doubt(sentence % {"name": first.display_name, "n": rest}, first))
    if suppressed_hashes(channel, [address_hash(stored)]):
        doubts.append(
            Doubt(
                gettext(
                    "This address must not be written to: the person refused, or it does not exist."
                ),
                serious=True,
            )
        )
    return doubts
