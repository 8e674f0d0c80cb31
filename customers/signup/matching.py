"""Who a sign-up is about: by e-mail, then phone, as imports tell people apart.

Only a proven address (or, where the form asks for no proof, the first one given) names someone:
typing another's number beside one's own address must not lead to their record.
"""

from __future__ import annotations

from collections.abc import Sequence

from customers.consent import people_with
from customers.folding import fold
from customers.models import Channel, Customer


def person_of(
    addresses: Sequence[tuple[str, str]], first_name: str = "", last_name: str = ""
) -> Customer | None:
    """The person with the first of these (channel, address) that anyone has, locked in their turn.

    Where several share it: the one of that name, else the one known for longest, who is also the
    one campaigns write to.
    """
    for channel, address in addresses:
        found = people_with(Channel(channel), address).filter(erased_at=None)
        people = list(found.order_by("pk").select_for_update()[:50])
        if people:
            return _of_that_name(people, first_name, last_name) or people[0]
    return None


def _of_that_name(people: list[Customer], first_name: str, last_name: str) -> Customer | None:
    name = (fold(first_name), fold(last_name))
    if not any(name):
        return None
    same = [each for each in people if (fold(each.first_name), fold(each.last_name)) == name]
    return same[0] if same else None
