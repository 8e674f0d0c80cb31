"""From the draft of a page to a rule's JSON, and what stands in the way.

Invariant: a rule that is written whole contains every condition of the draft; a partial one, for
counting while a person still edits, leaves out exactly the conditions reported as unfinished or
wrong and the groups that hold nothing else.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from segmentation.builder import operands
from segmentation.builder.draft import ROOT, Comparison, Group, Leaf, Node
from segmentation.catalogue import Catalogue, Field, Widget
from segmentation.rules import (
    OPERATORS,
    Kind,
    Operand,
    RuleError,
    loads,
    measure_kind,
    parse_node,
)
from segmentation.rules.operators import FIELD_MEASURES, PLAIN_MEASURES, UNITS

WINDOW_SHAPES: Final = {
    "last": Operand.DURATION,
    "before": Operand.DURATION,
    "between": Operand.DAYS,
    "calendar": Operand.CALENDAR,
}
WINDOWS: Final = ("last", "calendar", "between", "ago", "before")


@dataclass(slots=True)
class Written:
    """A draft as JSON: the whole rule (or what of it can be counted) and what is amiss where.

    `unfinished` and `wrong` map a place to what to do about it; `places` maps the JSON path of
    each node that was written to its place; `nodes` maps places to their JSON.
    """

    rule: dict[str, Any]
    unfinished: dict[str, str] = dataclasses.field(default_factory=dict)
    wrong: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    places: dict[str, str] = dataclasses.field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)

    def place_of(self, path: str) -> str:
        """The place of the innermost node at or above a JSON path; the root's at worst."""
        fitting = [known for known in self.places if path.startswith(known)]
        return self.places[max(fitting, key=len)] if fitting else ROOT


def write(root: Group, catalogue: Catalogue) -> Written:
    """The rule of a draft, without the conditions that cannot be read yet."""
    written = Written({})
    node = _Writer(catalogue, written).node(root, ROOT, "$.rule")
    written.rule = {"version": 1, "rule": node if node is not None else {"all": []}}
    return written


class _Writer:
    def __init__(self, catalogue: Catalogue, written: Written) -> None:
        self.catalogue = catalogue
        self.written = written

    def node(self, node: Node, place: str, path: str) -> dict[str, Any] | None:
        """One node's JSON; None where nothing of it can be counted."""
        nots = node.nots + (isinstance(node, Group) and node.mode == "none")
        inner = path + ".not" * nots
        data = self._group(node, place, inner) if isinstance(node, Group) else None
        if isinstance(node, Leaf):
            data = self._leaf(node, place)
        if data is None:
            return None
        for _turn in range(nots):
            data = {"not": data}
        # A bare root shares its path with the only condition in it, which the path stands for.
        self.written.places.setdefault(path, place)
        self.written.nodes[place] = data
        return data

    def _group(self, group: Group, place: str, path: str) -> dict[str, Any] | None:
        if group.bare and len(group.children) == 1 and group.mode == "all" and not group.nots:
            return self.node(group.children[0], f"{place}-0", path)
        key = "all" if group.mode == "all" else "any"
        members: list[dict[str, Any]] = []
        for i, child in enumerate(group.children):
            data = self.node(child, f"{place}-{i}", f"{path}.{key}[{len(members)}]")
            if data is not None:
                members.append(data)
        if group.children and not members:
            return None
        return {key: members}

    def _leaf(self, leaf: Leaf, place: str) -> dict[str, Any] | None:
        try:
            return leaf_json(leaf, self.catalogue)
        except operands.Incomplete as missing:
            self.written.unfinished[place] = str(missing) or _("To complete")
        except operands.Unreadable as wrong:
            self.written.wrong[place] = [str(wrong)]
        except LookupError:
            self.written.wrong[place] = [_("This condition is no longer available; remove it.")]
        return None


def leaf_json(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    """A condition's JSON. Raises Incomplete or Unreadable, LookupError for an unknown field."""
    if leaf.raw:
        return _raw(leaf.raw, catalogue)
    if not leaf.about:
        raise operands.Incomplete(_("Choose what this condition is about."))
    if leaf.about == "segment":
        return {"segment": operands.read(Operand.ID, leaf.test)}
    if leaf.source:
        return {leaf.source: _behaviour(leaf, catalogue)}
    return _field_json(leaf.test, catalogue.fields[leaf.about.removeprefix("field:")])


def _raw(text: str, catalogue: Catalogue) -> dict[str, Any]:
    try:
        loads(text)  # bounds how deep the text goes, which the plain reader does not
        data: dict[str, Any] = json.loads(text)
        parse_node(data, catalogue)
    except (ValueError, RuleError):
        # A field that is gone, or a kind of condition this version does not know.
        raise operands.Unreadable(
            _("This condition is not available here: remove it, or put another in its place.")
        ) from None
    return data


def result_kind(leaf: Leaf) -> Kind:
    """The type of what a behaviour measures."""
    return measure_kind(leaf.measure)


def window_shape(name: str) -> Operand:
    """The shape of a window's boxes. Raises LookupError for an unknown window."""
    return WINDOW_SHAPES[name]


def _behaviour(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    source = catalogue.sources[leaf.source]
    data: dict[str, Any] = {}
    if leaf.where or "where" not in leaf.left_out:
        data["where"] = [
            _field_json(test, source.fields[test.field]) for test in map(_picked, leaf.where)
        ]
    measure = _measure(leaf)
    if measure != "count" or "measure" not in leaf.left_out:
        data["measure"] = measure
    tested = _tested(leaf.test, OPERATORS[result_kind(leaf)][leaf.test.op])
    default = measure == "count" and tested == {"op": ">=", "value": 1}
    if not default or "test" not in leaf.left_out:
        data |= tested
    if leaf.window.op:
        data["when"] = {leaf.window.op: _window(leaf.window)}
    return data


def _picked(test: Comparison) -> Comparison:
    if not test.field:
        raise operands.Incomplete(_("Choose what the detail is about."))
    return test


def _measure(leaf: Leaf) -> str:
    if leaf.measure in PLAIN_MEASURES:
        return leaf.measure
    if leaf.measure not in FIELD_MEASURES:
        raise LookupError(leaf.measure)
    if not leaf.of:
        raise operands.Incomplete
    return f"{leaf.measure}:{leaf.of}"


def _field_json(test: Comparison, field: Field) -> dict[str, Any]:
    hundredfold = field.widget is Widget.RATIO
    return {"field": field.key, **_tested(test, field.operators[test.op], hundredfold)}


def _tested(test: Comparison, shape: Operand, hundredfold: bool = False) -> dict[str, Any]:
    value = operands.read(shape, test, hundredfold=hundredfold)
    return {"op": test.op} if shape is Operand.NONE else {"op": test.op, "value": value}


def _window(window: Comparison) -> Any:
    if window.op != "ago":
        return operands.read(window_shape(window.op), window)
    recent = operands.read(Operand.DURATION, window)
    old = operands.read(Operand.DURATION, Comparison(values=[window.second], unit=window.unit))
    if window.unit not in UNITS:
        raise operands.Incomplete
    return [recent[0], old[0], window.unit]
