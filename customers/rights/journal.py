"""The journal of erasures, outside the database: what a restored backup does not know.

One line an erasure: its instant and the keyed hashes of the addresses and number erased. Invariant:
lines are only ever appended, and hold nothing that can be read back or that leads to a record.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

NAME: Final = "rights/erasures.jsonl"
Hash = tuple[str, str]


def path() -> Path:
    """Where the journal is kept: among the files that are in every backup."""
    return Path(settings.MEDIA_ROOT) / NAME


def write(at: dt.datetime, hashes: Iterable[Hash]) -> None:
    """Append an erasure: pairs of what is hashed (email, sms, number) and the hash."""
    line = json.dumps({"at": at.isoformat(), "hashes": [list(pair) for pair in hashes]})
    target = path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(source: Path | None = None) -> Iterator[tuple[dt.datetime, list[Hash]]]:
    """Each erasure written down. Raises ValueError for a line that is none."""
    source = source or path()
    if not source.exists():
        return
    with source.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                told = json.loads(line)
                at = dt.datetime.fromisoformat(told["at"])
                yield at, [(str(kind), str(hashed)) for kind, hashed in told["hashes"]]
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{source}, line {number}: not an erasure") from error
