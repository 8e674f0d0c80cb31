"""The right to write a segment's members: held until an instant, renewed on the way, given back.

Invariants: at most one refresh of a segment writes at a time; one whose lease was taken over, or
which somebody asked to stop, writes nothing more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from segmentation.models import Segment

# Longer than an evaluation may take and than a batch waits for its turn to write; what a killed
# worker held is free again after it.
LENGTH: Final = dt.timedelta(minutes=2)


class Busy(Exception):
    """Another refresh of the segment is under way, or has taken this one's lease over."""


class Stopped(Exception):
    """Somebody asked the refresh to stop."""


class Lease:
    """A lease that was taken."""

    def __init__(self, segment_id: int, until: dt.datetime) -> None:
        self.segment_id = segment_id
        self.until = until

    @classmethod
    def take(cls, segment_id: int) -> Lease:
        """Take it where nobody holds it or the holder's time has passed.

        Raises Segment.DoesNotExist for one that is gone or archived, Busy while another holds it.
        """
        now = timezone.now()
        active = Segment.objects.filter(pk=segment_id, archived_at=None)
        free = active.filter(Q(leased_until=None) | Q(leased_until__lt=now))
        until = now + LENGTH
        # A stop that was asked for between two turns holds; what a dead holder was told does not.
        asked = Case(When(leased_until=None, then=F("cancel_asked")), default=Value(value=False))
        if free.update(leased_until=until, refreshing_since=now, cancel_asked=asked):
            return cls(segment_id, until)
        if not active.exists():
            raise Segment.DoesNotExist(f"No segment {segment_id} to refresh.")
        raise Busy(f"Segment {segment_id} is being refreshed.")

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """A transaction that prolongs the lease and keeps others out until it ends.

        Raises Stopped where somebody asked for that, Busy where the lease was taken over.
        """
        before, until = self.until, timezone.now() + LENGTH
        try:
            with transaction.atomic():
                if not self.held().filter(cancel_asked=False).update(leased_until=until):
                    self.refuse_to_go_on()
                self.until = until
                yield
        except BaseException:
            # Rolled back, and the renewal with it.
            self.until = before
            raise

    def refuse_to_go_on(self) -> None:
        """Raise what `renewed` would, where it would; changes nothing."""
        asked = self.held().values_list("cancel_asked", flat=True).first()
        if asked is None:
            raise Busy(f"The refresh of segment {self.segment_id} was taken over.")
        if asked:
            raise Stopped(f"The refresh of segment {self.segment_id} was stopped.")

    def held(self) -> QuerySet[Segment]:
        """The segment's row, as long as the lease is still this one."""
        return Segment.objects.filter(pk=self.segment_id, leased_until=self.until)

    def give_way(self, due_at: dt.datetime) -> None:
        """Free the segment for a while; `refreshing_since` still says that it is under way."""
        self.held().update(leased_until=None, due_at=due_at)

    def give_back(self, **said: Any) -> None:
        """Free the segment and write down what is said of it, if the lease is still this one."""
        self.held().update(leased_until=None, refreshing_since=None, cancel_asked=False, **said)


def ask_to_stop(segment_id: int) -> bool:
    """Have the refresh under way stop, at work or between two turns; False where there is none."""
    at_work = Q(leased_until__gt=timezone.now())
    between_turns = Q(leased_until=None, refreshing_since__isnull=False)
    under_way = Segment.objects.filter(at_work | between_turns, pk=segment_id)
    return bool(under_way.update(cancel_asked=True))
