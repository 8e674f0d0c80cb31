"""One-click sign-in to the demo shop: one account a role, without a password.

Open only while all of these hold: the installation is a demo, the server was started by
`manage.py dev`, the request comes from this machine and names it as its Host (a Host alone can be
made up by whoever reaches the server), and no proxy forwarded it. The same test decides whether the
buttons are shown and whether the sign-in is accepted.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Installation, User
from accounts.roles import ADMINISTRATOR, ANALYST, MARKETER

LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
DEMO_PEOPLE: Final = {
    ADMINISTRATOR: ("camille.laurent@demo.example", "Camille Laurent"),
    MARKETER: ("nadia.benali@demo.example", "Nadia Benali"),
    ANALYST: ("hugo.martin@demo.example", "Hugo Martin"),
}


def ensure_demo_users() -> list[User]:
    """Make the three demo accounts where they are missing; none of them has a password."""
    people = []
    for role, (email, name) in DEMO_PEOPLE.items():
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, None, name=name, role=role, is_demo=True)
        people.append(user)
    return people


def is_open(request: HttpRequest) -> bool:
    """Say whether this very request may sign in to a demo account."""
    return (
        bool(settings.DEV)
        and _is_local(request)
        and _comes_from_here(request)
        and not _was_forwarded(request)
        and Installation.objects.filter(demo=True).exists()
    )


def person(role: str) -> User | None:
    """Find the demo account of a role; None when it is missing, closed, or has a password."""
    user = User.objects.filter(is_demo=True, is_active=True, role=role).order_by("pk").first()
    return None if user is None or user.has_usable_password() else user


def _is_local(request: HttpRequest) -> bool:
    host = request.get_host().lower()
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host) in LOCAL_HOSTS


def _comes_from_here(request: HttpRequest) -> bool:
    try:
        caller = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = caller.ipv4_mapped if isinstance(caller, IPv6Address) else None
    return (mapped or caller).is_loopback


def _was_forwarded(request: HttpRequest) -> bool:
    return any(
        header == "HTTP_FORWARDED" or header.startswith("HTTP_X_FORWARDED")
        for header in request.META
    )
