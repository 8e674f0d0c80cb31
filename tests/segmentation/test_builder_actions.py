"""What each button of the builder does to the rule, and where the keyboard is afterwards."""

from __future__ import annotations

import pytest

from segmentation.builder.actions import apply
from segmentation.builder.draft import Group, Leaf, Node, Rows


def _draft() -> Group:
    """a, (b or (c and d)), e."""
    inner = Group("all", [_leaf("c"), _leaf("d")])
    return Group("all", [_leaf("a"), Group("any", [_leaf("b"), inner]), _leaf("e")])


def _leaf(name: str) -> Leaf:
    return Leaf(f"field:{name}")


def _told(node: Node) -> str:
    if isinstance(node, Leaf):
        told = node.about.removeprefix("field:") or "?"
    else:
        told = f"{node.mode}({' '.join(map(_told, node.children))})"
    return "!" * node.nots + told


def test_the_draft_reads_as_written() -> None:
    assert _told(_draft()) == "all(a any(b all(c d)) e)"


@pytest.mark.parametrize(
    ("command", "told", "focus"),
    [
        ("add:r", "all(a any(b all(c d)) e ?)", "r-3.about"),
        ("add:r-1-1", "all(a any(b all(c d ?)) e)", "r-1-1-2.about"),
        ("group:r", "all(a any(b all(c d)) e any(?))", "r-3-0.about"),
        ("group:r-1", "all(a any(b all(c d) all(?)) e)", "r-1-2-0.about"),
        ("remove:r-0", "all(any(b all(c d)) e)", "r-0.mode"),
        ("remove:r-1", "all(a e)", "r-1.about"),
        ("remove:r-2", "all(a any(b all(c d)))", "r-1.mode"),
        ("up:r-2", "all(a e any(b all(c d)))", "r-1.up"),
        ("up:r-1-0", "all(a b any(all(c d)) e)", "r-1.up"),
        ("down:r-1-1-1", "all(a any(b all(c) d) e)", "r-1-2.down"),
        ("down:r-0", "all(any(b all(c d)) a e)", "r-1.down"),
        ("join:r-2", "all(a any(b all(c d) e))", "r-1-2.leave"),
        ("leave:r-1-1-0", "all(a any(b all(d) c) e)", "r-1-2.join"),
        ("leave:r-1-0", "all(a any(all(c d)) b e)", "r-2.join"),
        ("wrap:r-0", "all(any(a) any(b all(c d)) e)", "r-0.add"),
        ("unwrap:r-1", "all(a b all(c d) e)", "r-1.about"),
        ("duplicate:r-1", "all(a any(b all(c d)) any(b all(c d)) e)", "r-2.mode"),
        ("not:r-0", "all(!a any(b all(c d)) e)", "r-0.not"),
        ("move:r-0:r-1-1:1", "all(any(b all(c a d)) e)", "r-0-1-1.about"),
        ("move:r-1-1-0:r:0", "all(c a any(b all(d)) e)", "r-0.about"),
    ],
)
def test_a_button_changes_the_shape_and_moves_the_keyboard(
    command: str, told: str, focus: str
) -> None:
    draft = _draft()
    assert (apply(draft, command), _told(draft)) == (focus, told)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "save",
        "up:r-0",
        "down:r-2",
        "remove:r",
        "remove:r-9",
        "remove:x",
        "remove:r-0-0",
        "up:r-1-x",
        "add:r-0",
        "move:r-1:r-1-1:0",
        "move:r-1:r-1:0",
        "move:r-0:r-1:-1",
        "unwrap:r",
        "unwrap:r-0",
        "detail:r-0",
        "undetail:r-0::0",
        "join:r-0",
        "join:r-2-0",
        "join:r-1",
        "leave:r-0",
        "leave:r",
        "explode:r",
    ],
)
def test_an_action_that_has_no_place_changes_nothing(command: str) -> None:
    draft = _draft()
    assert apply(draft, command) == ""
    assert _told(draft) == _told(_draft())


def test_the_last_condition_of_an_inner_group_leaves_no_empty_group_when_it_moves_out() -> None:
    draft = Group("all", [Group("any", [_leaf("a")]), _leaf("b")])
    assert apply(draft, "down:r-0-0") == "r-0.down"
    assert _told(draft) == "all(a b)"


def test_details_are_added_to_what_people_did_and_taken_away() -> None:
    draft = Group("all", [Leaf("sequence", rows=Rows("events"), other=Rows("orders"))])
    assert apply(draft, "detail:r-0:") == "r-0.where-0.field"
    assert apply(draft, "detail:r-0:") == "r-0.where-1.field"
    assert apply(draft, "detail:r-0:other") == "r-0.other.where-0.field"
    leaf = draft.children[0]
    assert isinstance(leaf, Leaf)
    leaf.rows.where[1].field = "name"
    assert apply(draft, "undetail:r-0::0") == "r-0.detail"
    assert [test.field for test in leaf.rows.where] == ["name"]
    assert apply(draft, "undetail:r-0:other:0") == "r-0.other.detail"
    assert leaf.other.where == []


def test_except_is_put_on_and_taken_off() -> None:
    draft = _draft()
    apply(draft, "not:r-1")
    assert _told(draft) == "all(a !any(b all(c d)) e)"
    apply(draft, "not:r-1")
    assert _told(draft) == "all(a any(b all(c d)) e)"
