"""Choices of French departments and regions, and of the countries a French shop sends to.

Proper names are not translated but for the countries; the codes are those of rules (2A and 2B in
Corsica, three digits overseas, ISO 3166 for countries).
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from customers.geography import divisions
from segmentation.catalogue.entries import Choice

DEPARTMENTS = tuple(Choice(code, f"{code} {name}") for code, name in divisions.DEPARTMENTS.items())
REGIONS = tuple(Choice(code, name) for code, name in divisions.REGIONS.items())
AREAS = tuple(Choice(area.value, area.label) for area in divisions.Area)

COUNTRIES = (
    Choice("FR", _("France")),
    Choice("BE", _("Belgium")),
    Choice("CH", _("Switzerland")),
    Choice("LU", _("Luxembourg")),
    Choice("DE", _("Germany")),
    Choice("ES", _("Spain")),
    Choice("IT", _("Italy")),
    Choice("NL", _("Netherlands")),
    Choice("PT", _("Portugal")),
    Choice("GB", _("United Kingdom")),
    Choice("MC", _("Monaco")),
    Choice("CA", _("Canada")),
    Choice("US", _("United States")),
)
