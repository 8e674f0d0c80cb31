"""When a sync works, when it does not, and what it publishes."""

from __future__ import annotations

import datetime as dt
import io
import json
import stat
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from customers.models import Customer, Product
from segmentation import snapshot
from segmentation.models import ChangeMark, PublishedSnapshot
from segmentation.snapshot import build, profiles, reader, tables, triggers, versions
from tests.segmentation.snapshot.conftest import customer, line, order, rows

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


def test_a_sync_without_marks_does_nothing() -> None:
    customer()
    first = snapshot.sync()
    again = snapshot.sync()
    assert (first.published, again.published) == (True, False)
    assert (again.version, again.changed_rows) == (first.version, 0)
    assert again.tables == first.tables
    assert snapshot.pending() == 0


def test_each_write_is_told_by_the_next_sync() -> None:
    snapshot.sync()
    ada = customer(city="Lyon")
    assert snapshot.pending() == 1
    assert rows("SELECT count(*) FROM customers") == [(0,)]
    synced = snapshot.sync()
    assert synced.published
    assert rows("SELECT id, city FROM customers") == [(ada.pk, "lyon")]
    Customer.objects.all().delete()
    snapshot.sync()
    assert rows("SELECT count(*) FROM customers") == [(0,)]


def test_asking_for_a_rebuild_builds_a_new_version() -> None:
    first = snapshot.sync()
    assert snapshot.sync(rebuild=True).version == first.version + 1


def test_a_version_says_when_it_was_built_and_what_it_holds() -> None:
    before = dt.datetime.now(dt.UTC)
    order(customer())
    synced = snapshot.sync()
    version = snapshot.current_version()
    assert version is not None
    assert before <= version.built_at <= dt.datetime.now(dt.UTC)
    assert snapshot.as_of() == version.built_at == synced.built_at == snapshot.meta().built_at
    assert snapshot.meta().customers == 1
    assert snapshot.meta().tables["orders"] == 1
    assert synced.changed_rows == sum(synced.tables.values())


def test_files_are_for_their_owner_alone() -> None:
    customer()
    version = _current_after_sync()
    assert stat.S_IMODE(version.path.stat().st_mode) == 0o600
    assert stat.S_IMODE((versions.folder() / versions.POINTER).stat().st_mode) == 0o600
    assert stat.S_IMODE(versions.folder().stat().st_mode) == 0o700


def test_superseded_versions_go_after_their_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    old = _current_after_sync()
    new = _current_after_sync(rebuild=True)
    assert old.path.exists()
    assert new.path != old.path
    monkeypatch.setattr(versions, "MOST_SUPERSEDED", 1)
    newer = _current_after_sync(rebuild=True)
    assert {path.name for path in versions.folder().glob("v*")} == {new.path.name, newer.path.name}
    monkeypatch.setattr(versions, "GRACE", -1.0)
    newest = _current_after_sync(rebuild=True)
    assert [path.name for path in versions.folder().glob("v*")] == [newest.path.name]


def test_changing_the_time_zone_rebuilds(settings: Settings) -> None:
    order(customer(), placed_at=dt.datetime(2026, 1, 1, 2, tzinfo=dt.UTC))
    snapshot.sync()
    settings.TIME_ZONE = "America/New_York"
    assert snapshot.sync().published
    assert rows("SELECT placed_at_on FROM orders") == [(dt.date(2025, 12, 31),)]


def test_an_order_dated_in_the_future_ends_the_cache_when_its_time_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    order(customer(), placed_at=soon)
    snapshot.sync()
    meta = snapshot.meta()
    assert meta.next_row_at == soon
    assert rows("SELECT orders_count FROM profiles") == [(0,)]
    assert profiles.served_by_cache(soon - dt.timedelta(seconds=1), meta)
    assert not profiles.served_by_cache(soon, meta)
    assert not profiles.served_by_cache(meta.built_at - dt.timedelta(seconds=1), meta)
    monkeypatch.setattr(timezone, "now", lambda: soon)
    assert snapshot.sync().published
    assert rows("SELECT orders_count FROM profiles") == [(1,)]


def test_a_new_declaration_reinstalls_the_triggers_and_rebuilds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot.sync()
    watched = tables.registry.sources["products"]
    other = tables.Source(
        watched.name, watched.model, watched.columns, watched.owner, watched=("price",)
    )
    monkeypatch.setitem(tables.registry.sources, "products", other)
    assert snapshot.sync().published
    assert not snapshot.sync().published
    tea = Product.objects.create(name="Thé")
    snapshot.sync()
    Product.objects.filter(pk=tea.pk).update(price=1)
    assert snapshot.pending() == 1


def test_a_database_restored_from_a_backup_is_not_answered_for() -> None:
    customer()
    snapshot.sync()
    # A backup from before: neither the person, nor the mark, nor this version's token.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customer")
    ChangeMark.objects.all().delete()
    PublishedSnapshot.objects.update(token="the version of that day")
    assert snapshot.sync().published
    assert rows("SELECT count(*) FROM customers") == [(0,)]


def test_marks_left_during_a_build_wait_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = customer(city="Lyon")
    whole = build.build

    def write_meanwhile(*arguments: Any) -> dict[str, int]:
        Customer.objects.filter(pk=ada.pk).update(city="Lille")
        return whole(*arguments)

    monkeypatch.setattr(build, "build", write_meanwhile)
    snapshot.sync()
    assert rows("SELECT city FROM customers") == [("lyon",)]
    assert snapshot.pending() == 1
    monkeypatch.undo()
    snapshot.sync()
    assert rows("SELECT city FROM customers") == [("lille",)]


@pytest.mark.django_db(transaction=True)
def test_a_sync_inside_a_transaction_is_refused() -> None:
    snapshot.sync()
    customer()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        snapshot.sync()
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_sync_outside_transactions_tells_what_is_committed() -> None:
    line(order(customer(), "20"), "Thés")
    snapshot.sync()
    assert rows("SELECT count(*), sum(total) FROM items") == [(1, 20)]
    assert not connection.in_atomic_block
    assert snapshot.pending() == 0


@pytest.mark.django_db(transaction=True)
def test_a_flush_of_the_tables_rebuilds() -> None:
    customer()
    snapshot.sync()
    call_command("flush", interactive=False, verbosity=0)
    snapshot.sync()
    assert rows("SELECT count(*) FROM customers") == [(0,)]


def test_a_migration_in_the_plan_drops_the_triggers_until_it_is_done() -> None:
    from segmentation import apps

    snapshot.sync()
    apps.let_go_of_tables("default", plan=[("a migration", False)])
    assert not triggers.stand()
    customer()
    apps.watch_tables("default")
    assert triggers.stand()
    assert snapshot.sync().published
    assert rows("SELECT count(*) FROM customers") == [(1,)]


def test_without_a_plan_or_a_difference_nothing_is_reinstalled() -> None:
    from segmentation import apps

    snapshot.sync()
    apps.let_go_of_tables("default", plan=[])
    apps.watch_tables("default")
    assert snapshot.pending() == 0
    assert not snapshot.sync().published


def test_a_trigger_lost_without_notice_is_put_back_and_all_is_rebuilt() -> None:
    snapshot.sync()
    lost = next(each for each in triggers.declared() if "customers_insert" in each.name)
    with connection.cursor() as cursor:
        on = f'ON "{lost.table}"' if connection.vendor == "postgresql" else ""
        cursor.execute(f'DROP TRIGGER "{lost.name}" {on}')
    customer()
    assert snapshot.pending() == 0
    assert snapshot.sync().published
    assert triggers.stand()
    assert rows("SELECT count(*) FROM customers") == [(1,)]


def test_a_disabled_trigger_does_not_count() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite cannot disable a trigger")
    snapshot.sync()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer DISABLE TRIGGER USER")
    customer()
    snapshot.sync()
    assert rows("SELECT count(*) FROM customers") == [(1,)]


def test_before_migrations_a_sync_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triggers, "stand", lambda: False)
    monkeypatch.setattr(triggers, "migrated", lambda: False)
    with pytest.raises(snapshot.NotMigrated, match=r"manage\.py migrate"):
        snapshot.sync()


def test_the_command_reports_as_promised() -> None:
    customer()
    report = _run("--json")
    assert set(report) == {"version", "tables", "changed_rows", "seconds"}
    assert report["tables"]["customers"] == 1
    assert report["changed_rows"] > 0
    again = _run("--json")
    assert (again["version"], again["changed_rows"]) == (report["version"], 0)
    assert _run("--json", "--rebuild")["version"] == report["version"] + 1
    reader.close()


def _run(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("sync_snapshot", *arguments, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def _current_after_sync(*, rebuild: bool = False) -> versions.Version:
    snapshot.sync(rebuild=rebuild)
    version = snapshot.current_version()
    assert version is not None
    return version
