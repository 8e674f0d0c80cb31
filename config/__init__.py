"""Settings, URLs, processes: wires the applications together and holds no logic of theirs."""

from __future__ import annotations

from config.celery import app as celery_app

__all__ = ["celery_app"]
