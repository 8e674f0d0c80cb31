"""Tags: the words a team puts on people. Two spellings that fold alike are one tag.

A selection of people is tagged by one statement, however large it is.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connections, transaction
from django.db.models import BigIntegerField, Count, DateTimeField, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from customers.folding import fold
from customers.models import Customer, CustomerTag, Tag
from customers.signals import facts_changed

LONGEST_NAME: Final = 60
_LONGEST_FOLDED: Final = 120


class TagNameError(ValueError):
    """A name with no letter or digit in it, or one that is too long."""


class TagTaken(ValueError):
    """Another tag has this name, written alike or nearly so; `other` is that tag."""

    def __init__(self, other: Tag) -> None:
        self.other = other
        super().__init__(_("Another tag already has this name."))


def is_tag(name: str) -> bool:
    """Whether a tag may have this name: not too long, and more than signs that fold away."""
    return len(name) <= LONGEST_NAME and 0 < len(fold(name)) <= _LONGEST_FOLDED


def tag_named(name: str) -> Tag:
    """The tag of that name, made where there is none. Raises TagNameError."""
    shown = " ".join(name.split())
    return Tag.objects.get_or_create(folded=_folded(shown), defaults={"name": shown})[0]


def find_tag(name: str) -> Tag | None:
    """The tag of that name in any spelling, if there is one."""
    return Tag.objects.filter(folded=fold(name)).first()


def put_on(people: QuerySet[Customer], tag: Tag, by: Any = None) -> int:
    """Put a tag on everyone in `people`; returns how many did not have it."""
    now = timezone.now()
    chosen = (
        # SQLite needs a WHERE between SELECT and ON CONFLICT.
        people.order_by()
        .filter(pk__gt=0)
        .annotate(put_tag=Value(tag.pk, BigIntegerField()), put_at=Value(now, DateTimeField()))
        .values_list("pk", "put_tag", "put_at")
    )
    connection = connections[CustomerTag.objects.db]
    select, values = chosen.query.get_compiler(connection=connection).as_sql()
    names = ("customer_id", "tag_id", "added_at")
    columns = ", ".join(connection.ops.quote_name(name) for name in names)
    table = connection.ops.quote_name(CustomerTag._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {select} ON CONFLICT DO NOTHING", values)
        added = int(cursor.rowcount)
        _record(by, "customers.tagged", tag, added)
    return added


def take_off(people: QuerySet[Customer], tag: Tag, by: Any = None) -> int:
    """Take a tag off everyone in `people`; returns how many had it."""
    with transaction.atomic():
        rows = CustomerTag.objects.filter(tag=tag, customer__in=people.order_by().values("pk"))
        removed = rows.delete()[0]
        _record(by, "customers.untagged", tag, removed)
    return removed


def how_many_have(people: QuerySet[Customer], tag: Tag | None) -> int:
    """How many of `people` have the tag already."""
    if tag is None:
        return 0
    rows = CustomerTag.objects.filter(tag=tag, customer__in=people.order_by().values("pk"))
    return rows.count()


def with_numbers() -> QuerySet[Tag]:
    """All tags by name, each with `people`: how many have it."""
    return Tag.objects.annotate(people=Count("customertag")).order_by("folded")


def rename(tag: Tag, name: str) -> Tag:
    """Give a tag another name. Raises TagNameError, or TagTaken where they should be merged."""
    shown = " ".join(name.split())
    folded = _folded(shown)
    other = Tag.objects.filter(folded=folded).exclude(pk=tag.pk).first()
    if other is not None:
        raise TagTaken(other)
    tag.name, tag.folded = shown, folded
    tag.save()
    facts_changed.send(sender=Tag)
    return tag


def merge(tag: Tag, into: Tag, by: Any = None) -> int:
    """Put `into` on everyone who has `tag`, then delete `tag`; returns how many had it."""
    if tag.pk == into.pk:
        raise TagNameError(_("A tag cannot be merged into itself."))
    with transaction.atomic():
        people = Customer.objects.filter(
            pk__in=CustomerTag.objects.filter(tag=tag).values("customer")
        )
        had = CustomerTag.objects.filter(tag=tag).count()
        put_on(people, into, by)
        delete(tag, by)
    return had


def delete(tag: Tag, by: Any = None) -> int:
    """Delete a tag; returns how many people had it."""
    with transaction.atomic():
        had = CustomerTag.objects.filter(tag=tag).delete()[0]
        _record(by, "tag.deleted", tag, had)
        tag.delete()
    return had


def _folded(name: str) -> str:
    folded = fold(name)
    if not folded:
        raise TagNameError(_("Give the tag a name."))
    if not is_tag(name):
        raise TagNameError(_("A tag has at most 60 characters."))
    return folded


def _record(by: Any, action: str, tag: Tag, people: int) -> None:
    audit.record(by, action, tag=tag.pk, people=people)
    facts_changed.send(sender=CustomerTag)
