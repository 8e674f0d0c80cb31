"""Writes ask for a sync once committed, once for many, and never fail for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from customers.signals import facts_changed
from segmentation import snapshot, tasks
from segmentation.snapshot import versions
from tests.segmentation.snapshot.conftest import customer, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.sync_snapshot, "apply_async", lambda **how: calls.append(how))
    return calls


def test_many_writes_ask_for_one_sync_once_they_are_committed(
    enqueued: list[dict[str, Any]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        for _ in range(3):
            facts_changed.send(sender=None)
        assert enqueued == []
    assert enqueued == [{"countdown": tasks.GATHER_SECONDS, "retry": False}]


def test_a_sync_that_has_begun_can_be_asked_for_again(enqueued: list[dict[str, Any]]) -> None:
    tasks.ask_for_sync()
    customer()
    tasks.sync_snapshot()
    assert rows("SELECT count(*) FROM customers") == [(1,)]
    tasks.ask_for_sync()
    assert len(enqueued) == 2


def test_without_broker_or_cache_a_write_goes_through(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("nobody listens")

    for place, name in ((cache, "add"), (tasks.sync_snapshot, "apply_async")):
        with monkeypatch.context() as patched:
            patched.setattr(place, name, refuse)
            with django_capture_on_commit_callbacks(execute=True):
                facts_changed.send(sender=None)
        cache.clear()


def test_the_tick_catches_up_unless_another_process_does() -> None:
    snapshot.sync()
    customer()
    with versions.builder_lock(0):
        tasks.tick()
    assert snapshot.pending() == 1
    tasks.tick()
    assert snapshot.pending() == 0
    assert rows("SELECT count(*) FROM customers") == [(1,)]
