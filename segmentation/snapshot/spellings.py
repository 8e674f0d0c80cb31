"""How texts are spelt: the labels under which folded texts are shown, and how often each stands.

Invariant: the table `spellings` counts what stands in the snapshot's own rows, so that replacing
some rows needs only the counts of those taken out and of those put in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from segmentation.snapshot.tables import Field, Kind, Table

# Of each folded text the spelling met most often, of equal ones the last in order.
LABELS: Final = """
SELECT kind, folded, trim(arg_max(raw, (n, raw))) AS label, CAST(sum(n) AS BIGINT) AS n
FROM {home}spellings GROUP BY kind, folded
"""


def counted(tables: Sequence[Table]) -> str:
    """SQL counting the spellings in whole tables: in how many rows, and what they weigh."""
    # Column by column: a list of each row's texts would take three times as long.
    return " UNION ALL ".join(
        f"SELECT '{field.label}' AS kind, \"{field.name}\" AS folded, {_as_written(field)} AS raw,"
        f" count(*) AS rows, count(*) * {table.weight} AS n"
        f' FROM "{table.name}" WHERE "{field.name}" IS NOT NULL GROUP BY ALL'
        for table in tables
        for field in _texts(table)
    )


def standing(tables: Sequence[Table], home: str, where: Callable[[Table], str]) -> str:
    """SQL of each text that stands in some rows of tables: its spelling and its `weight`.

    `home` is what stands before a table's name, `where` says which of its rows, a few of many:
    each table is looked through once.
    """
    return " UNION ALL ".join(
        f"SELECT * FROM (SELECT unnest([{told}], recursive := true), {table.weight} AS weight"
        f' FROM {home}"{table.name}" WHERE {where(table)}) WHERE folded IS NOT NULL'
        for table in tables
        if (told := ", ".join(map(_told, _texts(table))))
    )


def _told(field: Field) -> str:
    name = f'"{field.name}"'
    return f"{{'kind': '{field.label}', 'folded': {name}, 'raw': {_as_written(field)}}}"


def _texts(table: Table) -> list[Field]:
    return [field for field in table.fields if field.kind in (Kind.TEXT, Kind.COPY)]


def _as_written(field: Field) -> str:
    # A word that is written as it is folded is stored once.
    return f'COALESCE("{field.written}", "{field.name}")'


def summed(counts: str) -> str:
    """SQL of the table `spellings` from counts that may come in several parts, or be negative."""
    return (
        "SELECT kind, folded, raw, CAST(sum(rows) AS BIGINT) AS rows, CAST(sum(n) AS BIGINT) AS n"
        f" FROM ({counts}) GROUP BY kind, folded, raw HAVING sum(rows) > 0"
    )
