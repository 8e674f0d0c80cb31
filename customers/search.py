"""Finding people by any part of a name, an address or a number.

Searches look in `Customer.search_text`, which is folded like the words searched for, so accents
and case do not count on any database. Every word must be found: one of three characters or more
anywhere, a shorter one at the beginning of a word. A phone may be written with any spacing and
with 0, +33 or 0033.

The index (customers/search_index.py) names candidates, the text itself decides. Where few people
match, they are found first and sorted after; where many do, walking the list in its order and
keeping who matches is quicker: a bounded probe tells which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import Exact, GreaterThan

from customers import search_index
from customers.folding import fold
from customers.models import Customer

MINIMUM: Final = 2
# Up to so many matches are found by the index and sorted.
FEW: Final = 10_000
_TRIGRAM: Final = 3
_MOST_WORDS: Final = 8
_SEPARATORS: Final = re.compile(r"[\s.\-/()\u2010-\u2015]+")
_PEOPLE: Final = Customer._meta.db_table
# Sorts after whatever a word goes on with.
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True)
class Wanted:
    """One way to match: all these words, or the digits of a phone."""

    words: tuple[str, ...]

    @property
    def long(self) -> list[str]:
        return [word for word in self.words if len(word) >= _TRIGRAM]

    def test(self) -> Q:
        """The condition on the text, in words that no index answers for.

        The index would find a hundred thousand people to show fifty; and of a place in a text the
        planners take it that many have it.
        """
        test = Q()
        for word in self.words:
            if len(word) >= _TRIGRAM:
                test &= Q(GreaterThan(_place(word), 0))
            else:
                test &= Q(Exact(_place(word), 1)) | Q(GreaterThan(_place(f" {word}"), 0))
        return test


def is_searchable(query: str) -> bool:
    """Say whether a query is long enough to be searched for."""
    return len(fold(query).replace(" ", "")) >= MINIMUM


@dataclass(frozen=True)
class Found:
    """What the index said of a query: who matches, where those are few; that many do, if not."""

    ways: tuple[Wanted, ...] = ()
    few: tuple[int, ...] | None = None
    # Whether more than FEW match, as far as is known.
    many: bool = False

    def narrow(self, people: QuerySet[Customer]) -> QuerySet[Customer]:
        """Those of `people` who match; all where nothing was searched for."""
        if not self.ways:
            return people
        if self.few is not None:
            return people.filter(pk__in=self.few)
        test = Q()
        for way in self.ways:
            test |= way.test()
        return people.filter(test)


def find(query: str) -> Found:
    """Ask the index, once, about a query; one that is too short finds everyone."""
    if not is_searchable(query):
        return Found()
    ways = tuple(_ways(query))
    if not search_index.stands():
        return Found(ways)
    few = _few(ways)
    return Found(ways, None if few is None else tuple(few), many=few is None)


def matching(customers: QuerySet[Customer], query: str) -> QuerySet[Customer]:
    """Those of `customers` who match the query; all, if it is too short."""
    return find(query).narrow(customers)


def first_of(query: str) -> str:
    """What the first ones in a list found by `query` begin with; '' where nobody comes first."""
    return fold(query) if is_searchable(query) else ""


def beginning_with(text: str) -> Q:
    """The condition that a name begins with `text`: a range, which the list's own index holds.

    Bytes are compared on SQLite, and on PostgreSQL by the collation the search index sets.
    """
    return Q(search_text__gte=text, search_text__lt=f"{text}{_LAST}")


def _place(word: str) -> StrIndex:
    """Where in the text a word begins, from 1; 0 where it does not stand."""
    return StrIndex("search_text", Value(word))


def _ways(query: str) -> list[Wanted]:
    words = tuple(fold(query).split()[:_MOST_WORDS])
    number = _dialled(query)
    spelt = Wanted(words)
    if len(number) < _TRIGRAM or words == (number,):
        return [spelt]
    # "06 12 34" is a number, not three beginnings of words.
    return [Wanted((number,)), *([spelt] if spelt.long else [])]


def _dialled(query: str) -> str:
    """The digits of a query that may be (part of) a phone number, as they are stored."""
    digits = _SEPARATORS.sub("", query.replace("(0)", ""))
    if not re.fullmatch(r"\+?\d{2,16}", digits):
        return ""
    return f"+{digits[2:]}" if digits.startswith("00") and len(digits) > 4 else digits


def _few(ways: Sequence[Wanted]) -> list[int] | None:
    """Who matches, as the index finds them; None where there are more than FEW."""
    found: set[int] = set()
    probe = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    for way in ways:
        some = probe(way)
        # Counted before they are made one each: the probe may name someone twice.
        if len(some) > FEW:
            return None
        found.update(some)
    return sorted(found) if len(found) <= FEW else None


def _on_sqlite(way: Wanted) -> list[int]:
    """Trigrams name candidates; so do the notes of those not yet in the table."""
    trigram = f"SELECT rowid FROM {search_index.TABLE} WHERE {search_index.TABLE} MATCH %s"
    if way.long:
        trigrams = {word[i : i + 3] for word in way.long for i in range(len(word) - 2)}
        candidates = trigram
        values: list[Any] = [_all_of(trigrams)]
    else:
        word = way.words[0]
        candidates = (
            f"SELECT id AS rowid FROM {_PEOPLE} WHERE search_text >= %s AND search_text < %s"
        )
        values = [word, f"{word}{_LAST}"]
        if len(word) == _TRIGRAM - 1:
            candidates += f" UNION ALL {trigram}"
            values.append(_all_of({f" {word}"}))
    candidates += f" UNION ALL SELECT id FROM {search_index.NOTES}"
    test, given = _as_sql(way, "c.search_text")
    # CROSS JOIN keeps the order: the candidates first, as they come, then their texts.
    sql = (
        f"SELECT c.id FROM ({candidates}) f CROSS JOIN {_PEOPLE} c ON c.id = f.rowid"
        f" WHERE {test} LIMIT {FEW + 1}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *given])
        return [pk for (pk,) in cursor.fetchall()]


def _on_postgresql(way: Wanted) -> list[int]:
    test, given = _as_sql(way, "search_text")
    with transaction.atomic(), connection.cursor() as cursor:
        # One page in five hundred tells what very many match: their index entries are long to read.
        sample = f"SELECT count(*) FROM {_PEOPLE} TABLESAMPLE SYSTEM (0.2) WHERE {test}"
        cursor.execute(sample, given)
        if cursor.fetchone()[0] > 3 * FEW // 500:
            return [0] * (FEW + 1)
        # Left to itself the planner may read a million rows as it would stop at ten thousand.
        cursor.execute(_plans("off"))
        cursor.execute(f"SELECT id FROM {_PEOPLE} WHERE {test} LIMIT {FEW + 1}", given)
        found = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_plans("on"))
    return found


def _plans(state: str) -> str:
    kinds = ("seqscan", "indexscan", "indexonlyscan")
    return "; ".join(f"SET LOCAL enable_{kind} = {state}" for kind in kinds)


def _as_sql(way: Wanted, column: str) -> tuple[str, list[str]]:
    parts, values = [], []
    like = f"{column} LIKE %s ESCAPE '\\'"
    for word in way.words:
        plain = re.sub(r"([\\%_])", r"\\\1", word)
        if len(word) >= _TRIGRAM:
            parts.append(like)
            values.append(f"%{plain}%")
        else:
            parts.append(f"({like} OR {like})")
            values += [f"{plain}%", f"% {plain}%"]
    return " AND ".join(parts), values


def _all_of(trigrams: set[str]) -> str:
    quoted = ('"' + each.replace('"', '""') + '"' for each in sorted(trigrams))
    return " AND ".join(quoted)
