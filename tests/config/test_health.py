"""/healthz: what a monitor is told, well or unwell, without signing in."""

from __future__ import annotations

import time

import pytest
import redis
from django.test import Client
from pytest_django import Settings

from config import health, heartbeat

URL = "/healthz"


@pytest.fixture
def nowhere(settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/at/all.sock"


@pytest.mark.django_db
@pytest.mark.usefixtures("nowhere")
def test_it_is_unwell_without_a_broker_and_says_so(client: Client) -> None:
    response = client.get(URL)
    assert response.status_code == 503
    assert response.json() == {
        "status": "unwell",
        "database": True,
        "broker": False,
        "worker": None,
        "beat": None,
        "snapshot_age": None,
    }
    assert "no-cache" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.usefixtures("nowhere")
def test_it_tells_nothing_secret(client: Client) -> None:
    assert b"nowhere" not in client.get(URL).content


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_is_only_read(client: Client, method: str) -> None:
    assert getattr(client, method)(URL).status_code == 405


@pytest.mark.django_db
@pytest.mark.processes
def test_it_is_well_while_worker_and_beat_are_heard(client: Client, valkey: str) -> None:
    heartbeat._last.clear()
    heartbeat.note(heartbeat.WORKER)
    assert client.get(URL).status_code == 503
    heartbeat.note(heartbeat.BEAT)
    response = client.get(URL)
    assert response.status_code == 200
    assert response.json()["status"] == "ok"


@pytest.mark.django_db
@pytest.mark.processes
def test_it_is_unwell_once_the_worker_has_been_silent(client: Client, valkey: str) -> None:
    heartbeat._last.clear()
    heartbeat.note(heartbeat.BEAT)
    with redis.Redis.from_url(valkey) as link:
        link.set("tamis:alive:worker", repr(time.time() - health.SILENCE_ALLOWED - 1))
    response = client.get(URL)
    assert response.status_code == 503
    assert response.json()["worker"] > health.SILENCE_ALLOWED


def test_a_heartbeat_without_a_broker_does_not_stop_the_process(nowhere: None) -> None:
    heartbeat._last.clear()
    heartbeat.note(heartbeat.WORKER)
