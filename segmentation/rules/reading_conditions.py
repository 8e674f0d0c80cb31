"""Reading one condition: a field, an operator, a value; and what every reader of a rule shares.

Invariant: whatever is wrong is kept as a problem with its path, and reading goes on, so that all
problems are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from segmentation.rules.errors import Problem, join_path, shorten
from segmentation.rules.nodes import Condition, Value
from segmentation.rules.operands import Refused, read_operand
from segmentation.rules.operators import OPERATORS, RANKING, CatalogueShape, FieldShape, Operand

T = TypeVar("T")


class ConditionReader:
    """Reads conditions against a catalogue and keeps what is wrong."""

    def __init__(self, catalogue: CatalogueShape) -> None:
        self.catalogue = catalogue
        self.problems: list[Problem] = []
        self.conditions = 0

    def condition(
        self, data: Any, path: str, fields: Mapping[str, FieldShape], *, ranking: bool
    ) -> Condition | None:
        """A test of one of `fields`; only customers can be ranked, not their rows."""
        self.conditions += 1
        if not isinstance(data, dict) or "field" not in data:
            return self.refuse(path, "not_a_node", expected="field")
        self.known_keys(data, path, ("field", "op", "value"))
        key = data["field"]
        if not isinstance(key, str) or key not in fields:
            return self.refuse(
                f"{path}.field",
                "unknown_field",
                key=shorten(str(key)),
                expected=", ".join(fields),
            )
        field = fields[key]
        if "op" not in data:
            return self.refuse(path, "missing_key", key="op")
        allowed = {
            op: operand
            for op, operand in OPERATORS[field.kind].items()
            if ranking or op not in RANKING
        }
        tested = self.test(key, data, path, allowed, field.codes)
        return None if tested is None else Condition(key, *tested)

    def test(
        self,
        name: str,
        data: dict[str, Any],
        path: str,
        allowed: Mapping[str, Operand],
        codes: frozenset[str] | None,
    ) -> tuple[str, Value] | None:
        """An operator among those allowed and its value, of what is called `name`."""
        op = data["op"]
        if not isinstance(op, str) or op not in allowed:
            return self.refuse(
                f"{path}.op",
                "unknown_operator",
                field=name,
                key=shorten(str(op)),
                expected=", ".join(allowed),
            )
        operand = allowed[op]
        if operand is Operand.NONE:
            if "value" in data:
                return self.refuse(f"{path}.value", "no_value", key=op)
            return op, None
        if "value" not in data:
            return self.refuse(path, "missing_key", key="value")
        before = len(self.problems)
        value = self.value(read_operand, operand, data["value"], f"{path}.value", codes)
        return None if len(self.problems) > before else (op, value)

    def value(self, read: Callable[..., T], *args: Any) -> T | None:
        """What a reader of values gives; None, its problem kept, where it refuses."""
        try:
            return read(*args)
        except Refused as refused:
            self.problems.append(refused.problem)
            return None

    def known_keys(self, data: dict[str, Any], path: str, known: Iterable[str]) -> bool:
        """Whether an object holds no key but those; the others are refused by name."""
        listed = tuple(known)
        unknown = [key for key in data if key not in listed]
        for key in unknown:
            self.refuse(
                join_path(path, key), "unknown_key", key=shorten(key), expected=", ".join(listed)
            )
        return not unknown

    def refuse(self, path: str, code: str, **params: Any) -> Any:
        """Keep a problem; gives None, for whoever returns it."""
        self.problems.append(Problem(path, code, params))
        return None
