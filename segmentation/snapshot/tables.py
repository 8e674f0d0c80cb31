"""What a declaration says: which facts are mirrored, whose they are, and how they are stored.

A `Source` is a model as it is read from the database and watched by triggers; a `Table` is a
table of the snapshot made from sources. Invariant: nothing reaches the snapshot that is not
declared here, and everything declared is watched, so a write can never go unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.apps import apps
from django.db import models

# Whose row it is, as SQL over one row: the customers to mark when the row changes.
OF_CUSTOMER: Final = "SELECT {row}.customer_id AS customer_id"
OF_ITSELF: Final = "SELECT {row}.id AS customer_id"
# A row that belongs to nobody: the mark names no customer.
OF_NOBODY: Final = "SELECT CAST(NULL AS BIGINT) AS customer_id"


@dataclass(frozen=True)
class Column:
    """A column read from the database into the staging table.

    `type` is DuckDB's. `sql` is an expression over the field's column, which stands at `{}`;
    where the databases differ, one expression a vendor.
    """

    name: str
    type: str
    field: str = ""
    sql: str | Mapping[str, str] = "{}"

    def read(self, vendor: str, column: str) -> str:
        """The expression that reads the column on a database of this vendor."""
        template = self.sql if isinstance(self.sql, str) else self.sql[vendor]
        return template.replace("{}", column)


@dataclass(frozen=True)
class Source:
    """A model as it is read (into the staging table `stage_<name>`) and watched.

    `owner` selects the customers a row concerns, `where` keeps the rows that count, `belongs`
    finds the rows of some customers, of whom `{are}` is the test; all are SQL in which `{row}` is
    the row, `[app.Model]` the table of a model and `{lock}` what keeps another transaction from
    changing a row just read. Sources without `belongs` are small: they are always read whole.
    Where the rows decide which columns there are, `shapes`, a change builds everything anew.
    """

    name: str
    model: str
    columns: tuple[Column, ...]
    owner: str = OF_CUSTOMER
    where: str = ""
    watched: tuple[str, ...] = ()
    belongs: str = "{row}.customer_id {are}"
    shapes: bool = False

    @property
    def stage(self) -> str:
        """The staging table's name."""
        return f"stage_{self.name}"

    @property
    def model_class(self) -> type[models.Model]:
        """The Django model."""
        return apps.get_model(self.model)

    @property
    def database_table(self) -> str:
        """The model's table in the database."""
        return str(self.model_class._meta.db_table)

    def database_column(self, column: Column) -> str:
        """The database's column that a declared column is read from."""
        return database_column(self.model_class, column.field or column.name)

    @property
    def watched_columns(self) -> tuple[str, ...]:
        """The database's columns whose change concerns the snapshot, the key first."""
        names = [column.field or column.name for column in self.columns] + list(self.watched)
        found = [database_column(self.model_class, name) for name in ["id", *names]]
        return tuple(dict.fromkeys(found))

    @property
    def read_whole(self) -> bool:
        """Whether every sync reads all its rows."""
        return not self.belongs or self.owner == OF_NOBODY

    def owner_of(self, row: str, lock: str = "") -> str:
        """SQL selecting the customers that the row named `row` concerns."""
        return _resolve(self.owner, row).replace("{lock}", lock)

    def belongs_to(self, row: str, are: str) -> str:
        """SQL that is true where the row named `row` is of the customers that `are` tells."""
        return _resolve(self.belongs, row).replace("{are}", are)

    def counts(self, row: str) -> str:
        """SQL that is true where the row named `row` belongs to the mirror."""
        return _resolve(self.where, row) if self.where else "TRUE"


class Kind(StrEnum):
    """How a value is stored."""

    PLAIN = "plain"
    CODE = "code"
    TEXT = "text"
    COPY = "copy"
    INSTANT = "instant"


@dataclass(frozen=True)
class Field:
    """A column of a snapshot table: `sql` over the table's origin.

    CODE: as it is, '' being NULL. TEXT: folded, with what was written beside it as `written`
    where that differs; its spellings make the labels of kind `label`. COPY: a TEXT of an earlier
    table. INSTANT: naive UTC, with the local date beside it as `<name>_on`.
    """

    name: str
    sql: str
    kind: Kind = Kind.PLAIN
    label: str = ""

    @property
    def written(self) -> str:
        """The column of a text as it was written; no key of the shop's own can be its name."""
        return f"{self.name}:as" if ":" in self.name else f"{self.name}_as"


@dataclass(frozen=True)
class Table:
    """A table of the snapshot, made of the rows of `origin`, under the alias s.

    `joins` bring in staging tables and earlier tables, one row at most for each of s; `where`
    keeps some of the rows; `{now}` in it is the build's instant. `customer` is the column that
    says whose a row is; tables without are small and hold what rows of other tables repeat: their
    text `repeated` stands in each of the tables `repeated_in`. `weight` is how much a row counts
    for its labels.
    """

    name: str
    origin: str
    fields: tuple[Field, ...]
    joins: str = ""
    where: str = "TRUE"
    customer: str = "customer_id"
    weight: int = 1
    repeated: str = ""
    repeated_in: tuple[str, ...] = ()

    def source_of(self, *expressions: str) -> str:
        """The FROM clause these expressions need: without the joins where they do without."""
        aliases = {alias for each in expressions for alias in re.findall(r"\b([a-z])\.", each)}
        return f"{self.origin} s {self.joins if aliases - {'s'} else ''}"


@dataclass
class Registry:
    """Every declared source and table, in the order in which they are built."""

    sources: dict[str, Source] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def register(self, sources: tuple[Source, ...], tables: tuple[Table, ...] = ()) -> None:
        """Add declarations; registering the same name again replaces it."""
        self.sources |= {source.name: source for source in sources}
        self.tables |= {table.name: table for table in tables}


registry: Final = Registry()


def register(sources: tuple[Source, ...], tables: tuple[Table, ...] = ()) -> None:
    """Declare an application's tables, from its `AppConfig.ready()`."""
    registry.register(sources, tables)


def database_column(model: type[models.Model], name: str) -> str:
    """The database column of a field, named by itself or by its attribute (`customer_id`)."""
    for candidate in model._meta.concrete_fields:
        if name in (candidate.name, candidate.attname):
            return str(candidate.column)
    raise LookupError(f"{model._meta.label} has no field {name}")


def plain(*names: str, sql: str = "s.{}") -> tuple[Field, ...]:
    """Fields stored as they are read."""
    return tuple(Field(name, sql.replace("{}", name)) for name in names)


def codes(*names: str, sql: str = "s.{}") -> tuple[Field, ...]:
    """Fields that hold a choice's code."""
    return tuple(Field(name, sql.replace("{}", name), Kind.CODE) for name in names)


def texts(*names: str, sql: str = "s.{}") -> tuple[Field, ...]:
    """Fields that hold a folded text; each name is also the kind of its labels."""
    return tuple(Field(name, sql.replace("{}", name), Kind.TEXT, name) for name in names)


def own_column(key: str) -> str:
    """The column of a field of the shop's own, `attr:<key>` or `prop:<key>`.

    DuckDB takes names that differ by their capitals alone for one: each is marked, by a sign that
    no key has.
    """
    return re.sub("[A-Z]", lambda capital: f"^{capital[0].lower()}", key)


def copies(*names: str, sql: str) -> tuple[Field, ...]:
    """Fields that repeat a folded text of another table, with its spelling."""
    return tuple(Field(name, sql.replace("{}", name), Kind.COPY, name) for name in names)


def _resolve(template: str, row: str) -> str:
    named = re.sub(r"\[(\w+\.\w+)\]", lambda found: f'"{_table_of(found[1])}"', template)
    return named.replace("{row}", row)


def _table_of(label: str) -> str:
    return str(apps.get_model(label)._meta.db_table)
