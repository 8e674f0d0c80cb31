"""The pages of an import after its columns: check, progress, report, stop, undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from customers import tasks
from customers.models import CustomAttribute, Customer, ImportJob
from customers.spreadsheets import jobs
from tests.customers.imports.making import csv_file, import_text, job_for, mapping_for
from tests.customers.imports.test_customer_lines import given

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.fixture
def marketer(client: Client, django_user_model: type[User], monkeypatch: Any) -> Client:
    """A signed-in marketer; the worker is played by the test."""
    for task in (tasks.run_import, tasks.check_import, tasks.undo_import):
        monkeypatch.setattr(task, "delay", lambda pk: None)
    client.force_login(django_user_model.objects.create_user("m@b.fr", role="marketer"))
    client.cookies["django_language"] = "en"
    return client


def checked(folder: Path, text: str, told: dict[str, Any] | None = None) -> ImportJob:
    job = job_for(csv_file(folder, text), "customers", told)
    jobs.ask_for_check(job, mapping_for(csv_file(folder, text), "customers", told))
    tasks.check_import(job.pk)
    job.refresh_from_db()
    return job


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_check_says_what_changes_who_repeats_and_why_lines_are_rejected(
    marketer: Client, tmp_path: Path
) -> None:
    Customer.objects.create(external_id="1", last_name="Ancien")
    text = "N° client;Nom;Ville;E-mail\n1;Neuf;Lyon;\n1;;;a@b.fr\n2;;;faux\n3;;;faux\n;X;;\n"
    job = checked(tmp_path, text)
    page = marketer.get(reverse("customers:import_check", args=[job.pk]))
    assert page.context["changed_fields"] == [("City", 1), ("E-mail", 1), ("Last name", 1)]
    assert [(row.count, row.rows) for row in page.context["reasons"]] == [(2, [4, 5]), (1, [6])]
    shown = text_of(page)
    assert "<del>Ancien</del>" in shown
    assert "line 3 like line 2" in shown
    assert not Customer.objects.exclude(external_id="1").exists()


def test_the_check_counts_who_could_be_written_to_and_says_why_nobody_can(
    marketer: Client, tmp_path: Path
) -> None:
    text = "id;mail;nom\n1;a@b.fr;A\n2;b@b.fr;B\n1;;C\n"
    told = given()
    job = checked(tmp_path, text, told)
    page = marketer.get(reverse("customers:import_check", args=[job.pk]))
    assert page.context["report"].reachable == {"email": 2}
    assert not page.context["nobody_reachable"]
    told["options"] = {}
    job = checked(tmp_path, text, told)
    page = marketer.get(reverse("customers:import_check", args=[job.pk]))
    assert page.context["nobody_reachable"]
    assert reverse("customers:import_map", args=[job.pk]) in text_of(page)


def test_an_import_is_undone_from_its_report_after_its_numbers_are_told(
    marketer: Client, tmp_path: Path
) -> None:
    import_text(tmp_path, "N° client;E-mail\n1;a@b.fr\n2;b@b.fr\n")
    job = ImportJob.objects.get()
    url = reverse("customers:import_undo", args=[job.pk])
    assert url in text_of(marketer.get(reverse("customers:import_report", args=[job.pk])))
    assert marketer.get(url).context["told"].removed == 2
    assert Customer.objects.count() == 2
    progress = reverse("customers:import_progress", args=[job.pk])
    assert marketer.post(url)["Location"] == progress
    assert marketer.post(url)["Location"] == progress
    assert marketer.get(progress).context["total"] == 2
    tasks.undo_import(job.pk)
    assert not Customer.objects.exists()
    shown = text_of(marketer.get(reverse("customers:import_report", args=[job.pk])))
    assert "2 people removed." in shown
    assert url not in shown
    assert marketer.get(url).status_code == 302


def test_a_check_is_stopped_and_goes_back_to_its_columns(marketer: Client, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "N° client\n1\n")
    job = job_for(path, "customers")
    jobs.ask_for_check(job, mapping_for(path, "customers"))
    answer = marketer.post(reverse("customers:import_stop", args=[job.pk]))
    assert answer["Location"] == reverse("customers:import_map", args=[job.pk])
    tasks.check_import(job.pk)
    job.refresh_from_db()
    assert job.state == "mapping"


def test_a_queued_import_is_stopped_and_says_so(marketer: Client, tmp_path: Path) -> None:
    job = job_for(csv_file(tmp_path, "N° client\n1\n"), "customers")
    answer = marketer.post(reverse("customers:import_stop", args=[job.pk]), follow=True)
    assert "stopped before its first line" in text_of(answer)


def test_a_sensitive_column_is_refused_until_its_explicit_consent_is_stated(
    marketer: Client, tmp_path: Path
) -> None:
    CustomAttribute.objects.create(key="allergies", label="Allergies", sensitive="health")
    job = job_for(csv_file(tmp_path, "N° client;Allergies\n1;noix\n"), "customers")
    ImportJob.objects.update(state="mapping")
    url = reverse("customers:import_map", args=[job.pk])
    form = marketer.get(url).context["form"]
    sent = {name: str(form[name].value() or "") for name in form.fields}
    sent["column_1"] = "attr:allergies"
    answer = marketer.post(url, sent)
    assert answer.status_code == 422
    needed = {f"sensitive_allergies_{n}" for n in ("source", "collected_on", "wording", "proof")}
    assert needed <= set(answer.context["form"].errors)
    sent |= dict.fromkeys(needed, "2024-01-02")
    assert marketer.post(url, sent).status_code == 302
