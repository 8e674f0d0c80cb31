"""What may happen to the team: joining, changing role, leaving and coming back.

Invariant: an installation that has an active administrator always keeps one. Every change is
written to the audit trail in the same transaction.
"""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import ADMINISTRATOR


class LastAdministrator(Exception):
    """The change would leave the team without an administrator."""


def add_member(by: User, *, email: str, name: str, role: str, language: str = "") -> User:
    """Add a member who has no password yet: they choose one by the link of their invitation."""
    with transaction.atomic():
        member = User.objects.create_user(
            email, None, name=name, role=User.Role(role), language=language
        )
        audit.record(by, "member_added", member=member.pk, role=role)
    return member


def change_role(by: User, member_id: int, role: str) -> User:
    """Give a member another role.

    Raises User.DoesNotExist, ValueError for an unknown role, LastAdministrator.
    """
    new = User.Role(role)
    with transaction.atomic():
        member = _locked(member_id)
        if member.role == new:
            return member
        if new != ADMINISTRATOR:
            _keep_an_administrator(member)
        old, member.role = member.role, new
        member.save(update_fields=["role"])
        audit.record(by, "role_changed", member=member.pk, before=old, after=new)
    return member


def deactivate(by: User, member_id: int) -> User:
    """Close a member's access at once. Raises User.DoesNotExist, LastAdministrator."""
    with transaction.atomic():
        member = _locked(member_id)
        if member.is_active:
            _keep_an_administrator(member)
            member.is_active = False
            member.save(update_fields=["is_active"])
            audit.record(by, "member_deactivated", member=member.pk)
    return member


def reactivate(by: User, member_id: int) -> User:
    """Open a former member's access again, in the role they had. Raises User.DoesNotExist."""
    with transaction.atomic():
        member = _locked(member_id)
        if not member.is_active:
            member.is_active = True
            member.save(update_fields=["is_active"])
            audit.record(by, "member_reactivated", member=member.pk)
    return member


def _locked(member_id: int) -> User:
    """Lock every administrator, then the member: two removals at once cannot both pass."""
    list(User.objects.select_for_update().filter(role=ADMINISTRATOR).order_by("pk"))
    return User.objects.select_for_update().get(pk=member_id)


def _keep_an_administrator(leaving: User) -> None:
    if leaving.role != ADMINISTRATOR or not leaving.is_active:
        return
    others = User.objects.filter(role=ADMINISTRATOR, is_active=True).exclude(pk=leaving.pk)
    if not others.exists():
        raise LastAdministrator
