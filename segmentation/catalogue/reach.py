"""The fields about how to reach someone: addresses, consents, what they received lately."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from segmentation.catalogue.customer import choices_of, closed, suggested
from segmentation.catalogue.entries import Choice, Field, Group, Label, Widget
from segmentation.catalogue.expressions import column
from segmentation.catalogue.places import COUNTRIES
from segmentation.rules.operators import Kind

CONSENTS = (
    Choice("given", _("Given")),
    Choice("withdrawn", _("Withdrawn")),
    Choice("unknown", _("Unknown")),
)


def flag(key: str, label: Label, sentences: tuple[Label, Label, Label, Label]) -> Field:
    """A yes or no about reaching someone, with its phrases: true, false, known and not."""
    return Field(
        key,
        Kind.BOOLEAN,
        label,
        label,
        column(key),
        Group.REACH,
        widget=Widget.SWITCH,
        sentences=dict(zip(("true", "false", "is_set", "is_not_set"), sentences, strict=True)),
    )


def messages_sent(key: str, column_name: str, label: Label, noun: Label) -> Field:
    """How many messages went out to a person lately, whatever became of them."""
    return Field(
        key,
        Kind.NUMBER,
        label,
        noun,
        lambda scope: scope.recent("pressure", column_name),
        Group.REACH,
        widget=Widget.NUMBER,
    )


REACH: tuple[Field, ...] = (
    messages_sent(
        "messages_last_7_days",
        "last_7_days",
        _("Messages in the last 7 days"),
        pgettext_lazy("whose", "number of messages in the last 7 days"),
    ),
    messages_sent(
        "messages_last_30_days",
        "last_30_days",
        _("Messages in the last 30 days"),
        pgettext_lazy("whose", "number of messages in the last 30 days"),
    ),
    flag(
        "reachable_email",
        _("Reachable by e-mail"),
        (
            _("who can be reached by e-mail"),
            _("who cannot be reached by e-mail"),
            _("of whom we know whether they can be reached by e-mail"),
            _("of whom we do not know whether they can be reached by e-mail"),
        ),
    ),
    flag(
        "reachable_sms",
        _("Reachable by SMS"),
        (
            _("who can be reached by SMS"),
            _("who cannot be reached by SMS"),
            _("of whom we know whether they can be reached by SMS"),
            _("of whom we do not know whether they can be reached by SMS"),
        ),
    ),
    flag(
        "has_email",
        _("Has an e-mail address"),
        (
            _("who have an e-mail address"),
            _("who have no e-mail address"),
            _("of whom we know whether they have an e-mail address"),
            _("of whom we do not know whether they have an e-mail address"),
        ),
    ),
    flag(
        "has_mobile",
        _("Has a mobile number"),
        (
            _("who have a mobile number"),
            _("who have no mobile number"),
            _("of whom we know whether they have a mobile number"),
            _("of whom we do not know whether they have a mobile number"),
        ),
    ),
    suggested(
        Group.REACH,
        "email_domain",
        Kind.TEXT,
        _("E-mail domain"),
        pgettext_lazy("whose", "e-mail domain"),
    ),
    suggested(
        Group.REACH,
        "phone_country",
        Kind.TEXT,
        _("Phone country"),
        pgettext_lazy("whose", "phone country"),
        COUNTRIES,
    ),
    closed(
        Group.REACH,
        "email_consent",
        _("Consent to e-mails"),
        pgettext_lazy("whose", "consent to e-mails"),
        CONSENTS,
    ),
    closed(
        Group.REACH,
        "sms_consent",
        _("Consent to SMS"),
        pgettext_lazy("whose", "consent to SMS"),
        CONSENTS,
    ),
    closed(
        Group.REACH,
        "tracking_consent",
        _("Consent to tracking"),
        pgettext_lazy("whose", "consent to tracking"),
        CONSENTS,
    ),
    closed(
        Group.REACH,
        "preferred_frequency",
        _("Preferred frequency"),
        pgettext_lazy("whose", "preferred frequency"),
        choices_of(Customer.Frequency.choices),
    ),
    closed(
        Group.REACH,
        "preferred_channel",
        _("Preferred channel"),
        pgettext_lazy("whose", "preferred channel"),
        choices_of(Customer.PreferredChannel.choices),
    ),
)
