"""PrestaShop's module, run by PHP with stand-ins of PrestaShop: what it signs is taken in here."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import Installation
from customers import consent
from customers.ingestion import connections
from customers.models import Customer, Event, Order, RightsRequest
from tests.customers.api.conftest import RemoteShop
from tests.lanes import php

ROOT = Path(__file__).resolve().parents[3]
MODULE = ROOT / "docs" / "prestashop" / "tamis" / "tamis.php"
PHP = php()

pytestmark = [
    pytest.mark.sqlite_suffices,
    pytest.mark.skipif(PHP is None, reason="PHP's command line (php-cli, php-curl) is missing"),
]

Fire = Callable[..., list[str]]


@pytest.fixture
def fire(connect: Callable[[str], RemoteShop]) -> Iterator[Fire]:
    """Fire hooks in one page of the shop; answers what became of each delivery it made."""
    shop = connect("prestashop")
    Installation.objects.update(currency="EUR")
    received: list[tuple[dict[str, str], bytes]] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the test says what came."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def page(*hooks: str) -> list[str]:
        received.clear()
        address = f"http://127.0.0.1:{server.server_port}/"
        secret = connections.secret_of(shop.connection)
        stand_ins = ROOT / "tests" / "fakes" / "prestashop.php"
        command = [str(PHP), str(stand_ins), str(MODULE), address, secret, *hooks]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
        became = []
        for headers, body in received:
            kept = {name: headers[name] for name in headers if name.startswith("X-Tamis")}
            answer = Client().post(shop.path, body, content_type="application/json", headers=kept)
            assert answer.status_code == 200, answer.content
            became.append(json.loads(answer.content)["result"])
        return became

    yield page
    server.shutdown()
    server.server_close()


def test_a_page_sends_each_record_once_as_it_is_in_the_end(fire: Fire) -> None:
    assert fire("customer", "order", "second", "guest", "paid") == ["customer", *["order"] * 3]
    person = Customer.objects.get(email="anais@boutique.test")
    assert (person.first_name, person.gender, person.phone) == ("Anaïs", "female", "+262692123456")
    assert consent.consent_states([person.pk], "email")[person.pk] == "given"
    # Two orders of one basket have one reference; the shop's clock is four hours ahead of UTC.
    orders = {str(order.number): order for order in Order.objects.filter(customer=person)}
    assert sorted(orders) == ["XKBKNABJK", "XKBKNABJK/11"]
    assert sum(order.total for order in orders.values()) == Decimal("81.80")
    assert orders["XKBKNABJK"].placed_at.hour == 6
    # 25 dollars at 1.25 for a euro, not paid yet, by someone without an account.
    guest = Order.objects.get(customer__email="invite@boutique.test")
    assert (guest.total, guest.status) == (Decimal("20.00"), "pending")
    assert [line.amount for line in guest.lines.all()] == [Decimal("16.00")]


def test_a_credit_slip_comes_off_the_total(fire: Fire) -> None:
    fire("order")
    assert fire("slip") == ["order"]
    assert Order.objects.get().total == Decimal("50.00")


def test_carts_of_those_who_are_signed_in_and_requests_to_be_erased(fire: Fire) -> None:
    fire("customer")
    assert fire("cart", "nobody") == ["cart"]
    assert Event.objects.get().value == Decimal("23.92")
    assert fire("erase", "erase") == ["request"]
    assert RightsRequest.objects.get().kind == "erase"


def test_a_tamis_that_does_not_answer_breaks_no_page_and_is_said_in_the_log() -> None:
    stand_ins = ROOT / "tests" / "fakes" / "prestashop.php"
    command = [str(PHP), str(stand_ins), str(MODULE), "http://127.0.0.1:9/", "x", "order"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr.startswith("Tamis: order: ")
