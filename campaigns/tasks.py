"""What the worker does for campaigns. Every five seconds `drive` looks at the tables and enqueues.

Invariant: a task carries a campaign's number and no more; losing any of them (a killed worker, a
broker lost with its data) delays the work until the next tick and loses none of it.
"""

from __future__ import annotations

from typing import Any, Final

import redis
import structlog
from celery import shared_task
from celery.signals import celeryd_after_setup
from django.db import DatabaseError, transaction
from django.dispatch import receiver
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerAway

from campaigns import audience, claims, delivery, lifecycle, preparation
from campaigns.conf import LARGEST_REQUEST
from campaigns.content import ContentError
from campaigns.models import Campaign
from campaigns.signals import work_waiting
from segmentation.snapshot import Busy, NoSnapshot, NotMigrated

logger = structlog.get_logger(__name__)
# A task that waited longer in the queue has been made again by a later tick.
_EXPIRES: Final = 60
_processes = 1


@celeryd_after_setup.connect
def count_processes(instance: Any, **about: object) -> None:
    """Learn how many requests one killed worker could leave in doubt at once."""
    global _processes
    _processes = max(1, int(getattr(instance, "concurrency", None) or 1))


def largest_request() -> int:
    """So many messages a request that all of a worker's processes stay within the contract."""
    return max(1, LARGEST_REQUEST // _processes)


@shared_task
def drive() -> None:
    """Look at every campaign under way and see to what it waits for."""
    lifecycle.start_due()
    claims.sweep()
    for pk in preparation.waiting():
        prepare_campaign.apply_async((pk,), expires=_EXPIRES)
    lifecycle.skip_returned()
    for pk in delivery.with_work():
        send_batches.apply_async((pk,), expires=_EXPIRES)
    for pk in Campaign.objects.filter(state=Campaign.State.SENDING).values_list("pk", flat=True):
        lifecycle.finish(pk)


@shared_task
def prepare_campaign(campaign_id: int) -> None:
    """Freeze the audience and write its rows; taken up again where it was interrupted."""
    try:
        preparation.prepare(campaign_id)
    except preparation.NotPreparing as reason:
        logger.info("not preparing", campaign=campaign_id, reason=str(reason))
    except (DatabaseError, Busy, NoSnapshot, NotMigrated) as error:
        # It passes by itself: the lease runs out and the tick tries again.
        logger.warning("preparation put off", campaign=campaign_id, error=type(error).__name__)
    except Exception as error:
        logger.exception("preparation failed", campaign=campaign_id)
        lifecycle.fail(campaign_id, audience.explain(error))


@shared_task
def send_batches(campaign_id: int) -> None:
    """Send for some twenty seconds, then make way and come back."""
    if not delivery.become_runner(campaign_id):
        return
    try:
        done = delivery.send_slice(campaign_id, largest=largest_request())
    except ContentError as error:
        lifecycle.fail(campaign_id, str(error))
        return
    except (DatabaseError, redis.RedisError) as error:
        logger.warning("sending put off", campaign=campaign_id, error=type(error).__name__)
        return
    except Exception:
        # Tried again by itself it would put request after request in doubt.
        logger.exception("sending failed", campaign=campaign_id)
        lifecycle.fail(
            campaign_id,
            _("Something went wrong on our side. Try again, or show this to your administrator."),
        )
        return
    delivery.leave_runner(campaign_id)
    if done.more:
        send_batches.apply_async((campaign_id,), expires=_EXPIRES)
    else:
        lifecycle.finish(campaign_id)


@receiver(work_waiting)
def look_at_once(**about: object) -> None:
    """Once the change is committed, let a worker look without waiting for the tick."""
    transaction.on_commit(_enqueue_drive, robust=True)


def _enqueue_drive() -> None:
    try:
        drive.apply_async(expires=_EXPIRES, retry=False)
    except (BrokerAway, redis.RedisError, OSError) as error:
        logger.warning("drive not enqueued", error=type(error).__name__)
