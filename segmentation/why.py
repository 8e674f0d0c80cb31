"""Why a person is in a segment, or is not: each condition true or false, and their own value.

Asked of the snapshot at this instant, like any count; the stored membership may be a little older.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.templatetags.figures import money, number, percent, shortdate
from segmentation import engine
from segmentation.catalogue import Catalogue, Field, Widget, load_catalogue
from segmentation.describe import describe_node
from segmentation.models import Segment
from segmentation.rules import AllOf, AnyOf, Behaviour, Condition, Node, Not, walk
from segmentation.rules.nodes import children


@dataclass(frozen=True)
class Reason:
    """A node of the rule for one person. `own` is their value in words, '' where there is none.

    `sentence` is that of a condition, or how a group joins what is in it.
    """

    sentence: str
    holds: bool
    own: str = ""
    parts: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Why, and as of which snapshot."""

    reason: Reason
    as_of: dt.datetime


def why(segment: Segment, customer: int, now: dt.datetime) -> Answer | None:
    """The rule of a segment for one person at `now`; None where the snapshot has no such person.

    Raises RuleError for a rule that is not valid, snapshot.NoSnapshot.
    """
    catalogue = load_catalogue()
    rule = engine.segment_rule(segment, catalogue)
    nodes = dict(walk(rule.node))
    names = dict(Segment.objects.values_list("pk", "name"))
    with engine.asking(now, catalogue) as asked:
        statement = asked.compiler.of_one(nodes, customer)
        finished = asked.compiler.finish(statement).sql("duckdb")
        found = asked.cursor.execute(finished)
        columns = [each[0] for each in found.description or ()]
        rows = found.fetchall()
        if not rows:
            return None
        told = dict(zip(columns, rows[0], strict=True))
        labels = _labels(asked, told.values())
        telling = _Telling(catalogue, names, told, labels)
        return Answer(telling.reason("$.rule", rule.node), asked.as_of.replace(tzinfo=dt.UTC))


def _labels(asked: engine.Asking, values: Any) -> dict[tuple[str, str], str]:
    """The spellings of the texts among the values, by kind and folded text."""
    texts = {t for v in values for t in (v if isinstance(v, list) else [v]) if isinstance(t, str)}
    if not texts:
        return {}
    marks = "SELECT kind, folded, label FROM labels WHERE folded IN (SELECT unnest($1))"
    found = asked.cursor.execute(marks, [sorted(texts)]).fetchall()
    return {(kind, folded): label for kind, folded, label in found}


class _Telling:
    def __init__(
        self,
        catalogue: Catalogue,
        names: Mapping[int, str],
        told: Mapping[str, Any],
        labels: Mapping[tuple[str, str], str],
    ) -> None:
        self.catalogue, self.names, self.told, self.labels = catalogue, names, told, labels

    def reason(self, path: str, node: Node) -> Reason:
        holds = bool(self.told[path])
        parts = tuple(self.reason(at, child) for at, child in children(node, path))
        match node:
            case AllOf():
                return Reason(_("All of these:"), holds, parts=parts)
            case AnyOf():
                return Reason(_("At least one of these:"), holds, parts=parts)
            case Not():
                return Reason(_("The contrary of this:"), holds, parts=parts)
        sentence = describe_node(node, self.catalogue, self.names)
        return Reason(sentence, holds, self._own(node, self.told.get(f"{path}:own", ...)))

    def _own(self, node: Node, value: Any) -> str:
        if value is ...:
            return ""
        entry = self._entry(node)
        if value is None or value == []:
            return pgettext("a person's own value", "not known")
        if isinstance(value, list):
            return ", ".join(self._text(entry, each) for each in value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, str):
            return self._text(entry, value)
        if isinstance(value, dt.datetime):
            return str(shortdate(timezone.localtime(value.replace(tzinfo=dt.UTC))))
        if isinstance(value, dt.date):
            return str(shortdate(value))
        return _figure(entry, value)

    def _entry(self, node: Node) -> Field | None:
        if isinstance(node, Condition):
            return self.catalogue.fields[node.field]
        if isinstance(node, Behaviour):
            name, key = node.effective_measure
            if key and name != "distinct":
                return self.catalogue.sources[node.source].fields[key]
        return None

    def _text(self, entry: Field | None, folded: str) -> str:
        if entry is None:
            return folded
        if entry.choices:
            return str(entry.label_of(folded))
        return self.labels.get((entry.suggestions or entry.key, folded), folded)


def _figure(entry: Field | None, value: float | Decimal) -> str:
    widget = entry.widget if entry else None
    if widget is Widget.MONEY:
        return str(money(value))
    if widget is Widget.RATIO:
        return str(percent(value))
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return str(number(value) if exact == exact.to_integral_value() else number(value, 1))
