"""The form of one of the shop's places."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Place


class PlaceForm(forms.ModelForm[Place]):
    """A place; its coordinates may be left out where the postcode or the city tells them."""

    class Meta:
        model = Place
        fields = ("name", "address", "postal_code", "city", "country", "latitude", "longitude")
        help_texts: ClassVar = {
            "name": _("As your orders name it: orders of that shop are then found by its place."),
            "latitude": _("In degrees, for instance 48.11730. Left empty, that of the commune."),
            "longitude": _("In degrees, for instance -1.67780."),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name in ("latitude", "longitude"):
            self.fields[name].required = False
            # The browser would refuse a comma; Django reads both.
            self.fields[name].localize = True
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "decimal"})
        self.fields["country"].widget.attrs["size"] = 3

    def clean_country(self) -> str:
        """The code in capitals."""
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> None:
        """Both coordinates or neither."""
        super().clean()
        given = [name for name in ("latitude", "longitude") if self.cleaned_data.get(name) is None]
        if len(given) == 1 and not self.errors:
            self.add_error(given[0], _("Give both the latitude and the longitude, or neither."))

    def place(self) -> Place:
        """The place as filled in, not saved; coordinates typed by hand are no approximation."""
        place = self.save(commit=False)
        if {"latitude", "longitude", "postal_code", "city"} & set(self.changed_data):
            place.approximate = False
        return place
