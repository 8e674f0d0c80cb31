"""Taking back the consents an import gave: by appending to the ledger, never by deleting.

Invariant: a refusal the import recorded is never taken back, nor a consent about which the
person has said anything since.
"""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext

from customers.models import ConsentRecord, ConsentState, ImportChange, ImportJob
from customers.spreadsheets.inserting import insert
from customers.spreadsheets.undo.registry import KEPT, RESTORED


def undo_consents(job: ImportJob, changes: list[ImportChange]) -> Counter[str]:
    """Say of each consent the import gave, and that still holds, that it no longer does."""
    ids = [change.record_id for change in changes]
    given = list(
        ConsentRecord.objects.filter(pk__in=ids).exclude(state=ConsentState.UNKNOWN).order_by("pk")
    )
    latest: dict[tuple[int, str, str], int] = {}
    everything = ConsentRecord.objects.filter(
        customer_id__in={record.customer_id for record in given}
    ).order_by("occurred_at", "id")
    for pk, customer, subject, key in everything.values_list(
        "pk", "customer_id", "subject", "attribute_key"
    ):
        latest[customer, subject, key] = pk
    source = gettext("Import undone: %(file)s") % {"file": job.file_name}
    taken_back = [
        record.taken_back(source)
        for record in given
        if record.state == ConsentState.GIVEN
        and latest[record.customer_id, record.subject, record.attribute_key] == record.pk
    ]
    insert(taken_back)
    return Counter({RESTORED: len(taken_back), KEPT: len(given) - len(taken_back)})
