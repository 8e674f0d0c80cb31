"""The one order in which the rows about a person are locked, so that no two writers wait in a ring.

Sign-ups first, then people, each by id; what hangs on a person (consents, orders, messages) after
them; suppressed addresses last. A row that names a person locks them too, when it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q, QuerySet

from customers.models import Customer, Signup


def hold(ids: Collection[int]) -> list[Customer]:
    """Within a transaction: lock these people and their sign-ups; those still there, by id."""
    known = list(Customer.objects.filter(pk__in=ids))
    list(signups_of(known).order_by("pk").select_for_update().values_list("pk", flat=True))
    return list(Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update())


def hold_rows(ids: Collection[int]) -> None:
    """Within a transaction: lock these people's own rows, before any that hangs on them changes."""
    people = Customer.all_records.filter(pk__in=ids).order_by("pk").select_for_update()
    list(people.values_list("pk", flat=True))


def signups_of(people: Sequence[Customer]) -> QuerySet[Signup]:
    """What they answered to forms, unconfirmed answers under their address included."""
    unclaimed = Q(email__in=[person.email for person in people if person.email])
    unclaimed |= Q(phone__in=[person.phone for person in people if person.phone])
    return Signup.objects.filter(Q(customer__in=people) | Q(unclaimed, customer=None))
