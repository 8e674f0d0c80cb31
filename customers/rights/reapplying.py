"""Erasing again, after a restored backup, whom it brought back.

Driven by hashes alone: those of the suppression list and of the erased numbers, and those of the
journal, which knows the erasures made after the backup. Someone is erased again where every
address and number of theirs is among them and their record is older than the last of these
erasures; where only some are (a family shares an address, or data changed in between), a member
has to look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.db.models import Q

from customers.fields import address_hash, number_hash
from customers.models import Channel, Customer, ErasedNumber, FormerNumber, Suppression
from customers.rights import erasure, journal

_CHUNK: Final = 500
# The instant an erasure is dated by, and when its journal line is written, may differ by a little.
_LEEWAY: Final = dt.timedelta(minutes=1)
Erased = dict[str, dt.datetime]


@dataclass
class Reapplied:
    """How many were erased again, and the records that only some of the hashes match."""

    known: int = 0
    erased: int = 0
    to_look_at: list[int] = field(default_factory=list)


def erased_hashes(journals: Iterable[Path] = ()) -> Erased:
    """Every hash of someone erased and the last instant of it. Raises ValueError as the journal.

    The installation's own journal is always read.
    """
    found: Erased = {}
    rows = Suppression.objects.filter(reason=Suppression.Reason.ERASURE)
    numbers = ErasedNumber.objects.values_list("number_hash", "erased_at")
    for hashed, at in (*rows.values_list("address_hash", "created_at"), *numbers):
        found[hashed] = max(at, found.get(hashed, at))
    for source in (None, *journals):
        for at, hashes in journal.read(source):
            for _kind, hashed in hashes:
                found[hashed] = max(at, found.get(hashed, at))
    return found


def restore_list(journals: Iterable[Path], returned: Collection[str]) -> int:
    """Put into the suppression list what only journals know; how many hashes were missing.

    But for those of people who `returned` by themselves since.
    """
    added = 0
    for source in (None, *journals):
        for at, hashes in journal.read(source):
            for kind, hashed in hashes:
                if hashed not in returned:
                    added += _suppressed_again(kind, hashed, at)
    return added


def _suppressed_again(kind: str, hashed: str, at: dt.datetime) -> bool:
    if kind not in Channel.values:
        return ErasedNumber.objects.get_or_create(number_hash=hashed, defaults={"erased_at": at})[1]
    reason = Suppression.Reason.ERASURE
    return Suppression.objects.update_or_create(
        channel=kind,
        address_hash=hashed,
        defaults={"reason": reason, "source": ""},
        create_defaults={"reason": reason, "created_at": at},
    )[1]


def reapply(journals: Iterable[Path] = (), *, dry_run: bool = False) -> Reapplied:
    """Erase again everyone who is back. Raises ValueError for a damaged journal."""
    journals = list(journals)
    erased = erased_hashes(journals)
    done = Reapplied(known=len(erased))
    returned: set[str] = set()
    for person in _back(erased):
        keys = _keys(person)
        known = [erased[key] for key in keys if key in erased]
        if person.created_at > max(known) + _LEEWAY:
            returned.update(keys)
            continue
        if len(known) < len(keys):
            done.to_look_at.append(person.pk)
            continue
        done.erased += 1
        if not dry_run:
            erasure.erase(person, by=None, because="backup")
    if not dry_run:
        restore_list(journals, returned)
    return done


def _back(erased: Erased) -> Iterator[Customer]:
    """Those one of whose addresses or numbers was erased; each once."""
    seen: set[int] = set()
    hashes = list(erased)
    for start in range(0, len(hashes), _CHUNK):
        some = hashes[start : start + _CHUNK]
        found = Customer.objects.filter(Q(email_hash__in=some) | Q(phone_hash__in=some))
        for person in list(found.order_by("pk")):
            if person.pk not in seen:
                seen.add(person.pk)
                yield person
    # A number is stored as it is: those without any address are few.
    bare = Customer.objects.filter(email_hash=None, phone_hash=None).exclude(external_id=None)
    for person in bare.order_by("pk").iterator(2000):
        if person.pk not in seen and number_hash(person.external_id) in erased:
            yield person


def _keys(person: Customer) -> list[str]:
    numbers = [person.external_id] if person.external_id else []
    numbers += FormerNumber.objects.filter(customer=person).values_list("external_id", flat=True)
    hashes = [address_hash(person.email), address_hash(person.phone), *map(number_hash, numbers)]
    return [each for each in hashes if each]
