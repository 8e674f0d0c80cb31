"""The tables of the snapshot made of customers, their orders, events, consents and static lists.

Invariant (data minimisation): no name, address, e-mail, phone number or full URL is stored. Of an
e-mail the domain is kept, of a phone the country, of both a shortened keyed hash.
"""

from __future__ import annotations

from typing import Final

from segmentation.snapshot import consents, homes
from segmentation.snapshot.sources import ORDER_TEXTS, SOURCES
from segmentation.snapshot.tables import Field, Kind, Table, codes, copies, plain, register, texts

_HAS_EMAIL = "COALESCE(s.email_domain, '') <> ''"
_HAS_MOBILE = "COALESCE(p.mobile, FALSE)"


def _consent(subject: str) -> str:
    return f"COALESCE(k.{subject}, 'unknown')"


def _reachable(has: str, subject: str, suppressed: str) -> str:
    return f"({has} AND {_allowed(subject)} AND {suppressed}.address_hash IS NULL)"


def _allowed(subject: str) -> str:
    """Consent, or the recorded exception for existing customers."""
    return f"(COALESCE(k.{subject}_standing, 'unknown') = 'given')"


def _suppressed(channel: str, alias: str, column: str) -> str:
    return (
        f" LEFT JOIN (SELECT DISTINCT address_hash FROM stage_suppressions"
        f" WHERE channel = '{channel}') {alias} ON {alias}.address_hash = s.{column}"
    )


def _key(column: str) -> str:
    return f"CAST('0x' || substr(s.{column}, 1, 15) AS BIGINT)"


_INTERESTS: Final = """(SELECT id AS customer_id,
    unnest(from_json(interests, '["VARCHAR"]')) AS interest
  FROM stage_customers WHERE json_type(interests) = 'ARRAY')"""

TABLES: Final = (
    Table("interests", _INTERESTS, (*plain("customer_id"), *texts("interest"))),
    Table(
        "customers",
        "stage_customers",
        (
            *plain("id", "birth_date", "children"),
            *codes("gender", "marital_status", "preferred_frequency", "preferred_channel"),
            *texts("education", "profession", "income_band", "language", "acquisition_source"),
            Field("interests", "i.interests"),
            Field("signed_up_at", "s.signed_up_at", Kind.INSTANT),
            *texts("city", "postal_code", "country"),
            Field(
                "department",
                f"COALESCE(h.department, {homes.BY_POSTCODE})",
                Kind.TEXT,
                "department",
            ),
            Field("region", "h.region", Kind.TEXT, "region"),
            *(Field(name, f"h.{name}") for name in ("area", "latitude", "longitude")),
            Field("has_email", _HAS_EMAIL),
            Field("has_mobile", _HAS_MOBILE),
            *texts("email_domain"),
            Field("phone_country", "p.country", Kind.TEXT, "phone_country"),
            *(Field(f"{said}_consent", _consent(said)) for said in ("email", "sms", "tracking")),
            *(Field(f"{subject}_allowed", _allowed(subject)) for subject in ("email", "sms")),
            Field("email_suppressed", "e.address_hash IS NOT NULL"),
            Field("sms_suppressed", "m.address_hash IS NOT NULL"),
            Field("reachable_email", _reachable(_HAS_EMAIL, "email", "e")),
            Field("reachable_sms", _reachable(_HAS_MOBILE, "sms", "m")),
            Field("email_key", _key("email_hash")),
            Field("phone_key", _key("phone_hash")),
        ),
        joins=" LEFT JOIN phones p ON p.prefix = s.phone_prefix AND p.length = s.phone_length"
        f" LEFT JOIN {consents.BY_CUSTOMER} k ON k.customer_id = s.id"
        + _suppressed("email", "e", "email_hash")
        + _suppressed("sms", "m", "phone_hash")
        + " LEFT JOIN (SELECT customer_id, list(DISTINCT interest ORDER BY interest)"
        " FILTER (interest IS NOT NULL) AS interests FROM interests GROUP BY customer_id)"
        " i ON i.customer_id = s.id" + homes.JOIN,
        customer="id",
    ),
    # What people said with a date that has yet to come.
    Table(
        "upcoming",
        "stage_consents",
        plain("customer_id", "occurred_at"),
        where="s.occurred_at > {now}",
    ),
    Table(
        "tags",
        "stage_tags",
        (Field("id", "s.id"), Field("label", "s.name"), Field("tag", "s.name", Kind.TEXT, "tag")),
        customer="",
        weight=0,
        repeated="tag",
        repeated_in=("customer_tags",),
    ),
    Table(
        "customer_tags",
        "stage_customer_tags",
        (*plain("customer_id", "tag_id"), *copies("tag", sql="t.{}")),
        joins=" JOIN tags t ON t.id = s.tag_id",
    ),
    Table(
        "products",
        "stage_products",
        (
            *plain("id"),
            Field("product", "s.name", Kind.TEXT, "product"),
            *texts("category", "brand"),
        ),
        customer="",
        weight=0,
        repeated="product",
        repeated_in=("items", "events"),
    ),
    Table(
        "orders",
        "stage_orders",
        (
            *plain("id", "customer_id", "total", "discount"),
            *codes("status", "channel"),
            *texts("store", "promo_code"),
            Field("placed_at", "s.placed_at", Kind.INSTANT),
        ),
    ),
    Table(
        "items",
        "stage_lines",
        (
            *plain("id", "order_id"),
            *plain("customer_id", sql="o.{}"),
            *copies("product", "category", "brand", sql="p.{}"),
            *plain("quantity", "amount"),
            *plain("total", "discount", *ORDER_TEXTS, "placed_at", "placed_at_on", sql="o.{}"),
        ),
        joins=" JOIN orders o ON o.id = s.order_id LEFT JOIN products p ON p.id = s.product_id",
    ),
    Table(
        "events",
        "stage_events",
        (
            *plain("id", "customer_id", "value"),
            Field("name", "s.name", Kind.TEXT, "event_name"),
            Field("product", "p.name", Kind.TEXT, "product"),
            Field(
                "category", "COALESCE(NULLIF(s.category, ''), p.category)", Kind.TEXT, "category"
            ),
            *texts("page"),
            Field("occurred_at", "s.occurred_at", Kind.INSTANT),
        ),
        joins=" LEFT JOIN stage_products p ON p.id = s.product_id",
    ),
    Table("static_members", "stage_static_members", plain("segment_id", "customer_id")),
    Table(
        "segment_changes",
        "stage_segment_changes",
        (
            *plain("segment_id", "customer_id"),
            *codes("kind"),
            Field("occurred_at", "s.occurred_at", Kind.INSTANT),
        ),
    ),
)

register(SOURCES, TABLES)
