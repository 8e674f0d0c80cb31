"""The names of the countries and languages that codes stand for, in the language in force."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Names = list[tuple[str, str | Promise]]

COUNTRIES: Final[Names] = [
    ("FR", _("France")),
    ("GP", _("Guadeloupe")),
    ("MQ", _("Martinique")),
    ("GF", _("French Guiana")),
    ("RE", _("Réunion")),
    ("YT", _("Mayotte")),
    ("DE", _("Germany")),
    ("AT", _("Austria")),
    ("BE", _("Belgium")),
    ("CA", _("Canada")),
    ("DK", _("Denmark")),
    ("ES", _("Spain")),
    ("US", _("United States")),
    ("FI", _("Finland")),
    ("GR", _("Greece")),
    ("IE", _("Ireland")),
    ("IT", _("Italy")),
    ("LU", _("Luxembourg")),
    ("MA", _("Morocco")),
    ("MC", _("Monaco")),
    ("NO", _("Norway")),
    ("NL", _("Netherlands")),
    ("PL", _("Poland")),
    ("PT", _("Portugal")),
    ("GB", _("United Kingdom")),
    ("SE", _("Sweden")),
    ("CH", _("Switzerland")),
    ("TN", _("Tunisia")),
    ("DZ", _("Algeria")),
    ("SN", _("Senegal")),
    ("CI", _("Côte d’Ivoire")),
    ("AD", _("Andorra")),
    ("CZ", _("Czechia")),
    ("HU", _("Hungary")),
    ("RO", _("Romania")),
    ("JP", _("Japan")),
    ("CN", _("China")),
    ("AU", _("Australia")),
    ("BR", _("Brazil")),
    ("PM", _("Saint Pierre and Miquelon")),
    ("BL", _("Saint Barthélemy")),
    ("MF", _("Saint Martin")),
    ("NC", _("New Caledonia")),
    ("PF", _("French Polynesia")),
    ("WF", _("Wallis and Futuna")),
]
LANGUAGES: Final[Names] = [
    ("fr", _("French")),
    ("en", _("English")),
    ("de", _("German")),
    ("es", _("Spanish")),
    ("it", _("Italian")),
    ("nl", _("Dutch")),
    ("pt", _("Portuguese")),
    ("ar", _("Arabic")),
    ("zh", _("Chinese")),
]


def name_of(names: Names, code: str) -> str:
    """The name of a code, or the code itself where it is not listed."""
    return str(dict(names).get(code, code))
