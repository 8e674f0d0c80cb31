"""A rule as a sentence, and what is wrong with one, in the reader's language.

Invariant: plain text, never markup; every phrase is translated whole. What a rule names and the
catalogue no longer has is shown by its key, so that an old rule can still be read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from django.utils.dates import MONTHS
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from segmentation import phrases
from segmentation.catalogue import Catalogue, Field, Source, Widget
from segmentation.rules import (
    Ago,
    AllOf,
    AnyOf,
    Before,
    Behaviour,
    Between,
    Calendar,
    CalendarUnit,
    Condition,
    Days,
    Duration,
    Kind,
    Last,
    Node,
    Not,
    Number,
    Problem,
    Rule,
    SegmentRef,
    Value,
    When,
    measure_kind,
)
from segmentation.rules.errors import MESSAGES

Names = Mapping[int, str]
_AND, _OR, _NOR = "and", "or", "nor"
_LAST_JOINS = {"has_all": _AND, "has_none": _NOR, "not_in": _NOR}


def describe(rule: Rule, catalogue: Catalogue, segments: Names | None = None) -> str:
    """The whole rule as a sentence; `segments` gives the names of those it refers to."""
    return _Teller(catalogue, segments or {}).sentence(rule.node)


def describe_node(node: Node, catalogue: Catalogue, segments: Names | None = None) -> str:
    """One node as a clause: "whose city is “Lyon”"."""
    return _Teller(catalogue, segments or {}).clause(node)


def explain(problem: Problem) -> str:
    """What is wrong with a rule and what would be right."""
    told = dict(problem.params)
    if problem.expected:
        told["expected"] = _(problem.expected)
    return _(MESSAGES[problem.code]) % told


class _Teller:
    def __init__(self, catalogue: Catalogue, segments: Names) -> None:
        self.catalogue = catalogue
        self.segments = segments

    def sentence(self, node: Node) -> str:
        match node:
            case AllOf(()) | Not(AnyOf(())):
                return _("All customers.")
            case AnyOf(()) | Not(AllOf(())):
                return _("No customer.")
            case Not(inner):
                return _("All customers except those %(clause)s.") % {"clause": self.clause(inner)}
            case _:
                clause = self._joined(node) or self.clause(node)
                return _("Customers %(clause)s.") % {"clause": clause}

    def clause(self, node: Node) -> str:
        match node:
            case AllOf(()):
                return _("who are anyone at all")
            case AnyOf(()):
                return _("who are nobody at all")
            case AllOf((only,)) | AnyOf((only,)):
                return self.clause(only)
            case AllOf() | AnyOf():
                return phrases.NESTED % {"clauses": self._joined(node)}
            case Not(SegmentRef(number)):
                return phrases.NOT_IN_SEGMENT % {"value": self._segment(number)}
            case Not(inner):
                return phrases.EXCEPT % {"clause": self.clause(inner)}
            case Condition():
                return self._condition(node)
            case Behaviour():
                return self._behaviour(node)
            case SegmentRef(number):
                return phrases.IN_SEGMENT % {"value": self._segment(number)}

    def _segment(self, number: int) -> str:
        return quoted(self.segments.get(number, f"#{number}"))

    def _joined(self, node: Node) -> str:
        """A group of several without parentheses; '' for anything else."""
        if not isinstance(node, AllOf | AnyOf) or len(node.nodes) < 2:
            return ""
        return listed(map(self.clause, node.nodes), _AND if isinstance(node, AllOf) else _OR)

    def _condition(self, condition: Condition) -> str:
        entry = self.catalogue.fields.get(condition.field)
        if entry is None:
            return phrases.WHOSE % {"predicate": quoted(condition.field)}
        whole = _own_sentence(entry, condition)
        if whole is not None:
            return whole
        return phrases.WHOSE % {"predicate": _predicate(entry, condition)}

    def _behaviour(self, node: Behaviour) -> str:
        source = self.catalogue.sources.get(node.source)
        if source is None:
            return quoted(node.source)
        counted = _counted(source.key, node)
        clause = counted or _measured(node, source)
        filters = listed((_row(condition, source) for condition in node.where or ()), _AND)
        # Only a clause that ends with its rows can go on with "whose".
        direct = bool(counted) and source.key != "engagements"
        if filters and direct:
            clause = phrases.ROWS_WHOSE % {"clause": clause, "filters": filters}
        if node.when is not None:
            clause = phrases.WITH_WINDOW % {"clause": clause, "window": window(node.when)}
        if filters and not direct:
            clause = phrases.WITH_FILTERS[source.key] % {"clause": clause, "filters": filters}
        return clause


def _row(condition: Condition, source: Source) -> str:
    entry = source.fields.get(condition.field)
    if entry is None:
        return quoted(condition.field)
    return _own_sentence(entry, condition) or _predicate(entry, condition)


def _own_sentence(entry: Field, condition: Condition) -> str | None:
    """The field's own whole phrase for an operator, where it has one."""
    key = condition.op
    if entry.kind is Kind.BOOLEAN and key == "is":
        key = "true" if condition.value else "false"
    elif key == "anniversary_in_next" and condition.value == Duration(0, "day"):
        key = "anniversary_today"
    own = entry.sentences.get(key)
    return None if own is None else str(own % _slots(entry, condition.op, condition.value))


def _predicate(entry: Field, condition: Condition) -> str:
    return _tell(entry.kind, str(entry.noun), entry, condition.op, condition.value)


def _tell(kind: Kind, noun: str, entry: Field | None, op: str, value: Value) -> str:
    key = op
    if kind is Kind.BOOLEAN and op == "is":
        key = "true" if value else "false"
    elif op == "anniversary_in_next" and value == Duration(0, "day"):
        key = "anniversary_today"
    elif isinstance(value, Days) and value.last is None:
        key = "from"
    elif isinstance(value, Days) and value.first is None:
        key = "until"
    return str(phrases.PREDICATES[kind][key] % ({"field": noun} | _slots(entry, op, value)))


def _measured(node: Behaviour, source: Source) -> str:
    name, key = node.effective_measure
    op, value = node.effective_test
    of = source.fields.get(key) if key else None
    if name in ("first", "last"):
        noun = str(phrases.MOMENTS[name, source.key])
    else:
        noun = phrases.MEASURES[name] % {
            "rows": phrases.ROWS[source.key],
            "field": of.label if of else key,
        }
    shown = None if name == "distinct" else of
    predicate = _tell(measure_kind(name), noun, shown, op, value)
    return str(phrases.WHOSE % {"predicate": predicate})


def _counted(source: str, node: Behaviour) -> str:
    """ "who placed at least 3 orders"; '' for what cannot be said so."""
    if node.effective_measure[0] != "count":
        return ""
    op, value = node.effective_test
    if (op, value) in ((">=", 1), (">", 0)):
        return str(phrases.SOME[source])
    if (op, value) in (("=", 0), ("<", 1), ("<=", 0)):
        return str(phrases.NONE[source])
    if op not in phrases.QUANTITIES:
        return ""
    bounds = cast("tuple[Number, ...]", value if isinstance(value, tuple) else (value,))
    shown = [_digits(bound) for bound in bounds]
    quantity = phrases.QUANTITIES[op] % {"n": shown[0], "first": shown[0], "last": shown[-1]}
    return str(phrases.COUNTED[source] % {"quantity": quantity, "n": int(bounds[-1])})


def window(when: When) -> str:
    """A behaviour's window: "in the last 180 days"."""
    match when:
        case Last(span):
            return str(phrases.LAST[span.unit] % {"n": span.n})
        case Before(span):
            return str(phrases.WINDOWS["before"] % {"span": _span(span)})
        case Ago(recent, old, unit):
            return str(phrases.AGO[unit] % {"recent": recent, "old": old})
        case Between(days):
            key = "from" if days.last is None else "until" if days.first is None else "between"
            return str(phrases.WINDOWS[key] % _ends(days))
        case Calendar(unit):
            return _period(unit)


def _slots(entry: Field | None, op: str, value: Value) -> dict[str, Any]:
    """A value as what its phrase may name."""
    match value:
        case None:
            return {}
        case Duration():
            return {"span": _span(value)}
        case CalendarUnit():
            return {"period": _period(value)}
        case Days():
            return _ends(value)
        case tuple():
            shown = [_shown(entry, op, item) for item in value]
            if op == "between":
                return {"first": shown[0], "last": shown[-1]}
            return {"value": listed(shown, _LAST_JOINS.get(op, _OR))}
        case _:
            return {"value": _shown(entry, op, value)}


def _shown(entry: Field | None, op: str, value: Value) -> str:
    if isinstance(value, dt.date):
        return _day(value)
    if op == "anniversary_month" and isinstance(value, int):
        return str(MONTHS[value])
    if isinstance(value, str):
        return quoted(str(entry.label_of(value)) if entry is not None else value)
    if entry is not None and entry.kind is Kind.REFERENCE:
        label = entry.label_of(str(value))
        return f"#{value}" if label == str(value) else quoted(str(label))
    if isinstance(value, int | Decimal):
        return _figure(entry, value, op)
    return str(value)


def _day(date: dt.date) -> str:
    """A date in words; French writes the first of a month "1er"."""
    first = pgettext("format of the first day of a month", "DATE_FORMAT")
    return date_format(date, first if date.day == 1 else "DATE_FORMAT")


def _figure(entry: Field | None, value: Number, op: str) -> str:
    widget = entry.widget if entry is not None and not op.endswith("_percent") else None
    if widget is Widget.RATIO:
        return _("%(percent)s %%") % {"percent": _digits(Decimal(value) * 100)}
    if widget is Widget.MONEY:
        return _("%(amount)s €") % {"amount": _amount(value)}
    return _digits(value)


def _amount(value: Number) -> str:
    exact = Decimal(value)
    if exact == exact.to_integral_value() or exact != round(exact, 2):
        return _digits(value)
    return number_format(exact, decimal_pos=2, force_grouping=True)


def _digits(value: Number) -> str:
    exact = Decimal(value)
    plain = exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()
    return number_format(plain, force_grouping=True)


def _span(span: Duration) -> str:
    return str(phrases.SPANS[span.unit] % {"n": span.n})


def _period(unit: CalendarUnit) -> str:
    named = phrases.PERIODS.get((unit.unit, unit.offset))
    if named is not None:
        return str(named)
    told = phrases.EARLIER if unit.offset < 0 else phrases.LATER
    return str(told[unit.unit] % {"n": abs(unit.offset)})


def _ends(days: Days) -> dict[str, str]:
    return {
        "first": "" if days.first is None else _day(days.first),
        "last": "" if days.last is None else _day(days.last),
    }


def quoted(text: str) -> str:
    """A text between the language's quotation marks."""
    return _("“%(text)s”") % {"text": text}


def listed(parts: Iterable[str], last: str) -> str:
    """Several phrases as one: "a, b and c"."""
    told: Sequence[str] = list(parts)
    if len(told) < 2:
        return "".join(told)
    joins: dict[str, Callable[[], str]] = {
        _AND: lambda: pgettext("end of a list", "%(first)s and %(last)s"),
        _OR: lambda: pgettext("end of a list", "%(first)s or %(last)s"),
        _NOR: lambda: pgettext("end of a list after “not”", "%(first)s or %(last)s"),
    }
    return joins[last]() % {"first": ", ".join(told[:-1]), "last": told[-1]}
