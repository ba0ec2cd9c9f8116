from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Permission(models.TextChoices):
    """What a bundle can allow. Names of doors, not of screens."""

    VIEW = "view", "View accounts, contacts, programs and metrics"
    EDIT_CONTACTS = "edit_contacts", "Edit contacts and GitLab roles"
    EDIT_ACCOUNTS = "edit_accounts", "Edit accounts and log activities"
    RUN_PROGRAMS = "run_programs", "Publish, pause and edit programs"
    IMPORT = "import", "Import data"
    ADMINISTER = "administer", "Configure Keel"
    SEE_PUBSEC = "see_pubsec", "View public-sector accounts"


class Home(models.TextChoices):
    """Whose home page a user sees."""

    PROGRAM_MANAGER = "program_manager", "Program manager"
    CSM = "csm", "CSM"
    EXECUTIVE = "executive", "Executive"


class Bundle(models.Model):
    """A set of permissions given to users."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    permissions = ArrayField(models.CharField(max_length=40, choices=Permission), default=list)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in to Keel. (An account is a customer company, never a login.)"""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    bundles = models.ManyToManyField(Bundle, related_name="users", blank=True)
    home = models.CharField(max_length=20, choices=Home, default=Home.PROGRAM_MANAGER)
    zone = models.CharField(max_length=64, default="UTC")
    has_letter_keys = models.BooleanField(default=True)
    is_compact = models.BooleanField(default=False)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.email

    def may(self, permission: str) -> bool:
        """Return whether any of the user's bundles holds `permission`; asked once, then remembered."""
        if self.is_superuser:
            return self.is_active
        return self.is_active and permission in self.permissions_held

    @property
    def permissions_held(self) -> frozenset[str]:
        held: frozenset[str] | None = self.__dict__.get("_permissions_held")
        if held is None:
            held = frozenset(p for bundle in self.bundles.all() for p in bundle.permissions)
            self.__dict__["_permissions_held"] = held
        return held


class ApiToken(models.Model):
    """A key to the API for one user and some scopes; only its hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} (#{self.pk})"

    def is_live(self, *, now: dt.datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class Organisation(models.Model):
    """Who runs this installation; one row, made by the set-up page."""

    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    fiscal_year_start_month = models.PositiveSmallIntegerField(default=2)
    # Days for which a contract that has ended waits for its renewal before it counts as lost.
    renewal_grace_days = models.PositiveSmallIntegerField(default=30)
    postal_address = models.CharField(max_length=300)
    # How long mail waits that a change by hand makes leave, so that it can be undone; 0 sends at once.
    grace_minutes = models.PositiveSmallIntegerField(default=10, db_default=10)
    # Safe mode: only these addresses leave the house, the rest lands in the Outbox.
    is_safe_mode = models.BooleanField(default=True)
    allowed_addresses = ArrayField(models.CharField(max_length=254), default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="organisation_is_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="fiscal_year_starts_in_a_month",
                condition=Q(fiscal_year_start_month__gte=1, fiscal_year_start_month__lte=12),
            ),
        ]

    def __str__(self) -> str:
        return self.name
