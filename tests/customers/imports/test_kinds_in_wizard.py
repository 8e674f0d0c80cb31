"""Every kind of file through the wizard and back, and what it remembers and suggests."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from customers import tasks
from customers.models import (
    ConsentRecord,
    ConsentState,
    Customer,
    CustomerTag,
    Event,
    ImportJob,
    Suppression,
)
from segmentation.models import Membership, Segment
from tests.customers.imports.test_kinds import EVENTS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.fixture
def anne() -> Customer:
    return Customer.objects.create(
        external_id="C1", email="anne@b.fr", phone="+33612345678", first_name="Anne"
    )


def sent(client: Client, kind: str, text: str, **more: str) -> Any:
    """Upload a file, as the first step does; the answer's address is that of the second."""
    file = SimpleUploadedFile("f.csv", text.encode())
    return client.post(reverse("customers:import_new"), {"kind": kind, "file": file, **more})


def as_shown(client: Client, url: str, **changed: str) -> dict[str, str]:
    """What the browser would send of the mapping page as it stands."""
    form = client.get(url).context["form"]
    told = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in told.items()} | changed


@pytest.fixture
def marketer(client: Client) -> Client:
    member = User.objects.create_user("m@boutique.test", role="marketer", language="fr")
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    for task in (tasks.run_import, tasks.check_import, tasks.undo_import):
        monkeypatch.setattr(task, "delay", lambda pk: None)


@pytest.mark.parametrize(
    ("kind", "text", "more"),
    [
        ("events", EVENTS, {}),
        ("tags", "Client;Tags\nC1;VIP\n", {}),
        ("tags", "Client\nC1\n", {"tag": "VIP"}),
        ("members", "Client\nC1\n", {"segment_name": "Salon"}),
        ("suppressed", "E-mail\nanne@b.fr\n", {}),
    ],
)
def test_every_kind_goes_through_the_wizard_and_back(
    marketer: Client, anne: Customer, kind: str, text: str, more: dict[str, str]
) -> None:
    url = sent(marketer, kind, text, **more)["Location"]
    assert marketer.post(url, as_shown(marketer, url)).status_code == 302
    job = ImportJob.objects.get()
    tasks.check_import(job.pk)
    page = marketer.get(reverse("customers:import_check", args=[job.pk]))
    assert page.context["report"].rejected == 0
    marketer.post(reverse("customers:import_run", args=[job.pk]))
    tasks.run_import(job.pk)
    page = marketer.get(reverse("customers:import_report", args=[job.pk]))
    assert page.context["report"].rows == len(text.splitlines()) - 1
    made = (Event, CustomerTag, Membership, Suppression)
    assert any(model._default_manager.exists() for model in made)
    marketer.post(reverse("customers:import_undo", args=[job.pk]))
    tasks.undo_import(job.pk)
    assert not any(model._default_manager.exists() for model in made)
    assert Customer.objects.get() == anne


def test_members_need_a_segment_before_the_file_is_kept(marketer: Client) -> None:
    Segment.objects.create(name="Fidèles", rule={})
    for name in ("", "Fidèles"):
        answer = sent(marketer, "members", "Client\nC1\n", segment_name=name)
        assert answer.status_code == 422
        assert "segment_name" in answer.context["form"].errors
    assert not ImportJob.objects.exists()


def test_tags_without_a_tag_are_refused_on_the_page(marketer: Client, anne: Customer) -> None:
    url = sent(marketer, "tags", "Client\nC1\n")["Location"]
    answer = marketer.post(url, as_shown(marketer, url))
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()


def test_a_list_of_words_becomes_a_choice(marketer: Client) -> None:
    lines = [f"C{n};{'Or' if n % 2 else 'Argent'};Anne MOREL" for n in range(20)]
    text = "\n".join(["N° client;Statut fidélité;Nom complet", *lines]) + "\n"
    url = sent(marketer, "customers", text)["Location"]
    page = marketer.get(url)
    assert "new:choice" in str(page.context["form"]["column_1"])
    marketer.post(url, as_shown(marketer, url, column_1="new:choice", new_purpose="Advice"))
    job = ImportJob.objects.get()
    attribute = job.mapping["attributes"]["statut_fidelite"]
    assert (attribute["type"], attribute["choices"]) == ("choice", ["Argent", "Or"])
    tasks.check_import(job.pk)
    marketer.post(reverse("customers:import_run", args=[job.pk]))
    tasks.run_import(job.pk)
    person = Customer.objects.get(external_id="C1")
    assert person.attributes == {"statut_fidelite": "Or"}
    assert (person.first_name, person.last_name) == ("Anne", "MOREL")


def test_a_column_of_too_many_words_is_no_list(marketer: Client) -> None:
    text = "N° client;Note\n" + "".join(f"C{n};mot {n}\n" for n in range(60))
    url = sent(marketer, "customers", text)["Location"]
    answer = marketer.post(
        url, as_shown(marketer, url, column_1="new:choice", new_purpose="Advice")
    )
    assert answer.status_code == 422
    assert "column_1" in answer.context["form"].errors


def test_the_second_file_of_a_shape_is_matched_as_the_first_until_a_guess_is_asked(
    marketer: Client,
) -> None:
    text = "E-mail;Truc\nanne@b.fr;Lyon\n"
    url = sent(marketer, "customers", text)["Location"]
    assert marketer.get(url).context["as_before"] is None
    marketer.post(url, as_shown(marketer, url, column_1="city"))
    first = ImportJob.objects.get()
    ImportJob.objects.update(state=ImportJob.State.DONE)
    url = sent(marketer, "customers", text)["Location"]
    page = marketer.get(url)
    assert page.context["as_before"] == first
    assert page.context["form"]["column_1"].value() == "city"
    assert marketer.post(url, {"guess": "1"}).status_code == 302
    page = marketer.get(url)
    assert page.context["as_before"] is None
    assert page.context["form"]["column_1"].value() == ""


def test_why_a_new_column_is_kept_is_asked_where_there_is_one(marketer: Client) -> None:
    url = sent(marketer, "customers", "N° client;Pointure\n1;38\n")["Location"]
    assert "id_new_purpose" not in marketer.get(url).content.decode()
    told = as_shown(marketer, url, column_1="new:number")
    refused = marketer.post(url, told)
    assert set(refused.context["form"].errors) == {"new_purpose"}
    assert 'id="id_new_purpose_error"' in refused.content.decode()
    redrawn = marketer.post(url, told | {"redraw": "1"}, headers={"HX-Request": "true"})
    assert 'name="new_purpose"' in redrawn.content.decode()
    assert "id_new_purpose_error" not in redrawn.content.decode()


def test_answers_about_consent_are_proposed_again_for_the_lines_an_import_rejected(
    marketer: Client,
) -> None:
    answers = {
        "email_state": "given", "email_source": "till", "email_collected_on": "2024-01-02",
        "email_wording": "Oui", "email_proof": "cartes",
    }  # fmt: skip
    text = "N° client;E-mail\n1;a@b.fr\n2;faux\n"
    url = sent(marketer, "customers", text)["Location"]
    marketer.post(url, as_shown(marketer, url, **answers))
    job = ImportJob.objects.get()
    tasks.check_import(job.pk)
    marketer.post(reverse("customers:import_run", args=[job.pk]))
    tasks.run_import(job.pk)
    answer: Any = marketer.get(reverse("customers:import_rejected", args=[job.pk]))
    mended = b"".join(answer.streaming_content).decode("utf-8-sig").replace("faux", "b@b.fr")
    url = sent(marketer, "customers", mended)["Location"]
    assert answers.items() <= as_shown(marketer, url).items()
    assert marketer.get(url).context["origin"] == job
    # The same columns in a file that was never rejected: nothing is said for it.
    url = sent(marketer, "customers", text)["Location"]
    assert as_shown(marketer, url)["email_state"] == "unknown"
    assert marketer.get(url).context["origin"] is None


def test_without_proof_a_column_of_consents_still_tells_who_refused(marketer: Client) -> None:
    text = "N° client;E-mail;Newsletter\n1;anne@b.fr;oui\n2;zoe@b.fr;non\n"
    url = sent(marketer, "customers", text)["Location"]
    asked = marketer.post(url, as_shown(marketer, url))
    assert (asked.status_code, "email_state" in asked.context["form"].errors) == (422, True)
    marketer.post(url, as_shown(marketer, url, email_state="refusals"))
    job = ImportJob.objects.get()
    tasks.check_import(job.pk)
    # Going back to the columns finds the answer where it was.
    assert as_shown(marketer, url)["email_state"] == "refusals"
    marketer.post(reverse("customers:import_run", args=[job.pk]))
    tasks.run_import(job.pk)
    told = ConsentRecord.objects.values_list("customer__external_id", "state")
    assert list(told) == [("2", ConsentState.WITHDRAWN)]


def test_a_column_of_dates_stands_in_for_the_day_of_the_consents(marketer: Client) -> None:
    text = "N° client;E-mail;Newsletter;Date optin\n1;anne@b.fr;oui;05/03/2020\n"
    url = sent(marketer, "customers", text)["Location"]
    told = {"email_state": "given", "email_source": "till", "email_wording": "Oui"}
    asked = marketer.post(url, as_shown(marketer, url, **told))
    assert set(asked.context["form"].errors) == {"email_proof"}
    asked = marketer.post(url, as_shown(marketer, url, email_proof="x", column_3="", **told))
    assert set(asked.context["form"].errors) == {"email_collected_on"}
    assert marketer.post(url, as_shown(marketer, url, email_proof="x", **told)).status_code == 302
