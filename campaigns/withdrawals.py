"""What a withdrawal of tracking changes here: the person leaves the clicks already kept.

Invariant: it happens in the transaction that writes the withdrawal, whoever writes it.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from campaigns import tracking
from customers.consent import consent_states
from customers.models import ConsentRecord, ConsentState, Subject


@receiver(post_save, sender=ConsentRecord)
def forget_clicks(instance: ConsentRecord, **_: Any) -> None:
    """Forget where the latest word is no; an old one written late changes nothing."""
    if (instance.subject, instance.state) != (Subject.TRACKING, ConsentState.WITHDRAWN):
        return
    pk = instance.customer_id
    if consent_states([pk], Subject.TRACKING)[pk] == ConsentState.WITHDRAWN:
        tracking.forget(pk)
