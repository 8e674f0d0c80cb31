"""After an erasure no table of the database, no file and no snapshot names the person."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from customers import search_index
from customers.models import Customer
from customers.rights import erasure
from customers.rights.traces import ErasedTraces
from segmentation import snapshot
from segmentation.snapshot import versions
from tests.customers.rights.conftest import files_under

NAMES = (
    *("quatremarre", "zénobie", "zenobie", "qx-90417", "qx-00001", "698765432", "6.98.76.54.32"),
    *("06 98 76 54 32", "f-2024-11", "luthi", "1971-03-04"),
)


def test_nothing_names_someone_who_was_erased(
    transactional_db: None, zenobie: Customer, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # What other tests rolled back lies in the file they share.
            cursor.execute("VACUUM")
    snapshot.sync()
    search_index.catch_up()
    assert {"quatremarre", "qx-90417", "698765432"} <= set(found_in_tables())
    assert found_in_files()

    erasure.erase(zenobie, by=member)
    assert snapshot.sync().published
    # The older versions go once their readers have moved, whether anything is built or not.
    monkeypatch.setattr(versions, "GRACE", -1.0)
    assert not snapshot.sync().published

    assert found_in_tables() == {}
    assert found_in_files() == {}
    assert len(list(Path(settings.SNAPSHOT_DIR).glob("v*.duckdb"))) == 1
    with snapshot.cursor() as cursor:
        everything = " ".join(
            str(cursor.execute(f'SELECT * FROM "{table}"').fetchall())
            for (table,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        )
    assert [name for name in NAMES if name in everything.lower()] == []


def found_in_tables() -> dict[str, list[str]]:
    """The names found, and the tables they are in."""
    found: dict[str, list[str]] = {}
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            text = readable(str(cursor.fetchall()))
        for name in NAMES:
            if name in text:
                found.setdefault(name, []).append(table)
    return found


def found_in_files() -> dict[str, list[str]]:
    """The names found, and the files they are in; the database's own file is one of them."""
    folders = [Path(settings.MEDIA_ROOT), Path(settings.SNAPSHOT_DIR)]
    files = [path for folder in folders for path in files_under(folder)]
    if connection.vendor == "sqlite":
        own = Path(str(connection.settings_dict["NAME"]))
        files += [path for path in own.parent.glob(f"{own.name}*") if path.is_file()]
    found: dict[str, list[str]] = {}
    for path in files:
        content: Any = readable(path.read_bytes().decode("utf-8", errors="replace"))
        for name in NAMES:
            if name in content:
                found.setdefault(name, []).append(path.name)
    return found


def readable(text: str) -> str:
    return text.lower().replace("\\u00e9", "é").replace("\\\\u00e9", "é")


@pytest.mark.django_db
def test_a_file_of_endless_words_is_looked_through_at_once() -> None:
    traces = ErasedTraces()
    began = time.process_time()
    for letters in ("a", "é1", "a.", "1 ", "+"):
        assert not traces.name_a_text(letters * 50_000)
    assert time.process_time() - began < 2
