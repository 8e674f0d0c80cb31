"""What a column may mean: the fields of customers and of orders, their types and usual headers.

One entry a field drives the guess, the cleaning, the wizard's list and the command's checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.fieldtypes import CLEANERS, EXACT, Cell, CleaningError, Reading
from customers.folding import fold
from customers.models import CustomAttribute, ImportJob
from customers.spreadsheets.contacts import all_contacts, clean_contact
from customers.spreadsheets.headers import CUSTOMERS, EVENTS, LISTS, ORDERS, PEOPLE
from customers.spreadsheets.localities import clean_locality
from customers.spreadsheets.names import clean_full_name

ATTRIBUTE_PREFIX: Final = "attr:"
TAG_PREFIX: Final = "tag:"
# What a line is worth keeping without: it says neither who, nor what they agreed to, nor amounts.
# Without its date, a consent alone is left out.
_SECONDARY: Final = frozenset(
    {
        "gender", "birth_date", "children", "marital_status", "education", "profession",
        "income_band", "language", "acquisition_source", "interests", "signed_up_at", "address",
        "postal_code", "locality", "city", "country", "preferred_frequency", "preferred_channel",
        "email_consent_date", "sms_consent_date", "channel", "store", "promo_code", "category",
        "brand", "page",
    }
)  # fmt: skip
# The kinds of file whose columns may put tags.
TAGGING: Final = frozenset({ImportJob.Kind.CUSTOMERS, ImportJob.Kind.TAGS})
_CLEANERS: Final = CLEANERS | {
    "full_name": clean_full_name,
    "locality": clean_locality,
    "contact": clean_contact,
    "consent_date": CLEANERS["instant"],
}
_TYPE_OF_ATTRIBUTE: Final = {
    "text": "text",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "choice": "text",
}


@dataclass(frozen=True)
class Field:
    """A field a column can be mapped to.

    `type` is a key of CLEANERS; `headers` are usual column names, folded; `repeats`
    says that several columns may be mapped to it. `spread` says what a value gives to other
    fields, for a column that is no field of its own.
    """

    key: str
    label: str | Promise
    type: str
    headers: tuple[str, ...] = ()
    max_length: int = 0
    group: str = ""
    repeats: bool = False
    choices: tuple[str, ...] = ()
    spread: Callable[[Any], dict[str, Any]] | None = None

    @property
    def gives_tags(self) -> bool:
        """Say whether its column puts tags on people."""
        return self.key == "tags" or self.key.startswith(TAG_PREFIX)

    @property
    def secondary(self) -> bool:
        """Say whether a line is kept without a value of it that cannot be read."""
        return self.key in _SECONDARY or self.key.startswith(ATTRIBUTE_PREFIX)

    @property
    def names(self) -> frozenset[str]:
        """The usual headers of such a column, folded."""
        own = {fold(self.key.replace("_", " ")), fold(str(self.label))}
        return frozenset(own.union(self.headers))


CUSTOMER_FIELDS: Final = (
    Field(
        "external_id", _("Customer number"), "identifier", CUSTOMERS["external_id"], 80, "identity"
    ),
    Field("email", _("E-mail"), "email", CUSTOMERS["email"], 254, "identity"),
    Field("phone", _("Phone"), "phone", CUSTOMERS["phone"], 0, "identity"),
    Field("first_name", _("First name"), "text", CUSTOMERS["first_name"], 80, "identity"),
    Field("last_name", _("Last name"), "text", CUSTOMERS["last_name"], 80, "identity"),
    Field(
        "full_name",
        _("First and last name"),
        "full_name",
        CUSTOMERS["full_name"],
        0,
        "identity",
        spread=dict,
    ),
    Field("gender", _("Gender"), "gender", CUSTOMERS["gender"], 0, "profile"),
    Field("birth_date", _("Date of birth"), "birth_date", CUSTOMERS["birth_date"], 0, "profile"),
    Field("children", _("Children"), "whole", CUSTOMERS["children"], 0, "profile"),
    Field(
        "marital_status",
        _("Marital status"),
        "marital_status",
        CUSTOMERS["marital_status"],
        0,
        "profile",
    ),
    Field("education", _("Education"), "text", CUSTOMERS["education"], 40, "profile"),
    Field("profession", _("Profession"), "text", CUSTOMERS["profession"], 60, "profile"),
    Field("income_band", _("Income band"), "text", CUSTOMERS["income_band"], 40, "profile"),
    Field("language", _("Language"), "language", CUSTOMERS["language"], 0, "profile"),
    Field(
        "acquisition_source",
        _("How they found us"),
        "text",
        CUSTOMERS["acquisition_source"],
        40,
        "profile",
    ),
    Field("interests", _("Interests"), "set", CUSTOMERS["interests"], 0, "profile"),
    Field("tags", _("Tags"), "set", CUSTOMERS["tags"], 0, "profile", repeats=True),
    Field("signed_up_at", _("Signed up on"), "instant", CUSTOMERS["signed_up_at"], 0, "profile"),
    Field("address", _("Street address"), "text", CUSTOMERS["address"], 200, "place"),
    Field("postal_code", _("Postcode"), "postcode", CUSTOMERS["postal_code"], 0, "place"),
    Field("city", _("City"), "text", CUSTOMERS["city"], 100, "place"),
    Field(
        "locality",
        _("Postcode and city"),
        "locality",
        CUSTOMERS["locality"],
        0,
        "place",
        spread=dict,
    ),
    Field("country", _("Country"), "country", CUSTOMERS["country"], 0, "place"),
    Field(
        "preferred_frequency",
        _("Preferred frequency"),
        "preferred_frequency",
        CUSTOMERS["preferred_frequency"],
        0,
        "reach",
    ),
    Field(
        "preferred_channel",
        _("Preferred channel"),
        "preferred_channel",
        CUSTOMERS["preferred_channel"],
        0,
        "reach",
    ),
    Field(
        "email_consent", _("Consent to e-mails"), "consent", CUSTOMERS["email_consent"], 0, "reach"
    ),
    Field("sms_consent", _("Consent to SMS"), "consent", CUSTOMERS["sms_consent"], 0, "reach"),
    Field(
        "email_consent_date",
        _("Date of the consent to e-mails"),
        "consent_date",
        CUSTOMERS["email_consent_date"],
        0,
        "reach",
    ),
    Field(
        "sms_consent_date",
        _("Date of the consent to SMS"),
        "consent_date",
        CUSTOMERS["sms_consent_date"],
        0,
        "reach",
    ),
)

ORDER_FIELDS: Final = (
    Field(
        "customer",
        pgettext_lazy("of an order", "Customer"),
        "identifier",
        ORDERS["customer"],
        254,
        "order",
    ),
    Field("number", _("Order number"), "identifier", ORDERS["number"], 80, "order"),
    Field("placed_at", _("Order date"), "instant", ORDERS["placed_at"], 0, "order"),
    Field("total", _("Order total"), "money", ORDERS["total"], 0, "order"),
    Field("discount", _("Discount"), "money", ORDERS["discount"], 0, "order"),
    Field("status", _("Order status"), "order_status", ORDERS["status"], 0, "order"),
    Field("channel", _("Sales channel"), "sales_channel", ORDERS["channel"], 0, "order"),
    Field("store", _("Shop"), "text", ORDERS["store"], 80, "order"),
    Field("promo_code", _("Promotion code"), "text", ORDERS["promo_code"], 40, "order"),
    Field("product", _("Product"), "text", ORDERS["product"], 160, "line"),
    Field("category", _("Category"), "text", ORDERS["category"], 80, "line"),
    Field("brand", _("Brand"), "text", ORDERS["brand"], 80, "line"),
    Field("quantity", _("Quantity"), "quantity", ORDERS["quantity"], 0, "line"),
    Field("unit_price", _("Price of one"), "money", ORDERS["unit_price"], 0, "line"),
    Field("amount", _("Amount"), "money", ORDERS["amount"], 0, "line"),
)
_WHO: Final = Field("customer", _("Customer"), "identifier", PEOPLE, 254, "identity")
EVENT_FIELDS: Final = (
    _WHO,
    Field("name", _("What happened"), "text", EVENTS["name"], 60, "event"),
    Field("occurred_at", _("When it happened"), "instant", EVENTS["occurred_at"], 0, "event"),
    Field("product", _("Product"), "text", ORDERS["product"], 160, "event"),
    Field("category", _("Category"), "text", ORDERS["category"], 80, "event"),
    Field("page", _("Page"), "page", EVENTS["page"], 200, "event"),
    Field("value", _("Value"), "money", EVENTS["value"], 0, "event"),
)
TAG_FIELDS: Final = (
    _WHO,
    Field("tags", _("Tags"), "set", CUSTOMERS["tags"], 0, "profile", repeats=True),
)
MEMBER_FIELDS: Final = (_WHO,)
SUPPRESSION_FIELDS: Final = (
    Field("email", _("E-mail"), "email", CUSTOMERS["email"], 254, "identity"),
    Field("phone", _("Phone"), "phone", CUSTOMERS["phone"], 0, "identity"),
    Field(
        "contact",
        _("E-mail or phone"),
        "contact",
        LISTS["contact"],
        254,
        "identity",
        repeats=True,
        spread=all_contacts,
    ),
    Field("listed", _("Never to be written to: yes or no"), "listed", LISTS["listed"], 0, "reach"),
)
_BY_KIND: Final[dict[str, tuple[Field, ...]]] = {
    ImportJob.Kind.ORDERS: ORDER_FIELDS,
    ImportJob.Kind.EVENTS: EVENT_FIELDS,
    ImportJob.Kind.TAGS: TAG_FIELDS,
    ImportJob.Kind.MEMBERS: MEMBER_FIELDS,
    ImportJob.Kind.SUPPRESSIONS: SUPPRESSION_FIELDS,
}

# Fields rules know that come from what people do, or from other fields: never from a column.
DERIVED: Final = frozenset(
    "age department region area location has_email has_mobile reachable_email reachable_sms "
    "email_domain phone_country tracking_consent messages_last_7_days messages_last_30_days "
    "orders_count total_spent average_basket discount_share days_between_orders first_order_at "
    "last_order_at expected_next_order_at favourite_category categories purchase_rhythm".split()
)
GROUP_LABEL: Final[dict[str, str | Promise]] = {
    "identity": _("Who they are"),
    "profile": _("Profile"),
    "place": _("Where they live"),
    "reach": _("How to reach them"),
    "attributes": _("Custom attributes"),
    "order": _("The order"),
    "line": _("What was bought"),
    "event": _("What happened"),
}


def attribute_field(key: str, label: str, type_: str, choices: Iterable[str] = ()) -> Field:
    """The field of a custom attribute, existing or to be created."""
    return Field(
        f"{ATTRIBUTE_PREFIX}{key}", label, _TYPE_OF_ATTRIBUTE[type_], (), 500, "attributes",
        choices=tuple(choices),
    )  # fmt: skip


def tag_field(key: str) -> Field | None:
    """The field of a yes/no column that puts one tag: `tag:VIP`; None for any other key."""
    name = " ".join(key.removeprefix(TAG_PREFIX).split())
    if not key.startswith(TAG_PREFIX) or not fold(name) or len(name) > 60:
        return None
    label = format_lazy(_("Tag “{name}” where it says yes"), name=name)

    def spread(value: bool) -> dict[str, Any]:
        return {"tags": [name]} if value else {}

    return Field(key, label, "boolean", (), 0, "profile", spread=spread)


def fields_of(kind: str) -> dict[str, Field]:
    """The fields a column of this kind of file can be mapped to, by key; one query at most."""
    if kind in _BY_KIND:
        return {field.key: field for field in _BY_KIND[kind]}
    known = {field.key: field for field in CUSTOMER_FIELDS}
    for attribute in CustomAttribute.objects.order_by("label"):
        field = attribute_field(
            attribute.key, attribute.label, attribute.type, attribute.choices or ()
        )
        known[field.key] = field
    return known


def cleaner_of(field: Field) -> Callable[[Cell, Reading], Any]:
    """The function that reads a cell of this field, its length and choices checked."""
    clean = _CLEANERS[field.type]
    if field.choices:
        return _within_choices(field, clean)
    if field.max_length and field.type in ("text", "identifier", "email"):
        return _within_length(field, clean)
    return clean


def clean_field(field: Field, cell: Cell, reading: Reading = EXACT) -> Any:
    """The stored value of one cell of a field, None for an empty one. Raises CleaningError.

    For a value or two (a form, the API); what reads many takes `cleaner_of` once.
    """
    return cleaner_of(field)(cell, reading)


def _within_length(
    field: Field, clean: Callable[[Cell, Reading], Any]
) -> Callable[[Cell, Reading], Any]:
    limit = field.max_length

    def bounded(cell: Cell, reading: Reading) -> Any:
        value = clean(cell, reading)
        if value is not None and len(value) > limit:
            message = format_lazy(_("This text is longer than {limit} characters."), limit=limit)
            raise CleaningError("too_long", message)
        return value

    return bounded


def _within_choices(
    field: Field, clean: Callable[[Cell, Reading], Any]
) -> Callable[[Cell, Reading], Any]:
    listed = {fold(choice): choice for choice in field.choices}

    def chosen(cell: Cell, reading: Reading) -> Any:
        value = clean(cell, reading)
        if value is None:
            return None
        if fold(value) not in listed:
            known = ", ".join(field.choices[:8])
            message = format_lazy(
                _("This is not one of the choices of this attribute: {known}."), known=known
            )
            raise CleaningError("not_a_choice", message)
        return listed[fold(value)]

    return chosen
