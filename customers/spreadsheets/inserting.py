"""New rows in one prepared statement: several times quicker than bulk_create on many columns.

The rows are those bulk_create would write: every field's own pre_save and database form apply.
Only for a transaction that holds the write lock, since ids are taken before the rows are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState
from django.utils import timezone

_M = TypeVar("_M", bound=models.Model)
_Reader = Callable[[models.Model], Any]


def unsaved(model: type[_M], **values: Any) -> _M:
    """An unsaved object as `model(**values)` makes it, ten times as fast.

    The values are by attribute (`customer_id`, not `customer`) and taken as they are.
    """
    fixed, called = _defaults(model)
    made = model.__new__(model)
    made.__dict__ |= fixed
    made._state = ModelState()
    for name, default in called:
        if name not in values:
            made.__dict__[name] = default()
    made.__dict__ |= values
    return made


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """What a new object holds: values, and what must be called for each object of its own."""
    fixed: dict[str, Any] = {}
    called: list[tuple[str, Any]] = []
    for field in model._meta.concrete_fields:
        if field.has_default() and callable(field.default):
            called.append((field.attname, field.default))
        else:
            fixed[field.attname] = field.get_default()
    return fixed, called


def insert(objects: Sequence[_M]) -> None:
    """Insert unsaved objects of one model and give them their ids."""
    if not objects:
        return
    model = type(objects[0])
    for pk, obj in zip(new_ids(model, len(objects)), objects, strict=True):
        obj.pk = pk
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    columns, rows = _rows(fields, objects, add=True)
    insert_rows(model, columns, rows)
    for obj in objects:
        obj._state.adding = False
        obj._state.db = connection.alias


def insert_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows of values in their database form, all columns told, ids too (`new_ids`)."""
    quote = connection.ops.quote_name
    named = ", ".join(map(quote, columns))
    marks = ", ".join(["%s"] * len(columns))
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({named}) VALUES ({marks})", list(rows))


def update(objects: Sequence[_M], names: Sequence[str]) -> None:
    """Write these fields (names) of saved objects of one model, one prepared statement for all."""
    if not objects:
        return
    meta = type(objects[0])._meta
    by_name = {field.name: field for field in meta.local_concrete_fields}
    columns, rows = _rows([by_name[name] for name in names], objects, add=False)
    quote = connection.ops.quote_name
    told = ", ".join(f"{quote(column)} = %s" for column in columns)
    statement = f"UPDATE {quote(meta.db_table)} SET {told} WHERE {quote(str(meta.pk.column))} = %s"
    with connection.cursor() as cursor:
        told_rows = [(*row, obj.pk) for row, obj in zip(rows, objects, strict=True)]
        cursor.executemany(statement, told_rows)


def new_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Ids nobody has or will be given: from the sequence, or counted on under the lock."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), model._meta.pk.column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        # Writing a row with its id moves SQLite's own counter too.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return range(first, first + count)


def _rows(
    fields: Sequence[models.Field[Any, Any]], objects: Sequence[models.Model], *, add: bool
) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Columns, and a row of values for each object: plain attributes are taken all at once."""
    plain = [field for field in fields if _is_plain(field)]
    others = [field for field in fields if not _is_plain(field)]
    readers = [_reader(field, add) for field in others]
    columns = [str(field.column) for field in (*plain, *others)]
    if len(plain) < 2:
        every = [_reader(field, add) for field in (*plain, *others)]
        return columns, ([read(obj) for read in every] for obj in objects)
    taken = attrgetter(*(field.attname for field in plain))
    return columns, ((*taken(obj), *[read(obj) for read in readers]) for obj in objects)


def _is_plain(field: models.Field[Any, Any]) -> bool:
    """Whether the attribute is what is written, as it stands."""
    if type(field).pre_save is not models.Field.pre_save:
        return False
    return isinstance(
        field,
        models.CharField
        | models.TextField
        | models.BigAutoField
        | models.PositiveSmallIntegerField
        | models.ForeignKey,
    )


def _reader(field: models.Field[Any, Any], add: bool) -> _Reader:
    """How an object's value of this field is written."""
    if isinstance(field, models.CharField):
        return lambda obj: field.pre_save(obj, add)
    if isinstance(field, models.DateField):
        return _days(field, add)
    if isinstance(field, models.JSONField):
        return _json(field)
    # The connection itself: to look it up by the thread, value by value, costs a tenth of all.
    link = connections[DEFAULT_DB_ALIAS]

    def read(obj: models.Model) -> Any:
        value = field.pre_save(obj, add)
        return None if value is None else field.get_db_prep_save(value, link)

    return read


def _json(field: models.JSONField) -> _Reader:
    """Lists and objects, nearly all empty: those are converted once."""
    link = connections[DEFAULT_DB_ALIAS]
    empty: dict[type, Any] = {}

    def read(obj: models.Model) -> Any:
        value = getattr(obj, field.attname)
        if value or value is None:
            return field.get_db_prep_save(value, link)
        kind = type(value)
        if kind not in empty:
            empty[kind] = field.get_db_prep_save(value, link)
        return empty[kind]

    return read


def _days(field: models.DateField[Any, Any], add: bool) -> _Reader:
    """A day or an instant; those that are the same for several, such as now, are converted once."""
    link = connections[DEFAULT_DB_ALIAS]
    is_now = field.auto_now or (field.auto_now_add and add)
    now = timezone.now() if isinstance(field, models.DateTimeField) else timezone.localdate()
    converted: dict[Any, Any] = {None: None}

    def read(obj: models.Model) -> Any:
        if is_now:
            setattr(obj, field.attname, now)
        value = getattr(obj, field.attname)
        if value not in converted:
            converted[value] = field.get_db_prep_save(value, link)
        return converted[value]

    return read
