"""What the snapshot reads of customers, their orders, events and consents, and of static lists.

Invariant (data minimisation): no name, address, e-mail, phone number or full URL is stored. Of an
e-mail the domain is kept, of a phone the country, of both a shortened keyed hash.
"""

from __future__ import annotations

from typing import Final

from segmentation.snapshot.tables import OF_ITSELF, OF_NOBODY, Column, Source

# Enough digits to tell a number's country and kind, never enough to call it.
PHONE_PREFIX: Final = 9

_ID = Column("id", "BIGINT")
_CUSTOMER = Column("customer_id", "BIGINT")
_DOMAIN = {
    "sqlite": "substr({}, instr({}, '@') + 1)",
    "postgresql": "substr({}, strpos({}, '@') + 1)",
}


def _varchar(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "VARCHAR") for name in names)


CUSTOMERS: Final = Source(
    "customers",
    "customers.Customer",
    (
        _ID,
        *_varchar("gender", "marital_status", "education", "profession", "income_band"),
        *_varchar("language", "acquisition_source", "city", "postal_code", "country"),
        *_varchar("preferred_frequency", "preferred_channel", "email_hash", "phone_hash"),
        Column("birth_date", "DATE"),
        Column("children", "INTEGER"),
        Column("interests", "JSON"),
        Column("attributes", "JSON"),
        Column("signed_up_at", "TIMESTAMP"),
        Column("email_domain", "VARCHAR", "email", _DOMAIN),
        Column("phone_prefix", "VARCHAR", "phone", f"substr({{}}, 1, {PHONE_PREFIX})"),
        Column("phone_length", "INTEGER", "phone", "length({})"),
    ),
    owner=OF_ITSELF,
    belongs="{row}.id {are}",
    # Who was erased is nobody here; their orders stay in the shop's totals.
    where="{row}.erased_at IS NULL",
    watched=("erased_at",),
)

ORDER_TEXTS = ("status", "channel", "store", "promo_code")

SOURCES: Final = (
    CUSTOMERS,
    Source(
        "consents",
        "customers.ConsentRecord",
        (
            _ID,
            _CUSTOMER,
            *_varchar("subject", "state", "basis", "attribute_key"),
            Column("occurred_at", "TIMESTAMP"),
        ),
    ),
    Source(
        "suppressions",
        "customers.Suppression",
        (_ID, *_varchar("channel", "address_hash")),
        owner=(
            "SELECT c.id AS customer_id FROM [customers.Customer] c"
            " WHERE c.email_hash = {row}.address_hash UNION"
            " SELECT c.id FROM [customers.Customer] c WHERE c.phone_hash = {row}.address_hash"
            # Someone may be taking that address in a transaction that this one does not see.
            f" UNION ALL {OF_NOBODY}"
        ),
        belongs="",
    ),
    Source("tags", "customers.Tag", (_ID, *_varchar("name")), owner=OF_NOBODY),
    Source("customer_tags", "customers.CustomerTag", (_ID, _CUSTOMER, Column("tag_id", "BIGINT"))),
    Source(
        "attributes",
        "customers.CustomAttribute",
        (_ID, *_varchar("key", "type", "sensitive")),
        owner=OF_NOBODY,
        shapes=True,
    ),
    Source(
        "products",
        "customers.Product",
        (_ID, *_varchar("name", "category", "brand")),
        owner=OF_NOBODY,
    ),
    Source(
        "orders",
        "customers.Order",
        (
            _ID,
            _CUSTOMER,
            Column("total", "DECIMAL(14,2)"),
            Column("discount", "DECIMAL(14,2)"),
            *_varchar(*ORDER_TEXTS),
            Column("placed_at", "TIMESTAMP"),
        ),
    ),
    Source(
        "lines",
        "customers.OrderLine",
        (
            _ID,
            Column("order_id", "BIGINT"),
            Column("product_id", "BIGINT"),
            Column("quantity", "DECIMAL(12,3)"),
            Column("amount", "DECIMAL(14,2)"),
        ),
        owner=(
            # The order may be passing to someone else in another transaction.
            "SELECT o.customer_id AS customer_id FROM [customers.Order] o"
            " WHERE o.id = {row}.order_id{lock}"
        ),
        belongs=(
            "{row}.order_id IN (SELECT o.id FROM [customers.Order] o WHERE o.customer_id {are})"
        ),
    ),
    Source(
        "events",
        "customers.Event",
        (
            _ID,
            _CUSTOMER,
            *_varchar("name", "category", "page"),
            Column("product_id", "BIGINT"),
            Column("value", "DECIMAL(14,2)"),
            Column("properties", "JSON"),
            Column("occurred_at", "TIMESTAMP"),
        ),
    ),
    Source(
        "event_properties",
        "customers.EventProperty",
        (_ID, *_varchar("key", "type")),
        owner=OF_NOBODY,
        shapes=True,
    ),
    Source(
        "static_segments",
        "segmentation.Segment",
        (_ID,),
        owner=(
            "SELECT m.customer_id AS customer_id FROM [segmentation.Membership] m"
            " WHERE m.segment_id = {row}.id"
        ),
        where="{row}.kind = 'static'",
        watched=("kind",),
        belongs="",
    ),
    Source(
        "static_members",
        "segmentation.Membership",
        (_ID, Column("segment_id", "BIGINT"), _CUSTOMER),
        where=(
            "EXISTS (SELECT 1 FROM [segmentation.Segment] g"
            " WHERE g.id = {row}.segment_id AND g.kind = 'static')"
        ),
    ),
    Source(
        "segment_changes",
        "segmentation.MembershipChange",
        (
            _ID,
            Column("segment_id", "BIGINT"),
            _CUSTOMER,
            *_varchar("kind"),
            Column("occurred_at", "TIMESTAMP", "at"),
        ),
        where="{row}.cause = 'refresh'",
    ),
)
