"""Who has been of no use for too long, and purging them.

Someone is proposed whose record is older than the limit and of whom no row of the base, nor any
that an app above declares, is later: order, event, consent, note, sign-up, message, reaction. The
default of three years is the CNIL's recommendation for prospects and customers: from the end of
the relation or their last contact. Invariant: a purge takes only people who are still proposed at
the moment they are taken, and one killed at any moment goes on where it stopped.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from customers import consent, locks
from customers.models import (
    ConsentRecord,
    Customer,
    Event,
    Note,
    Order,
    PrivacySettings,
    Purge,
    RightsRequest,
)
from customers.rights import erasure, holdings, import_leftovers

BATCH: Final = 200
LEASE: Final = dt.timedelta(minutes=5)
log = structlog.get_logger(__name__)


class NothingToPurge(Exception):
    """Nobody is proposed, or a purge is under way already."""


class ListChanged(Exception):
    """Other people are proposed than those the decision was about, by their number."""


def limit(today: dt.date | None = None) -> dt.date:
    """The day before which nothing must have happened, by the team's settings."""
    today = today or timezone.localdate()
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return dt.date(today.year - PrivacySettings.load().retention_years, today.month, day)


def proposed(since: dt.date) -> QuerySet[Customer]:
    """Those with neither contact nor activity since that day; one query, unordered.

    Whoever has a request open is not among them: it must be answered first.
    """
    instant = timezone.make_aware(dt.datetime.combine(since, dt.time()))
    people = Customer.objects.filter(
        Q(signed_up_at=None) | Q(signed_up_at__lt=instant), created_at__lt=instant
    ).order_by()
    recent: list[QuerySet[Any]] = [
        Order.objects.filter(placed_at__gte=instant),
        Event.objects.filter(occurred_at__gte=instant),
        ConsentRecord.objects.filter(occurred_at__gte=instant),
        Note.objects.filter(occurred_at__gte=instant),
        RightsRequest.objects.filter(state=RightsRequest.State.OPEN),
    ]
    for holding in holdings.registered():
        recent += holding.since(instant)
    for rows in recent:
        people = people.exclude(Exists(rows.order_by().filter(customer=OuterRef("pk"))))
    return people


def decide(since: dt.date, *, by: Any, shown: str | None = None) -> Purge:
    """Decide to purge everyone proposed for that day, who were `shown` to be so many.

    Nobody is purged yet: `run` does it. Raises NothingToPurge, or ListChanged where they are not
    as many as was shown.
    """
    # Before the transaction, during which SQLite lets nobody else write.
    people = proposed(since).count()
    if shown is not None and shown != str(people):
        raise ListChanged
    if not people:
        raise NothingToPurge("nobody is proposed")
    with transaction.atomic():
        if Purge.objects.select_for_update().filter(state=Purge.State.RUNNING).exists():
            raise NothingToPurge("a purge is under way")
        purge = Purge.objects.create(inactive_since=since, people=people, decided_by=by)
        audit.record(by, "customers.purge_decided", purge=purge.pk, people=people)
    return purge


def run(pk: int) -> Purge | None:
    """Carry a purge out, or go on with one; None where another worker has it."""
    purge = _take(pk)
    if purge is None:
        return None
    while _one_batch(purge):
        pass
    purge.report["import_files"] = import_leftovers.forget_all_samples()
    with transaction.atomic():
        purge.state, purge.finished_at = Purge.State.DONE, timezone.now()
        purge.leased_until = None
        purge.save()
        done = {name: n for name, n in purge.report.items() if isinstance(n, int)}
        audit.record(purge.decided_by, "customers.purged", purge=purge.pk, **done)
    erasure.settle()
    log.info("purge_done", purge=pk, people=purge.report.get("people", 0))
    return purge


def waiting() -> list[int]:
    """The purges decided and not finished that nobody is at."""
    free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
    under_way = Purge.objects.filter(free, state=Purge.State.RUNNING)
    return list(under_way.values_list("pk", flat=True))


def _take(pk: int) -> Purge | None:
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    mine = Purge.objects.filter(free, pk=pk, state=Purge.State.RUNNING)
    return Purge.objects.get(pk=pk) if mine.update(leased_until=now + LEASE) else None


def _one_batch(purge: Purge) -> int:
    """Anonymise the next people, and note it in the same transaction; how many."""
    ids = list(proposed(purge.inactive_since).values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with transaction.atomic(), erasure.overwriting():
        still = proposed(purge.inactive_since).filter(pk__in=ids)
        people = locks.hold(list(still.values_list("pk", flat=True)))
        consent.keep_refusals(people, gettext("Record purged"))
        gone = erasure.anonymise(people, timezone.now()) if people else {}
        purge.report = dict(Counter(purge.report) + Counter(gone))
        purge.leased_until = timezone.now() + LEASE
        purge.save(update_fields=["report", "leased_until"])
    return len(people)
