"""The settings pages where members make sign-up forms."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry
from customers.models import CustomAttribute, Signup, SignupForm

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
LIST, ADD = "/reglages/formulaires/", "/reglages/formulaires/ajouter/"
PREVIEW = "/reglages/formulaires/apercu/"


def typed(**changes: Any) -> dict[str, Any]:
    given = {
        "name": "Spring fair",
        "slug": "",
        "language": "en",
        "title": "Come to the fair",
        "email_wording": "I agree to e-mails.",
        "double_opt_in": "on",
        "topics": "Tea\n\n tea \nSoap",
        "allowed_origins": "www.fair.example\nhttp://localhost:3000/page",
        "ask_first_name": "on",
        "need_first_name": "on",
        "label_first_name": "Your first name",
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


@pytest.mark.parametrize("path", [LIST, ADD, "/reglages/formulaires/1/"])
def test_analysts_and_strangers_have_no_business_here(
    analyst: Client, visitor: Client, path: str
) -> None:
    assert analyst.get(path).status_code == 403
    assert visitor.get(path).status_code == 302


def test_wrong_methods_are_refused(marketer: Client, form: SignupForm) -> None:
    assert marketer.post(LIST).status_code == 405
    assert marketer.get(PREVIEW).status_code == 405
    assert marketer.get(f"{LIST}{form.pk}/ouvrir/").status_code == 405
    assert marketer.delete(ADD).status_code == 405


def test_an_empty_list_says_what_forms_are_for(marketer: Client) -> None:
    assert b"No form yet" in marketer.get(LIST).content


def test_a_form_is_made_and_its_code_shown(marketer: Client) -> None:
    proposed = marketer.get(ADD)
    assert b"unsubscribe" in proposed.content or "désinscrire".encode() in proposed.content
    answer = marketer.post(ADD, typed(title='Come & "see" <us>'))
    made = SignupForm.objects.get()
    assert answer.status_code == 302
    assert (made.slug, made.version, made.topics) == ("spring-fair", 1, ["tea", "Soap"])
    assert made.allowed_origins == ["https://www.fair.example", "http://localhost:3000"]
    assert made.fields == [{"key": "first_name", "required": True, "label": "Your first name"}]
    page = marketer.get(answer["Location"]).content.decode()
    assert "&lt;script src=" in page
    assert "data-title=&quot;Come &amp;amp; &amp;quot;see" in page
    assert AuditEntry.objects.get(action="signup_form.created").facts["form"] == made.pk


def test_other_words_make_another_version_and_the_rest_does_not(
    marketer: Client, form: SignupForm
) -> None:
    path = f"{LIST}{form.pk}/"
    marketer.post(path, typed(slug="news"))
    form.refresh_from_db()
    assert (form.version, form.title) == (2, "Come to the fair")
    marketer.post(path, typed(slug="news", name="Another name", tag="Fair"))
    form.refresh_from_db()
    assert (form.version, form.name) == (2, "Another name")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"email_wording": ""}, "email_wording"),
        ({"slug": "news"}, "slug"),
        ({"slug": "suite"}, "slug"),
        ({"slug": "///"}, "slug"),
        ({"allowed_origins": "javascript:alert(1)"}, "allowed_origins"),
        ({"allowed_origins": "https://a.example; script-src *"}, "allowed_origins"),
        ({"allowed_origins": "https://*"}, "allowed_origins"),
        ({"title": ""}, "title"),
        ({"topics": "\n".join(f"topic {n}" for n in range(31))}, "topics"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    marketer: Client, form: SignupForm, changes: dict[str, str], where: str
) -> None:
    answer = marketer.post(ADD, typed(**changes))
    assert answer.status_code == 422
    assert f'id="id_{where}_error"' in answer.content.decode()
    assert SignupForm.objects.count() == 1


def test_the_preview_follows_what_is_typed_and_saves_nothing(marketer: Client) -> None:
    answer = marketer.post(PREVIEW, typed(title="As I type", email_wording=""))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "As I type" in page
    assert "Your first name" in page
    assert "<html" not in page
    assert not SignupForm.objects.exists()


def test_sensitive_attributes_are_never_offered(marketer: Client, form: SignupForm) -> None:
    CustomAttribute.objects.create(key="size", label="Shoe size")
    CustomAttribute.objects.create(key="diet", label="Allergies", sensitive="health")
    page = marketer.get(ADD).content.decode()
    assert "ask_attr_size" in page
    assert "ask_attr_diet" not in page
    form.fields = [{"key": "attr:diet"}, {"key": "attr:size"}, {"key": "attr:gone"}]
    form.save()
    shown = Client().get("/inscription/news/").content.decode()
    assert "Shoe size" in shown
    assert "Allergies" not in shown


def test_closing_and_opening_are_recorded(marketer: Client, form: SignupForm) -> None:
    path = f"{LIST}{form.pk}/ouvrir/"
    marketer.post(path, {"close": "1"})
    assert not SignupForm.objects.get().is_open
    marketer.post(path, {"open": "1"})
    assert SignupForm.objects.get().is_open
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["signup_form.closed", "signup_form.opened"]


def test_the_list_costs_the_same_however_many_forms(
    marketer: Client, form: SignupForm, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        made = SignupForm.objects.create(slug=f"f{number}", name=f"F{number}", title="T")
        Signup.objects.create(form=made, state=Signup.State.CONFIRMED)
    with django_assert_num_queries(3):
        page = marketer.get(LIST).content.decode()
    assert "F4" in page
