"""The import wizard from the first page to the report, and who may open it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from accounts.models import User
from customers import tasks
from customers.models import ConsentRecord, CustomAttribute, Customer, ImportJob, Order
from customers.spreadsheets import jobs
from tests.customers.imports.making import CDNOW, csv_file, job_for, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def marketer(client: Client, django_user_model: type[User], monkeypatch: Any) -> Client:
    """A signed-in marketer; the worker is played by the test."""
    for task in (tasks.run_import, tasks.check_import, tasks.undo_import):
        monkeypatch.setattr(task, "delay", lambda pk: None)
    client.force_login(django_user_model.objects.create_user("m@b.fr", role="marketer"))
    client.cookies["django_language"] = "en"
    return client


def upload(client: Client, content: bytes, kind: str = "customers", name: str = "f.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("customers:import_new"), {"kind": kind, "file": file})


def fields_of(response: Any, **changes: str) -> dict[str, str]:
    """What the mapping form would send as it stands on the page."""
    form = response.context["form"]
    sent = {name: str(form[name].value() or "") for name in form.fields}
    return sent | changes


@pytest.mark.sqlite_suffices
def test_the_real_file_goes_through_the_wizard(
    marketer: Client, django_capture_on_commit_callbacks: Any
) -> None:
    response = upload(marketer, CDNOW.read_bytes(), "orders", "cdnow.csv")
    job = ImportJob.objects.get()
    page = marketer.get(response["Location"])
    assert b"00004" in page.content
    response = marketer.post(response["Location"], fields_of(page))
    assert response["Location"] == reverse("customers:import_check", args=[job.pk])
    assert marketer.get(response["Location"]).status_code == 200
    tasks.check_import(job.pk)
    assert not Order.objects.exists()
    page = marketer.get(response["Location"])
    assert page.context["report"].created == 6919
    with django_capture_on_commit_callbacks(execute=True):
        response = marketer.post(reverse("customers:import_run", args=[job.pk]))
    progress = reverse("customers:import_progress", args=[job.pk])
    assert response["Location"] == progress
    assert b"0 of 6" in marketer.get(progress).content
    bar = marketer.get(progress, headers=HTMX)
    assert b"<html" not in bar.content
    tasks.run_import(job.pk)
    done = marketer.get(progress, headers=HTMX)
    report_url = reverse("customers:import_report", args=[job.pk])
    assert done["HX-Redirect"] == report_url
    assert marketer.get(report_url).context["report"].created == 6919
    assert round(Order.objects.aggregate(sum=Sum("total"))["sum"]) == 244092
    assert marketer.post(reverse("customers:import_run", args=[job.pk]))["Location"] == report_url
    assert b"cdnow.csv" in marketer.get(reverse("customers:imports")).content


CUSTOMERS = "N° client;E-mail;Pointure;Remarque\n1;a@b.fr;38;x\n2;faux;39;y\n"


def test_consent_and_new_attributes_are_asked_and_kept(marketer: Client) -> None:
    url = upload(marketer, CUSTOMERS.encode())["Location"]
    sent = fields_of(
        marketer.get(url),
        column_2="new:number",
        new_purpose="To advise a size",
        email_state="given",
        email_source="till",
        email_collected_on="2024-01-02",
        email_wording="Oui",
        email_proof="cartes",
    )
    marketer.post(url, sent)
    job = ImportJob.objects.get()
    tasks.check_import(job.pk)
    assert not CustomAttribute.objects.exists()
    page = marketer.get(reverse("customers:import_check", args=[job.pk]))
    assert page.context["accepted"] == 1
    assert b"no @ in this e-mail" in page.content
    back = marketer.get(url)
    assert fields_of(back)["column_2"] == "new:number"
    assert fields_of(back)["email_source"] == "till"
    marketer.post(reverse("customers:import_run", args=[job.pk]))
    tasks.run_import(job.pk)
    assert Customer.objects.get().attributes == {"pointure": "38"}
    assert CustomAttribute.objects.get().purpose == "To advise a size"
    assert ConsentRecord.objects.get().recorded_by is not None
    page = marketer.get(reverse("customers:import_report", args=[job.pk]))
    assert reverse("customers:import_rejected", args=[job.pk]).encode() in page.content
    answer = marketer.get(reverse("customers:import_rejected", args=[job.pk]))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"faux" in content


def test_consent_without_its_proof_is_not_accepted(marketer: Client) -> None:
    url = upload(marketer, CUSTOMERS.encode())["Location"]
    response = marketer.post(url, fields_of(marketer.get(url), email_state="given"))
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {
        f"email_{name}" for name in ("source", "collected_on", "wording", "proof")
    }
    assert ImportJob.objects.get().state == "mapping"


def test_two_columns_mapped_to_one_field_are_refused_at_the_columns(marketer: Client) -> None:
    url = upload(marketer, CUSTOMERS.encode())["Location"]
    response = marketer.post(url, fields_of(marketer.get(url), column_3="email"))
    assert response.status_code == 422
    assert [row.header for row in response.context["rows"] if row.problems] == ["Remarque"]
    assert ImportJob.objects.get().state == "mapping"


def test_a_file_without_a_usable_column_goes_no_further(marketer: Client) -> None:
    url = upload(marketer, b"Couleur;Forme\nrouge;rond\n")["Location"]
    response = marketer.post(url, fields_of(marketer.get(url)))
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()


def test_a_change_of_options_redraws_the_columns_only(marketer: Client) -> None:
    url = upload(marketer, "E-mail;Né le\na@b.fr;03/04/1990\n".encode())["Location"]
    page = marketer.get(url)
    assert "Apr" in page.context["rows"][1].cells[0].read
    sent = fields_of(page, date_format="MDY", redraw="1")
    answer = marketer.post(url, sent, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert re.search(r"4\W+Mar", answer.content.decode())
    assert ImportJob.objects.get().state == "mapping"
    whole = marketer.post(url, sent)
    assert "<html" in whole.content.decode()


def test_another_delimiter_makes_other_columns_which_are_guessed_anew(marketer: Client) -> None:
    url = upload(marketer, b"E-mail;A,B\na@b.fr;1,2\nb@b.fr;1,2\n")["Location"]
    sent = fields_of(marketer.get(url), delimiter=",")
    answer = marketer.post(url, sent)
    assert answer.status_code == 200
    assert answer.context["form"].header == ["E-mail;A", "B"]
    assert ImportJob.objects.get().state == "mapping"


def test_an_encoding_that_cannot_read_the_file_is_told(marketer: Client) -> None:
    url = upload(marketer, "E-mail;Prénom\na@b.fr;Zoé\n".encode("cp1252"))["Location"]
    answer = marketer.post(url, fields_of(marketer.get(url), encoding="utf-8", redraw="1"))
    assert answer.status_code == 200
    assert answer.context["form"].header == ["E-mail", "Prénom"]
    assert list(answer.context["messages"])


def test_the_line_of_the_header_is_shown_and_can_be_changed(marketer: Client) -> None:
    text = "Export du 12/03/2026\nNom;E-mail\nSurname;Mail\nDurand;a@b.fr\n"
    url = upload(marketer, text.encode())["Location"]
    page = marketer.get(url)
    form = page.context["form"]
    assert form["header_line"].value() == "2"
    assert [line.part for line in form.first_lines()] == ["above", "header", "", ""]
    answer = marketer.post(url, fields_of(page, header_line="3", redraw="1"), headers=HTMX)
    assert answer.context["form"].header == ["Surname", "Mail"]
    assert b'id="im-reading" hx-swap-oob="true"' in answer.content
    assert b"<html" not in answer.content
    marketer.post(url, fields_of(answer))
    assert ImportJob.objects.get().mapping["options"]["header_line"] == 3


def test_a_file_without_a_header_can_be_told_without_javascript(marketer: Client) -> None:
    url = upload(marketer, b"Nom;E-mail\nDurand;a@b.fr\n")["Location"]
    answer = marketer.post(url, fields_of(marketer.get(url), header_line="0", redraw="1"))
    assert b"<html" in answer.content
    assert answer.context["form"].header == ["Column 1", "Column 2"]


def test_the_header_is_found_anew_where_the_file_is_cut_otherwise(marketer: Client) -> None:
    url = upload(marketer, b"a,b;x,y\nNom;E-mail\nDurand;a@b.fr\n")["Location"]
    page = marketer.get(url)
    assert page.context["form"]["header_line"].value() == "2"
    answer = marketer.post(url, fields_of(page, delimiter=",", redraw="1"))
    assert answer.context["form"]["header_line"].value() == "1"


def test_a_line_that_is_no_header_is_told(marketer: Client) -> None:
    url = upload(marketer, b"Nom;E-mail\nDurand;a@b.fr\n")["Location"]
    answer = marketer.post(url, fields_of(marketer.get(url), header_line="99", redraw="1"))
    assert answer.context["form"].header == ["Nom", "E-mail"]
    assert b"cannot be its header" in answer.content


def test_a_line_too_long_is_told_by_its_number(marketer: Client) -> None:
    answer = upload(marketer, b"A;B\n1;2\n1;" + b"x" * 1_000_001 + b"\n")
    assert answer.status_code == 422
    assert b"Line 3: This line is longer" in answer.content


def test_the_sheet_of_a_workbook_can_be_chosen(marketer: Client) -> None:
    content = workbook([["E-mail"], ["a@b.fr"]], ("Notes", "Clients"))
    url = upload(marketer, content, name="c.xlsx")["Location"]
    form = marketer.get(url).context["form"]
    assert [name for name, _label in form.fields["sheet"].choices] == ["Notes", "Clients"]
    assert "delimiter" not in form.fields


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7", b"", b"E-mail\n", b"E-mail;X\na@b.fr;" + b"x" * 1_500_000, bytes(range(256))],
)
def test_a_bad_file_is_refused_on_the_first_page_and_not_kept(
    marketer: Client, content: bytes, settings: Any
) -> None:
    response = upload(marketer, content, name="clients.xlsx")
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert not ImportJob.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_too_large_an_upload_is_stopped_while_it_arrives(
    marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.uploads.MAX_BYTES", 1000)
    response = upload(marketer, b"E-mail\n" + b"a@b.fr\n" * 1000)
    assert response.status_code == 422
    assert "200" in str(response.context["form"].errors["file"])
    assert not ImportJob.objects.exists()


def test_an_upload_needs_its_token(django_user_model: type[User]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(django_user_model.objects.create_user("x@b.fr", role="marketer"))
    assert upload(strict, b"E-mail\na@b.fr\n").status_code == 403
    assert not ImportJob.objects.exists()


def test_no_file_at_all_is_told(marketer: Client) -> None:
    response = marketer.post(reverse("customers:import_new"), {"kind": "customers"})
    assert (response.status_code, "file" in response.context["form"].errors) == (422, True)


def test_a_failed_check_leads_back_to_the_columns_with_its_reason(marketer: Client) -> None:
    url = upload(marketer, CUSTOMERS.encode())["Location"]
    marketer.post(url, fields_of(marketer.get(url)))
    job = ImportJob.objects.get()
    good = jobs.path_of(job).read_bytes()
    jobs.path_of(job).write_bytes(b"%PDF")
    tasks.check_import(job.pk)
    job.refresh_from_db()
    assert job.state == "mapping"
    assert "PDF" in job.error
    jobs.path_of(job).write_bytes(good)
    assert "PDF" in marketer.get(url).content.decode()


def test_without_a_worker_the_page_says_so(marketer: Client, tmp_path: Path) -> None:
    job = job_for(csv_file(tmp_path, CUSTOMERS), "customers")
    ImportJob.objects.filter(pk=job.pk).update(started_at=job.created_at.replace(year=2020))
    page = marketer.get(reverse("customers:import_progress", args=[job.pk]))
    assert page.context["stalled"]


def test_each_step_leads_to_the_one_the_import_is_at(marketer: Client, tmp_path: Path) -> None:
    job = job_for(csv_file(tmp_path, CUSTOMERS), "customers")
    for name in ("import_map", "import_check", "import_report"):
        response = marketer.get(reverse(f"customers:{name}", args=[job.pk]))
        assert response["Location"] == reverse("customers:import_progress", args=[job.pk])


def test_the_list_asks_the_database_as_often_however_long(
    marketer: Client, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    path = csv_file(tmp_path, CUSTOMERS)
    for _n in range(12):
        job_for(path, "customers")
    with django_assert_max_num_queries(8):
        assert marketer.get(reverse("customers:imports")).status_code == 200


def test_an_empty_list_teaches_the_next_step(marketer: Client) -> None:
    page = marketer.get(reverse("customers:imports"))
    assert reverse("customers:import_new").encode() in page.content


VIEWS = [
    ("imports", False, "get"),
    ("import_new", False, "get"),
    ("import_new", False, "post"),
    ("import_map", True, "get"),
    ("import_map", True, "post"),
    ("import_check", True, "get"),
    ("import_run", True, "post"),
    ("import_progress", True, "get"),
    ("import_report", True, "get"),
    ("import_rejected", True, "get"),
    ("import_stop", True, "post"),
    ("import_undo", True, "get"),
    ("import_undo", True, "post"),
]


@pytest.mark.parametrize(("name", "of_a_job", "method"), VIEWS)
def test_an_analyst_and_a_stranger_are_kept_out(
    client: Client, django_user_model: type[User], tmp_path: Path, name: str, of_a_job: bool,
    method: str,
) -> None:  # fmt: skip
    job = job_for(csv_file(tmp_path, CUSTOMERS), "customers")
    url = reverse(f"customers:{name}", args=[job.pk] if of_a_job else [])
    assert getattr(client, method)(url).status_code == 302
    client.force_login(django_user_model.objects.create_user("a@b.fr", role="analyst"))
    assert getattr(client, method)(url).status_code == 403


@pytest.mark.parametrize(("name", "of_a_job", "method"), VIEWS)
def test_other_methods_are_refused(
    marketer: Client, tmp_path: Path, name: str, of_a_job: bool, method: str
) -> None:
    job = job_for(csv_file(tmp_path, CUSTOMERS), "customers")
    url = reverse(f"customers:{name}", args=[job.pk] if of_a_job else [])
    assert marketer.put(url).status_code == 405
    if name in ("import_run", "import_stop"):
        assert marketer.get(url).status_code == 405
    elif name not in ("import_new", "import_map", "import_undo"):
        assert marketer.post(url).status_code == 405


@pytest.mark.parametrize("name", [name for name, of_a_job, _method in VIEWS if of_a_job])
def test_an_import_that_does_not_exist_is_not_found(marketer: Client, name: str) -> None:
    url = reverse(f"customers:{name}", args=[999])
    method = marketer.post if name in ("import_run", "import_stop") else marketer.get
    assert method(url).status_code == 404
