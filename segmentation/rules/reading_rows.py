"""Reading what is asked of a customer's rows: behaviours, trends and sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from segmentation.rules.errors import Problem, join_path, shorten
from segmentation.rules.nodes import (
    Ago,
    Before,
    Behaviour,
    Between,
    Calendar,
    Condition,
    Last,
    Rows,
    Sequence,
    Trend,
    Value,
    When,
)
from segmentation.rules.operands import (
    Refused,
    read_calendar,
    read_count,
    read_days,
    read_duration,
    read_unit,
)
from segmentation.rules.operators import (
    FIELD_MEASURES,
    OPERATORS,
    PER_KINDS,
    PLAIN_MEASURES,
    RANKING,
    TRENDS,
    Kind,
    SourceShape,
    measure_kind,
)
from segmentation.rules.reading_conditions import ConditionReader

WINDOWS: Final = ("last", "before", "ago", "between", "calendar")
_ROWS: Final = ("where", "when")
_BEHAVIOUR: Final = ("where", "measure", "op", "value", "when", "per", "without")
_TREND: Final = ("of", "where", "measure", "last", "op", "value")
_SEQUENCE: Final = ("first", "then", "then_not", "within")


class RowsReader(ConditionReader):
    """Reads the nodes that look at rows."""

    def behaviour(self, source: SourceShape, data: Any, path: str) -> Behaviour | None:
        """A measure over the rows of a source, for all of them or for each value of a field."""
        self.conditions += 1
        if not isinstance(data, dict):
            return self.refuse(path, "wrong_type", expected="{…}")
        before = len(self.problems)
        self.known_keys(data, path, _BEHAVIOUR)
        where, when = self._rows_of(source, data, path)
        per = self._per(source, data["per"], f"{path}.per") if "per" in data else None
        measure = data.get("measure")
        kind: Kind | None = measure_kind("count")
        if "measure" in data:
            kind = self._measure(source, measure, f"{path}.measure")
        op, value = (None, None) if kind is None else self._measure_test(measure, kind, data, path)
        without = None
        if "without" in data:
            without = self._without(data, path)
        if len(self.problems) > before:
            return None
        return Behaviour(source.key, where, measure, op, value, when, per, without)

    def trend(self, data: Any, path: str) -> Trend | None:
        """A measure in one window against the same one before it."""
        self.conditions += 1
        if not isinstance(data, dict):
            return self.refuse(path, "wrong_type", expected="{…}")
        before = len(self.problems)
        self.known_keys(data, path, _TREND)
        for key in ("of", "last", "op"):
            if key not in data:
                self.refuse(path, "missing_key", key=key)
        source = self._source(data["of"], f"{path}.of") if "of" in data else None
        where, measure = None, data.get("measure")
        if source is not None:
            where, _when = self._rows_of(source, data, path)
            if "measure" in data:
                kind = self._measure(source, measure, f"{path}.measure")
                if kind is Kind.INSTANT:
                    self.refuse(f"{path}.measure", "no_trend", key=shorten(str(measure)))
        last = self.value(read_duration, data["last"], f"{path}.last") if "last" in data else None
        tested = self.test("trend", data, path, TRENDS, None) if "op" in data else None
        if len(self.problems) > before or source is None or last is None or tested is None:
            return None
        return Trend(source.key, where, measure, last, *tested)

    def sequence(self, data: Any, path: str) -> Sequence | None:
        """A first row with, or without, a second one later."""
        self.conditions += 1
        if not isinstance(data, dict):
            return self.refuse(path, "wrong_type", expected="{…}")
        before = len(self.problems)
        self.known_keys(data, path, _SEQUENCE)
        steps = [key for key in ("then", "then_not") if key in data]
        if "first" not in data:
            self.refuse(path, "missing_key", key="first")
        if len(steps) != 1:
            self.refuse(path, "one_step", expected="then, then_not")
        first = self._step(data["first"], f"{path}.first") if "first" in data else None
        then = self._step(data[steps[0]], f"{path}.{steps[0]}") if steps else None
        within = None
        if "within" in data:
            within = self.value(read_duration, data["within"], f"{path}.within")
        if len(self.problems) > before or first is None or then is None:
            return None
        return Sequence(first, then, steps == ["then_not"], within)

    def window(self, data: Any, path: str) -> When | None:
        """The window of a `when`."""
        if not isinstance(data, dict) or len(data) != 1:
            return self.refuse(path, "wrong_type", expected=", ".join(WINDOWS))
        ((key, inner),) = data.items()
        if key not in WINDOWS:
            return self.refuse(
                join_path(path, key), "unknown_key", key=shorten(key), expected=", ".join(WINDOWS)
            )
        return self.value(_WINDOW_READERS[key], inner, f"{path}.{key}")

    def _rows_of(
        self, source: SourceShape, data: dict[str, Any], path: str
    ) -> tuple[tuple[Condition, ...] | None, When | None]:
        where = self._where(source, data["where"], f"{path}.where") if "where" in data else None
        when = self.window(data["when"], f"{path}.when") if "when" in data else None
        return where, when

    def _source(self, key: Any, path: str) -> SourceShape | None:
        sources = self.catalogue.sources
        if not isinstance(key, str) or key not in sources:
            return self.refuse(
                path, "unknown_key", key=shorten(str(key)), expected=", ".join(sources)
            )
        return sources[key]

    def _step(self, data: Any, path: str) -> Rows | None:
        """Rows of one source: `{SOURCE: {"where": …, "when": …}}`."""
        expected = ", ".join(self.catalogue.sources)
        if not isinstance(data, dict) or len(data) != 1:
            return self.refuse(path, "wrong_type", expected=expected)
        ((key, inner),) = data.items()
        source = self._source(key, join_path(path, key))
        if source is None:
            return None
        inside = join_path(path, key)
        if not isinstance(inner, dict):
            return self.refuse(inside, "wrong_type", expected="{…}")
        self.known_keys(inner, inside, _ROWS)
        return Rows(source.key, *self._rows_of(source, inner, inside))

    def _per(self, source: SourceShape, key: Any, path: str) -> str | None:
        fit = [field.key for field in source.fields.values() if field.kind in PER_KINDS]
        if not isinstance(key, str) or key not in fit:
            return self.refuse(
                path, "unknown_field", key=shorten(str(key)), expected=", ".join(fit)
            )
        return key

    def _without(self, data: dict[str, Any], path: str) -> Rows | None:
        inside = f"{path}.without"
        if "per" not in data:
            return self.refuse(inside, "without_per")
        without = self._step(data["without"], inside)
        if without is None:
            return None
        key = data["per"]
        fields = self.catalogue.sources[without.source].fields
        if isinstance(key, str) and key not in fields:
            having = [s.key for s in self.catalogue.sources.values() if key in s.fields]
            return self.refuse(
                join_path(inside, without.source),
                "unknown_field",
                key=shorten(key),
                expected=", ".join(having),
            )
        return without

    def _where(self, source: SourceShape, data: Any, path: str) -> tuple[Condition, ...] | None:
        if not isinstance(data, list):
            return self.refuse(path, "wrong_type", expected="[…]")
        read = [
            self.condition(item, join_path(path, i), source.fields, ranking=False)
            for i, item in enumerate(data)
        ]
        return tuple(condition for condition in read if condition is not None)

    def _measure(self, source: SourceShape, data: Any, path: str) -> Kind | None:
        expected = ", ".join((*PLAIN_MEASURES, *(f"{name}:…" for name in FIELD_MEASURES)))
        if not isinstance(data, str):
            return self.refuse(path, "unknown_measure", key=shorten(str(data)), expected=expected)
        name, colon, key = data.partition(":")
        if not colon and name in PLAIN_MEASURES:
            return measure_kind(name)
        if not colon or name not in FIELD_MEASURES:
            return self.refuse(path, "unknown_measure", key=shorten(data), expected=expected)
        field = source.fields.get(key)
        if field is None or field.kind not in FIELD_MEASURES[name]:
            fit = [f.key for f in source.fields.values() if f.kind in FIELD_MEASURES[name]]
            return self.refuse(
                path,
                "wrong_measure_field",
                measure=name,
                key=shorten(key),
                expected=", ".join(fit),
            )
        return measure_kind(name)

    def _measure_test(
        self, measure: Any, kind: Kind, data: dict[str, Any], path: str
    ) -> tuple[str | None, Value]:
        if "op" in data:
            # Ranking compares people; within each value there is nobody to compare with.
            allowed = {
                op: operand
                for op, operand in OPERATORS[kind].items()
                if "per" not in data or op not in RANKING
            }
            tested = self.test(measure or "count", data, path, allowed, None)
            return (None, None) if tested is None else tested
        if "value" in data:
            self.refuse(path, "missing_key", key="op")
        elif measure not in (None, "count"):
            self.refuse(path, "missing_operator", expected=", ".join(OPERATORS[kind]))
        return None, None


def _read_ago(data: Any, path: str) -> Ago:
    if not isinstance(data, list) or len(data) != 3:
        expected = "[2, 4, “hour”]"
        raise Refused(Problem(path, "wrong_type", {"expected": expected}))
    recent, old = read_count(data[0], f"{path}[0]"), read_count(data[1], f"{path}[1]")
    if recent > old:
        raise Refused(Problem(path, "reversed"))
    return Ago(recent, old, read_unit(data[2], f"{path}[2]"))


_WINDOW_READERS: Mapping[str, Callable[[Any, str], When]] = {
    "last": lambda data, path: Last(read_duration(data, path)),
    "before": lambda data, path: Before(read_duration(data, path)),
    "ago": _read_ago,
    "between": lambda data, path: Between(read_days(data, path)),
    "calendar": lambda data, path: Calendar(read_calendar(data, path)),
}
