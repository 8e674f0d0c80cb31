"""The register of processing activities (GDPR, article 30), made from what is configured.

Invariant: nothing is written here by hand that the installation can say of itself: attributes and
their purposes, providers, connected shops, forms, how long things are kept, and the measures in
force at this moment. What an app above does with data it declares in its holding.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import ApiToken, Installation, User
from customers.formulas import inert
from customers.models import (
    CustomAttribute,
    Customer,
    PrivacySettings,
    ShopConnection,
    SignupForm,
)
from customers.rights import holdings
from customers.rights.holdings import Activity
from customers.spreadsheets.jobs import KEPT

COLUMNS: Final = ("purposes", "bases", "people", "data", "recipients", "retention")


def controller(privacy: PrivacySettings) -> dict[str, str]:
    """Who answers for the data: name, address, contact, data protection officer."""
    return {
        "name": privacy.controller or Installation.load().shop_name or _("(to be filled in)"),
        "address": privacy.controller_address,
        "contact": privacy.contact,
        "officer": privacy.officer,
    }


def is_answered_for() -> bool:
    """Say whether a person would read whose their data are, and whom to write to about them."""
    privacy = PrivacySettings.load()
    name = privacy.controller or Installation.load().shop_name
    return bool(name and privacy.contact)


def labels() -> dict[str, str]:
    """The columns of the register in words."""
    return {
        "purposes": _("Purposes"),
        "bases": _("Legal basis"),
        "people": _("People concerned"),
        "data": _("Data"),
        "recipients": _("Recipients"),
        "retention": _("How long"),
    }


def activities() -> Sequence[Activity]:
    """Every activity, in the order of a customer's life."""
    found = [_customer_file()]
    if SignupForm.objects.exists():
        found.append(_signups())
    tokens = ApiToken.objects.filter(revoked_at=None).count()
    shops = list(ShopConnection.objects.filter(is_active=True))
    if tokens or shops:
        found.append(_exchange(tokens, shops))
    for holding in holdings.registered():
        found += holding.activities()
    return [*found, _requests(), _accounts()]


def measures() -> list[str]:
    """The security measures in force here, each checked where it can be."""
    found = [
        _("Access by role: administrators, marketers, analysts; analysts see no contact data"),
        _("An audit trail of exports, erasures, launches and changes of settings"),
        _("Unsubscribed, opposed and erased addresses kept as keyed hashes only"),
        _("Logs without names, addresses, phone numbers or tokens"),
        _("Analyses run on a copy without names, addresses or phone numbers"),
        _("Files and keys readable by the service's account alone"),
    ]
    if settings.SECURE_SSL_REDIRECT:
        found.append(_("HTTPS required, and remembered by browsers (HSTS)"))
    if settings.SESSION_COOKIE_SECURE:
        found.append(_("Session cookies sent over HTTPS only"))
    if connection.vendor == "postgresql":
        found.append(_("Data kept in a PostgreSQL server with accounts of its own"))
    return found


def as_csv() -> str:
    """The register as a table that French spreadsheets open as it is."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([_("Activity"), *labels().values()])
    for activity in activities():
        told = ["\n".join(getattr(activity, column)) for column in COLUMNS]
        writer.writerow([inert(cell) for cell in (activity.title, *told)])
    writer.writerow([_("Security measures"), inert("\n".join(measures()))])
    return "\ufeff" + text.getvalue()


def _customer_file() -> Activity:
    years = PrivacySettings.load().retention_years
    data = [
        _("Identity: number, first and last name, gender, date of birth, language"),
        _("Contact: e-mail, phone, postal address"),
        _("Household and profession, where given; interests and preferences"),
        _("Orders and their lines, visits and carts, notes and tags of the team"),
        _("Consents with their date, source, wording and proof"),
    ]
    for attribute in CustomAttribute.objects.all():
        told = attribute.label
        if attribute.purpose:
            told = _("%(what)s: %(why)s") % {"what": told, "why": attribute.purpose}
        if attribute.sensitive:
            category = attribute.get_sensitive_display()
            told = _("%(what)s [sensitive data: %(category)s]") % {
                "what": told,
                "category": category,
            }
        data.append(told)
    bases = [_("Legitimate interest: managing the relation with customers")]
    if CustomAttribute.objects.exclude(sensitive="").exists():
        bases.append(_("Explicit consent of each person for sensitive data (GDPR 9.2.a)"))
    kept = ngettext(
        "%(n)s year after the last contact or activity, then purged on decision",
        "%(n)s years after the last contact or activity, then purged on decision",
        years,
    )
    return Activity(
        "customers",
        _("Customer file"),
        purposes=[_("Know customers and prospects, their orders and their wishes")],
        bases=bases,
        people=[_("Customers and prospects"), *_languages()],
        data=data,
        recipients=[_("The members of the team, by role")],
        retention=[
            kept % {"n": years},
            _("Orders: kept without the person afterwards, for totals"),
            _("Imported files and refused lines: %(n)s days") % {"n": KEPT.days},
        ],
    )


def _languages() -> list[str]:
    """Whether the file holds people of other countries, as the customers say themselves."""
    abroad = Customer.objects.exclude(country__in=("FR", "")).exists()
    return [_("Some live outside France")] if abroad else []


def _signups() -> Activity:
    forms = list(SignupForm.objects.order_by("name").values_list("name", "double_opt_in"))
    doubled = sum(double for _name, double in forms)
    return Activity(
        "signups",
        _("Sign-up forms"),
        purposes=[
            _("Collect and prove consent: %(forms)s") % {"forms": ", ".join(n for n, _d in forms)}
        ],
        bases=[_("Consent")],
        people=[_("People who sign up")],
        data=[
            _("Answers, words agreed to, page and date; %(n)s forms ask to confirm the address")
            % {"n": doubled}
        ],
        recipients=[_("The members of the team, by role")],
        retention=[_("Answers never confirmed are emptied; the others as the customer's record")],
    )


def _exchange(tokens: int, shops: list[ShopConnection]) -> Activity:
    names = [f"{shop.name} ({shop.get_kind_display()})" for shop in shops]
    called = ngettext("%(n)s API key in use", "%(n)s API keys in use", tokens) % {"n": tokens}
    return Activity(
        "exchange",
        _("Exchanges with other programs"),
        purposes=[_("Take in customers, orders, carts and visits from the shop's own programs")],
        bases=[_("Legitimate interest; consent for what a web site's snippet reports")],
        people=[_("Customers and prospects")],
        data=[_("Identity and contact, orders, carts, page views, consents")],
        recipients=[*names, *([called] if tokens else [])],
        retention=[_("As the customer's record; answers to calls: one day")],
    )


def _requests() -> Activity:
    return Activity(
        "rights",
        _("Requests about personal data"),
        purposes=[_("Answer access, rectification, opposition and erasure within a month")],
        bases=[_("Legal obligation (GDPR, articles 12 to 22)")],
        people=[_("People who ask")],
        data=[_("Kind of request, dates, what was done; keyed hashes after an erasure")],
        recipients=[_("Administrators and marketers")],
        retention=[_("Requests: as proof, without the person after an erasure")],
    )


def _accounts() -> Activity:
    members = User.objects.filter(is_active=True).count()
    return Activity(
        "accounts",
        _("Accounts of the team"),
        purposes=[_("Sign in, give each role its rights, know who decided what")],
        bases=[_("Legitimate interest: security")],
        people=[
            ngettext("%(n)s member of the team", "%(n)s members of the team", members)
            % {"n": members}
        ],
        data=[_("Name, e-mail address, role, password as a hash, audit trail")],
        recipients=[_("Administrators")],
        retention=[_("As long as the account; the audit trail as long as the installation")],
    )
