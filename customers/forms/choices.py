"""The countries and languages offered by hand; a stored value outside them stays choosable."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Choices = list[tuple[str, str | Promise]]

COUNTRIES: Final[Choices] = [
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
]
LANGUAGES: Final[Choices] = [
    ("fr", _("French")),
    ("en", _("English")),
    ("de", _("German")),
    ("es", _("Spanish")),
    ("it", _("Italian")),
    ("nl", _("Dutch")),
    ("pt", _("Portuguese")),
]


def with_current(choices: Choices, current: str) -> Choices:
    """The choices, an empty one first, with the current value even where it is not listed."""
    listed: Choices = [("", "–"), *choices]
    if current and current not in dict(choices):
        listed.append((current, current))
    return listed


def label(choices: Choices, value: str) -> str:
    """The name of a value, or the value itself where it is not listed."""
    return str(dict(choices).get(value, value))
