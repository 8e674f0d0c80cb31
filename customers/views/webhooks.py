"""Where connected shops and web sites send what happens there: signed, bounded, no session."""

from __future__ import annotations

from typing import Any, Final

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts import throttle
from accounts.access import public
from customers.api.calls import raw_body
from customers.api.errors import Refused, failure
from customers.ingestion import connections, json_text, results, visitors
from customers.ingestion.webhooks import deliveries
from customers.models import Event, ShopConnection

_LONGEST_DELIVERY: Final = 1_000_000
_LONGEST_VISIT: Final = 20_000
_DELIVERIES_A_MINUTE: Final = 1200
_REFUSALS_A_MINUTE: Final = 60
_VISITS_A_MINUTE: Final = 120
logger = structlog.get_logger(__name__)


@csrf_exempt
@public
@require_POST
def webhook(request: HttpRequest, key: str) -> HttpResponseBase:
    """A delivery of a connected shop."""
    connection = connections.find(key, site=False)
    if connection is None:
        return failure(404, "not_found")
    if not throttle.allows("shop", str(connection.pk), _DELIVERIES_A_MINUTE):
        return throttle.wait(failure(429, "too_many_requests"))
    try:
        body = raw_body(request, _LONGEST_DELIVERY)
        word = deliveries.take_in(connection, request.headers, body)
    except Refused as refused:
        connections.note_refused(connection, refused.code)
        return refused.response()
    except deliveries.BadDelivery as bad:
        # Anyone may knock with a wrong signature: counted, up to a point.
        if throttle.allows("shop-refused", str(connection.pk), _REFUSALS_A_MINUTE):
            connections.note_refused(connection, bad.code)
        logger.warning("delivery_refused", shop=connection.pk, code=bad.code)
        return JsonResponse({"error": bad.code}, status=bad.status)
    if word.startswith("refused"):
        connections.note_refused(connection, word)
    else:
        connections.note_received(connection)
    logger.info("delivery", shop=connection.pk, kind=connection.kind, became=word)
    return JsonResponse({"result": word})


@csrf_exempt
@public
@require_http_methods(["POST", "OPTIONS"])
def site_events(request: HttpRequest, key: str) -> HttpResponseBase:
    """What the snippet of a web site reports; answers the same whoever it is about."""
    site = connections.find(key, site=True)
    if site is None or not site.is_active:
        return HttpResponse(status=404)
    origin = request.headers.get("Origin", "")
    if origin not in site.allowed_origins:
        return HttpResponse(status=403)
    if request.method == "OPTIONS":
        return _allowed(HttpResponse(status=204), origin)
    if not throttle.allows("site", f"{site.pk}:{throttle.caller(request)}", _VISITS_A_MINUTE):
        return throttle.wait(_allowed(HttpResponse(status=429), origin))
    try:
        told = json_text.loads(raw_body(request, _LONGEST_VISIT))
        who, raw = told["who"], told["events"]
    except (Refused, ValueError, KeyError, TypeError, RecursionError):
        return _allowed(HttpResponse(status=400), origin)
    if not isinstance(who, str) or not isinstance(raw, list) or len(who) > 200:
        return _allowed(HttpResponse(status=400), origin)
    _keep(site, who, raw)
    return _allowed(HttpResponse(status=204), origin)


def _keep(site: ShopConnection, who: str, raw: list[Any]) -> None:
    customer = visitors.whose(site, who)
    if customer is None:
        connections.note_refused(site, "unknown_visitor")
        return
    # Asked again under the lock; this spares the lock to those who did not agree.
    if visitors.may_be_followed(customer):
        results.write(lambda events: visitors.write_visits(customer, list(events)), raw, Event)
    connections.note_received(site)


def _allowed(response: HttpResponse, origin: str) -> HttpResponse:
    """Let that one site's pages read the answer; no cookie of ours is ever meant."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Vary"] = "Origin"
    return response
