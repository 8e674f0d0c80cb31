"""A person of whom everything is known, and the fixtures of people."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from campaigns.models import Campaign, Engagement, Message, OutboxMessage
from customers import tagging
from customers.consent import record_consent
from customers.models import (
    AnsweredCall,
    CustomAttribute,
    Customer,
    Event,
    FormerNumber,
    ImportChange,
    ImportJob,
    ImportTrace,
    Note,
    Order,
    OrderLine,
    Product,
    ShopConnection,
    ShopRecord,
    Signup,
    SignupForm,
)
from segmentation.models import Membership, MembershipChange, Segment
from tests.customers.conftest import (
    add_customer,
    administrator,
    analyst,
    marketer,
)

__all__ = ["add_customer", "administrator", "analyst", "marketer"]
NOW = timezone.now()
LONG_AGO = NOW - dt.timedelta(days=400)
REFUSED = (
    "\ufeffNuméro;Nom;Email;Motif\r\n"
    "77;Zénobie Quatremarre;;Ligne 2\r\n"
    "78;Autre;quelqu.un@exemple.fr;Ligne 3\r\n"
    "QX-90417;Z. Q.;;Ligne 4\r\n"
    "79;Autre;;Ligne 5 – deux personnes : Quatremarre Zénobie, Anne Li\r\n"
)


@pytest.fixture
def member(db: None) -> User:
    return User.objects.create_user("lea@shop.test", role="administrator", language="en")


@pytest.fixture
def zenobie(db: None) -> Customer:
    return a_person_of_whom_everything_is_known()


def a_person_of_whom_everything_is_known() -> Customer:
    CustomAttribute.objects.create(key="size", label="Size", purpose="To advise a size")
    person = Customer.objects.create(
        external_id="QX-90417",
        first_name="Zénobie",
        last_name="Quatremarre",
        email="zenobie.quatremarre@exemple.fr",
        phone="+33698765432",
        birth_date=dt.date(1971, 3, 4),
        gender="female",
        address="9 rue Quatremarre",
        postal_code="64200",
        city="Biarritz",
        profession="Luthière",
        interests=["lutherie"],
        attributes={"size": "quatremarre-41"},
        signed_up_at=LONG_AGO,
    )
    words = {"source": "Form", "wording": "I, Zénobie Quatremarre, agree", "proof": "QX-90417"}
    for subject in ("email", "sms", "tracking"):
        record_consent(person, subject, "given", occurred_at=LONG_AGO, **words)
    tagging.put_on(Customer.objects.filter(pk=person.pk), tagging.tag_named("VIP"))
    Note.objects.create(customer=person, text="Mme Quatremarre called from 06 98 76 54 32")
    FormerNumber.objects.create(customer=person, external_id="QX-00001")
    _shopping(person)
    _campaign(person)
    _imports(person)
    _elsewhere(person)
    return person


def _shopping(person: Customer) -> None:
    violin = Product.objects.create(name="Violin", category="Strings")
    for number, total in (("F-2024-118", 120), ("F-2024-119", 80)):
        order = Order.objects.create(
            customer=person, number=number, placed_at=NOW - dt.timedelta(days=3), total=total
        )
        OrderLine.objects.create(order=order, product=violin, amount=Decimal(total))
    Event.objects.create(
        customer=person,
        name="page_view",
        occurred_at=LONG_AGO,
        page="/compte/quatremarre",
        category="Strings",
        properties={"mail": person.email},
        external_id="ev-QX-90417",
    )


def _campaign(person: Customer) -> None:
    segment = Segment.objects.create(name="All", rule={"all": []})
    static = Segment.objects.create(name="List", kind="static")
    for each in (segment, static):
        Membership.objects.create(segment=each, customer=person)
        MembershipChange.objects.create(
            segment=each, customer=person, kind="entered", cause="refresh"
        )
    campaign = Campaign.objects.create(
        name="Autumn", channel="email", state="sent", launched_at=NOW - dt.timedelta(days=5)
    )
    sent = Message.objects.create(
        campaign=campaign,
        customer=person,
        segment=segment,
        channel="email",
        address=person.email,
        state=Message.State.DELIVERED,
        error="<zenobie.quatremarre@exemple.fr> over quota",
        provider_id="ref-1",
        sent_at=NOW - dt.timedelta(days=4),
    )
    OutboxMessage.objects.create(
        message=sent, channel="email", recipient=person.email or "", text="Dear Zénobie Quatremarre"
    )
    OutboxMessage.objects.create(channel="sms", recipient=person.phone or "", text="Code 1234")
    later = Campaign.objects.create(name="Winter", channel="sms", state="paused")
    Message.objects.create(
        campaign=later, customer=person, segment=segment, channel="sms", address=person.phone
    )
    Engagement.objects.create(
        kind="click", channel="email", campaign=campaign, customer=person, segment=segment
    )


def _imports(person: Customer) -> None:
    done = ImportJob.objects.create(
        kind="customers",
        file_name="clients.csv",
        state="done",
        report={
            "rows": 4,
            "errors": [{"row": 2, "message": "zenobie.quatremarre@exemple.fr is taken"}],
            "changes": [
                {"row": 9, "who": "Zénobie Quatremarre", "field": "City", "old": "", "new": "Pau"},
                {"row": 8, "who": "Anne Li", "field": "City", "old": "", "new": "Dax"},
            ],
        },
    )
    done.rejected_file.save("refused.csv", ContentFile(REFUSED.encode()), save=False)
    done.rejected_bytes = len(REFUSED.encode())
    done.save()
    ImportChange.objects.create(
        job=done,
        record="customer",
        record_id=person.pk,
        created=False,
        before={"last_name": "Quatremarre-Durand"},
        after={"last_name": "Quatremarre"},
    )
    ImportTrace.objects.create(
        job=done, key=f"e:{person.email}", value='["QX-90417", "Quatremarre"]'
    )
    waiting = ImportJob(kind="customers", file_name="nouveaux.csv", state="mapping")
    text = "prenom,telephone\nZ,06.98.76.54.32\n"
    waiting.file.save("waiting.upload", ContentFile(text.encode()), save=False)
    waiting.save()


def _elsewhere(person: Customer) -> None:
    form = SignupForm.objects.create(slug="lettre", name="Letter", title="Letter")
    answers: dict[str, Any] = {"first_name": "Zénobie", "last_name": "Quatremarre"}
    Signup.objects.create(form=form, customer=person, email=person.email, answers=answers)
    Signup.objects.create(form=form, phone=person.phone, answers=answers)
    AnsweredCall.objects.create(
        caller="1", key="k", fingerprint="f", status=200, answer={"external_id": "QX-90417"}
    )
    shop = ShopConnection.objects.create(kind="shopify", name="Shop", key="abc")
    ShopRecord.objects.create(
        connection=shop, kind="customer", remote_id="gid-QX-90417", customer=person
    )


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
