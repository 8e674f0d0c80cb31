"""The fields about a person: who they say they are, where they live, how they can be reached.

Each entry carries its label (on buttons and lists) and its noun (inside a sentence, where other
languages need an article: "whose city is …").
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from customers.models import Customer
from segmentation.catalogue.entries import Choice, Field, Group, Label, Manner, Sql, Widget
from segmentation.catalogue.expressions import age, column, linked, location
from segmentation.catalogue.places import AREAS, COUNTRIES, DEPARTMENTS, REGIONS
from segmentation.rules.operators import Kind

LANGUAGES = (
    Choice("fr", _("French")),
    Choice("en", _("English")),
    Choice("de", _("German")),
    Choice("es", _("Spanish")),
    Choice("it", _("Italian")),
    Choice("nl", _("Dutch")),
    Choice("pt", _("Portuguese")),
)


def choices_of(pairs: list[tuple[str, Label]]) -> tuple[Choice, ...]:
    """Django's (code, label) pairs as choices."""
    return tuple(Choice(code, label) for code, label in pairs)


def closed(group: Group, key: str, label: Label, noun: Label, choices: tuple[Choice, ...]) -> Field:
    """A choice limited to a list."""
    return Field(
        key,
        Kind.CHOICE,
        label,
        noun,
        column(key),
        group,
        choices=choices,
        closed=True,
        widget=Widget.SELECT,
    )


def suggested(
    group: Group,
    key: str,
    kind: Kind,
    label: Label,
    noun: Label,
    choices: tuple[Choice, ...] = (),
    sql: Sql | None = None,
) -> Field:
    """A text, choice or set whose values are suggested from what the snapshot holds."""
    return Field(
        key,
        kind,
        label,
        noun,
        sql or column(key),
        group,
        choices=choices,
        suggestions=key.removesuffix("s") if kind is Kind.SET else key,
        widget=Widget.SUGGEST,
    )


PERSON: tuple[Field, ...] = (
    closed(
        Group.PERSON,
        "gender",
        _("Gender"),
        pgettext_lazy("whose", "gender"),
        choices_of(Customer.Gender.choices),
    ),
    Field(
        "age",
        Kind.NUMBER,
        _("Age"),
        pgettext_lazy("whose", "age"),
        age,
        Group.PERSON,
        widget=Widget.NUMBER,
        unit=ngettext_lazy("%(n)s year", "%(n)s years", "number"),
        sentences={
            "=": _("who are %(value)s old"),
            "!=": _("who are not %(value)s old"),
            ">": _("who are more than %(value)s old"),
            ">=": _("who are at least %(value)s old"),
            "<": _("who are less than %(value)s old"),
            "<=": _("who are at most %(value)s old"),
            "between": _("who are %(first)s to %(last)s old"),
        },
    ),
    Field(
        "birth_date",
        Kind.DATE,
        _("Date of birth"),
        pgettext_lazy("whose", "date of birth"),
        column("birth_date"),
        Group.PERSON,
        widget=Widget.DATE,
        sentences={
            "on": _("who were born on %(value)s"),
            "before": _("who were born before %(value)s"),
            "after": _("who were born after %(value)s"),
            "between": _("who were born between %(first)s and %(last)s"),
            "from": _("who were born on %(first)s or later"),
            "until": _("who were born on %(last)s or earlier"),
            "in_last": _("who were born within the last %(of_span)s"),
            "more_than_ago": _("who were born more than %(of_span)s ago"),
            "calendar": _("who were born %(period)s"),
            "calendar_past": _("who were born %(period)s"),
            "anniversary_in_next": _("whose birthday is within the next %(span)s"),
            "anniversary_today": _("whose birthday is today"),
            "anniversary_month": _("whose birthday is in %(value)s"),
        },
    ),
    Field(
        "children",
        Kind.NUMBER,
        _("Children"),
        pgettext_lazy("whose", "number of children"),
        column("children"),
        Group.PERSON,
        widget=Widget.NUMBER,
    ),
    closed(
        Group.PERSON,
        "marital_status",
        _("Marital status"),
        pgettext_lazy("whose", "marital status"),
        choices_of(Customer.MaritalStatus.choices),
    ),
    suggested(
        Group.PERSON,
        "education",
        Kind.CHOICE,
        _("Education"),
        pgettext_lazy("whose", "education"),
    ),
    suggested(
        Group.PERSON,
        "profession",
        Kind.CHOICE,
        _("Profession"),
        pgettext_lazy("whose", "profession"),
    ),
    suggested(
        Group.PERSON,
        "income_band",
        Kind.CHOICE,
        _("Income band"),
        pgettext_lazy("whose", "income band"),
    ),
    suggested(
        Group.PERSON,
        "language",
        Kind.CHOICE,
        _("Language"),
        pgettext_lazy("whose", "language"),
        LANGUAGES,
    ),
    suggested(
        Group.PERSON,
        "acquisition_source",
        Kind.CHOICE,
        _("How they found us"),
        pgettext_lazy("whose", "acquisition source"),
    ),
    suggested(
        Group.PERSON,
        "interests",
        Kind.SET,
        _("Interests"),
        pgettext_lazy("whose … include", "interests"),
    ),
    replace(
        suggested(
            Group.PERSON,
            "tags",
            Kind.SET,
            _("Tags"),
            pgettext_lazy("whose … include", "tags"),
            sql=linked("customer_tags", "customer_id", "tag"),
        ),
        sentences={"is_set": _("who have a tag"), "is_not_set": _("who have no tag")},
    ),
    Field(
        "signed_up_at",
        Kind.INSTANT,
        _("Signed up"),
        pgettext_lazy("whose", "sign-up"),
        column("signed_up_at"),
        Group.PERSON,
        widget=Widget.DATE,
        manner=Manner.EVENT,
        sentences={
            "is_set": _("whose date of sign-up is known"),
            "is_not_set": _("whose date of sign-up is not known"),
        },
    ),
)

PLACE: tuple[Field, ...] = (
    suggested(Group.PLACE, "city", Kind.TEXT, _("City"), pgettext_lazy("whose", "city")),
    suggested(
        Group.PLACE,
        "postal_code",
        Kind.TEXT,
        _("Postcode"),
        pgettext_lazy("whose", "postcode"),
    ),
    suggested(
        Group.PLACE,
        "department",
        Kind.CHOICE,
        _("Department"),
        pgettext_lazy("whose", "department"),
        DEPARTMENTS,
    ),
    suggested(
        Group.PLACE,
        "region",
        Kind.CHOICE,
        _("Region"),
        pgettext_lazy("whose", "region"),
        REGIONS,
    ),
    Field(
        "area",
        Kind.CHOICE,
        _("Surroundings"),
        pgettext_lazy("whose", "surroundings"),
        column("area"),
        Group.PLACE,
        choices=AREAS,
        closed=True,
        widget=Widget.SELECT,
    ),
    Field(
        "location",
        Kind.PLACE,
        _("Distance from home"),
        pgettext_lazy("whose", "home"),
        location,
        Group.PLACE,
        widget=Widget.MAP,
        sentences={
            "within_km": _("who live within %(km)s km of %(value)s"),
            "is_set": _("whose home is known to a few kilometres"),
            "is_not_set": _("whose home is not known to a few kilometres"),
        },
    ),
    suggested(
        Group.PLACE,
        "country",
        Kind.CHOICE,
        _("Country"),
        pgettext_lazy("whose", "country"),
        COUNTRIES,
    ),
)
