"""The OpenAPI description, made from the tables by which items are cleaned, with examples."""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.api.errors import MESSAGES
from customers.fieldtypes.words import WORDS
from customers.ingestion.consents import CODES, CONSENT
from customers.ingestion.customers import customer_fields
from customers.ingestion.events import EVENT
from customers.ingestion.orders import HEAD, LINE
from customers.ingestion.results import MOST_ITEMS, STATUSES
from customers.ingestion.whom import IDENTITY_KEYS
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX, Field

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "email": {"type": "string", "format": "email"},
    "instant": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "birth_date": {"type": "string", "format": "date"},
    "money": {"type": ["number", "string"]},
    "quantity": {"type": ["number", "string"]},
    "number": {"type": ["number", "string"]},
    "integer": {"type": "integer"},
    "whole": {"type": "integer", "minimum": 0, "maximum": 32767},
    "boolean": {"type": "boolean"},
    "set": {"type": "array", "items": {"type": "string"}},
}
_WHO: Final = {"external_id": "C-1042", "email": "anais.morel@exemple.fr"}
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "Customer": {
        "external_id": "C-1042", "email": "anais.morel@exemple.fr", "phone": "06 12 34 56 78",
        "first_name": "Anaïs", "last_name": "Morel", "birth_date": "1988-04-12",
        "postal_code": "69002", "city": "Lyon", "tags": ["VIP"], "attributes": {},
    },
    "Consent": {
        "customer": _WHO, "subject": "email", "state": "given", "source": "Checkout of the shop",
        "wording": "Je veux recevoir vos offres par e-mail.", "proof": "order 2026-1180",
        "occurred_at": "2026-11-21T14:32:00+01:00",
    },
    "Order": {
        "number": "2026-1180", "customer": _WHO, "placed_at": "2026-11-21T14:32:00+01:00",
        "status": "paid", "channel": "web", "total": 59.8, "discount": 5,
        "lines": [
            {"reference": "TS-01", "product": "T-shirt", "category": "Mode", "quantity": 2,
             "amount": 59.8},
        ],
    },
    "Event": {
        "external_id": "visit-88231", "customer": _WHO, "name": "page_view",
        "occurred_at": "2026-11-21T14:30:00Z", "page": "/produits/TS-01", "reference": "TS-01",
    },
}  # fmt: skip
TAGS: Final[dict[str, str | Promise]] = {
    "Customer": gettext_lazy("Customers"),
    "Consent": gettext_lazy("Consents"),
    "Order": gettext_lazy("Orders"),
    "Event": gettext_lazy("Events"),
}
_TOLD: Final = gettext_lazy("What is known of this customer.")
_WRITTEN: Final = gettext_lazy("Written, or nothing to change.")
_CREATED: Final = gettext_lazy("Created.")
_PARTLY_WRITTEN: Final = gettext_lazy("Some items are refused; the others are written.")
_NOT_WRITTEN: Final = gettext_lazy("Nothing is written: a value is not right.")
_CODED: Final = {401: "unauthorized", 403: "missing_scope", 429: "too_many_requests"}
_WRITING: Final = {400: "bad_json", 409: "still_running", 413: "too_large"}


def documented(
    item: str, summary: str | Promise, more: str | Promise, *, batch: bool = False
) -> dict[str, Any]:
    """How an operation is declared: `item` is the schema of its body, '' for one that reads."""
    declared: dict[str, Any] = {
        "summary": summary,
        "description": more,
        "tags": [TAGS[item or "Customer"]],
    }
    coded = _CODED | (_WRITING if item else {404: "not_found"})
    responses = {code: _response(MESSAGES[name], "Errors") for code, name in coded.items()}
    # By whole numbers, as ninja has them: a text would stand beside its own 200.
    extra: dict[str, Any] = {"responses": responses}
    if not item:
        responses[200] = _response(_TOLD, "CustomerTold")
        return declared | {"openapi_extra": extra}
    body: dict[str, Any] = {"$ref": f"#/components/schemas/{item}"}
    example: Any = EXAMPLES[item]
    responses[422] = _response(_NOT_WRITTEN, "Errors")
    if batch:
        body = {
            "type": "object",
            "required": ["items"],
            "properties": {"items": {"type": "array", "items": body, "maxItems": MOST_ITEMS}},
        }
        example = {"items": [example]}
        responses[200] = _response(_WRITTEN, "BatchTold")
        responses[207] = _response(_PARTLY_WRITTEN, "BatchTold")
    else:
        responses[200] = _response(_WRITTEN, "ItemTold")
        responses[201] = _response(_CREATED, "ItemTold")
    content = {"application/json": {"schema": body, "example": example}}
    extra["requestBody"] = {"required": True, "content": content}
    extra["parameters"] = [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": gettext_lazy("The same key again gives the first answer again."),
            "schema": {"type": "string", "maxLength": 200},
        }
    ]
    return declared | {"openapi_extra": extra}


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Add to ninja's description what it cannot know: the schemas, from the tables of fields."""
    told: dict[str, Any] = dict(schema)
    told["info"] = dict(told["info"]) | {
        "title": _("The API of Tamis"),
        "description": _(
            "What is sent replaces what was known; what is left out stays; null empties a field."
            " A batch is answered item by item: one refused item stops no other. Send an"
            " Idempotency-Key with each write to be able to repeat it safely."
        ),
    }
    components = dict(told.get("components") or {})
    components["schemas"] = dict(components.get("schemas") or {}) | _schemas()
    told["components"] = components
    return told


def _schemas() -> dict[str, Any]:
    fields = customer_fields()
    own = {
        key.removeprefix(ATTRIBUTE_PREFIX): each
        for key, each in fields.items()
        if key.startswith(ATTRIBUTE_PREFIX)
    }
    plain = {key: each for key, each in fields.items() if not key.startswith(ATTRIBUTE_PREFIX)}
    attributes = _object(own)
    who = _object({key: fields[key] for key in IDENTITY_KEYS}, minProperties=1)
    customer = _object(plain)
    customer["properties"]["attributes"] = attributes
    consent = _object(CONSENT, required=["customer", "subject", "state", "source"])
    order = _object(HEAD, required=["number"])
    line = _object(LINE, required=["amount"])
    event = _object(EVENT, required=["customer", "name"])
    for each in (consent, order, event):
        each["properties"]["customer"] = {"$ref": "#/components/schemas/Who"}
    for key, codes in CODES.items():
        consent["properties"][key] = {"type": "string", "enum": list(codes)}
    order["properties"]["lines"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/OrderLine"},
    }
    event["properties"]["properties"] = {"type": "object"}
    for name, each in (("Customer", customer), ("Consent", consent), ("Order", order),
                       ("Event", event)):  # fmt: skip
        each["example"] = EXAMPLES[name]
    return {
        "Who": who,
        "Customer": customer,
        "Consent": consent,
        "Order": order,
        "OrderLine": line,
        "Event": event,
    } | _answers(plain)


def _answers(plain: dict[str, Field]) -> dict[str, Any]:
    text, whole = {"type": "string"}, {"type": ["integer", "null"]}
    error = {
        "type": "object",
        "required": ["path", "code", "message"],
        "properties": {"path": text, "code": text, "message": text},
    }
    errors = {"type": "array", "items": {"$ref": "#/components/schemas/Error"}}
    status = {"type": "string", "enum": list(STATUSES)}
    result = {
        "type": "object",
        "properties": {
            "index": {"type": "integer"}, "status": status, "id": whole, "errors": errors,
        },
    }  # fmt: skip
    counted = {name: {"type": "integer"} for name in ("received", *STATUSES)}
    told = _object(plain)
    told["properties"] |= {
        "id": {"type": "integer"},
        "attributes": {"type": "object"},
        "consents": {"type": "object"},
    }
    return {
        "Error": error,
        "Errors": {"type": "object", "required": ["errors"], "properties": {"errors": errors}},
        "ItemTold": {"type": "object", "properties": {"status": status, "id": whole}},
        "BatchTold": {
            "type": "object",
            "properties": {
                "summary": {"type": "object", "properties": counted},
                "results": {"type": "array", "items": result},
            },
        },
        "CustomerTold": told,
    }


def _object(fields: dict[str, Field], **more: Any) -> dict[str, Any]:
    properties = {key: _property(each) for key, each in fields.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties} | more


def _property(known: Field) -> dict[str, Any]:
    if known.type in WORDS:
        codes = list(dict.fromkeys(WORDS[known.type].values()))
        told: dict[str, Any] = {"type": "string", "enum": codes}
    else:
        told = dict(_TYPES.get(known.type, {"type": "string"}))
    if known.max_length and told.get("type") == "string":
        told["maxLength"] = known.max_length
    if known.choices:
        told["enum"] = list(known.choices)
    return {"title": str(known.label)} | told


def _response(description: str | Promise, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}
