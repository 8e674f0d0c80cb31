"""Entries and exits written down set-wise, in batches that a segment's lease covers.

Invariant: a membership and the line of history that tells of it are committed together. So a
refresh that fails, is stopped or killed leaves members who were all right at some moment, and the
next one completes the difference.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import Any, Final

from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from customers.among import among
from customers.models import Customer
from segmentation import statements
from segmentation.lease import Lease
from segmentation.models import Membership, MembershipChange, Segment

BATCH: Final = 2_000
Cause = MembershipChange.Cause
Change = MembershipChange.Kind
# Called between two batches; raises to leave the rest for later.
Pause = Callable[[], None]
_MEMBERS: Final = Membership._meta.db_table
_CHANGES: Final = MembershipChange._meta.db_table
_AS_ONE_TEXT: Final = {
    "sqlite": "group_concat(customer_id)",
    "postgresql": "string_agg(CAST(customer_id AS text), ',')",
}


def present(segment: Segment) -> array[int]:
    """The customers in a segment, ascending; eight bytes each."""
    members = Membership.objects.filter(segment=segment).order_by("customer_id")
    return array("q", members.values_list("customer_id", flat=True).iterator(10_000))


def listed(segment: Segment) -> str:
    """The customers in a segment as a JSON list, in whatever order.

    One text, made by the database: a row each would take the longest part of a refresh.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_AS_ONE_TEXT[connection.vendor]} FROM {_MEMBERS} WHERE segment_id = %s",
            [segment.pk],
        )
        (text,) = cursor.fetchone()
    return f"[{text or ''}]"


def missing(these: Sequence[int], those: Sequence[int]) -> Iterator[int]:
    """Those of the first ascending sequence which the second lacks."""
    place, end = 0, len(those)
    for value in these:
        while place < end and those[place] < value:
            place += 1
        if place == end or those[place] != value:
            yield value


def batches(ids: Iterator[int]) -> Iterator[list[int]]:
    """Lists of at most BATCH."""
    while batch := list(islice(ids, BATCH)):
        yield batch


class Writing:
    """One refresh's writing: of which segment, under which lease, why and as of when."""

    def __init__(
        self, segment: Segment, lease: Lease, cause: MembershipChange.Cause, at: dt.datetime
    ) -> None:
        self.segment = segment
        self.lease = lease
        self.cause = cause
        self.at = at
        self.entered = self.left = 0

    def bring(self, gone: Sequence[int], new: Sequence[int], pause: Pause) -> None:
        """Have these leave and those enter. Raises Busy, Stopped, and what `pause` raises."""
        for pair in zip_longest(batches(iter(gone)), batches(iter(new)), fillvalue=()):
            self._commit(*pair)
            pause()

    def add(self, new: Iterator[int], pause: Pause) -> None:
        """Put people in who are not."""
        for batch in batches(new):
            self._commit((), batch)
            pause()

    def _commit(self, gone: Sequence[int], new: Sequence[int]) -> None:
        for attempt in (1, 2, 3):
            try:
                with self.lease.renewed():
                    left = self._remove(gone) if gone else 0
                    entered = self._add(new) if new else 0
                break
            except IntegrityError:
                # Someone was erased between the look at the customers and the commit, or put on
                # the list by hand since the look at its members.
                if attempt == 3:
                    raise
                new = [*missing(new, present(self.segment))]
        self.left += left
        self.entered += entered

    def _add(self, ids: Sequence[int]) -> int:
        # The snapshot may still hold someone whom the database has forgotten.
        known, given = _sql(Customer.objects.filter(pk__in=_these(ids)).order_by().values("id"))
        written = statements.execute(
            f"INSERT INTO {_MEMBERS} (segment_id, customer_id, entered_at)"
            f" SELECT %s, known.id, %s FROM ({known}) AS known",
            [self.segment.pk, _instant(self.at), *given],
        )
        self._tell(Change.ENTERED, ids)
        return written

    def _remove(self, ids: Sequence[int]) -> int:
        told = self._tell(Change.LEFT, ids)
        Membership.objects.filter(segment=self.segment, customer_id__in=_these(ids)).delete()
        return told

    def _tell(self, kind: MembershipChange.Kind, ids: Sequence[int]) -> int:
        """Write the line of history of those among these who are members."""
        members = Membership.objects.filter(segment=self.segment, customer_id__in=_these(ids))
        rows, given = _sql(members.order_by("customer_id").values("customer_id"))
        return statements.execute(
            f"INSERT INTO {_CHANGES} (segment_id, customer_id, kind, cause, at)"
            f" SELECT %s, moved.customer_id, %s, %s, %s FROM ({rows}) AS moved",
            [self.segment.pk, kind.value, self.cause.value, _instant(self.at), *given],
        )


def _these(ids: Sequence[int]) -> Any:
    """A batch's numbers as one parameter: thousands of them take longer to bind than to find."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(CAST(%s AS bigint[]))", [list(ids)])
    return among(ids)


def _sql(found: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    sql, given = found.query.sql_with_params()
    return sql, given


def _instant(at: dt.datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)
