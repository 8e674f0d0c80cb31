"""The member behind a request, for views that `requires` has already guarded."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


def member_of(request: HttpRequest) -> User:
    """Give the signed-in member; raises TypeError for anyone else."""
    if not isinstance(request.user, User):
        raise TypeError("This view is open to members only.")
    return request.user
