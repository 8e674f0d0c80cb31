"""The pages that only show: the test outbox, the results and their file; and the settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from campaigns.models import Campaign, Message, OutboxMessage, SendingSettings
from customers.models import Customer
from segmentation.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


def test_the_outbox_is_searched_by_recipient_and_words(marketer: Client) -> None:
    OutboxMessage.objects.create(channel="sms", recipient="+33639980001", text="Soldes STOP")
    OutboxMessage.objects.create(channel="email", recipient="a@b.example", text="x", subject="Noël")
    url = reverse("campaigns:outbox")
    assert len(marketer.get(url).context["page_obj"]) == 2
    assert [m.channel for m in marketer.get(url, {"q": "noël"}).context["page_obj"]] == ["email"]
    assert [m.channel for m in marketer.get(url, {"q": "9980001"}).context["page_obj"]] == ["sms"]
    assert [m.channel for m in marketer.get(url, {"channel": "sms"}).context["page_obj"]] == ["sms"]


def test_an_e_mail_is_shown_sealed(marketer: Client) -> None:
    letter = OutboxMessage.objects.create(
        channel="email", recipient="a@b.example", text="x", html="<p>Bonjour</p>"
    )
    answer = marketer.get(reverse("campaigns:outbox_mail", args=[letter.pk]))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_a_text_letter_is_escaped_before_it_is_shown(marketer: Client) -> None:
    letter = OutboxMessage.objects.create(
        channel="email", recipient="a@b.example", text="<script>alert(1)</script>"
    )
    answer = marketer.get(reverse("campaigns:outbox_mail", args=[letter.pk]))
    assert b"<script>" not in answer.content


def test_the_results_file_opens_in_a_french_excel_and_carries_no_formula(
    marketer: Client, draft: Campaign, segment: Segment
) -> None:
    Segment.objects.filter(pk=segment.pk).update(name="=HYPERLINK()")
    Message.objects.create(
        campaign=draft,
        customer=Customer.objects.create(external_id="C1"),
        segment=segment,
        channel="email",
        address="zoe1@post.example",
        state=Message.State.SENT,
        sent_at=timezone.now(),
    )
    text = marketer.get(reverse("campaigns:results_export", args=[draft.pk])).content.decode()
    assert text.startswith("\ufeff")
    assert ";" in text.splitlines()[0]
    assert "\n=HYPERLINK" not in text
    assert "HYPERLINK" in text


@pytest.mark.parametrize(
    ("opens", "closes", "field"),
    [("08:00", "21:45", "sms_closes"), ("12:00", "10:00", "sms_closes")],
)
def test_sending_hours_that_make_no_sense_are_refused(
    opens: str, closes: str, field: str, sign_in: Callable[[str], Client]
) -> None:
    given = {
        "sms_opens": opens,
        "sms_closes": closes,
        "sms_rate": "20",
        "email_rate": "20",
        "failure_stop_percent": "20",
        "sms_price": "0.05",
    }
    client = sign_in(User.Role.ADMINISTRATOR)
    answer = client.post(reverse("campaigns:sending_settings"), given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert SendingSettings.load().sms_closes == dt.time(20)
