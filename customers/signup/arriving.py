"""A confirmed answer becomes a person and what they agreed to, word for word.

Invariants: each channel of a sign-up arrives once, whatever is pressed twice. What was typed
replaces what we knew only where the person proved the address; otherwise it fills what was
empty. A refusal is lifted only by a proven address.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.templatetags.figures import moment
from customers import tagging
from customers.consent import (
    ConsentRefused,
    address_of,
    consent_states,
    lift,
    record_consent,
)
from customers.folding import fold
from customers.models import (
    Channel,
    ConsentState,
    CustomAttribute,
    Customer,
    CustomerTag,
    Signup,
    SignupForm,
    Subject,
    Suppression,
)
from customers.signals import facts_changed
from customers.signup.asked import PERSONAL, PREFIX
from customers.signup.matching import person_of

_EMPTY: Final[tuple[Any, ...]] = (None, "", [])
CONFIRMED_AT: Final = {
    Channel.EMAIL.value: "email_confirmed_at",
    Channel.SMS.value: "sms_confirmed_at",
}


@transaction.atomic
def arrive(signup: Signup, channels: list[str], *, proven: bool) -> Customer | None:
    """Write the person and their consent for these channels of the sign-up; who it is.

    `proven`: the person has just shown that they hold these addresses.
    """
    signup = (
        Signup.objects.select_for_update(of=("self",))
        .select_related("form", "customer")
        .get(pk=signup.pk)
    )
    if signup.state == Signup.State.EXPIRED:
        return None
    if proven:
        channels = [c for c in channels if getattr(signup, CONFIRMED_AT[c]) is None]
    # Emptied since: the person was erased between the look at the link and its pressing.
    channels = [channel for channel in channels if address(signup, channel)]
    if not channels:
        return signup.customer
    now = timezone.now()
    customer = signup.customer or _person(signup, channels)
    _fill(customer, signup, channels, now, proven=proven)
    # An address typed beside another that we know of them is not theirs until they prove it.
    doubtful = [c for c in channels if address_of(customer, c) != address(signup, c)]
    signup.answers["to_prove"] += doubtful
    subjects = [channel for channel in channels if channel not in doubtful]
    if _follows(customer, signup, proven=proven):
        subjects.append(Subject.TRACKING.value)
        signup.answers["tracking_kept"] = True
    # Kept in the ledger, so in the language of the shop.
    with override(settings.LANGUAGE_CODE):
        for subject in subjects:
            shown_by = subject if subject in channels else channels[0]
            proof = _proof(signup, shown_by, now) if proven else _unproven(signup, now)
            _record(customer, signup, subject, now, proof, proven=proven)
    if signup.form.tag:
        tag = tagging.tag_named(signup.form.tag)
        CustomerTag.objects.get_or_create(customer=customer, tag=tag)
    signup.customer, signup.state = customer, Signup.State.CONFIRMED
    if proven:
        for channel in channels:
            setattr(signup, CONFIRMED_AT[channel], now)
    signup.save()
    facts_changed.send(sender=Customer)
    return customer


def _follows(customer: Customer, signup: Signup, *, proven: bool) -> bool:
    """Whether to write their word on tracking: once, and unproven never over a refusal."""
    if Subject.TRACKING not in signup.answers["consents"] or "tracking_kept" in signup.answers:
        return False
    states = consent_states([customer.pk], Subject.TRACKING)
    return proven or states[customer.pk] != ConsentState.WITHDRAWN


def _person(signup: Signup, channels: list[str]) -> Customer:
    values = signup.answers["values"]
    addresses = [(c, a) for c in Channel.values if c in channels and (a := address(signup, c))]
    found = person_of(addresses, values.get("first_name", ""), values.get("last_name", ""))
    return found or Customer(language=signup.form.language)


def address(signup: Signup, channel: str) -> str | None:
    """The address a sign-up gives for a channel."""
    return signup.email if channel == Channel.EMAIL else signup.phone


def _fill(
    customer: Customer, signup: Signup, channels: list[str], now: dt.datetime, *, proven: bool
) -> None:
    """Write what the person typed themself."""
    for channel, name in ((Channel.EMAIL, "email"), (Channel.SMS, "phone")):
        typed = address(signup, channel)
        unasked = not proven and channel not in signup.answers["to_prove"]
        # One still to be proven is kept once it is: else the person's preferences, opened from
        # the address beside it, could say yes in the name of whoever holds this one.
        if typed and (
            (proven and channel in channels) or (unasked and not getattr(customer, name))
        ):
            setattr(customer, name, typed)
    values = dict(signup.answers["values"])
    known = set(CustomAttribute.objects.filter(sensitive="").values_list("key", flat=True))
    for key, value in values.items():
        if key in PERSONAL:
            if key == "birth_date":
                value = dt.date.fromisoformat(value)
            if proven or getattr(customer, key) in _EMPTY:
                setattr(customer, key, value)
        elif (own := key.removeprefix(PREFIX)) in known and (
            proven or customer.attributes.get(own) in _EMPTY
        ):
            customer.attributes[own] = value
    topics = {fold(str(each)): str(each) for each in customer.interests}
    for topic in signup.answers["topics"]:
        topics.setdefault(fold(topic), topic)
    customer.interests = list(topics.values())
    frequency = signup.answers["frequency"]
    if frequency and (proven or not customer.preferred_frequency):
        customer.preferred_frequency = frequency
    customer.signed_up_at = customer.signed_up_at or now
    customer.save()


def _record(
    customer: Customer, signup: Signup, subject: str, now: dt.datetime, proof: str, *, proven: bool
) -> None:
    try:
        with transaction.atomic():
            lifted = ""
            if proven and subject in Channel.values:
                lifted = lift(subject, address(signup, subject))
            if lifted:
                reason = Suppression.Reason(lifted).label
                proof += _(", lifts “%(reason)s”") % {"reason": reason}
            if signup.source_page:
                proof += _(", page %(page)s") % {"page": signup.source_page}
            record_consent(
                customer,
                subject,
                ConsentState.GIVEN,
                source=source_of(signup.form),
                wording=str(signup.shown.get(subject, "")),
                proof=proof[:200],
                occurred_at=now,
            )
    except ConsentRefused:
        # We know them to be under 15: what they typed is kept, their word does not count.
        return


def source_of(form: SignupForm) -> str:
    """What the ledger calls a form."""
    return (_("Sign-up form “%(name)s”") % {"name": form.name})[:120]


def _proof(signup: Signup, shown_by: str, now: dt.datetime) -> str:
    facts = {"id": signup.pk, "version": signup.form_version, "at": moment(now)}
    if shown_by == Channel.SMS:
        return _("sign-up #%(id)s, version %(version)s, confirmed by SMS %(at)s") % facts
    return _("sign-up #%(id)s, version %(version)s, confirmed by e-mail link %(at)s") % facts


def _unproven(signup: Signup, now: dt.datetime) -> str:
    facts = {"id": signup.pk, "version": signup.form_version, "at": moment(now)}
    return _("sign-up #%(id)s, version %(version)s, %(at)s, not confirmed") % facts
