"""The rule language for those who write rules elsewhere: its reference and its JSON Schema."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.roles import Capability
from segmentation import json_schema, reference
from segmentation.catalogue import load_catalogue


@requires(Capability.SEE_FIGURES)
@require_safe
def language(request: HttpRequest) -> HttpResponse:
    """The reference of the rule language with this shop's own fields, searched by words."""
    query = request.GET.get("q", "").strip()[:100]
    whole = reference.reference(load_catalogue())
    context = {"query": query, "parts": reference.search(whole, query), "whole": whole}
    name = "segmentation/language.html"
    return render(request, f"{name}#parts" if getattr(request, "htmx", False) else name, context)


@requires(Capability.SEE_FIGURES)
@require_safe
def schema(request: HttpRequest) -> HttpResponseBase:
    """The JSON Schema of this installation's rules, in the reader's language."""
    address = request.build_absolute_uri(reverse("segmentation:schema"))
    told = json_schema.schema(load_catalogue(), address)
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    answer = HttpResponse(body, content_type=json_schema.CONTENT_TYPE)
    answer["ETag"] = etag
    # The shop's attributes are its own: kept by whoever asked, and asked for again each time.
    answer["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ("Accept-Language", "Cookie"))
    return get_conditional_response(request, etag=etag, response=answer) or answer
