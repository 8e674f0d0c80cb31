"""Team members, the installation they work in, and the trail of what they decided.

A person has exactly one role; what a role may do is written in `accounts.roles`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Creates members by e-mail address, which is how they sign in."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a member; without a password they can only sign in after a reset."""
        if not email:
            raise ValueError("A member needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an administrator who may also open the admin site."""
        fields |= {
            "role": User.Role.ADMINISTRATOR,
            "is_staff": True,
            "is_superuser": True,
        }
        return self.create_user(email, password, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of the team."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Administrator")
        MARKETER = "marketer", _("Marketer")
        ANALYST = "analyst", _("Analyst")

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.MARKETER)
    language = models.CharField(
        _("language"),
        max_length=5,
        blank=True,
        choices=[("fr", "Français"), ("en", "English")],
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin site"), default=False)
    is_demo = models.BooleanField(default=False, editable=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        ordering: ClassVar[list[str]] = ["name", "email"]

    def __str__(self) -> str:
        return self.name or self.email


class Installation(models.Model):
    """The one row that says what this installation is: its shop and whether it is a demo."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    demo = models.BooleanField(default=False, editable=False)
    shop_name = models.CharField(_("name of the shop"), max_length=120, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")

    class Meta:
        verbose_name = _("installation")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="installation_is_one_row"),
        ]

    def __str__(self) -> str:
        return self.shop_name or "Tamis"

    @classmethod
    def load(cls) -> Installation:
        """The installation's row, made with its defaults the first time."""
        return cls.objects.get_or_create(id=1)[0]


class ApiToken(models.Model):
    """A key by which another program calls the API; only its hash is kept, shown once."""

    name = models.CharField(_("name"), max_length=80)
    # The beginning of the token, to tell it by; the rest is known to its holder alone.
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    token_hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("rights"), default=list)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering: ClassVar[list[str]] = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """One decision of a member that matters later: who, when, what, in numbers."""

    at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering: ClassVar[list[str]] = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"
