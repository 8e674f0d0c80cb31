"""The Celery application: JSON messages, acknowledged late, and the clock's schedule.

Invariant: what must happen is written in tables; a message in the broker only hastens it. Losing
the broker, or a worker in the middle of a task, delays work until the next tick and loses none.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Ticks expire before the next one: a worker that comes back finds one of each, not an hour's worth.
SCHEDULE: dict[str, dict[str, Any]] = {
    "refresh what is due": {
        "task": "segmentation.tasks.tick",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "drive campaigns": {
        "task": "campaigns.tasks.drive",
        "schedule": 5.0,
        "options": {"expires": 30},
    },
    "index for search": {
        "task": "customers.tasks.index_for_search",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "send what sign-ups wait for": {
        "task": "customers.tasks.follow_signups",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "forget unconfirmed sign-ups": {
        "task": "customers.tasks.expire_signups",
        "schedule": 3600.0,
        "options": {"expires": 3500},
    },
    "resume purges and finish erasures": {
        "task": "customers.tasks.follow_rights",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "forget answered calls": {
        "task": "customers.tasks.forget_answered_calls",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "resume interrupted imports": {
        "task": "customers.tasks.resume_imports",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
}

if os.environ.get("TAMIS_DEV") == "1":
    # A newcomer's container often has root only; JSON messages cannot run code.
    warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("tamis")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def keep_djangos_logging(**_: object) -> None:
    """Stop Celery from replacing the log configuration: its lines go through ours."""
