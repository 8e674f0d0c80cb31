"""The way out of the demo: the word, the numbers, everything gone, and a real administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEntry, Installation, User
from campaigns.models import Campaign, Message
from customers.models import Customer, ImportJob, Order, Signup, SignupForm
from demo import filling
from demo.forms import WORD
from segmentation.models import Segment

pytestmark = pytest.mark.django_db
URL = "/reglages/demonstration/"


@pytest.fixture
def as_role(client: Client) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client.force_login(User.objects.create_user(f"{role}@shop.example", role=role))
        return client

    return sign_in


@pytest.fixture
def shop() -> None:
    filling.fill(40, 3, lambda step: None)


def given(**changes: str) -> dict[str, str]:
    with translation.override("fr"):
        word = str(WORD)
    return {"word": word, "email": "paule@shop.example", "password": "un long mot 42"} | changes


@pytest.mark.parametrize("role", [User.Role.MARKETER, User.Role.ANALYST])
def test_only_an_administrator_may_empty_the_demo(
    role: str, shop: None, as_role: Callable[[str], Client]
) -> None:
    assert as_role(role).post(URL, given()).status_code == 403
    assert Customer.objects.count() == 40


def test_the_page_names_what_will_go_in_numbers(
    shop: None, as_role: Callable[[str], Client]
) -> None:
    shown = as_role(User.Role.ADMINISTRATOR).get(URL).content.decode()
    assert "40" in shown
    assert str(Order.objects.count()) in shown


@pytest.mark.parametrize(
    ("field", "value"), [("word", "oui"), ("password", "123"), ("email", "not an address")]
)
def test_a_wrong_word_or_account_deletes_nothing(
    field: str, value: str, shop: None, as_role: Callable[[str], Client]
) -> None:
    answer = as_role(User.Role.ADMINISTRATOR).post(URL, given(**{field: value}))
    assert field in answer.context["form"].errors
    assert Customer.objects.count() == 40
    assert Installation.load().demo


def test_the_right_word_empties_everything_and_signs_the_administrator_in(
    shop: None, as_role: Callable[[str], Client]
) -> None:
    ImportJob.objects.create(kind="orders", file_name="old.csv")
    form = SignupForm.objects.create(slug="tried", name="Tried", title="Tried")
    Signup.objects.create(form=form, customer=Customer.objects.first(), email="a@b.example")
    client = as_role(User.Role.ADMINISTRATOR)
    answer = client.post(URL, given())
    assert answer["Location"] == reverse("customers:imports")
    for model in (Customer, Order, Segment, Campaign, Message, ImportJob, Signup):
        assert not model._default_manager.exists(), model
    assert not User.objects.filter(is_demo=True).exists()
    user = User.objects.get(email="paule@shop.example")
    assert user.role == User.Role.ADMINISTRATOR
    assert client.session["_auth_user_id"] == str(user.pk)
    assert AuditEntry.objects.get(action="demo.emptied").facts["Customer"] == 40


def test_an_installation_that_is_no_demo_has_no_such_page(
    as_role: Callable[[str], Client],
) -> None:
    Customer.objects.create(first_name="Zoé")
    client = as_role(User.Role.ADMINISTRATOR)
    assert client.post(URL, given()).status_code == 404
    assert Customer.objects.count() == 1
    assert URL not in client.get(reverse("accounts:settings")).content.decode()
