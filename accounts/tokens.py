"""API tokens: `tamis_<prefix>_<secret>`, shown once to whoever makes one.

Invariant: only the hash of the secret is kept. It has 256 random bits, so a plain hash is as hard
to reverse as a slow one, and is compared in constant time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import ApiToken, User

_PREFIX_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_PREFIX_LENGTH: Final = 10
_LONGEST: Final = 100
# A token in steady use must not cost a write at each call.
_LAST_USED_EVERY: Final = dt.timedelta(minutes=1)


def create(
    by: User, name: str, scopes: list[str], expires_at: dt.datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token; returns it and its text, which cannot be had again."""
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(_PREFIX_LENGTH))
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=name,
            prefix=prefix,
            token_hash=_hash(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
            created_by=by,
        )
        audit.record(by, "api_token.created", token=token.pk, scopes=token.scopes)
    return token, f"tamis_{prefix}_{secret}"


def revoke(by: User, token: ApiToken) -> None:
    """End a token at once; a token already revoked stays as it is."""
    with transaction.atomic():
        ended = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        if ended:
            audit.record(by, "api_token.revoked", token=token.pk)


def find(text: str) -> ApiToken | None:
    """The token a caller presents, None for one that is unknown, revoked or past its date."""
    parts = text.split("_", 2)
    if len(text) > _LONGEST or len(parts) != 3 or parts[0] != "tamis":
        return None
    token = ApiToken.objects.filter(prefix=parts[1]).first()
    # Compared in any case, so that an unknown prefix takes as long as a wrong secret.
    known = token.token_hash if token is not None else _hash("")
    if not hmac.compare_digest(known, _hash(parts[2])) or token is None:
        return None
    return token if is_live(token) else None


def is_live(token: ApiToken) -> bool:
    """Whether a token still opens the API."""
    expired = token.expires_at is not None and token.expires_at <= timezone.now()
    return token.revoked_at is None and not expired


def note_use(token: ApiToken) -> None:
    """Remember that a token was used, to the minute."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _LAST_USED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - _LAST_USED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
