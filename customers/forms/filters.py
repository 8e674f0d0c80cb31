"""What the list of customers is narrowed by, read from the address of the page."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers import extensions, listing
from customers.consent import UNKNOWN
from customers.listing import Criteria
from customers.models import ConsentState, Customer, Tag

_ANY = ("", pgettext_lazy("no filter", "All"))
_STATES = [
    _ANY,
    (ConsentState.GIVEN.value, ConsentState.GIVEN.label),
    (ConsentState.WITHDRAWN.value, ConsentState.WITHDRAWN.label),
    (UNKNOWN, _("Unknown")),
]


class Chip(NamedTuple):
    """One thing the list is narrowed by; `query` is the address without it."""

    label: str | Promise
    value: str | Promise
    query: str


class FilterForm(forms.Form):
    """The search, the filters and the order. A value that makes no sense narrows nothing."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            {
                "type": "search",
                "placeholder": _("Name, e-mail, phone, customer number…"),
                "autocomplete": "off",
            }
        ),
    )
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    city = forms.CharField(label=_("City"), required=False, max_length=100)
    gender = forms.ChoiceField(
        label=_("Gender"),
        required=False,
        choices=[_ANY, *Customer.Gender.choices, (UNKNOWN, _("Unknown"))],
    )
    reachable = forms.ChoiceField(
        label=_("Reachable"),
        required=False,
        choices=[_ANY, ("email", _("By e-mail")), ("sms", _("By SMS"))],
    )
    email_consent = forms.ChoiceField(
        label=_("Consent to e-mails"), required=False, choices=_STATES
    )
    sms_consent = forms.ChoiceField(label=_("Consent to SMS"), required=False, choices=_STATES)
    orders = forms.ChoiceField(
        label=_("Orders"),
        required=False,
        choices=[_ANY, ("yes", _("With an order")), ("no", _("Without any order"))],
    )
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[
            (listing.NAME, _("Name")),
            (listing.RECENT, _("Last added")),
            (listing.OLDEST, _("First added")),
        ],
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.tags = {str(pk): name for pk, name in Tag.objects.values_list("pk", "name")}
        self.fields["tag"].choices = [_ANY, *self.tags.items()]  # type: ignore[attr-defined]
        self.others = extensions.filters()
        for other in self.others:
            self.fields[other.key] = forms.ChoiceField(
                label=str(other.label), required=False, choices=[_ANY, *other.choices()]
            )
        self.full_clean()

    @property
    def more(self) -> list[forms.BoundField]:
        """The filters besides the search and the order."""
        own = ["tag", "city", "gender", "reachable", "email_consent", "sms_consent", "orders"]
        return [self[name] for name in (*own, *(other.key for other in self.others))]

    @property
    def criteria(self) -> Criteria:
        """What is asked for, as the domain reads it."""
        given: dict[str, Any] = dict(self.cleaned_data)
        others = {other.key: given.pop(other.key, "") for other in self.others}
        given["tag"] = int(given["tag"]) if given.get("tag") else None
        given["sort"] = given.get("sort") or listing.NAME
        return Criteria(**given, others=others)

    @property
    def chips(self) -> list[Chip]:
        """What narrows the list, each with the address of the page without it."""
        chips = []
        for bound in (self["q"], *self.more):
            value = self.cleaned_data.get(bound.name)
            if not value:
                continue
            choices = getattr(bound.field, "choices", None)
            shown = dict(choices).get(value, value) if choices else value
            chips.append(Chip(bound.label, shown, self._without(bound.name)))
        return chips

    @property
    def query(self) -> str:
        """The address's query with what is asked for and no page."""
        return self._without("")

    def _without(self, name: str) -> str:
        kept = QueryDict(mutable=True)
        for key, value in self.cleaned_data.items():
            if value and key != name and (key, value) != ("sort", listing.NAME):
                kept[key] = value
        return kept.urlencode()
