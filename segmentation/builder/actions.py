"""What the buttons of the page do to the draft's shape: add, remove, move, group, negate.

Invariant: an action on a place that does not exist changes nothing; none loses a condition but
`remove`. Each says where the keyboard should be afterwards.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Final

from segmentation.builder.draft import Comparison, Group, Leaf, Node, find, parent_of, places

# How a button is named in the form: name="do" value="up:r-0-2".
Action = Callable[[Group, str, str], "str | None"]


def apply(root: Group, command: str) -> str:
    """Do what a button says; the name of the control to focus, '' where it stays as it is."""
    verb, _, rest = command.partition(":")
    place, _, more = rest.partition(":")
    action = _ACTIONS.get(verb)
    return (action(root, place, more) or "") if action else ""


def _add(root: Group, place: str, more: str) -> str | None:
    return _append(root, place, Leaf())


def _add_group(root: Group, place: str, more: str) -> str | None:
    target = find(root, place)
    mode = "all" if isinstance(target, Group) and target.mode == "any" else "any"
    return _append(root, place, Group(mode, [Leaf()]))


def _append(root: Group, place: str, node: Node) -> str | None:
    group = find(root, place)
    if not isinstance(group, Group):
        return None
    group.children.append(node)
    new = f"{place}-{len(group.children) - 1}"
    return f"{new}-0.about" if isinstance(node, Group) else f"{new}.about"


def _remove(root: Group, place: str, more: str) -> str | None:
    found = _in_group(root, place)
    if found is None:
        return None
    group, above, rank = found
    del group.children[rank]
    if not group.children:
        return f"{above}.add"
    return _first_control(root, f"{above}-{min(rank, len(group.children) - 1)}")


def _up(root: Group, place: str, more: str) -> str | None:
    """Move before the previous sibling; the first of a group moves out, before the group."""
    found = _in_group(root, place)
    if found is None:
        return None
    group, above, rank = found
    if rank:
        group.children[rank - 1 : rank + 1] = reversed(group.children[rank - 1 : rank + 1])
        return f"{above}-{rank - 1}.up"
    return _out(root, place, after=False, button="up")


def _down(root: Group, place: str, more: str) -> str | None:
    """Move after the next sibling; the last of a group moves out, after the group."""
    found = _in_group(root, place)
    if found is None:
        return None
    group, above, rank = found
    if rank < len(group.children) - 1:
        group.children[rank : rank + 2] = reversed(group.children[rank : rank + 2])
        return f"{above}-{rank + 1}.down"
    return _out(root, place, after=True, button="down")


def _out(root: Group, place: str, *, after: bool, button: str) -> str | None:
    above, rank = parent_of(place)
    upper = _in_group(root, above)
    inner = find(root, above)
    if upper is None or not isinstance(inner, Group):
        return None
    outer, outermost, at = upper
    node = inner.children.pop(rank)
    to = at + 1 if after and inner.children else at
    if not inner.children:
        del outer.children[at]
    outer.children.insert(to, node)
    return f"{outermost}-{to}.{button}"


def _move(root: Group, place: str, more: str) -> str | None:
    """Move to a rank in a group: `move:r-0:r-2:1`, as by dragging."""
    target, _, text = more.partition(":")
    group, found = find(root, target), _in_group(root, place)
    if found is None or not isinstance(group, Group) or not (text.isascii() and text.isdigit()):
        return None
    if target == place or target.startswith(f"{place}-"):
        return None
    node = found[0].children.pop(found[2])
    group.children.insert(min(int(text), len(group.children)), node)
    return next((f"{at}.{_control(n)}" for at, n in places(root) if n is node), None)


def _join(root: Group, place: str, more: str) -> str | None:
    """Move into the group right above, at its end."""
    found = _in_group(root, place)
    if found is None or found[2] == 0:
        return None
    group, above, rank = found
    target = group.children[rank - 1]
    if not isinstance(target, Group):
        return None
    target.children.append(group.children.pop(rank))
    return f"{above}-{rank - 1}-{len(target.children) - 1}.leave"


def _leave(root: Group, place: str, more: str) -> str | None:
    """Move out of its group, to right after it."""
    found = _in_group(root, place)
    return _out(root, place, after=True, button="join") if found else None


def _wrap(root: Group, place: str, more: str) -> str | None:
    """Put a condition or a group in a group of its own."""
    found = _in_group(root, place)
    if found is None:
        return None
    group, _above, rank = found
    mode = "all" if group.mode == "any" else "any"
    group.children[rank] = Group(mode, [group.children[rank]])
    return f"{place}.add"


def _unwrap(root: Group, place: str, more: str) -> str | None:
    """Take a group away and leave its conditions where it was."""
    found, inner = _in_group(root, place), find(root, place)
    if found is None or not isinstance(inner, Group):
        return None
    group, above, rank = found
    group.children[rank : rank + 1] = inner.children
    return _first_control(root, f"{above}-{rank}") if inner.children else f"{above}.add"


def _duplicate(root: Group, place: str, more: str) -> str | None:
    found = _in_group(root, place)
    if found is None:
        return None
    group, above, rank = found
    group.children.insert(rank + 1, copy.deepcopy(group.children[rank]))
    return _first_control(root, f"{above}-{rank + 1}")


def _negate(root: Group, place: str, more: str) -> str | None:
    node = find(root, place)
    if node is None:
        return None
    node.nots += -1 if node.nots else 1
    return f"{place}.not"


def _add_detail(root: Group, place: str, more: str) -> str | None:
    """A detail of the rows of a part of a condition: `detail:r-0:`, `detail:r-0:other`."""
    leaf = find(root, place)
    rows = leaf.part(more) if isinstance(leaf, Leaf) and leaf.source else None
    if rows is None:
        return None
    rows.where.append(Comparison())
    return f"{place}.{_prefix(more)}where-{len(rows.where) - 1}.field"


def _remove_detail(root: Group, place: str, more: str) -> str | None:
    name, _, number = more.rpartition(":")
    leaf = find(root, place)
    rows = leaf.part(name) if isinstance(leaf, Leaf) else None
    if rows is None or not (number.isascii() and number.isdigit() and len(number) < 4):
        return None
    if int(number) >= len(rows.where):
        return None
    del rows.where[int(number)]
    return f"{place}.{_prefix(name)}detail"


def _prefix(part: str) -> str:
    return f"{part}." if part else ""


def _in_group(root: Group, place: str) -> tuple[Group, str, int] | None:
    if find(root, place) is None:
        return None
    above, rank = parent_of(place)
    group = find(root, above) if above else None
    if not isinstance(group, Group):
        return None
    return group, above, rank


def _first_control(root: Group, place: str) -> str | None:
    node = find(root, place)
    return None if node is None else f"{place}.{_control(node)}"


def _control(node: Node) -> str:
    if isinstance(node, Group):
        return "mode"
    return "not" if node.raw else "about"


_ACTIONS: Final[dict[str, Action]] = {
    "add": _add,
    "group": _add_group,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "move": _move,
    "join": _join,
    "leave": _leave,
    "wrap": _wrap,
    "unwrap": _unwrap,
    "duplicate": _duplicate,
    "not": _negate,
    "detail": _add_detail,
    "undetail": _remove_detail,
}
