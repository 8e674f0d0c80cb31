"""The link by which a new member chooses a password, sent by e-mail and shown to who invites.

The link is a password reset link: it works once, for three days, and for that member only.
"""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from accounts.models import Installation, User


def link(request: HttpRequest, member: User) -> str:
    """Make the absolute address where `member` chooses a password."""
    key = default_token_generator.make_token(member)
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(member), "key": key},
    )
    return request.build_absolute_uri(path)


def send(request: HttpRequest, member: User) -> str:
    """Send `member` the link, in their language; give it back. Raises OSError or SMTPException."""
    address = link(request, member)
    with translation.override(member.language or translation.get_language()):
        get_adapter().send_mail(
            "account/email/invitation",
            member.email,
            {"link": address, "inviter": request.user, "shop": Installation.load().shop_name},
        )
    return address
