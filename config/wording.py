"""What Django and allauth say on our pages and our French says otherwise.

Invariant: naming a string here is what keeps its translation in our catalogue, which wins over
theirs; nothing imports this module.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

OVERRIDDEN = (
    gettext_noop("Enter a valid email address."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("Too many failed login attempts. Try again later."),
    gettext_noop("Please type your current password."),
    gettext_noop("The password reset token was invalid."),
    gettext_noop("Remember Me"),
    gettext_noop("This account is currently inactive."),
)
