"""Sign-up forms: what they ask, in which words, and who answered.

A sign-up is proof: it keeps the words that were shown and what was answered. Nothing is written to
the ledger before the person has confirmed, where the form asks for that.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SignupForm(models.Model):
    """A form to sign up with, as a page of ours and inside other sites.

    `fields` lists what is asked besides the address, in order: {"key", "required", "label"};
    `topics` the interests offered. Wordings are what the person agrees to, word for word; an
    empty one is not asked.
    """

    slug = models.SlugField(_("address of the page"), max_length=60, unique=True)
    # Of the words written here, so of the whole page: what is agreed to is in one language.
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=[("fr", "Français"), ("en", "English")],
        default="fr",
    )
    name = models.CharField(_("name"), max_length=80)
    title = models.CharField(_("title"), max_length=120)
    introduction = models.TextField(_("introduction"), max_length=1000, blank=True)
    button = models.CharField(_("button"), max_length=40, blank=True)
    thanks = models.TextField(_("thanks"), max_length=1000, blank=True)
    fields = models.JSONField(default=list, blank=True)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    asks_frequency = models.BooleanField(_("ask how often to write"), default=False)
    email_wording = models.TextField(_("consent to e-mails"), max_length=600, blank=True)
    sms_wording = models.TextField(_("consent to SMS"), max_length=600, blank=True)
    tracking_wording = models.TextField(_("consent to tracking"), max_length=600, blank=True)
    double_opt_in = models.BooleanField(_("ask to confirm"), default=True)
    tag = models.CharField(_("tag put on who signs up"), max_length=60, blank=True)
    # Origins, such as https://example.fr, whose pages may show the form.
    allowed_origins = models.JSONField(_("sites that show it"), default=list, blank=True)
    is_open = models.BooleanField(_("open"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("sign-up form")
        verbose_name_plural = _("sign-up forms")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Signup(models.Model):
    """One answer to a form. `answers` holds the values given, `shown` the words agreed to.

    An answer that was not confirmed in time is emptied of its personal data.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("sign-up", "Waiting for confirmation")
        CONFIRMED = "confirmed", pgettext_lazy("sign-up", "Confirmed")
        EXPIRED = "expired", pgettext_lazy("sign-up", "Not confirmed in time")

    form = models.ForeignKey(SignupForm, on_delete=models.PROTECT, related_name="signups")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.SET_NULL, related_name="signups"
    )
    # None, not '', where there is none: as on the person.
    email = models.EmailField(max_length=254, null=True, blank=True)  # noqa: DJ001
    phone = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001
    answers = models.JSONField(default=dict)
    shown = models.JSONField(default=dict)
    source_page = models.CharField(max_length=300, blank=True)
    form_version = models.PositiveIntegerField(default=1)
    # Keyed hashes: what was sent cannot be read back from here.
    email_proof = models.CharField(max_length=64, blank=True)
    sms_proof = models.CharField(max_length=64, blank=True)
    code_sent_at = models.DateTimeField(null=True, editable=False)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    email_confirmed_at = models.DateTimeField(null=True, editable=False)
    sms_confirmed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.form_id} #{self.pk}"
