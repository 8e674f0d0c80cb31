"""A segment as a file: taken out of one installation, brought into another.

The file is the rule as it is stored, with the segment's name and what the numbers in its rule are
called, for another installation numbers its segments, places and campaigns otherwise. Invariant:
nothing is guessed: a name that is not known here, or known twice, is a fault; and nothing here
stores anything.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from customers.folding import fold
from customers.models import Place
from segmentation import answers
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.describe import explain
from segmentation.models import Segment
from segmentation.rules import Problem, RuleError, lines, loads, parse, to_json
from segmentation.rules.errors import join_path, shorten

# Room for a rule of the largest size, indented, and the names it needs.
MOST_BYTES: Final = 512 * 1024
CONTENT_TYPE: Final = "application/json"
_KEYS: Final = ("version", "name", "description", "rule", "refers_to")
# The row fields whose values are numbers of other things, and what those are called in a file.
_OF_FIELD: Final = {"campaign": "campaigns"}
_KINDS: Final = ("segments", "places", *_OF_FIELD.values())
_LENGTHS: Final = {"name": 120, "description": 300}


@dataclass(frozen=True, slots=True)
class Brought:
    """A segment as a file tells it, its rule in this installation's numbers, checked."""

    name: str
    description: str
    rule: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: where, on which line, and what would be right."""

    path: str
    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in a rule that stands for something: `holder[key]`, at a JSON path."""

    kind: str
    holder: Any
    key: Any
    path: str

    @property
    def value(self) -> int:
        return int(self.holder[self.key])


def exported(segment: Segment) -> dict[str, Any]:
    """What a file holds of a dynamic segment. Raises RuleError where its rule cannot be read."""
    catalogue = load_catalogue()
    rule = to_json(parse(segment.rule, catalogue))
    told: dict[str, Any] = {"version": rule["version"], "name": segment.name}
    if segment.description:
        told["description"] = segment.description
    told["rule"] = rule["rule"]
    names = _names(catalogue)
    refers: dict[str, dict[str, str]] = defaultdict(dict)
    for number in _numbers(rule["rule"], "$.rule"):
        if number.value in names[number.kind]:
            refers[number.kind][str(number.value)] = names[number.kind][number.value]
    return told | ({"refers_to": dict(refers)} if refers else {})


def as_text(segment: Segment) -> str:
    """The file itself. Raises RuleError."""
    return json.dumps(exported(segment), ensure_ascii=False, indent=2) + "\n"


def read(text: str | bytes) -> Brought:
    """The segment a file tells; a bare rule is one without a name, in this one's own numbers.

    Raises RuleError with everything wrong in it.
    """
    data = loads(text, limit=MOST_BYTES)
    catalogue = load_catalogue()
    if not isinstance(data, dict):
        raise RuleError([Problem("$", "wrong_type", {"expected": "{“version”: 1, “rule”: …}"})])
    problems = list(_beside(data))
    bare = {key: value for key, value in data.items() if key in ("version", "rule")}
    try:
        parse(bare, catalogue)
    except RuleError as refused:
        problems += refused.problems
    if problems:
        raise RuleError(problems)
    # Only what has been read as a rule is looked through for numbers.
    rule = copy.deepcopy(bare)
    if "refers_to" in data:
        _renumber(rule["rule"], data["refers_to"], _names(catalogue))
    answers.check(rule, catalogue)
    plain = to_json(parse(rule, catalogue))
    return Brought(data.get("name", "").strip(), data.get("description", "").strip(), plain)


def faults(refused: RuleError, text: str | bytes) -> list[Fault]:
    """What is wrong with a file, each with its line, in the reader's language."""
    decoded = text.decode("utf-8-sig", "replace") if isinstance(text, bytes) else text
    known = {} if _unreadable(refused) else lines.lines_of(decoded)
    return [
        Fault(
            problem.path,
            problem.params.get("line") or lines.line_at(known, problem.path),
            problem.code,
            explain(problem),
        )
        for problem in refused.problems
    ]


def _unreadable(refused: RuleError) -> bool:
    """Whether the text is no JSON, or too much of it, so that it has no paths."""
    return any(p.code in ("not_json", "not_text", "too_large") for p in refused.problems)


def _beside(data: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong beside the rule: names must be texts, of a length that can be stored."""
    yield from _unknown(data, "$", _KEYS)
    for key, most in _LENGTHS.items():
        told = data.get(key, "")
        if not isinstance(told, str):
            yield Problem(f"$.{key}", "wrong_type", {"expected": "a text"})
        elif "\0" in told:
            yield Problem(f"$.{key}", "null_character")
        elif any("\ud800" <= letter <= "\udfff" for letter in told):
            yield Problem(f"$.{key}", "not_text")
        elif len(told.strip()) > most:
            yield Problem(f"$.{key}", "text_too_long", {"limit": most})
    refers = data.get("refers_to", {})
    if not isinstance(refers, dict) or not all(map(_is_named, refers.values())):
        expected = "{“segments”: {“12”: “…”}}"
        yield Problem("$.refers_to", "wrong_type", {"expected": expected})
    else:
        yield from _unknown(refers, "$.refers_to", _KINDS)


def _unknown(data: Mapping[str, Any], path: str, known: tuple[str, ...]) -> Iterator[Problem]:
    for key in data:
        if key not in known:
            told = {"key": shorten(key), "expected": ", ".join(known)}
            yield Problem(join_path(path, key), "unknown_key", told)


def _is_named(told: Any) -> bool:
    return isinstance(told, dict) and all(isinstance(name, str) for name in told.values())


def _renumber(rule: Any, refers: Mapping[str, Mapping[str, str]], names: _Names) -> None:
    """Put this installation's numbers where the file has its own. Raises RuleError."""
    problems: list[Problem] = []
    for number in _numbers(rule, "$.rule"):
        name = refers.get(number.kind, {}).get(str(number.value))
        if name is None:
            problems.append(Problem(number.path, "unnamed_number", {"key": number.value}))
            continue
        here = [pk for pk, known in names[number.kind].items() if fold(known) == fold(name)]
        if len(here) == 1:
            number.holder[number.key] = here[0]
        else:
            code = f"{'several' if here else 'no'}_{number.kind}_named"
            problems.append(Problem(number.path, code, {"name": shorten(name)}))
    if problems:
        raise RuleError(problems)


_Names = Mapping[str, Mapping[int, str]]


def _names(catalogue: Catalogue) -> _Names:
    """By kind, what each number is called here; segments put away are not offered."""
    known: dict[str, dict[int, str]] = {
        "segments": answers.segment_names(None),
        "places": dict(Place.objects.values_list("pk", "name")),
    }
    for field, kind in _OF_FIELD.items():
        fields = [s.fields[field] for s in catalogue.source_entries if field in s.fields]
        known[kind] = {int(c.code): str(c.label) for entry in fields for c in entry.choices}
    return known


def _numbers(part: Any, path: str) -> Iterator[_Number]:
    """Every number in a rule (one that can be read) that stands for something with a name."""
    if isinstance(part, list):
        for i, each in enumerate(part):
            yield from _numbers(each, join_path(path, i))
    if not isinstance(part, dict):
        return
    if "segment" in part:
        yield _Number("segments", part, "segment", f"{path}.segment")
    value = part.get("value")
    if part.get("field") == "location" and isinstance(value, dict) and "places" in value:
        yield from _listed("places", value, "places", f"{path}.value")
    elif part.get("field") in _OF_FIELD and value is not None:
        yield from _listed(_OF_FIELD[part["field"]], part, "value", path)
    for key, each in part.items():
        yield from _numbers(each, join_path(path, key))


def _listed(kind: str, holder: Any, key: str, path: str) -> Iterator[_Number]:
    inside = join_path(path, key)
    if not isinstance(holder[key], list):
        yield _Number(kind, holder, key, inside)
        return
    for i in range(len(holder[key])):
        yield _Number(kind, holder[key], i, join_path(inside, i))
