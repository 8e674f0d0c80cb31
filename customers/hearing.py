"""What stands of the words of one person about one thing, heard in the order of time.

A yes given under 15 without a guardian is void: it says nothing, and so takes nothing back, no
refusal either. `unknown` takes back the yeses before it, never a no. The exception for existing
customers is no word: it stands beside what they said while nothing else is said after it.

Invariant: after a no, only the person's own later and lawful yes gives consent again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Generic, TypeVar

from customers.legal_bases import is_void
from customers.models import ConsentState, LegalBasis

T = TypeVar("T")


@dataclass(slots=True)
class Heard(Generic[T]):
    """The record that tells what they `said`, their last `refusal`, the `exception` if it stands.

    T is what stands for a record: the record itself, or its state.
    """

    said: T | None = None
    refusal: T | None = None
    exception: T | None = None

    @property
    def holds(self) -> T | None:
        """The record that holds, None where nothing does; an exception never over a refusal."""
        return self.said or self.exception

    def hear(
        self, record: T, state: str, basis: str, occurred_at: dt.datetime, born: dt.date | None
    ) -> None:
        """Take in the next record, no earlier than those before it."""
        if is_void(state, basis, occurred_at, born):
            return
        self.exception = None
        if state == ConsentState.GIVEN and basis == LegalBasis.EXISTING_CUSTOMER:
            self.exception = record
        elif state == ConsentState.UNKNOWN:
            self.said = self.refusal
        else:
            self.said = record
            if state == ConsentState.WITHDRAWN:
                self.refusal = record
