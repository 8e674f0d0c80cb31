"""Erasing people: what names them goes everywhere, what the shop sold stays in its totals.

Invariant: an erasure is one transaction. The record stays without anything that names or describes
the person, so that orders, messages and their sums remain; every other row of theirs is deleted
or emptied by the app that holds it. The files kept from imports, which may be long, are read after
it by a worker, and none is shown until then. Asked for by the person, an erasure leaves keyed
hashes of their addresses and number behind (in the suppression list, and in a journal outside the
database), so that neither an import nor a backup brings them back; no hash stays on the record.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import CharField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from accounts import audit
from customers import locks, search_index
from customers.fields import address_hash, number_hash
from customers.models import (
    AnsweredCall,
    Channel,
    ConsentRecord,
    Customer,
    CustomerTag,
    ErasedNumber,
    Event,
    FormerNumber,
    NotDuplicates,
    Note,
    Order,
    RightsRequest,
    ShopRecord,
    Suppression,
)
from customers.rights import holdings, import_leftovers, journal
from customers.rights.traces import ErasedTraces, KnownTraces, numbers_of
from customers.signals import facts_changed

# What stays of a record: its key, and the instants that totals over time are made of.
KEPT: Final = frozenset({"id", "created_at", "updated_at", "signed_up_at", "erased_at"})
ERASED: Final = Suppression.Reason.ERASURE
_ADMIN_LOG: Final[str] = "admin.LogEntry"
# In a report: imports that were under way, whose files are looked at again once they have ended.
LEFT: Final = "imports_left"
# In a report: what the files kept from imports may name the person by, until they are clean.
TRACES: Final = "traces"


def erase(
    person: Customer, *, by: Any, request: RightsRequest | None = None, because: str = "asked"
) -> RightsRequest:
    """Erase someone who asked for it, from the files too; their request, closed with its report.

    Where no request was recorded before, one is, so that what was done can be shown later.
    Raises Customer.DoesNotExist for someone erased meanwhile.
    """
    made = begin(person, by=by, request=request, because=because)
    clean_files(made.pk)
    made.refresh_from_db()
    return made


def begin(
    person: Customer, *, by: Any, request: RightsRequest | None = None, because: str = "asked"
) -> RightsRequest:
    """What `erase` does, but for the files: nobody sees the person any more; then `clean_files`."""
    now = timezone.now()
    traces = KnownTraces([person])
    with overwriting():
        import_leftovers.forget_in_tables(traces)
    with transaction.atomic(), overwriting():
        # Held, so that whatever is being written about them comes wholly before or is refused.
        held = locks.hold([person.pk])
        if not held:
            raise Customer.DoesNotExist
        person = held[0]
        pk = person.pk
        if request is None:
            request = RightsRequest(
                kind=RightsRequest.Kind.ERASURE, due_on=timezone.localdate(now), recorded_by=by
            )
        report = _keep_hashes(person, now)
        _forget_answers(person)
        report |= anonymise([person], now)
        request.customer, request.note = None, ""
        request.report = report | {TRACES: traces.as_json()}
        request.state, request.closed_at = RightsRequest.State.DONE, now
        request.closed_by = by
        request.save()
        audit.record(by, "customer.erased", customer=pk, request=request.pk, because=because)
    settle()
    return request


def clean_files(request_id: int) -> None:
    """Take the person of an erasure out of the files kept; again where that was interrupted."""
    request = RightsRequest.objects.filter(pk=request_id, report__has_key=TRACES).first()
    if request is None:
        return
    with overwriting():
        left = import_leftovers.forget(KnownTraces.from_json(request.report.pop(TRACES)))
        # An import under way is looked at again by the hashes alone, which name nobody.
        request.report |= {LEFT: left} if left else {}
        request.save(update_fields=["report"])
    settle()


def with_files_to_clean() -> list[int]:
    """The requests for erasure whose files still wait to be cleaned."""
    return list(RightsRequest.objects.filter(report__has_key=TRACES).values_list("pk", flat=True))


def anonymise(people: Sequence[Customer], now: dt.datetime) -> dict[str, int]:
    """Within a transaction: take from these people all that names them; what went, in numbers."""
    ids = [person.pk for person in people]
    gone: Counter[str] = Counter()
    for holding in holdings.registered():
        gone.update(holding.erase(people))
    gone.update(forget_beside(people))
    gone["orders_kept"] += _anonymise_orders(ids)
    gone["events_kept"] += Event.objects.filter(customer_id__in=ids).update(
        properties={}, page="", external_id=None
    )
    # The ledger refuses to lose a record otherwise than with its person: this is that case, and a
    # record that names nobody would prove nothing.
    ledger = ConsentRecord._base_manager
    mine: dict[str, QuerySet[Any]] = {
        "tags": CustomerTag.objects.filter(customer_id__in=ids),
        "not_duplicates": NotDuplicates.objects.filter(Q(first__in=ids) | Q(second__in=ids)),
        "consents": ledger.filter(customer_id__in=ids),
        "notes": Note.objects.filter(customer_id__in=ids),
        "former_numbers": FormerNumber.objects.filter(customer_id__in=ids),
        "shop_records": ShopRecord.objects.filter(
            Q(customer_id__in=ids) | Q(order__customer_id__in=ids)
        ),
    }
    for name, rows in mine.items():
        gone[name] += rows.delete()[0]
    RightsRequest.objects.filter(customer_id__in=ids).update(customer=None, note="")
    _empty(ids, now)
    search_index.forget(ids)
    gone["people"] += len(ids)
    return {name: number for name, number in gone.items() if number}


def forget_beside(people: Sequence[Customer]) -> dict[str, int]:
    """What is about people in rows that are not theirs, and so outlives a deletion too."""
    ids = [person.pk for person in people]
    _delete_admin_log(ids)
    return {
        "undo_notes": import_leftovers.forget_undo_notes(ids),
        "signups": _empty_signups(people),
    }


def look_again() -> int:
    """Clean what imports under way during an erasure have left; how many erasures are now whole."""
    waiting = RightsRequest.objects.filter(report__has_key=LEFT)
    if not waiting.exists():
        return 0
    with overwriting():
        if import_leftovers.forget(ErasedTraces()):
            return 0
    whole = list(waiting)
    for request in whole:
        del request.report[LEFT]
        request.save(update_fields=["report"])
    return len(whole)


def settle() -> None:
    """After the commit: let answers follow, and leave nothing in the database's own log."""
    facts_changed.send(sender=Customer)
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _keep_hashes(person: Customer, now: dt.datetime) -> dict[str, int]:
    """Suppress the addresses as erased, whatever suppressed them before, and note the number."""
    addresses = {Channel.EMAIL.value: person.email, Channel.SMS.value: person.phone}
    kept: list[tuple[str, str]] = []
    for channel, address in addresses.items():
        if hashed := address_hash(address):
            # An import refuses a line for an erasure, not for the unsubscription before it.
            Suppression.objects.update_or_create(
                channel=channel,
                address_hash=hashed,
                defaults={"reason": ERASED, "source": "", "created_at": now},
            )
            kept.append((channel, hashed))
    for number in numbers_of(person):
        hashed = number_hash(number) or ""
        ErasedNumber.objects.update_or_create(number_hash=hashed, defaults={"erased_at": now})
        kept.append(("number", hashed))
    journal.write(now, kept)
    return {"addresses_suppressed": sum(channel != "number" for channel, _hash in kept)}


def _empty(ids: list[int], now: dt.datetime) -> None:
    """Put every column but those kept back to nothing."""
    fields = [field for field in Customer._meta.concrete_fields if field.name not in KEPT]
    empty = {field.name: _nothing(field) for field in fields}
    Customer.all_records.filter(pk__in=ids).update(**empty, updated_at=now, erased_at=now)


def _nothing(field: Any) -> Any:
    """What an empty column of a record holds: not even the shop's country or its language."""
    if field.null:
        return None
    return "" if field.name in ("country", "language") else field.get_default()


def _anonymise_orders(ids: list[int]) -> int:
    """Give orders a number that means nothing outside; theirs names them in the shop's program."""
    orders = Order.objects.filter(customer_id__in=ids)
    nameless = Concat(Value("erased-"), Cast("pk", CharField()))
    orders.exclude(number=None).update(number=nameless)
    return orders.count()


def _empty_signups(people: Sequence[Customer]) -> int:
    """Empty what they answered to forms."""
    return locks.signups_of(people).update(
        customer=None,
        email=None,
        phone=None,
        answers={},
        source_page="",
        email_proof="",
        sms_proof="",
    )


def _forget_answers(person: Customer) -> None:
    """Forget the answers given to calls about them, which are kept for a day."""
    named = Q()
    for value in (person.email, person.phone, person.external_id):
        if value:
            named |= Q(text__icontains=f'"{value}"')
    if named:
        answers = AnsweredCall.objects.annotate(text=Cast("answer", TextField()))
        answers.filter(named).delete()


def _delete_admin_log(ids: list[int]) -> None:
    """The admin site notes each change under the record's name."""
    if apps.is_installed("django.contrib.admin"):
        entries = apps.get_model(_ADMIN_LOG)
        kind = ContentType.objects.get_for_model(Customer)
        entries._base_manager.filter(
            content_type=kind, object_id__in=[str(pk) for pk in ids]
        ).delete()


@contextmanager
def overwriting() -> Iterator[None]:
    """Inside, SQLite overwrites what is deleted, which it otherwise leaves in its file."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = OFF")
