"""Random bytes and spoilt files through the reader: an answer or a refusal, soon, and no trace.

The rounds are seeded, so that a failure can be had again by its number.
"""

from __future__ import annotations

import random
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from customers.models import Customer, ImportJob
from customers.spreadsheets import jobs
from customers.spreadsheets.errors import SpreadsheetError
from customers.spreadsheets.reading import open_spreadsheet
from tests.customers.imports.awkward_reports import awkward_files, kind_of
from tests.customers.imports.awkward_workbooks import zipped

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
ROUNDS, SOAK_ROUNDS = 300, 10_000
# Of processor time: the machine may be busy with other things.
SECONDS = 5.0
TOKENS = (
    b'"', b'""', b";", b",", b"\t", b"\n", b"\r\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a",
    b"'", b"=", b"<c ", b"<row", b"/>", b"]]>", b"&#0;", b"&amp;", b'r="XFD1048576"', b"1e308",
    b'table:number-columns-repeated="99999999"', b"-1", b"\xe9", "é".encode(), b"PK\x03\x04",
)  # fmt: skip
BEGINNINGS = (
    b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xfe\xff",
    b"\xef\xbb\xbf", b"Nom;E-mail\n", b"sep=;\n", b'"',
)  # fmt: skip


def spoilt(dice: random.Random, content: bytes) -> bytes:
    """The content cut, doubled, overwritten or with something put in, a few times."""
    spoiling = bytearray(content)
    for _time in range(dice.choice((1, 1, 2, 5, 30))):
        at = dice.randrange(len(spoiling) + 1)
        length = dice.choice((1, 2, 4, 16, 200))
        match dice.randrange(6):
            case 0:
                spoiling[at : at + length] = dice.randbytes(length)
            case 1:
                del spoiling[at : at + length]
            case 2:
                spoiling[at:at] = dice.choice(TOKENS)
            case 3:
                spoiling[at:at] = spoiling[at : at + length] * dice.choice((1, 3, 50))
            case 4:
                del spoiling[max(at, 1) :]
            case _:
                spoiling[at : at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f"))
    return bytes(spoiling)


def spoilt_inside(dice: random.Random, content: bytes) -> bytes:
    """A workbook one of whose parts is spoilt, its archive sound."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist()}
    name = dice.choice(list(parts))
    parts[name] = spoilt(dice, bytes(parts[name]))  # type: ignore[arg-type]
    return zipped(parts)


def some_file(dice: random.Random, sources: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    if dice.random() < 0.25:
        length = dice.choice((1, 10, 512, 5_000, 50_000))
        return "customers", dice.choice(BEGINNINGS) + dice.randbytes(length)
    kind, content = dice.choice(sources)
    if content.startswith(b"PK") and dice.random() < 0.7:
        return kind, spoilt_inside(dice, content)
    return kind, spoilt(dice, content)


def read_to_the_end(kind: str, content: bytes) -> None:
    """Receive a file as the wizard does; read again what was accepted."""
    try:
        job = jobs.receive(kind, ContentFile(content), "f", by=None, language="fr")
    except SpreadsheetError:
        assert not ImportJob.objects.exists()
        return
    file = open_spreadsheet(jobs.path_of(job))
    assert sum(1 for _row in file.rows()) == job.rows
    job.file.storage.delete(str(job.file.name))
    job.delete()


def run_rounds(rounds: range) -> None:
    sources = [
        (kind_of(path), path.read_bytes()) for path in awkward_files() if path.stat().st_size
    ]
    uploads = Path(settings.MEDIA_ROOT) / "imports"
    kept = len([path for path in uploads.rglob("*") if path.is_file()])
    for number in rounds:
        kind, content = some_file(random.Random(number), sources)
        started = time.process_time()
        try:
            read_to_the_end(kind, content)
        except BaseException as error:
            error.add_note(f"round {number}")
            raise
        assert time.process_time() - started < SECONDS, f"round {number} hangs"
    assert not Customer.objects.exists()
    assert len([path for path in uploads.rglob("*") if path.is_file()]) == kept


def test_random_and_spoilt_files_are_read_or_refused() -> None:
    run_rounds(range(ROUNDS))


@pytest.mark.soak
def test_ten_thousand_random_and_spoilt_files_are_read_or_refused() -> None:
    run_rounds(range(ROUNDS, ROUNDS + SOAK_ROUNDS))
