"""A share of the customers, the same for ever for one salt, and independent for another."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from segmentation.catalogue.expressions import number, text
from segmentation.compiler.conditions import every
from segmentation.rules import Sample
from segmentation.rules.operators import BUCKETS

# Hexadecimal digits of the first 8 bytes of the hash.
_DIGITS: Final = 16


def sample(node: Sample, customer: exp.Expr) -> exp.Expr:
    """Whether the customer's bucket is from `first` to before `end`.

    The bucket is SHA-256(salt + ":" + id), its first 8 bytes big-endian, modulo 10,000.
    """
    hashed = exp.Anonymous(
        this="sha256",
        expressions=[
            exp.Anonymous(
                this="concat",
                expressions=[text(f"{node.salt}:"), exp.cast(customer, exp.DataType.Type.VARCHAR)],
            )
        ],
    )
    digits = exp.Anonymous(this="left", expressions=[hashed, number(_DIGITS)])
    whole = exp.cast(
        exp.Anonymous(this="concat", expressions=[text("0x"), digits]), exp.DataType.Type.UBIGINT
    )

    def bucket() -> exp.Expr:
        return exp.paren(exp.Mod(this=whole.copy(), expression=number(BUCKETS)), copy=False)

    return every(
        [
            exp.GTE(this=bucket(), expression=number(node.first)),
            exp.LT(this=bucket(), expression=number(node.end)),
        ]
    )
