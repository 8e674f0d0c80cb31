"""Importing an old file again never brings back someone who said no, or who is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from campaigns.eligibility import judge
from campaigns.models import Campaign
from customers.consent import record_consent, suppress, withdraw, withdraw_address
from customers.models import Channel, Customer, Suppression
from customers.reachability import reachable
from customers.removal import delete
from tests.customers.imports.making import import_text

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
Reason = Suppression.Reason

OLD_FILE = (
    "id;mail;tel;ok\n"
    "1;ana@b.fr;0612345678;oui\n"
    "2;bob@b.fr;0687654321;oui\n"
)  # fmt: skip


def old_file(folder: Path) -> Any:
    """Last year's file, in which everybody agreed, vouched for."""
    consent = {
        "state": "given", "source": "till", "collected_at": "2024-01-02",
        "wording": "Yes", "proof": "cards",
    }  # fmt: skip
    told = {
        "columns": {"id": "external_id", "mail": "email", "tel": "phone", "ok": "email_consent"},
        "options": {"consent": {"email": consent, "sms": consent}},
    }
    return import_text(folder, OLD_FILE, told=told)


def written_to(channel: str) -> set[str | None]:
    """Who is reachable, and in a campaign's audience: both must agree."""
    everyone = dict(Customer.objects.values_list("pk", "external_id"))
    campaign = Campaign(channel=channel, kind=Campaign.Kind.PROMOTIONAL)
    verdicts = judge(campaign, list(everyone))
    audience = {everyone[pk] for pk, verdict in verdicts.items() if not verdict.reason}
    found = reachable(Customer.objects.all(), channel).values_list("external_id", flat=True)
    assert set(found) == audience
    return audience


def unsubscribed(ana: Customer) -> None:
    withdraw(ana, "email", source="link", reason=Reason.UNSUBSCRIBE)


def complained(ana: Customer) -> None:
    withdraw_address("email", "ana@b.fr", Reason.COMPLAINT, "provider")


def bounced(ana: Customer) -> None:
    suppress("email", "ana@b.fr", Reason.BOUNCE, "provider")


def opposed(ana: Customer) -> None:
    withdraw(ana, "email", source="letter", reason=Reason.OPPOSITION)


def withdrew_by_hand(ana: Customer) -> None:
    withdraw(ana, "email", source="call")


def listed(ana: Customer) -> None:
    suppress("email", "ana@b.fr", Reason.LISTED, "list")


@pytest.mark.parametrize(
    ("say_no", "refused"),
    [
        (unsubscribed, "unsubscribe"),
        (complained, "complaint"),
        (opposed, "opposition"),
        (withdrew_by_hand, "withdrawn"),
        # These two say nothing of consent: it still stands, and so nothing is refused.
        (bounced, ""),
        (listed, ""),
    ],
)
def test_an_email_that_must_not_be_written_to_stays_so(
    tmp_path: Path, say_no: Any, refused: str
) -> None:
    old_file(tmp_path)
    assert written_to("email") == {"1", "2"}
    say_no(Customer.objects.get(external_id="1"))
    report = old_file(tmp_path)
    assert written_to("email") == {"2"}
    assert written_to("sms") == {"1", "2"}
    assert report.refusals == ({"email": {refused: 1}} if refused else {})


def test_a_number_that_replied_stop_stays_so_even_under_another_customer_number(
    tmp_path: Path,
) -> None:
    old_file(tmp_path)
    withdraw_address(Channel.SMS, "+33612345678", Reason.STOP, "STOP")
    Customer.objects.filter(external_id="1").update(external_id="other", email=None)
    old_file(tmp_path)
    assert written_to("sms") == {"2"}


def test_who_was_erased_is_not_created_again(tmp_path: Path) -> None:
    old_file(tmp_path)
    delete(Customer.objects.get(external_id="1"), by=None, at_their_request=True)
    report = old_file(tmp_path)
    assert (report.rejected, report.reasons) == (1, {"erased": 1})
    assert not Customer.objects.filter(email="ana@b.fr").exists()
    assert written_to("email") == {"2"}


def test_who_never_agreed_is_not_made_reachable_by_a_file_nobody_vouches_for(
    tmp_path: Path,
) -> None:
    import_text(tmp_path, OLD_FILE)
    assert written_to("email") == set()


def test_who_comes_back_of_their_own_will_is_reachable_again(tmp_path: Path) -> None:
    old_file(tmp_path)
    ana = Customer.objects.get(external_id="1")
    withdrew_by_hand(ana)
    record_consent(ana, "email", "given", source="form")
    old_file(tmp_path)
    assert written_to("email") == {"1", "2"}
