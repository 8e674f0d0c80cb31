"""A shop or a web site to connect."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import ShopConnection

_SUMMARY: Final[dict[str, str | Promise]] = {
    "woocommerce": _("Customers, orders and checkouts left half-way, by its own webhooks."),
    "shopify": _("Customers, consents, orders, refunds and checkouts, by its own webhooks."),
    "prestashop": _("Customers, orders and carts, by a small module to install."),
    "site": _("Pages seen and carts of people who agreed, by a snippet in your pages."),
}
_MOST_SITES: Final = 20


class KindChoice(forms.RadioSelect):
    """The products as radio buttons, each with what it brings."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["summary"] = _SUMMARY.get(str(option["value"]), "")
        return option


class ShopForm(forms.Form):
    """What is to be connected; sites are asked only of a web site."""

    kind = forms.ChoiceField(
        label=_("What do you connect?"), choices=ShopConnection.Kind.choices, widget=KindChoice
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("As you call it: it is written beside each consent it brings."),
    )
    origins = forms.CharField(
        label=_("Addresses of the web site"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "https://www.exemple.fr"}),
        help_text=_("For a web site only: one a line. Only their pages may report."),
    )

    def clean_origins(self) -> list[str]:
        """Each line as an origin: scheme, host and port."""
        found = [origin_of(line) for line in self.cleaned_data["origins"].split() if line]
        if len(found) > _MOST_SITES:
            raise forms.ValidationError(_("At most 20 addresses."))
        return list(dict.fromkeys(found))

    def clean(self) -> dict[str, Any]:
        """A web site has an address."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        is_site = told.get("kind") == ShopConnection.Kind.SITE
        if is_site and not told.get("origins") and "origins" not in self.errors:
            self.add_error("origins", _("Write the address of the site, https://www.exemple.fr."))
        if not is_site:
            told["origins"] = []
        return told


def origin_of(address: str) -> str:
    """The origin of an address as browsers send it. Raises ValidationError."""
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise forms.ValidationError(
            _("“%(address)s” is not an address like https://www.exemple.fr."),
            params={"address": address[:80]},
        )
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port and port != usual else "")
