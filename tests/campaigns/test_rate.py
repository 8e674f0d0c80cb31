"""The token bucket on a real server: shared, refilled, never overdrawn."""

from __future__ import annotations

import threading
import time

import pytest
import redis

from campaigns.rate import RedisBucket

pytestmark = pytest.mark.processes


def test_the_bucket_is_shared_and_refills(valkey: str) -> None:
    client = redis.Redis.from_url(valkey)
    one, two = RedisBucket("sms", client), RedisBucket("sms", client)
    assert one.take(8, 10) == (8, 0.0)
    assert two.take(8, 10)[0] == 2
    granted, wait = one.take(1, 10)
    assert granted == 0
    assert 0 < wait <= 0.1
    assert RedisBucket("email", client).take(5, 10)[0] == 5
    time.sleep(0.35)
    assert one.take(10, 10)[0] in (3, 4)


def test_what_is_not_used_goes_back(valkey: str) -> None:
    bucket = RedisBucket("sms", redis.Redis.from_url(valkey))
    assert bucket.take(10, 10)[0] == 10
    bucket.give_back(4)
    assert bucket.take(10, 10)[0] in (4, 5)


def test_workers_together_never_exceed_the_rate(valkey: str) -> None:
    taken: list[int] = []
    end = time.monotonic() + 1.0

    def work() -> None:
        bucket = RedisBucket("sms", redis.Redis.from_url(valkey))
        while time.monotonic() < end:
            granted, wait = bucket.take(7, 100)
            taken.append(granted)
            time.sleep(min(wait, 0.02))

    threads = [threading.Thread(target=work) for _ in range(4)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - started
    assert 150 <= sum(taken) <= 100 + 100 * elapsed + 1
