"""How each kind of record is taken back; apps above add theirs from AppConfig.ready()."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from customers.models import ImportChange, ImportJob

REMOVED: Final = "removed"
RESTORED: Final = "restored"
KEPT: Final = "kept"
# Counted beside the kinds of record: the definitions of custom attributes are noted nowhere.
ATTRIBUTE: Final = "attribute"

Undoer = Callable[[ImportJob, list[ImportChange]], "Counter[str]"]
"""Takes back some changes of one kind of record, in the caller's transaction, and counts what
became of them: removed, restored or kept. What no longer exists counts nowhere."""

# What hangs on other records goes first, what others hang on last. The ledger comes after the
# people: of those who are kept, it says what no longer holds.
ORDER: Final = (
    ImportChange.Record.SUPPRESSION,
    ImportChange.Record.MEMBER,
    ImportChange.Record.EVENT,
    ImportChange.Record.LINE,
    ImportChange.Record.ORDER,
    ImportChange.Record.TAG,
    ImportChange.Record.CUSTOMER,
    ImportChange.Record.CONSENT,
    ImportChange.Record.PRODUCT,
)

_undoers: Final[dict[str, Undoer]] = {}


def register(record: str, undoer: Undoer) -> None:
    """Say how a kind of record (ImportChange.Record) is taken back."""
    _undoers[record] = undoer


def undoer_of(record: str) -> Undoer:
    """What takes back this kind of record. Raises KeyError for a kind nobody registered."""
    return _undoers[record]
