"""What the reference of the rule language says besides what its tables say, and its examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segmentation.rules import Kind, Operand

Text = str | Promise

KINDS: Final[Mapping[str, Text]] = {
    Kind.TEXT: pgettext_lazy("type of a field", "Text"),
    Kind.CHOICE: pgettext_lazy("type of a field", "Choice"),
    Kind.REFERENCE: pgettext_lazy("type of a field", "Reference"),
    Kind.NUMBER: pgettext_lazy("type of a field", "Number"),
    Kind.BOOLEAN: pgettext_lazy("type of a field", "Yes or no"),
    Kind.DATE: pgettext_lazy("type of a field", "Date"),
    Kind.INSTANT: pgettext_lazy("type of a field", "Date and time"),
    Kind.SET: pgettext_lazy("type of a field", "List of words"),
    Kind.PLACE: pgettext_lazy("type of a field", "Place"),
}
NODES_NOTE: Final = _(
    "A rule is an object: its version, 1, and one condition or group under “rule”. Groups nest up "
    "to 10 levels, with 200 conditions in all. A condition is true or false for each customer, "
    "never unknown: a missing value passes no test but the negative ones."
)
OPERATORS_NOTE: Final = _(
    "Texts are compared without accents, capitals or repeated spaces. Dates and days are those of "
    "the shop’s time zone. Each negative operator is the exact contrary of its positive one, so it "
    "keeps those without a value. “among the highest” and “among the lowest” compare people with "
    "each other, and so are not asked of the details of an order or a visit."
)
OWN_ATTRIBUTES: Final = _(
    "Your custom attributes are fields too, named “attr:” and their key; their type is the one "
    "chosen in the settings."
)
OWN_PROPERTIES: Final = _(
    "The event properties declared in the settings are fields too, named “prop:” and their key."
)
DEFAULTS: Final[Mapping[str, Text]] = {
    "orders": _("Only paid orders count, unless a detail speaks of the status."),
    "items": _("Only products of paid orders count, unless a detail speaks of the status."),
    "engagements": _("Reactions made by machines do not count, unless a detail speaks of them."),
}
MEASURES: Final[Mapping[str, Text]] = {
    "count": _("The number of rows; 0 for who has none. Left out, it is “at least 1”."),
    "days": _("The number of different days with a row; 0 for who has none."),
    "first": _("When the first row was; missing for who has none."),
    "last": _("When the last row was; missing for who has none."),
    "sum": _("The sum of a number; 0 for who has none."),
    "avg": _("The average of a number; missing for who has none."),
    "min": _("The lowest number; missing for who has none."),
    "max": _("The highest number; missing for who has none."),
    "distinct": _("How many different values a field has; 0 for who has none."),
}
MEASURED: Final = dict.fromkeys(("sum", "avg", "min", "max"), "total") | {"distinct": "store"}
AT_LEAST: Final[dict[str, Any]] = {"op": ">=", "value": 3}
TRENDS: Final[Mapping[str, Text]] = {
    "down_by": pgettext_lazy("trend", "lower by so many percent or more"),
    "up_by": pgettext_lazy("trend", "higher by so many percent or more"),
    "down": pgettext_lazy("trend", "lower"),
    "up": pgettext_lazy("trend", "higher"),
}
WINDOWS_NOTE: Final = _(
    "Without “when”, all rows up to now count. An hour is 3,600 seconds; days, weeks, months and "
    "years are those of the calendar, at the same time of day: a month before 31 March is the last "
    "day of February."
)
WINDOWS: Final[Mapping[str, tuple[Text, Any]]] = {
    "last": (_("From so long ago until now, both ends included."), [180, "day"]),
    "calendar": (
        _("A whole day, week, month or year: 0 is this one, -1 the one before. Weeks begin on "
          "Monday."),
        {"unit": "month", "offset": -1},
    ),
    "between": (
        _("Whole days, both included; one of them may be null."),
        ["2026-01-01", "2026-03-31"],
    ),
    "ago": (_("Between two times ago, both included."), [2, 4, "hour"]),
    "before": (_("Strictly longer ago than that."), [1, "year"]),
}  # fmt: skip

# By type of field: an example's source ('' for the person) and field.
EXAMPLE_FIELDS: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.TEXT: ("", "city"),
    Kind.CHOICE: ("", "gender"),
    Kind.REFERENCE: ("messages", "campaign"),
    Kind.NUMBER: ("", "total_spent"),
    Kind.BOOLEAN: ("", "reachable_email"),
    Kind.DATE: ("", "birth_date"),
    Kind.INSTANT: ("", "last_order_at"),
    Kind.SET: ("", "interests"),
    Kind.PLACE: ("", "location"),
}
VALUES: Final[Mapping[Operand, Any]] = {
    Operand.TEXT: "Lyon",
    Operand.TEXTS: ["Lyon", "Rennes"],
    Operand.ID: 3,
    Operand.IDS: [3, 8],
    Operand.NUMBER: 250,
    Operand.NUMBERS: [50, 100],
    Operand.PERCENT: 20,
    Operand.TRUTH: True,
    Operand.DAY: "2026-03-31",
    Operand.DAYS: ["2026-01-01", "2026-03-31"],
    Operand.DURATION: [30, "day"],
    Operand.DAY_COUNT: [7, "day"],
    Operand.CALENDAR: {"unit": "month", "offset": -1},
    Operand.MONTH: 12,
    Operand.NEAR: {"lat": 48.1113, "lon": -1.68, "km": 10},
}
EXAMPLE_VALUES: Final[Mapping[tuple[Kind, Operand], Any]] = {
    (Kind.CHOICE, Operand.TEXT): "female",
    (Kind.CHOICE, Operand.TEXTS): ["female", "non_binary"],
    (Kind.SET, Operand.TEXTS): ["vélo", "écologie"],
    (Kind.DATE, Operand.DAY): "1990-05-14",
    (Kind.DATE, Operand.DAYS): ["1980-01-01", "1989-12-31"],
}

_YOUNG: Final = {"field": "age", "op": "between", "value": [25, 35]}
_LYON: Final = {"field": "city", "op": "is", "value": "Lyon"}
# Key, title, what it means, example.
NODES: Final[tuple[tuple[str, Text, Text, dict[str, Any]], ...]] = (
    (
        "all",
        _("All of these conditions"),
        _("Of an empty list: everyone."),
        {"all": [_YOUNG, _LYON]},
    ),
    (
        "any",
        _("At least one of these conditions"),
        _("Of an empty list: nobody."),
        {"any": [_YOUNG, _LYON]},
    ),
    ("not", _("Except"), _("Everyone the condition is not true for."), {"not": _LYON}),
    (
        "field",
        _("A condition on a person"),
        _("A field, an operator and its value, where it takes one."),
        _YOUNG,
    ),
    (
        "orders, items, events, messages, engagements",
        _("A condition on what they did"),
        _(
            "Of the rows of a source, those that pass all the details (“where”) in a period "
            "(“when”); what is measured over them is compared with a value."
        ),
        {
            "orders": {
                "where": [{"field": "channel", "op": "is", "value": "web"}],
                "measure": "count",
                "op": ">=",
                "value": 3,
                "when": {"last": [180, "day"]},
            }
        },
    ),
    (
        "per, without",
        _("For one and the same value"),
        _(
            "With “per”, the condition is tested within each value of a field and true if it holds "
            "for any. “without” asks besides that no row of another source has that value."
        ),
        {
            "events": {
                "per": "product",
                "op": ">=",
                "value": 2,
                "when": {"last": [7, "day"]},
                "without": {"items": {}},
            }
        },
    ),
    (
        "trend",
        _("More or less than before"),
        _("A measure over a period, against the period of equal length before it."),
        {
            "trend": {
                "of": "orders",
                "measure": "sum:total",
                "last": [90, "day"],
                "op": "down_by",
                "value": 50,
            }
        },
    ),
    (
        "sequence",
        _("One thing, then another"),
        _(
            "Some first row followed (“then”) or not followed (“then_not”) by a second one, "
            "strictly later, and within a time if “within” gives one."
        ),
        {
            "sequence": {
                "first": {
                    "events": {
                        "where": [{"field": "name", "op": "is", "value": "cart_abandoned"}],
                        "when": {"ago": [2, 4, "hour"]},
                    }
                },
                "then_not": {"orders": {}},
            }
        },
    ),
    (
        "segment",
        _("Members of another segment"),
        _("By its number. A segment cannot refer to itself, even through others."),
        {"segment": 12},
    ),
    (
        "entered, left",
        _("Who entered or left a segment"),
        _("By what refreshes recorded; the first fill and changes of its rule do not count."),
        {"segment": 12, "entered": {"last": [7, "day"]}},
    ),
    (
        "sample",
        _("A random part of everyone"),
        _(
            "From part “from” to before part “to” of 10,000. The same word (“salt”) always gives "
            "the same people, another word others."
        ),
        {"sample": {"from": 0, "to": 1000, "salt": "test-a"}},
    ),
)
