"""The operations of the API, each of them one line of what to write and by which right."""

from __future__ import annotations

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI

from accounts.access import public
from customers.api import calls
from customers.api.errors import Refused, failure
from customers.api.reference import complete, documented
from customers.ingestion import reading
from customers.ingestion.consents import write_consents
from customers.ingestion.customers import write_customers
from customers.ingestion.events import write_events
from customers.ingestion.orders import write_orders
from customers.ingestion.scopes import Scope
from customers.models import ConsentRecord, Customer, Event, Order

logger = structlog.get_logger(__name__)
api = NinjaAPI(
    title="Tamis",
    version="1",
    auth=calls.Bearer(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """Say why a call is not answered."""
    return error.response()


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say that the fault is ours, in the form of every other error; the log has the rest."""
    logger.error("api_call_failed", exc_info=error)
    return failure(500, "server_error")


@api.post(
    "/customers",
    **documented(
        "Customer",
        _("Create or update a customer"),
        _("Create a customer, or update the one with this customer number, e-mail or phone."),
    ),
)
def customer_write(request: HttpRequest) -> HttpResponse:
    """Create a customer, or update the one with this customer number, e-mail or phone."""
    return calls.write(
        request, Scope.CUSTOMERS_WRITE, lambda body: calls.one(write_customers, Customer, body)
    )


@api.post(
    "/customers/batch",
    **documented(
        "Customer",
        _("Create or update up to 1,000 customers"),
        _("Create or update customers, each for itself."),
        batch=True,
    ),
)
def customers_write(request: HttpRequest) -> HttpResponse:
    """Create or update customers, each for itself."""
    return calls.write(
        request, Scope.CUSTOMERS_WRITE, lambda body: calls.many(write_customers, Customer, body)
    )


@api.get(
    "/customers/id/{int:pk}",
    **documented(
        "",
        _("Read a customer by our own id"),
        _("Read a customer by the id that writes answer with."),
    ),
)
def customer_by_id(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a customer by the id that writes answer with."""
    return calls.read(
        request, Scope.CUSTOMERS_READ, lambda: _told(Customer.objects.filter(pk=pk).first())
    )


@api.get(
    "/customers/{path:external_id}",
    **documented(
        "", _("Read a customer by their number"), _("Read a customer by their customer number.")
    ),
)
def customer_read(request: HttpRequest, external_id: str) -> HttpResponse:
    """Read a customer by their customer number."""
    return calls.read(request, Scope.CUSTOMERS_READ, lambda: _told(reading.by_number(external_id)))


@api.put(
    "/customers/{path:external_id}",
    **documented(
        "Customer",
        _("Create or update the customer of this number"),
        _("Create or update the customer of this customer number."),
    ),
)
def customer_put(request: HttpRequest, external_id: str) -> HttpResponse:
    """Create or update the customer of this customer number."""

    def answer(body: dict[str, Any]) -> calls.Answer:
        said = {"external_id": external_id} | {k: v for k, v in body.items() if k != "external_id"}
        if body.get("external_id", external_id) != external_id:
            raise Refused(422, "other_number", "external_id")
        return calls.one(write_customers, Customer, said)

    return calls.write(request, Scope.CUSTOMERS_WRITE, answer)


@api.post(
    "/consents",
    **documented(
        "Consent",
        _("Record a consent or a withdrawal"),
        _("Append one word of a person to the ledger; a refusal is never turned back."),
    ),
)
def consent_write(request: HttpRequest) -> HttpResponse:
    """Append one word of a person to the ledger; a refusal is never turned back."""
    return calls.write(
        request, Scope.CONSENTS_WRITE, lambda body: calls.one(write_consents, ConsentRecord, body)
    )


@api.post(
    "/consents/batch",
    **documented(
        "Consent",
        _("Record up to 1,000 consents"),
        _("Append words of people to the ledger, each for itself."),
        batch=True,
    ),
)
def consents_write(request: HttpRequest) -> HttpResponse:
    """Append words of people to the ledger, each for itself."""
    return calls.write(
        request, Scope.CONSENTS_WRITE, lambda body: calls.many(write_consents, ConsentRecord, body)
    )


@api.post(
    "/orders",
    **documented(
        "Order",
        _("Create or update an order"),
        _("Create an order, or update the one of this number: its state, its total, its lines."),
    ),
)
def order_write(request: HttpRequest) -> HttpResponse:
    """Create an order, or update the one of this number: its state, its total, its lines."""
    return calls.write(
        request, Scope.ORDERS_WRITE, lambda body: calls.one(write_orders, Order, body)
    )


@api.post(
    "/orders/batch",
    **documented(
        "Order",
        _("Write up to 1,000 orders"),
        _("Create or update orders, each for itself."),
        batch=True,
    ),
)
def orders_write(request: HttpRequest) -> HttpResponse:
    """Create or update orders, each for itself."""
    return calls.write(
        request, Scope.ORDERS_WRITE, lambda body: calls.many(write_orders, Order, body)
    )


@api.post(
    "/events",
    **documented(
        "Event",
        _("Record an event"),
        _("Record what a known person did; the same external id again changes nothing."),
    ),
)
def event_write(request: HttpRequest) -> HttpResponse:
    """Record what a known person did; the same external id again changes nothing."""
    return calls.write(
        request, Scope.EVENTS_WRITE, lambda body: calls.one(write_events, Event, body)
    )


@api.post(
    "/events/batch",
    **documented(
        "Event",
        _("Record up to 1,000 events"),
        _("Record what known people did, each for itself."),
        batch=True,
    ),
)
def events_write(request: HttpRequest) -> HttpResponse:
    """Record what known people did, each for itself."""
    return calls.write(
        request, Scope.EVENTS_WRITE, lambda body: calls.many(write_events, Event, body)
    )


def _told(customer: Customer | None) -> calls.Answer:
    if customer is None:
        raise Refused(404, "not_found")
    return 200, reading.told(customer)


def openapi() -> dict[str, Any]:
    """The description of the API, in the reader's language."""
    return complete(api.get_openapi_schema(path_prefix="/api/v1/"))


def patterns() -> list[URLPattern]:
    """The addresses of the operations. Each checks its caller's token by itself."""
    found, _app, _namespace = api.urls
    return [
        path(str(each.pattern), public(_in_one_form(each.callback)), name=f"api_{each.name}")
        for each in found
        if isinstance(each, URLPattern) and each.name != "api-root"
    ]


def _in_one_form(view: Any) -> Any:
    """Say "method not allowed" as every other error is said."""

    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        if response.status_code == 405:
            refusal = failure(405, "method_not_allowed")
            refusal.headers["Allow"] = response.headers.get("Allow", "")
            return refusal
        return response

    # No cookie opens these addresses, so there is nothing for another site to forge.
    answered.csrf_exempt = True  # type: ignore[attr-defined]
    return answered
