"""What people did, as a clause of a sentence: behaviours, trends and sequences.

Invariant: plain text; a clause begins with "who" or "whose" (or what a language has for them).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from segmentation import deeds, measures, phrases
from segmentation.catalogue import Catalogue, Manner, Source
from segmentation.rules import (
    Behaviour,
    Condition,
    Last,
    Number,
    Rows,
    Sequence,
    Trend,
    measure_kind,
)
from segmentation.wording import (
    AND,
    digits,
    listed,
    own_sentence,
    predicate,
    quoted,
    span_of,
    tell,
    window,
)

_SOME = ((">=", 1), (">", 0))
_NONE = (("=", 0), ("<", 1), ("<=", 0))
# A verb's rows come last in its clause, but for "reacted to a message", which names another thing.
_NOT_LAST = "engagements"


def behaviour(node: Behaviour, catalogue: Catalogue) -> str:
    """ "who placed at least 3 orders in the last 180 days"."""
    source = catalogue.sources.get(node.source)
    if source is None:
        return quoted(node.source)
    clause = _deed(node, source)
    if node.per is not None:
        clause = _per(clause, node.per, source)
    if node.without is not None:
        clause = _lacking(clause, str(node.per), node.without, catalogue)
    return clause


def trend(node: Trend, catalogue: Catalogue) -> str:
    """ "whose number of orders is lower in the last 90 days than over as long before"."""
    source = catalogue.sources.get(node.source)
    if source is None:
        return quoted(node.source)
    told = {
        "measure": _noun(node.effective_measure, source),
        "window": window(Last(node.last)),
    }
    if node.op.endswith("_by"):
        told["value"] = digits(cast("Number", node.value))
    return _counting_only(str(deeds.TRENDS[node.op] % told), node.rows, source)


def sequence(node: Sequence, catalogue: Catalogue) -> str:
    """ "who bought a product and later reacted to a message"."""
    verbs = deeds.DID_NOT if node.negated else deeds.DID
    told = {
        "first": deeds.WHO % {"did": _did(deeds.DID, node.first, catalogue)},
        "then": _did(verbs, node.then, catalogue),
    }
    if node.within is not None:
        return str(deeds.NEXT_WITHIN % (told | {"of_span": span_of(node.within, joined=True)}))
    return str((deeds.NEXT_NOT if node.negated else deeds.NEXT) % told)


def _did(verbs: Mapping[str, deeds.Phrase], rows: Rows, catalogue: Catalogue) -> str:
    source = catalogue.sources.get(rows.source)
    if source is None:
        return quoted(rows.source)
    return _with_rows(str(verbs[source.key]), rows, source)


def _deed(node: Behaviour, source: Source) -> str:
    name = node.effective_measure[0]
    op, value = node.effective_test
    if name in ("first", "last") and op in ("is_set", "is_not_set"):
        # There is a first row where there is a row.
        name, op, value = ("count", *(_SOME if op == "is_set" else _NONE)[0])
    if name in ("count", "days"):
        if (op, value) in _SOME:
            return str(deeds.WHO % {"did": _with_rows(deeds.DID[source.key], node.rows, source)})
        if (op, value) in _NONE:
            return str(
                deeds.WHO % {"did": _with_rows(deeds.DID_NOT[source.key], node.rows, source)}
            )
        if op in deeds.QUANTITIES:
            bounds = cast("tuple[Number, ...]", value if isinstance(value, tuple) else (value,))
            counted = _counted if name == "count" else _on_days
            return counted(op, bounds, node.rows, source)
    return _measured(node, source)


def _counted(op: str, bounds: tuple[Number, ...], rows: Rows, source: Source) -> str:
    if (op, bounds) == (">", (1,)):
        clause = str(deeds.WHO % {"did": deeds.DID_SEVERAL[source.key]})
    else:
        clause = str(deeds.COUNTED[source.key] % _quantity(op, bounds))
    return _with_rows(clause, rows, source)


def _on_days(op: str, bounds: tuple[Number, ...], rows: Rows, source: Source) -> str:
    clause = _detailed(str(deeds.DID_SOME[source.key]), rows, source)
    if (op, bounds) == (">", (1,)):
        clause = str(deeds.ON_SEVERAL_DAYS % {"clause": clause})
    else:
        clause = str(deeds.ON_DAYS % ({"clause": clause} | _quantity(op, bounds)))
    return _in_window(clause, rows)


def _quantity(op: str, bounds: tuple[Number, ...]) -> dict[str, str | int]:
    shown = [digits(bound) for bound in bounds]
    told = deeds.QUANTITIES[op] % {"n": shown[0], "first": shown[0], "last": shown[-1]}
    return {"quantity": told, "n": int(bounds[-1])}


def _measured(node: Behaviour, source: Source) -> str:
    name, key = node.effective_measure
    of = source.fields.get(key) if key and name != "distinct" else None
    kind = measure_kind(name)
    moment = name in ("first", "last")
    if moment and node.when is not None:
        noun = str(measures.MOMENTS_IN[name, source.key] % {"window": window(node.when)})
    else:
        noun = _noun((name, key), source)
    told = tell(kind, noun, of, *node.effective_test, manner=Manner.EVENT)
    clause = str(phrases.WHOSE % {"predicate": told})
    if not moment:
        clause = _in_window(clause, node.rows)
    return _counting_only(clause, node.rows, source)


def _noun(measured: tuple[str, str | None], source: Source) -> str:
    """A measure as a noun: "total of the orders"."""
    name, key = measured
    if key is None:
        nouns = {"count": measures.COUNTS, "days": measures.DAYS}.get(name)
        return str(nouns[source.key] if nouns else measures.MOMENTS[name, source.key])
    named = measures.NAMED.get((name, source.key, key))
    if named is not None:
        return str(named)
    told = {"rows": measures.ROWS[source.key], "field": _label(source, key)}
    return str(measures.OTHERS[name] % told)


def _per(clause: str, key: str, source: Source) -> str:
    own = deeds.PER.get(key)
    if own is not None:
        return str(own % {"clause": clause})
    return str(deeds.PER_OTHER % {"clause": clause, "field": _label(source, key)})


def _lacking(clause: str, key: str, rows: Rows, catalogue: Catalogue) -> str:
    source = catalogue.sources.get(rows.source)
    if source is None:
        return str(deeds.LACKING % {"clause": clause, "without": quoted(rows.source)})
    without = deeds.WITHOUT_OWN.get((source.key, key), deeds.WITHOUT[source.key])
    told = _counting_only(_in_window(str(without), rows), rows, source)
    return str(deeds.LACKING % {"clause": clause, "without": told})


def _with_rows(clause: str, rows: Rows, source: Source) -> str:
    """A clause that ends with its rows, with their details and period."""
    if source.key == _NOT_LAST:
        return _counting_only(_in_window(clause, rows), rows, source)
    return _in_window(_detailed(clause, rows, source), rows)


def _detailed(clause: str, rows: Rows, source: Source) -> str:
    if source.key == _NOT_LAST:
        return _counting_only(clause, rows, source)
    filters = _filters(rows, source)
    return str(deeds.ROWS_WHOSE % {"clause": clause, "filters": filters}) if filters else clause


def _counting_only(clause: str, rows: Rows, source: Source) -> str:
    filters = _filters(rows, source)
    if not filters:
        return clause
    return str(deeds.COUNTING_ONLY[source.key] % {"clause": clause, "filters": filters})


def _in_window(clause: str, rows: Rows) -> str:
    if rows.when is None:
        return clause
    return str(phrases.WITH_WINDOW % {"clause": clause, "window": window(rows.when)})


def _filters(rows: Rows, source: Source) -> str:
    return listed((_row(condition, source) for condition in rows.where or ()), AND)


def _row(condition: Condition, source: Source) -> str:
    """A detail of a row: "whose shop is …"."""
    entry = source.fields.get(condition.field)
    if entry is None:
        return str(phrases.WHOSE % {"predicate": quoted(condition.field)})
    own = own_sentence(entry, condition)
    return own or str(phrases.WHOSE % {"predicate": predicate(entry, condition)})


def _label(source: Source, key: str) -> str:
    entry = source.fields.get(key)
    return str(entry.label) if entry else key
