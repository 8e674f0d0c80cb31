"""Links and unsubscribing, as strangers and machines call them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import Settings

from campaigns import tokens, tracking, unsubscribe
from campaigns.models import Campaign, CampaignLink, Engagement, LinkTotal, Message
from customers import consent, preferences
from customers.consent import consent_states, record_consent
from customers.models import ConsentRecord, Customer, Suppression
from segmentation.models import Segment
from tests.campaigns.conftest import make_campaign, send, start

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sqlite_suffices,
    pytest.mark.usefixtures("chosen", "sending"),
]
People = Callable[..., list[Customer]]
SECRET = "webhook-secret"


def links(campaign: Campaign) -> list[str]:
    """The path of each recipient's own link, in order of message."""
    return [
        "/t/" + message.outbox.text.split("/t/")[1].split(")")[0]
        for message in campaign.messages.select_related("outbox").order_by("id")
    ]


def test_a_link_leads_to_its_page_and_is_not_kept(browser: Client, sent: Campaign) -> None:
    answer = browser.get(links(sent)[0])
    assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/offres")
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"


def test_a_click_names_only_those_who_agreed(browser: Client, sent: Campaign) -> None:
    for path in links(sent):
        browser.get(path)
    engagement = Engagement.objects.get()
    followed = sent.messages.order_by("id")[0]
    assert (engagement.customer_id, engagement.machine) == (followed.customer_id, False)
    assert engagement.segment_id == followed.segment_id
    total = LinkTotal.objects.get()
    assert (total.clicks, total.machine) == (1, False)


def test_consent_is_read_again_at_the_click(browser: Client, sent: Campaign) -> None:
    customer = sent.messages.order_by("id")[0].customer
    record_consent(customer, "tracking", "withdrawn", source="form")
    browser.get(links(sent)[0])
    assert not Engagement.objects.exists()
    assert LinkTotal.objects.get().clicks == 1


def test_consent_given_after_sending_does_not_name_the_click(
    browser: Client, sent: Campaign
) -> None:
    customer = sent.messages.order_by("id")[1].customer
    record_consent(customer, "tracking", "given", source="form")
    browser.get(links(sent)[1])
    assert not Engagement.objects.exists()


def test_withdrawal_takes_the_person_out_of_the_clicks_already_kept(
    browser: Client, sent: Campaign
) -> None:
    browser.get(links(sent)[0])
    browser.get(links(sent)[0])
    customer = sent.messages.order_by("id")[0].customer
    record_consent(customer, "tracking", "withdrawn", source="form")
    assert not Engagement.objects.exists()
    assert LinkTotal.objects.get().clicks == 2


@pytest.mark.parametrize("agent", ["", "Googlebot/2.1", "Barracuda Sentinel", "curl/8.0"])
def test_machines_are_flagged(sent: Campaign, agent: str) -> None:
    Client(headers={"User-Agent": agent}).get(links(sent)[0])
    assert Engagement.objects.get().machine


def test_a_head_is_a_machine_and_still_led_on(browser: Client, sent: Campaign) -> None:
    answer = browser.head(links(sent)[1])
    assert answer.status_code == 302
    assert LinkTotal.objects.get().machine


def test_a_link_is_read_only(browser: Client, sent: Campaign) -> None:
    assert browser.post(links(sent)[0]).status_code in (403, 405)
    assert not Engagement.objects.exists()


@pytest.mark.parametrize("change", ["short", "flipped", "long", "empty", "other", "accents"])
def test_a_token_that_is_not_ours_leads_nowhere(
    browser: Client, sent: Campaign, change: str
) -> None:
    token = links(sent)[0].split("/")[2]
    wrong = {
        "short": token[:-2],
        "flipped": ("A" if token[0] != "A" else "B") + token[1:],
        "long": token + "A" * 100,
        "empty": "AAAA",
        "other": tokens.unsubscribe(sent.messages.first().pk),  # type: ignore[union-attr]
        "accents": "été",
    }[change]
    answer = browser.get(reverse("campaigns:click", args=[wrong]))
    assert answer.status_code == 404
    assert not Engagement.objects.exists()


def test_a_link_of_another_campaign_is_refused(sent: Campaign, segment: Segment) -> None:
    other = make_campaign(segment)
    link = CampaignLink.objects.create(campaign=other, url="https://x.example", position=0)
    assert tracking.follow(tokens.click(sent.pk, segment.pk, link.pk, None), machine=False) is None


def test_tokens_are_short_enough_for_an_sms() -> None:
    assert len(tokens.click(5000, 300, 20_000, 3_000_000)) <= 32


def path_of(message: Message) -> str:
    return reverse("campaigns:unsubscribe", args=[tokens.unsubscribe(message.pk)])


def test_looking_at_the_unsubscribe_page_changes_nothing(browser: Client, sent: Campaign) -> None:
    answer = browser.get(path_of(sent.messages.first()))  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert b'<form method="post">' in answer.content
    assert not Suppression.objects.exists()


def test_one_post_unsubscribes_without_sign_in_or_form(browser: Client, sent: Campaign) -> None:
    message = sent.messages.order_by("id")[0]
    answer = browser.post(path_of(message), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert consent_states([message.customer_id], "email")[message.customer_id] == "withdrawn"
    assert consent_states([message.customer_id], "sms")[message.customer_id] == "given"
    found = Suppression.objects.get()
    assert (found.channel, found.reason) == ("email", "unsubscribe")
    engagement = Engagement.objects.get()
    assert (engagement.kind, engagement.campaign_id) == ("unsubscribe", sent.pk)


def test_the_ledger_is_kept_in_the_language_of_the_shop(
    browser: Client, sent: Campaign, settings: Settings
) -> None:
    browser.post(path_of(sent.messages.order_by("id")[0]), headers={"accept-language": "en"})
    with override(settings.LANGUAGE_CODE):
        assert ConsentRecord.objects.latest("id").source == str(unsubscribe.SOURCE)


def test_saying_it_twice_changes_nothing_more(browser: Client, sent: Campaign) -> None:
    message = sent.messages.order_by("id")[0]
    for _time in range(2):
        browser.post(path_of(message))
    assert Suppression.objects.count() == Engagement.objects.count() == 1
    assert ConsentRecord.objects.filter(subject="email", state="withdrawn").count() == 1


def test_it_holds_for_everyone_with_that_address(people: People, campaign: Campaign) -> None:
    people(2, email="family@example.com")
    start(campaign)
    send(campaign)
    message = campaign.messages.get(state="delivered")
    recipient = unsubscribe.recipient_of(tokens.unsubscribe(message.pk))
    assert recipient is not None
    unsubscribe.unsubscribe(recipient)
    assert ConsentRecord.objects.filter(subject="email", state="withdrawn").count() == 2


def test_the_next_campaign_leaves_them_out(
    browser: Client, sent: Campaign, segment: Segment
) -> None:
    browser.post(path_of(sent.messages.order_by("id")[0]))
    following = start(make_campaign(segment))
    reasons = following.messages.order_by("id").values_list("reason", flat=True)
    assert list(reasons) == ["suppressed", ""]


def test_a_wrong_unsubscribe_link_says_so(browser: Client, sent: Campaign) -> None:
    click = links(sent)[0].split("/")[2]
    for token in ("AAAA", click):
        path = reverse("campaigns:unsubscribe", args=[token])
        assert browser.get(path).status_code == 404
        assert browser.post(path).status_code == 404
    assert not Suppression.objects.exists()


def own_path(message: Message) -> str:
    return reverse("campaigns:unsubscribe", args=[unsubscribe.url(message).split("/")[-2]])


def test_a_link_still_acts_when_its_person_was_deleted(browser: Client, sent: Campaign) -> None:
    message = sent.messages.order_by("id")[0]
    path, address = own_path(message), message.address
    message.customer.delete()
    assert browser.get(path).status_code == 200
    assert browser.post(path).status_code == 200
    back = Customer.objects.create(email=address)
    assert consent.suppressed_hashes("email", [back.email_hash]) == {back.email_hash}


def test_a_link_from_before_says_kindly_that_all_is_gone(browser: Client, sent: Campaign) -> None:
    message = sent.messages.order_by("id")[0]
    path = path_of(message)
    message.customer.delete()
    english = {"accept-language": "en"}
    for answer in (browser.get(path, headers=english), browser.post(path, headers=english)):
        assert answer.status_code == 200
        assert b"no longer in our files" in answer.content
    assert not Suppression.objects.exists()


def test_whoever_left_is_told_so_and_led_to_their_choices(browser: Client, sent: Campaign) -> None:
    path, english = own_path(sent.messages.order_by("id")[0]), {"accept-language": "en"}
    assert b"Nothing has changed yet" in browser.get(path, headers=english).content
    browser.post(path)
    page = browser.get(path, headers=english).content
    assert b"already unsubscribed" in page
    assert b"/preferences/" in page


def test_each_promotional_email_leads_to_the_choices_of_its_reader(sent: Campaign) -> None:
    message = sent.messages.select_related("outbox").order_by("id")[0]
    assert preferences.url(message.customer, "email") in message.outbox.text
    assert preferences.url(message.customer, "email") in message.outbox.html


def test_one_link_cannot_be_hammered(browser: Client, sent: Campaign) -> None:
    path = path_of(sent.messages.order_by("id")[0])
    answers = {browser.post(path).status_code for _time in range(25)}
    assert answers == {200, 429}


def test_the_sample_page_changes_nothing(browser: Client) -> None:
    assert browser.get("/d/essai/").status_code == 200
    assert browser.post("/d/essai/").status_code in (403, 405)


def test_leaving_does_not_depend_on_the_cache(
    browser: Client, sent: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_options: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr("accounts.throttle.cache.add", away)
    assert browser.get(links(sent)[0]).status_code == 302
    assert browser.post(path_of(sent.messages.order_by("id")[0])).status_code == 200
    assert Suppression.objects.count() == 1
