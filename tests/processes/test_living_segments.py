"""An order that a till sends moves its customer between segments within the minute.

Real processes on a real broker: the web server takes the order, the worker does the rest.
"""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from typing import Any

import pytest

from tests.installation import Installation

pytestmark = [pytest.mark.processes, pytest.mark.both_databases]
FILL = """
import datetime as dt
from django.utils import timezone
from accounts import tokens
from accounts.models import User
from customers.models import Customer, Order
from segmentation.models import Segment
ada, bob = (Customer.objects.create(external_id=name, first_name=name) for name in ("ada", "bob"))
now = timezone.now()
for person in (ada, bob):
    for days in (40, 80, 120, 160):
        Order.objects.create(customer=person, placed_at=now - dt.timedelta(days=days), total=50)
count = {"orders": {"measure": "count", "op": "between", "value": [2, 4]}}
many = {"field": "orders_count", "op": ">=", "value": 5}
for name, node in (("Regular", count), ("Loyal", many)):
    Segment.objects.create(name=name, rule={"version": 1, "rule": node})
owner = User.objects.create_user("owner@shop.test", role="administrator")
print("TOKEN", tokens.create(owner, "till", ["orders:write"])[1])
"""
TELL = """
import json
from segmentation.models import Membership, MembershipChange, Segment
moves = MembershipChange.objects.filter(cause="refresh").order_by("id")
print("TOLD", json.dumps({
    "members": {
        segment.name: list(Membership.objects.filter(segment=segment)
            .order_by("customer").values_list("customer__external_id", flat=True))
        for segment in Segment.objects.all()
    },
    "moves": sorted(moves.values_list("segment__name", "customer__external_id", "kind")),
    "took": [(at - MOVED).total_seconds() for at in moves.values_list("at", flat=True)],
}))
"""


def told(installation: Installation, since: float) -> dict[str, Any]:
    moved = f"import datetime as dt\nMOVED = dt.datetime.fromtimestamp({since!r}, dt.UTC)\n"
    printed = installation.manage("shell", "-v0", "-c", moved + TELL).stdout
    answer: dict[str, Any] = json.loads(printed.split("TOLD ")[1])
    return answer


def listens(installation: Installation) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", installation.port), timeout=1):
            return True
    except OSError:
        return False


def test_an_order_taken_by_the_api_moves_its_customer_within_the_minute(
    migrated: Installation,
) -> None:
    installation = migrated
    installation.start("broker")
    printed = installation.manage("shell", "-v0", "-c", FILL).stdout
    token = printed.split("TOKEN ")[1].split()[0]
    installation.manage("refresh_segments")
    # No beat: nothing but the order itself sets the work going.
    installation.start("worker", "web")
    installation.wait_until(lambda: listens(installation))
    order = {
        "customer": {"external_id": "ada"},
        "number": "T-1",
        "placed_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "total": "50.00",
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{installation.port}/api/v1/orders",
        json.dumps(order).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    sent = time.time()
    assert urllib.request.urlopen(request, timeout=30).status in (200, 201)
    installation.wait_until(lambda: len(told(installation, sent)["moves"]) == 2, 60)
    after = told(installation, sent)
    assert after["members"] == {"Regular": ["bob"], "Loyal": ["ada"]}
    assert after["moves"] == [["Loyal", "ada", "entered"], ["Regular", "ada", "left"]]
    assert max(after["took"]) < 60
