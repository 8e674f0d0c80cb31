"""The form of one of the shop's places."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Place


class DegreesField(forms.DecimalField):
    """Decimal degrees, with a comma or a point whatever the language of the page."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def to_python(self, value: Any) -> Any:
        written = value.replace(",", ".") if isinstance(value, str) else value
        return super().to_python(written)


class PlaceForm(forms.ModelForm[Place]):
    """A place; its coordinates may be left out where the postcode or the city tells them."""

    class Meta:
        model = Place
        field_classes: ClassVar = {"latitude": DegreesField, "longitude": DegreesField}
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

    def coordinates(self) -> tuple[Decimal, Decimal] | None:
        """Latitude and longitude as typed; None to take those of the commune.

        Coordinates that came from the commune and were not touched follow a new address.
        """
        typed = {"latitude", "longitude"} & set(self.changed_data)
        if self.cleaned_data["latitude"] is None:
            return None
        if self.instance.approximate and not typed:
            return None
        return self.cleaned_data["latitude"], self.cleaned_data["longitude"]
