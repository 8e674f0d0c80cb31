"""The description of the API, for people and for programs; it holds no data, so anyone reads it."""

from __future__ import annotations

import json

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import public
from customers.api import operations, swagger_words


@public
@require_GET
def docs(request: HttpRequest) -> HttpResponseBase:
    """The operations, each of which can be tried with a token."""
    words = json.dumps(swagger_words.words(), ensure_ascii=False)
    return render(request, "customers/api_docs.html", {"words": words})


@public
@require_GET
def openapi(request: HttpRequest) -> HttpResponseBase:
    """The same as an OpenAPI 3.1 document."""
    return JsonResponse(operations.openapi())
