"""From the draft of a page to a rule's JSON, and what stands in the way.

Invariant: a rule that is written whole contains every condition of the draft; a partial one, for
counting while a person still edits, leaves out exactly the conditions reported as unfinished or
wrong and the groups that hold nothing else.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from segmentation.builder.conditions import leaf_json
from segmentation.builder.draft import ROOT, Group, Leaf, Node
from segmentation.builder.operands import Incomplete, Unreadable
from segmentation.catalogue import Catalogue

# Where in a condition's JSON a problem may lie, and the box of the page that shows it.
_BOXES: Final = (
    (re.compile(r"\.(?:then|then_not|without)\."), "other."),
    (re.compile(r"\.where\[(\d+)\]"), "where-{}."),
    (re.compile(r"\.(?:when|entered|left)\b"), "window."),
    (re.compile(r"\.(?:last|within)\b"), "span."),
)


@dataclass(slots=True)
class Written:
    """A draft as JSON: the whole rule (or what of it can be counted) and what is amiss where.

    `unfinished` and `wrong` map a place to what to do about it, `boxes` to the name of the box that
    does not fit; `places` maps the JSON path of
    each node that was written to its place; `nodes` maps places to their JSON.
    """

    rule: dict[str, Any]
    unfinished: dict[str, str] = dataclasses.field(default_factory=dict)
    wrong: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    boxes: dict[str, str] = dataclasses.field(default_factory=dict)
    places: dict[str, str] = dataclasses.field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)

    def place_of(self, path: str) -> str:
        """The place of the innermost node at or above a JSON path; the root's at worst."""
        return self.places.get(self._known(path), ROOT)

    def box_of(self, path: str) -> str:
        """The name of the box that shows what a JSON path holds; '' for none in particular."""
        rest = path.removeprefix(self._known(path))
        box = ""
        for named, prefix in _BOXES:
            if found := named.search(rest):
                box += prefix.format(*found.groups())
        return f"{box}v" if box or re.search(r"\.value|\.segment", rest) else ""

    def _known(self, path: str) -> str:
        fitting = [known for known in self.places if path.startswith(known)]
        return max(fitting, key=len, default="")


def write(root: Group, catalogue: Catalogue, without: Collection[str] = ()) -> Written:
    """The rule of a draft, without the conditions that cannot be read yet, and those at `without`.

    Those at `without` are reported as neither unfinished nor wrong: whoever leaves them out knows.
    """
    written = Written({})
    node = _Writer(catalogue, written, without).node(root, ROOT, "$.rule")
    written.rule = {"version": 1, "rule": node if node is not None else {"all": []}}
    return written


class _Writer:
    def __init__(self, catalogue: Catalogue, written: Written, without: Collection[str]) -> None:
        self.catalogue = catalogue
        self.written = written
        self.without = without

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
        if place in self.without:
            return None
        try:
            return leaf_json(leaf, self.catalogue)
        except Incomplete as missing:
            self.written.unfinished[place] = str(missing) or _("To complete")
            self.written.boxes[place] = missing.box
        except Unreadable as wrong:
            self.written.wrong[place] = [str(wrong)]
            self.written.boxes[place] = wrong.box
        except LookupError:
            self.written.wrong[place] = [_("This condition is no longer available; remove it.")]
        return None
