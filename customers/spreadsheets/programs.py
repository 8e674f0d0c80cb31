"""Exports of named programs: what their columns mean, known by the names only they use.

A program's columns mean what is listed here, an empty key leaving one out; in a file of customers
the columns it does not list (fields of the shop's own) are guessed like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from customers.folding import fold
from customers.models import ImportJob

_CUSTOMERS: Final = ImportJob.Kind.CUSTOMERS.value
_ORDERS: Final = ImportJob.Kind.ORDERS.value
_LISTS: Final = ImportJob.Kind.SUPPRESSIONS.value


@dataclass(frozen=True)
class Program:
    """One export of one program. All of `signature` is in its header; names are folded."""

    name: str
    kind: str
    signature: frozenset[str]
    columns: dict[str, str]

    @property
    def lists_all(self) -> bool:
        """Say whether columns it does not name are left out rather than guessed."""
        return self.kind != _CUSTOMERS

    def found_in(self, header: Sequence[str]) -> dict[int, str]:
        """Position → field key, '' for a column left out; each key once, but tags."""
        found: dict[int, str] = {}
        for position, name in enumerate(header):
            key = self.columns.get(fold(name))
            if key is None:
                if self.lists_all:
                    found[position] = ""
            elif key and key != "tags" and key in found.values():
                found[position] = ""
            else:
                found[position] = key
        return found


def _program(name: str, kind: str, signature: str, columns: str) -> Program:
    """Build one from `a | b` and `column = key | column = | …`."""
    pairs = (pair.split("=") for pair in columns.split("|"))
    return Program(
        name,
        kind,
        frozenset(" ".join(part.split()) for part in signature.split("|")),
        {" ".join(column.split()): key.strip() for column, key in pairs},
    )


PROGRAMS: Final = (
    _program(
        "Shopify", _CUSTOMERS, "accepts email marketing | total spent",
        "customer id = external_id | first name = first_name | last name = last_name "
        "| email = email | phone = phone | default address phone = | tags = tags | note = "
        "| default address company = | default address address1 = address "
        "| default address address2 = | default address city = city "
        "| default address province code = | default address country code = country "
        "| default address zip = postal_code | address1 = address | address2 = | city = city "
        "| country = | country code = country | zip = postal_code | company = | province = "
        "| province code = | accepts email marketing = email_consent "
        "| accepts sms marketing = sms_consent | total spent = | total orders = | tax exempt =",
    ),
    _program(
        "Shopify", _CUSTOMERS, "accepts marketing | total spent",
        "first name = first_name | last name = last_name | email = email | phone = phone "
        "| company = | address1 = address | address2 = | city = city | province = "
        "| province code = | country = | country code = country | zip = postal_code "
        "| accepts marketing = email_consent | total spent = | total orders = | tags = tags "
        "| note = | tax exempt =",
    ),
    _program(
        "Shopify", _ORDERS, "lineitem name | financial status",
        "name = number | email = customer | financial status = status | created at = placed_at "
        "| total = total | discount code = promo_code | discount amount = discount "
        "| lineitem quantity = quantity | lineitem name = product "
        "| lineitem price = unit_price | vendor = brand | source = channel",
    ),
    _program(
        "WooCommerce", _CUSTOMERS, "username | last active | sign up",
        "name = full_name | username = | last active = | sign up = signed_up_at "
        "| email = email | orders = | total spend = | aov = | country / region = country "
        "| city = city | region = | postal code = postal_code",
    ),
    _program(
        "WooCommerce", _CUSTOMERS, "user_login | user_email",
        "id = | customer_id = external_id | user_login = | user_pass = | user_nicename = "
        "| user_email = email | user_url = | user_registered = signed_up_at | display_name = "
        "| first_name = first_name | last_name = last_name | user_status = | roles = "
        "| billing_first_name = | billing_last_name = | billing_company = | billing_email = "
        "| billing_phone = phone | billing_address_1 = address | billing_address_2 = "
        "| billing_postcode = postal_code | billing_city = city | billing_state = "
        "| billing_country = country | shipping_first_name = | shipping_last_name = "
        "| shipping_postcode = | shipping_city = | shipping_country = | shipping_address_1 =",
    ),
    _program(
        "WooCommerce", _ORDERS, "order number | email (billing)",
        "order number = number | order status = status | order date = placed_at "
        "| email (billing) = customer | order total amount = total | coupon code = promo_code "
        "| cart discount amount = discount | item name = product | category = category "
        "| quantity (- refund) = quantity | quantity = quantity | item cost = unit_price",
    ),
    _program(
        "WooCommerce", _ORDERS, "order_number | billing_email",
        "order_number = number | order_date = placed_at | status = status "
        "| billing_email = customer | order_total = total | discount_total = discount",
    ),
    _program(
        "WooCommerce", _ORDERS, "order # | customer type",
        "order # = number | date = placed_at | status = status | net sales = total "
        "| n. revenue = total | coupon(s) = promo_code",
    ),
    _program(
        "PrestaShop", _CUSTOMERS, "offres partenaires | newsletter",
        "id = external_id | titre de civilite = gender | titre = gender | prenom = first_name "
        "| nom = last_name | adresse e-mail = email | adresse email = email | ventes = "
        "| active = | newsletter = email_consent | offres partenaires = | groupe = "
        "| date d'inscription = signed_up_at | inscription = signed_up_at | derniere visite =",
    ),
    _program(
        "PrestaShop", _CUSTOMERS, "partner offers | newsletter",
        "id = external_id | social title = gender | first name = first_name "
        "| last name = last_name | email address = email | sales = | enabled = | group = "
        "| newsletter = email_consent | partner offers = | registration = signed_up_at "
        "| last visit =",
    ),
    _program(
        "PrestaShop", _CUSTOMERS, "id_customer | firstname",
        "id_customer = external_id | id_gender = gender | firstname = first_name "
        "| lastname = last_name | email = email | birthday = birth_date "
        "| newsletter = email_consent | optin = | date_add = signed_up_at | date_upd = "
        "| id_lang = | passwd = | active = | id_shop = | id_default_group = | company =",
    ),
    _program(
        "PrestaShop", _ORDERS, "nouveau client | reference",
        "reference = number | total = total | etat = status | date = placed_at",
    ),
    _program(
        "PrestaShop", _ORDERS, "new client | reference",
        "reference = number | total = total | status = status | date = placed_at",
    ),
    _program(
        "PrestaShop", _ORDERS, "id_order | date_add",
        "reference = number | id_customer = customer | date_add = placed_at "
        "| total_paid_tax_incl = total | total_discounts_tax_incl = discount "
        "| product_name = product | product_quantity = quantity "
        "| unit_price_tax_incl = unit_price | total_price_tax_incl = amount",
    ),
    _program(
        "Brevo", _CUSTOMERS, "contact id | email",
        "contact id = | email = email | firstname = first_name | lastname = last_name "
        "| prenom = first_name | nom = last_name | sms = phone | ext_id = external_id "
        "| whatsapp = | landline_number = | added_time = signed_up_at | modified_time = "
        "| opt_in = email_consent | double_opt-in =",
    ),
    _program(
        "Brevo", _CUSTOMERS, "email | sms | double_opt-in",
        "email = email | firstname = first_name | lastname = last_name | prenom = first_name "
        "| nom = last_name | sms = phone | ext_id = external_id | whatsapp = "
        "| added_time = signed_up_at | modified_time = | opt_in = email_consent "
        "| double_opt-in =",
    ),
    _program(
        "Mailchimp", _CUSTOMERS, "leid | euid",
        "email address = email | first name = first_name | last name = last_name "
        "| address = address | phone number = phone | birthday = | member_rating = "
        "| optin_time = signed_up_at | optin_ip = | confirm_time = | confirm_ip = | latitude = "
        "| longitude = | gmtoff = | dstoff = | timezone = | cc = country | region = "
        "| last_changed = | leid = | euid = | notes = | tags = tags",
    ),
    _program(
        "Mailchimp", _LISTS, "leid | euid", "email address = email | phone number = phone",
    ),
    _program(
        "listmonk", _LISTS, "uuid | email | status", "email = email | status = listed",
    ),
    _program(
        "Brevo", _LISTS, "contact id | email", "email = email | sms = phone",
    ),
)  # fmt: skip


def recognise(header: Iterable[str], kind: str) -> Program | None:
    """The program whose export has this header, None for one nobody here knows."""
    names = {fold(name) for name in header}
    return next((each for each in PROGRAMS if each.kind == kind and each.signature <= names), None)
