"""What a sign-up form may ask besides an address, and in which words consent is asked.

Invariant: a sensitive attribute is never asked here: it needs an explicit consent of its own,
which is recorded where a member takes it down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from customers.models import Channel, CustomAttribute, SignupForm, Subject

PREFIX: Final = "attr:"
# Key, label, and what the browser fills it with by itself.
PERSONAL: Final[dict[str, tuple[Promise, str]]] = {
    "first_name": (gettext_lazy("First name"), "given-name"),
    "last_name": (gettext_lazy("Last name"), "family-name"),
    "gender": (gettext_lazy("Gender"), "sex"),
    "birth_date": (gettext_lazy("Date of birth"), "bday"),
    "postal_code": (gettext_lazy("Postcode"), "postal-code"),
    "city": (gettext_lazy("City"), "address-level2"),
}
# What is put before a person, in this order.
WORDINGS: Final = {
    Subject.EMAIL.value: "email_wording",
    Subject.SMS.value: "sms_wording",
    Subject.TRACKING.value: "tracking_wording",
}


@dataclass(frozen=True)
class Asked:
    """One question. `attribute` is set for what the shop chose to know besides."""

    key: str
    label: str
    required: bool = False
    autocomplete: str = "off"
    attribute: CustomAttribute | None = None

    @property
    def field_name(self) -> str:
        """Its name in an HTML form."""
        return self.key.replace(":", "_")


def askable() -> list[Asked]:
    """Everything that may be asked, in the order in which forms ask it."""
    own = [Asked(key, str(label), False, auto) for key, (label, auto) in PERSONAL.items()]
    plain = CustomAttribute.objects.filter(sensitive="").order_by("label")
    return own + [Asked(f"{PREFIX}{each.key}", each.label, attribute=each) for each in plain]


def asked_by(form: SignupForm) -> list[Asked]:
    """The questions of a form; what can no longer be asked is left out."""
    chosen: Iterable[dict[str, Any]] = form.fields
    with override(form.language):
        known = {each.key: each for each in askable()}
    return [
        Asked(
            key=each["key"],
            label=str(each.get("label") or known[each["key"]].label),
            required=bool(each.get("required")),
            autocomplete=known[each["key"]].autocomplete,
            attribute=known[each["key"]].attribute,
        )
        for each in chosen
        if each.get("key") in known
    ]


def wordings_of(form: SignupForm) -> dict[str, str]:
    """The words of each consent that is asked, by subject."""
    words = {subject: str(getattr(form, name)).strip() for subject, name in WORDINGS.items()}
    return {subject: text for subject, text in words.items() if text}


def channels_of(form: SignupForm) -> list[str]:
    """The channels people may agree to hear from us on: each asks for its address."""
    return [subject for subject in wordings_of(form) if subject in Channel.values]


def usual_wordings(language: str, shop: str) -> dict[str, str]:
    """The words proposed for each consent, naming the shop, in a language."""
    with override(language):
        shop = shop or _("our shop")
        return {
            Subject.EMAIL.value: _(
                "I agree to receive offers and news from %(shop)s by e-mail. I may unsubscribe at"
                " any time by the link in each e-mail."
            )
            % {"shop": shop},
            Subject.SMS.value: _(
                "I agree to receive offers from %(shop)s by SMS. I may stop them at any time by"
                " replying STOP."
            )
            % {"shop": shop},
            Subject.TRACKING.value: _(
                "I agree that %(shop)s keeps which links I open in its messages, so as to write to"
                " me about what interests me. I may change my mind at any time."
            )
            % {"shop": shop},
        }
