"""Over fifty files as programs and people leave them, each with the report expected of it.

The reports are made by `python -m tests.customers.imports.awkward --reports` and read by a person
before they are committed; here the command and the wizard must both still say the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from customers import tasks
from customers.models import Customer, ImportJob
from tests.customers.imports.awkward_reports import (
    awkward_files,
    brief,
    expected_of,
    kind_of,
    said_by_command,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
CONSENT = {
    "state": "given", "source": "Boutique", "collected_on": "2026-01-31", "wording": "Oui",
    "proof": "Formulaires",
}  # fmt: skip
each_file = pytest.mark.parametrize("path", awkward_files(), ids=lambda path: path.name)


def test_there_are_many_of_them() -> None:
    assert len(awkward_files()) >= 50


@each_file
def test_the_command_reports_what_is_expected(path: Path) -> None:
    assert said_by_command(path) == expected_of(path)


@pytest.mark.sqlite_suffices
@each_file
def test_the_wizard_reports_the_same(
    path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task in (tasks.run_import, tasks.check_import):
        monkeypatch.setattr(task, "delay", lambda pk: None)
    member = User.objects.create_user("m@boutique.test", role="marketer", language="fr")
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    expected = expected_of(path)
    response = _upload(client, path)
    if response.status_code == 422:
        assert "refused" in expected
        assert not ImportJob.objects.exists()
        return
    job = ImportJob.objects.get()
    response = client.post(response["Location"], _as_it_stands(client, response["Location"]))
    if "refused" in expected:
        assert response.status_code == 422
        return
    assert response.status_code == 302, response.context["form"].errors
    tasks.check_import(job.pk)
    job.refresh_from_db()
    assert brief(job.check_report) == expected["report"]
    assert not Customer.objects.exists()
    client.post(reverse("customers:import_run", args=[job.pk]))
    tasks.run_import(job.pk)
    report = client.get(reverse("customers:import_report", args=[job.pk])).context["report"]
    assert brief(report.as_json()) == expected["report"]


def _upload(client: Client, path: Path) -> Any:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    sent = {"kind": kind_of(path), "file": file}
    return client.post(reverse("customers:import_new"), sent)


def _as_it_stands(client: Client, address: str) -> dict[str, str]:
    """What the page of the columns would send, nothing on it changed but what must be said."""
    form = client.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields}
    for channel in ("email", "sms"):
        if f"{channel}_consent" in values.values():
            values |= {f"{channel}_{name}": told for name, told in CONSENT.items()}
    return {name: "" if value is None else str(value) for name, value in values.items()}
