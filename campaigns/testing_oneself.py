"""A test message to oneself: what a person of the audience would get, sent to another address.

Invariant: it is never a Message, counts in no result, and its links lead straight to their pages.
"""

from __future__ import annotations

import uuid

from campaigns import content, tokens
from campaigns.channels import ChannelFault, Fate, Outgoing, Result, provider_for
from campaigns.delivery import identity
from campaigns.models import Campaign, SendingSettings
from customers.models import Customer


def invented_person() -> Customer:
    """Someone to fill merge fields with while there is nobody in the audience; never saved."""
    examples = {field.key: field.example for field in content.merge_fields()}
    attributes = {k.removeprefix("attr."): v for k, v in examples.items() if k.startswith("attr.")}
    return Customer(
        first_name=examples["first_name"],
        last_name=examples["last_name"],
        city=examples["city"],
        postal_code=examples["postal_code"],
        external_id=examples["customer_number"],
        email=examples["email"],
        phone="+33639981234",
        attributes=attributes,
    )


def send_test(campaign: Campaign, customer: Customer | None, recipient: str) -> Result:
    """Send the campaign's content, filled in for `customer`, to `recipient`, at once.

    The recipient is an address or an E.164 number. Content or configuration that cannot be sent
    gives a permanent result that says why.
    """
    key = f"{tokens.installation()}-test-{uuid.uuid4().hex[:12]}"
    try:
        rendered = content.render(campaign, customer or invented_person())
    except content.ContentError as error:
        return Result(key, Fate.PERMANENT, error=str(error))
    sender, name, headers = identity(campaign.channel, SendingSettings.load())
    outgoing = Outgoing(
        key=key,
        channel=campaign.channel,
        recipient=recipient,
        text=rendered.text,
        sender=sender,
        sender_name=name,
        subject=rendered.subject,
        html=rendered.html,
        headers=headers,
    )
    provider = provider_for(campaign.channel)
    try:
        return provider.send([outgoing])[0]
    except ChannelFault as fault:
        return Result(key, Fate.PERMANENT, error=str(fault))
    finally:
        provider.close()
