"""JSON text read without loss and without guesses.

Invariant: numbers keep every digit, a key given twice is an error, and no input, however deep or
long, costs more than reading it once.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from segmentation.rules.errors import Problem, RuleError, join_path, shorten

MAX_BYTES = 64 * 1024
# Far above what the deepest allowed rule needs, far below what the reader's recursion bears.
_MAX_NESTING = 250
_MAX_PLAIN_DIGITS = 30
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class _Repeated(dict[str, Any]):
    """An object in whose text a key stood twice."""

    repeated: tuple[str, ...] = ()


def loads(text: str | bytes, limit: int = MAX_BYTES) -> Any:
    """The value a JSON text of at most `limit` bytes holds; floats as Decimal. Raises RuleError."""
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > limit:
        raise RuleError([Problem("$", "too_large", {"size": size, "limit": limit})])
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise RuleError([Problem("$", "not_text")]) from error
    if _nesting(decoded) > _MAX_NESTING:
        raise RuleError([Problem("$", "too_deep", {"limit": 10})])
    try:
        data = json.loads(
            decoded,
            parse_float=_number,
            parse_int=lambda digits: (
                int(digits) if len(digits) <= _MAX_PLAIN_DIGITS else _number(digits)
            ),
            parse_constant=Decimal,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        detail = f"{error.msg}, line {error.lineno}, column {error.colno}"
        told = {"detail": detail, "line": error.lineno}
        raise RuleError([Problem("$", "not_json", told)]) from error
    if problems := list(_repetitions(data, "$")):
        raise RuleError(problems)
    return data


def _number(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        # An exponent beyond what decimals hold: as good as infinite, and refused like it.
        return Decimal("Infinity")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = _Repeated(pairs)
    if len(members) == len(pairs):
        return dict(pairs)
    counts = Counter(key for key, _ in pairs)
    members.repeated = tuple(key for key, count in counts.items() if count > 1)
    return members


def _repetitions(data: Any, path: str) -> Iterator[Problem]:
    if isinstance(data, _Repeated):
        for key in data.repeated:
            yield Problem(join_path(path, key), "duplicate_key", {"key": shorten(key)})
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _repetitions(value, join_path(path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _repetitions(value, join_path(path, i))


def _nesting(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        first = match[0][0]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in "]}":
            depth -= 1
    return deepest
