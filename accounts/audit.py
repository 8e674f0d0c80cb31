"""The trail of what members decided: one row a decision, never changed afterwards.

Facts are ids and numbers, never a name, an address or a message's text.
"""

from __future__ import annotations

from typing import Any

from accounts.models import AuditEntry, User


def record(user: User | None, action: str, **facts: Any) -> AuditEntry:
    """Write down that `user` (None: the installation itself) did `action`, with its facts."""
    return AuditEntry.objects.create(user=user, action=action, facts=facts)
