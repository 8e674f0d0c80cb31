"""How allauth behaves here: nobody signs up by themselves, members sign in by e-mail."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import Installation


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own behaviour and rate limits, without open sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: an administrator adds members."""
        return False

    def format_email_subject(self, subject: str) -> str:
        """Name the shop in front of a mail's subject."""
        shop = Installation.load().shop_name
        return f"{shop} · {subject}" if shop else f"Tamis · {subject}"
