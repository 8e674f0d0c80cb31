"""A file with a bit of everything, and what an import of it leaves, without ids or instants."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

from customers.models import ConsentRecord, Customer, CustomerTag, ImportChange, ImportJob
from customers.spreadsheets import jobs

MAPPING: dict[str, Any] = {
    "columns": {
        "id": "external_id", "nom": "last_name", "mail": "email", "tel": "phone",
        "tags": "tags", "ok": "email_consent",
    },
    "options": {
        "consent": {"email": {"state": "given", "source": "till", "collected_at": "2024-01-02"}}
    },
}  # fmt: skip


def write_people(path: Path, lines: int) -> None:
    """Each tenth line repeats an earlier one, and each fiftieth cannot be read."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id;nom;mail;tel;tags;ok\n")
        for n in range(lines):
            number = n - 7 if n % 10 == 9 else n
            mail = "faux" if n % 50 == 3 else f"p{number}@b.fr"
            word = ("oui", "non", "")[n % 3]
            file.write(f"C{number};Nom{n};{mail};06{n % 10**8:08d};t{n % 5};{word}\n")


def final_state() -> dict[str, Any]:
    """Figures, and digests of the people, their consents and the rejected lines."""
    job = ImportJob.objects.get()
    report = {name: value for name, value in job.report.items() if name != "seconds"}
    rejected = jobs.rejected_path(job)
    people = Customer.objects.order_by("external_id").values_list(
        "external_id", "last_name", "email", "phone", "email_hash", "search_text"
    )
    consents = ConsentRecord.objects.order_by("customer__external_id", "id").values_list(
        "customer__external_id", "state", "proof"
    )
    changes = ImportChange.objects.values_list("record", "created")
    return {
        "state": job.state,
        "report": report,
        "people": _digest(list(people)),
        "consents": _digest(list(consents)),
        "tags": CustomerTag.objects.count(),
        "changes": sorted((*key, n) for key, n in Counter(changes).items()),
        "rejected": sha256(rejected.read_bytes()).hexdigest() if rejected else "",
    }


def _digest(rows: list[Any]) -> str:
    return sha256(json.dumps(rows, default=str).encode()).hexdigest()
