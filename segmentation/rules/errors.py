"""What can be wrong with a rule: a code, the exact place, and what would be right.

Free of Django: the English templates are marked for translation by `gettext_noop` and rendered in
the reader's language by `segmentation.describe.explain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


def gettext_noop(message: str) -> str:
    """Mark a message for the translation catalogue and return it as it is."""
    return message


MESSAGES: Mapping[str, str] = {
    "not_json": gettext_noop("This is not valid JSON: %(detail)s."),
    "not_text": gettext_noop("This is not text in UTF-8."),
    "null_character": gettext_noop(
        "This text holds a null character, which cannot be stored; take it out."
    ),
    "too_large": gettext_noop("The rule takes %(size)s bytes; the limit is %(limit)s."),
    "too_deep": gettext_noop("The rule is nested too deeply; the limit is %(limit)s levels."),
    "too_many": gettext_noop("The rule has %(count)s conditions; the limit is %(limit)s."),
    "duplicate_key": gettext_noop("The key “%(key)s” is given twice; keep one."),
    "unknown_key": gettext_noop("Unknown key “%(key)s”; the keys here are: %(expected)s."),
    "missing_key": gettext_noop("The key “%(key)s” is missing."),
    "wrong_version": gettext_noop("Unknown version; this installation reads version 1."),
    "not_a_node": gettext_noop("A condition must be an object with one of: %(expected)s."),
    "several_kinds": gettext_noop(
        "A condition is of one kind, and this has several: %(expected)s."
    ),
    "unknown_field": gettext_noop("Unknown field “%(key)s”; the fields here are: %(expected)s."),
    "unknown_operator": gettext_noop(
        "The field “%(field)s” has no operator “%(key)s”; its operators are: %(expected)s."
    ),
    "unknown_measure": gettext_noop("Unknown measure “%(key)s”; the measures are: %(expected)s."),
    "wrong_measure_field": gettext_noop(
        "“%(measure)s” cannot be taken of the field “%(key)s”; it can be taken of: %(expected)s."
    ),
    "missing_operator": gettext_noop("This measure needs an operator: %(expected)s."),
    "no_trend": gettext_noop("A trend cannot be taken of “%(key)s”, which is a date."),
    "one_step": gettext_noop("Give one of these, and only one: %(expected)s."),
    "without_per": gettext_noop("“without” needs “per”: the field whose value must not be found."),
    "no_value": gettext_noop("The operator “%(key)s” takes no value."),
    "wrong_type": gettext_noop("This value has the wrong type; it must be %(expected)s."),
    "empty": gettext_noop("This value is empty; it must be %(expected)s."),
    "unknown_choice": gettext_noop("Unknown choice “%(key)s”; the choices are: %(expected)s."),
    "number_too_long": gettext_noop(
        "This number is too large or too precise; use at most %(limit)s digits."
    ),
    "out_of_range": gettext_noop("This value is out of range; it must be %(expected)s."),
    "reversed": gettext_noop("The bounds are the wrong way round: put the smaller one first."),
    "unknown_segment": gettext_noop("There is no segment number %(key)s."),
    "unknown_place": gettext_noop("There is no place number %(key)s."),
    "text_too_long": gettext_noop("This text is too long; the limit is %(limit)s characters."),
    "unnamed_number": gettext_noop(
        "The file does not say what number %(key)s is called; add its name to “refers_to”."
    ),
    "no_segments_named": gettext_noop("There is no segment named “%(name)s” here; make it first."),
    "no_places_named": gettext_noop("There is no place named “%(name)s” here; add it first."),
    "no_campaigns_named": gettext_noop("There is no campaign named “%(name)s” here."),
    "several_segments_named": gettext_noop(
        "Several segments are named “%(name)s” here; rename the others."
    ),
    "several_places_named": gettext_noop(
        "Several places are named “%(name)s” here; rename the others."
    ),
    "several_campaigns_named": gettext_noop(
        "Several campaigns are named “%(name)s” here; rename the others."
    ),
    "cycle": gettext_noop(
        "A segment cannot refer to itself, directly or through others: %(chain)s."
    ),
    "chain_too_long": gettext_noop(
        "Segments refer to each other over more than %(limit)s steps; shorten the chain."
    ),
    "bad_segment": gettext_noop("The rule of segment number %(key)s is not valid."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at a JSON path such as `$.rule.all[2].value`."""

    path: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The problem in English, with what would be right."""
        return MESSAGES[self.code] % self.params

    @property
    def expected(self) -> str:
        """What would be right, where it can be listed; else ''."""
        return str(self.params.get("expected", ""))

    def as_json(self) -> dict[str, str]:
        """The form commands print: path, code, message."""
        return {"path": self.path, "code": self.code, "message": self.message}


class RuleError(Exception):
    """A rule that cannot be accepted, with everything found wrong in it, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("; ".join(f"{p.path}: {p.message}" for p in self.problems))


def join_path(path: str, key: str | int) -> str:
    """The JSON path of a member: `.name`, `[3]`, or `["odd name"]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key.isidentifier() and key.isascii():
        return f"{path}.{key}"
    shown = shorten(key).replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{shown}"]'


def shorten(text: str, limit: int = 60) -> str:
    """A text from outside as it may be shown in a message: printable and short."""
    shown = "".join(c if c.isprintable() else "�" for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[:limit] + "…"
