"""Whatever text stands in a rule is data: it never becomes a part of the statement.

Each drawn text is put in every operator of every field that takes a text, all asked in one
statement: it means what the oracle says, and parses back as the statement of a harmless word.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st
from sqlglot import exp

from customers.folding import fold
from segmentation.calendar import Clock
from segmentation.catalogue import Field
from segmentation.compiler import Compiler, Question
from segmentation.rules import Operand, RuleError, parse_node
from tests.segmentation import vocabulary
from tests.segmentation.oracle import INSTANT_OF, Oracle, World
from tests.segmentation.oracle_values import SETS, TEXTS
from tests.segmentation.test_compiler import nobody
from tests.segmentation.warehouse import Warehouse
from tests.segmentation.worlds import world_of

PARIS = ZoneInfo("Europe/Paris")
NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)
CATALOGUE = vocabulary.catalogue()
SIZE = 6
HARMLESS = "word"
_TEXTUAL = (Operand.TEXT, Operand.TEXTS)
# What has broken statements before, elsewhere: quotes, escapes, comments, parameters, ends.
_PIECES = [
    *("'", "''", '"', "\\", "\\'", "`", ";", "--", "/*", "*/", "#", "$1", "$$", "?", ":a", "%s"),
    *("%", "_", "{0}", "{{", "\n", "\r\n", "\x1a", "\b", "\ufeff", "\u2028", "’", "＇", "ʼ", "🂡"),
    *("' OR 1=1 --", "'); DROP TABLE customers; --", "E'\\''", "U&'\\0027'", "x' UNION SELECT 1"),
]
_texts = (
    st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), min_size=1, max_size=24)
    .map("".join)
    .filter(lambda t: bool(fold(t)) and "\0" not in t and not any(map(_surrogate, t)))
)


def _surrogate(letter: str) -> bool:
    return "\ud800" <= letter <= "\udfff"


def places(fields: Any) -> Iterator[tuple[Field, str, Operand]]:
    """Every operator of every field."""
    for entry in fields:
        for op, shape in entry.operators.items():
            yield entry, op, shape


def nodes(text: str) -> list[dict[str, Any]]:
    """A node for each place where a rule takes any text."""
    made: list[dict[str, Any]] = [{"sample": {"from": 0, "to": 5000, "salt": text}}]
    for entry, op, shape in places(CATALOGUE.entries):
        if shape in _TEXTUAL and not entry.closed:
            made.append(_condition(entry, op, shape, text))
    for source in CATALOGUE.source_entries:
        for entry, op, shape in places(source.entries):
            if shape in _TEXTUAL and not entry.closed:
                made.append({source.key: {"where": [_condition(entry, op, shape, text)]}})
    return made


def _condition(entry: Field, op: str, shape: Operand, text: str) -> dict[str, Any]:
    return {"field": entry.key, "op": op, "value": text if shape is Operand.TEXT else [text]}


def statement(drawn: list[dict[str, Any]]) -> str:
    compiler = Compiler(Question(CATALOGUE, Clock(NOW, PARIS), nobody))
    named = {f"n{i}": parse_node(node, CATALOGUE) for i, node in enumerate(drawn)}
    return compiler.finish(compiler.flags(named, also=("id",))).sql("duckdb")


def shape_of(sql: str) -> str:
    """A statement with every text in it made the same."""
    (parsed,) = sqlglot.parse(sql, dialect="duckdb")
    assert parsed is not None
    for literal in parsed.find_all(exp.Literal):
        if literal.is_string:
            literal.set("this", "")
    return parsed.sql("duckdb")


def world_with(text: str) -> World:
    """A world in which one person has the text wherever a text can be."""
    world = world_of(7, NOW, SIZE)
    free = {e.key for s in CATALOGUE.source_entries for e in s.entries if not e.closed}
    free |= {e.key for e in CATALOGUE.entries if not e.closed}
    rows = [c for c in world["customers"] if c["id"] == 1]
    rows += [r for source in INSTANT_OF for r in world[source] if r["customer_id"] == 1]
    for row in rows:
        row |= {key: text for key in row if key in TEXTS and key in free}
        row |= {key: [text] for key in row if key in SETS}
    return world


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    return Warehouse(PARIS)


@pytest.fixture(scope="module")
def harmless() -> str:
    return shape_of(statement(nodes(HARMLESS)))


def _check(warehouse: Warehouse, harmless: str, text: str) -> None:
    drawn = nodes(text)
    sql = statement(drawn)
    assert shape_of(sql) == harmless
    world = world_with(text)
    warehouse.fill(world)
    warehouse.store_profiles(NOW)
    oracle = Oracle(world, NOW, PARIS)
    people = {c["id"]: c for c in world["customers"]}
    answers = warehouse.connection.execute(sql).fetchall()
    assert len(answers) == SIZE
    for *flags, pk in answers:
        for node, flag in zip(drawn, flags, strict=True):
            assert flag == oracle.holds(node, people[pk]), (node, pk)


_QUIET = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@seed(20261122)
@settings(_QUIET, max_examples=2, phases=[Phase.explicit, Phase.generate])
@example(text="".join(_PIECES) + "x" * 2_000)
@given(text=_texts)
def test_a_text_is_only_ever_data(warehouse: Warehouse, harmless: str, text: str) -> None:
    _check(warehouse, harmless, text)


@pytest.mark.soak
@settings(_QUIET, max_examples=300)
@given(text=_texts)
def test_any_text_is_only_ever_data(warehouse: Warehouse, harmless: str, text: str) -> None:
    _check(warehouse, harmless, text)


@settings(_QUIET, max_examples=5)
@given(text=_texts)
def test_no_other_value_can_hold_a_text(text: str) -> None:
    fields = [*CATALOGUE.entries, *(e for s in CATALOGUE.source_entries for e in s.entries)]
    refused = 0
    for entry, op, shape in places({entry.key: entry for entry in fields}.values()):
        if shape is Operand.NONE or (shape in _TEXTUAL and not entry.closed):
            continue
        for value in (text, [text], [text, "day"], {"unit": text, "offset": 0}):
            node = {"field": entry.key, "op": op, "value": value}
            where = [s.key for s in CATALOGUE.source_entries if entry.key in s.fields]
            asked = node if entry.group else {where[0]: {"where": [node]}}
            with pytest.raises(RuleError):
                parse_node(asked, CATALOGUE)
            refused += 1
    assert refused > 500


def test_a_null_character_is_refused_where_it_stands() -> None:
    node = {"field": "city", "op": "in", "value": ["Lyon", "a\0b"]}
    with pytest.raises(RuleError, match="null character") as refused:
        parse_node(node, CATALOGUE)
    assert [problem.path for problem in refused.value.problems] == ["$.rule.value[1]"]
