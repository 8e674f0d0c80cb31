"""What a rule asks of someone's orders where their stored profile already holds the answer.

"No order in the last 3 months" is "the last order is not within 3 months": a column of a row a
customer, where the orders themselves would have to be gathered. Invariant: the condition given
means exactly what the behaviour means, for a clock which the stored profiles serve.
"""

from __future__ import annotations

from typing import Final

from segmentation.compiler.behaviours import zero_passes
from segmentation.rules import Before, Behaviour, Condition, Last, Node, Not

# A measure over all paid orders, and the profile's field that is it.
_FIELDS: Final = {
    ("count", None): "orders_count",
    ("sum", "total"): "total_spent",
    ("avg", "total"): "average_basket",
    ("first", None): "first_order_at",
    ("last", None): "last_order_at",
}
# Tests of a number of orders which say that there is one or that there is none.
_SOME: Final = ((">=", 1), (">", 0), ("!=", 0), ("<", 1), ("<=", 0), ("=", 0))


def from_profile(node: Behaviour) -> Node | None:
    """The condition on the profile that a behaviour comes to; None where it must count rows."""
    if node.source != "orders" or node.where or node.per is not None:
        return None
    op, value = node.effective_test
    if node.when is None:
        field = _FIELDS.get(node.effective_measure)
        return None if field is None else Condition(field, op, value)
    if node.effective_measure != ("count", None) or (op, value) not in _SOME:
        return None
    match node.when:
        case Last(span):
            some: Node = Condition("last_order_at", "in_last", span)
        case Before(span):
            some = Condition("first_order_at", "more_than_ago", span)
        case _:
            return None
    return Not(some) if zero_passes(op, value) else some
