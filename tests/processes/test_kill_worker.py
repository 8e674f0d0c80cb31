"""kill -9 in the middle of a send: real worker, real broker, a real gateway over HTTP.

The gateway writes each id it accepts to disk before it answers, so the file is what truly left.
"""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environ
import psycopg
import pytest

from config import broker
from tests.installation import ROOT, Installation, free_port

pytestmark = [pytest.mark.processes, pytest.mark.both_databases]
PEOPLE = 5_000
BEFORE_A_KILL = 1_000
PER_KILL = 50

# A service message: what is tested here must not depend on the hour of the day.
FILL = f"""
from django.utils import timezone
from customers.models import Customer
from segmentation.models import Segment
from campaigns import lifecycle
from campaigns.models import Campaign, CampaignSegment, SendingSettings
Customer.objects.bulk_create(
    Customer(external_id=f"C{{n}}", first_name="Zoé", phone=f"+336120{{n:05}}")
    for n in range({PEOPLE})
)
rules = SendingSettings.load()
rules.sms_sender, rules.sms_rate = "Boutique", 800
rules.save()
segment = Segment.objects.create(name="All", rule={{"version": 1, "rule": {{"all": []}}}})
campaign = Campaign.objects.create(
    name="Kill", channel="sms", kind="service", service_reason="a recall",
    body="Bonjour {{{{ first_name }}}}, https://shop.example/rappel",
)
CampaignSegment.objects.create(campaign=campaign, segment=segment)
lifecycle.launch(campaign, None)
"""
ACCOUNTS = """
import json
from campaigns import progress, tokens
from campaigns.models import Campaign
campaign = Campaign.objects.get()
found = progress.accounts(campaign)
rows = campaign.messages.values_list("pk", "state")
print("ACCOUNTS", json.dumps({
    "balanced": found.balanced,
    "by_state": found.by_state,
    "keys": {tokens.message_key(pk): state for pk, state in rows},
}))
"""


class Gateway:
    """The fake gateway as a process, and what it has accepted so far."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._file = folder / "accepted.txt"
        self._file.touch()
        command = [sys.executable, "-m", "tests.fakes.sms_gateway", "--port", str(self.port)]
        command += ["--accepted", str(self._file), "--latency", "0.02"]
        self._process = subprocess.Popen(command, cwd=ROOT)

    def accepted(self) -> list[str]:
        return self._file.read_text().split()

    def largest_request(self) -> int:
        return max(len(line.split()) for line in self._file.read_text().splitlines())

    def stop(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    running = Gateway(tmp_path)
    yield running
    running.stop()


def state_of_campaign(installation: Installation) -> str:
    parts = environ.Env.db_url_config(installation.environment["DATABASE_URL"])
    query = "SELECT state FROM campaigns_campaign"
    if parts["ENGINE"].endswith("sqlite3"):
        with sqlite3.connect(parts["NAME"]) as database:
            return str(database.execute(query).fetchone()[0])
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given: dict[str, Any] = {name: parts[key] or None for name, key in named.items()}
    with psycopg.connect(dbname=parts["NAME"], **given) as server:
        row = server.execute(query).fetchone()
        assert row is not None
        return str(row[0])


def lose_broker(installation: Installation) -> None:
    """The broker dies with its data, and beat with it."""
    installation.kill("broker")
    installation.kill("beat")
    shutil.rmtree(installation.var / "valkey")
    broker.socket_path(installation.var).unlink(missing_ok=True)
    installation.start("broker", "beat")


def test_two_kills_and_a_lost_broker_lose_nobody_and_double_nobody(
    migrated: Installation, gateway: Gateway
) -> None:
    installation = migrated
    installation.environment |= {
        "SMS_GATEWAY_URL": f"http://127.0.0.1:{gateway.port}/messages",
        "SMS_GATEWAY_SECRET": "webhook-secret",
        # Short, so that leases pass soon; long enough that a busy machine is not taken for a
        # failing gateway, which would rightly pause the campaign.
        "SMS_GATEWAY_TIMEOUT": "5",
    }
    installation.start("broker")
    installation.manage("shell", "-v0", "-c", FILL)
    installation.start("worker", "beat")

    installation.wait_until(lambda: len(gateway.accepted()) >= BEFORE_A_KILL)
    installation.kill("worker")
    first = len(gateway.accepted())
    assert first < PEOPLE
    installation.start("worker")

    installation.wait_until(lambda: len(gateway.accepted()) >= first + BEFORE_A_KILL)
    installation.kill("worker")
    assert len(gateway.accepted()) < PEOPLE
    lose_broker(installation)
    installation.start("worker")

    installation.wait_until(lambda: state_of_campaign(installation) == "sent", 120)
    printed = installation.manage("shell", "-v0", "-c", ACCOUNTS).stdout
    told = json.loads(printed.split("ACCOUNTS ")[1])
    accepted = gateway.accepted()
    assert len(accepted) == len(set(accepted)), "an id was accepted twice"
    # Two processes a worker: together they may leave fifty messages in doubt.
    assert gateway.largest_request() <= PER_KILL // 2
    assert told["balanced"]
    states: dict[str, str] = told["keys"]
    assert len(states) == PEOPLE
    uncertain = {key for key, state in states.items() if state == "uncertain"}
    assert len(uncertain) <= 2 * PER_KILL
    assert {key for key, state in states.items() if state == "sent"} == states.keys() - uncertain
    assert states.keys() - uncertain <= set(accepted) <= states.keys()
