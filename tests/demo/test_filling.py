"""The demo shop: believable, legal, the same for a seed, and only in an empty installation."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from accounts.models import Installation, User
from campaigns.models import Campaign, Engagement, Message
from customers.models import (
    ConsentRecord,
    ConsentState,
    Customer,
    Event,
    Order,
    RightsRequest,
    SignupForm,
)
from demo import emptying, filling
from segmentation.models import Segment

pytestmark = pytest.mark.django_db


def fill(customers: int = 300, seed: int = 7) -> None:
    filling.fill(customers, seed, lambda step: None)


def test_the_shop_has_people_orders_visits_segments_and_past_campaigns() -> None:
    fill()
    assert Customer.objects.count() == 300
    assert Order.objects.count() > 300
    assert Event.objects.count() > 300
    assert Segment.objects.filter(name="Inactifs depuis 3 mois").exists()
    assert Campaign.objects.filter(state=Campaign.State.SENT).count() == 5
    assert Installation.load().demo
    assert SignupForm.objects.get().is_open
    request = RightsRequest.objects.get()
    assert (request.state, request.customer is not None) == ("open", True)
    assert User.objects.filter(is_demo=True).count() == 3


def test_the_same_seed_draws_the_same_people() -> None:
    fill(50)
    first = list(Customer.objects.order_by("id").values_list("email", "birth_date", "city"))
    emptying.empty()
    fill(50)
    again = list(Customer.objects.order_by("id").values_list("email", "birth_date", "city"))
    assert again == first


def test_no_past_message_was_sent_without_consent_on_the_day() -> None:
    fill()
    sent = Message.objects.exclude(state=Message.State.LEFT_OUT)
    assert sent.exists()
    for message in sent.select_related("campaign"):
        last = (
            ConsentRecord.objects.filter(
                customer_id=message.customer_id,
                subject=message.channel,
                occurred_at__lte=message.campaign.launched_at,
            )
            .order_by("-occurred_at", "-id")
            .first()
        )
        assert last is not None
        assert last.state == ConsentState.GIVEN


def test_past_campaigns_name_only_people_who_agreed_to_be_followed() -> None:
    fill(600)
    clicks = Engagement.objects.filter(kind=Engagement.Kind.CLICK)
    assert clicks.exists()
    followed = ConsentRecord.objects.filter(subject="tracking", state=ConsentState.GIVEN)
    assert not clicks.exclude(customer_id__in=followed.values("customer_id")).exists()


def test_a_past_campaign_says_how_many_it_chose_and_wrote_to() -> None:
    fill()
    for campaign in Campaign.objects.filter(state=Campaign.State.SENT):
        messages = Message.objects.filter(campaign=campaign)
        assert campaign.chosen == messages.count()
        assert campaign.queued == messages.exclude(state=Message.State.LEFT_OUT).count() > 0


def test_nothing_in_the_shop_is_dated_in_the_future() -> None:
    fill()
    now = timezone.now()
    assert not Order.objects.filter(placed_at__gt=now).exists()
    assert not Event.objects.filter(occurred_at__gt=now).exists()
    assert not Engagement.objects.filter(occurred_at__gt=now).exists()


def test_an_order_total_is_its_lines_less_the_discount() -> None:
    fill(50)
    order = Order.objects.filter(discount__gt=0).first()
    assert order is not None
    assert sum(line.amount for line in order.lines.all()) == order.total + order.discount
    assert not Order.objects.filter(discount__gt=F("total")).exists()


def test_nobody_real_can_be_reached() -> None:
    fill()
    for email, phone in Customer.objects.values_list("email", "phone"):
        assert email is None or email.endswith(".example")
        assert phone is None or phone.startswith("+3363998")


def test_an_installation_that_holds_something_is_refused_and_left_as_it_is() -> None:
    Customer.objects.create(first_name="Anaïs")
    with pytest.raises(CommandError) as refused:
        call_command("demo", stdout=StringIO())
    assert refused.value.returncode == 2
    assert Customer.objects.count() == 1
    assert not Installation.load().demo


@pytest.mark.parametrize("number", ["0", "10001"])
def test_a_number_of_customers_out_of_range_is_refused(number: str) -> None:
    with pytest.raises(CommandError, match="10000") as refused:
        call_command("demo", customers=int(number), stdout=StringIO())
    assert refused.value.returncode == 2
