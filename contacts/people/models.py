from __future__ import annotations

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from accounts.book.models import Account
from accounts.contracts.models import Subscription
from accounts.team.models import Permission, User
from cs_platform.common.models import Fed, Public, RecordedAt


class Access(models.TextChoices):
    """GitLab SaaS access levels of a user in the customer's group."""

    OWNER = "owner", "Owner"
    MAINTAINER = "maintainer", "Maintainer"
    DEVELOPER = "developer", "Developer"
    REPORTER = "reporter", "Reporter"
    GUEST = "guest", "Guest"


class Source(models.TextChoices):
    KEEL = "keel", "Keel"
    SALESFORCE = "salesforce", "Salesforce"
    IMPORT = "import", "Import"
    PRODUCT = "product", "Product"


class GitlabRole(models.Model):
    """One value of the GitLab Role picklist; a contact may hold several."""

    key = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=60)
    description = models.CharField(max_length=160, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.label


class Person(Public, Fed):
    """A human being. What they are to an account (roles, consent) lives in their membership there."""

    # Trimmed and lower-cased (consent.rules.normalise_address), nothing cleverer.
    email = models.CharField(max_length=254, null=True, blank=True)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=120, blank=True)
    locale = models.CharField(max_length=16, default="en")
    zone = models.CharField(max_length=64, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                name="a_live_person_has_the_address_alone",
                condition=Q(merged_into=None, erased_at=None, email__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name or 'Somebody'} (#{self.pk})"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def display_name(self) -> str:
        return self.full_name or self.email or "No name"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def for_viewer(self, user: User) -> MembershipQuerySet:
        if not user.may(Permission.VIEW):
            return self.none()
        return self if user.may(Permission.SEE_PUBSEC) else self.filter(account__is_pubsec=False)

    def live(self) -> MembershipQuerySet:
        return self.filter(person__merged_into=None, person__erased_at=None)

    def with_role(self, key: str) -> MembershipQuerySet:
        return self.filter(roles__contains=[key])


class Membership(Public, Fed):
    """A person at an account: a Contact, in Salesforce's words."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    # Keys of GitlabRole, sorted.
    roles = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    access = models.CharField(max_length=12, choices=Access, blank=True)
    is_active = models.BooleanField(default=True)
    # Categories of mail this person does not want about this account (consent.rules.CATEGORIES).
    opted_out = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    source = models.CharField(max_length=12, choices=Source, default=Source.KEEL)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "account"], name="a_person_is_at_an_account_once"),
        ]
        indexes = [
            GinIndex(fields=["roles"], name="membership_roles"),  # "has GitLab Admin", coverage
            models.Index(fields=["account"], name="membership_of_account"),
            # Rare states that the list of contacts is narrowed to.
            models.Index(fields=["id"], name="memberships_inactive", condition=Q(is_active=False)),
            models.Index(fields=["id"], name="memberships_opted_out", condition=~Q(opted_out=[])),
            models.Index(fields=["changed_xid", "id"], name="membership_feed"),
        ]

    def __str__(self) -> str:
        return f"Person {self.person_id} at account {self.account_id} (#{self.pk})"


class MembershipSearch(models.Model):
    """
    What lists sort and find a contact by, folded to lower case without accents. Written by triggers.

    `words` are the words of the person's name and address, of the account's name, and the contact's external ids.
    """

    membership = models.OneToOneField(Membership, models.CASCADE, primary_key=True, related_name="search")
    # Last name first; whoever has no name is sorted by the address.
    name_key = models.TextField()
    account_key = models.TextField()
    access = models.CharField(max_length=12, blank=True)
    words = SearchVectorField()

    class Meta:
        indexes = [
            # Keyset pages of the list, by each column it sorts by.
            models.Index(fields=["name_key", "membership"], name="contacts_by_name"),
            models.Index(fields=["account_key", "name_key", "membership"], name="contacts_by_account"),
            models.Index(fields=["access", "name_key", "membership"], name="contacts_by_access"),
            GinIndex(fields=["words"], name="contact_words"),
        ]

    def __str__(self) -> str:
        return f"Search of membership {self.membership_id}"


class MembershipSpan(models.Model):
    """What a membership's facts were, when (valid), and since when we believed so (known). Written by triggers."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="spans")
    facts = models.JSONField()
    valid = DateTimeRangeField()
    known = DateTimeRangeField()
    # The transaction that said so: within it, and only there, it may be said again.
    recorded_xid = models.BigIntegerField(db_default=0, editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["membership"],
                name="membership_span_open",
                condition=Q(known__upper_inf=True, valid__upper_inf=True),
            ),
            GistIndex(fields=["valid", "known"], name="membership_span_as_of"),
        ]

    def __str__(self) -> str:
        return f"Span #{self.pk} of membership {self.membership_id}"


class SoldTo(models.Model):
    """Who bought a subscription: a fact of the order, with its source; never a value of the role picklist."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="sold_to")
    person = models.ForeignKey(Person, models.CASCADE, related_name="bought")
    subscription = models.ForeignKey(Subscription, models.SET_NULL, null=True, blank=True, related_name="sold_to")
    source = models.CharField(max_length=40)
    ordered_date = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "person", "subscription"],
                name="a_person_buys_a_subscription_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"Person {self.person_id} bought for account {self.account_id}"


class RoleChange(models.Model):
    """One GitLab role set or removed: who, where and when. Appended, never changed."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="role_changes")
    role = models.CharField(max_length=40)
    is_added = models.BooleanField()
    actor = models.CharField(max_length=254)
    source = models.CharField(max_length=12, choices=Source)
    changed_at = models.DateTimeField(db_default=RecordedAt())

    class Meta:
        indexes = [models.Index(fields=["membership", "-changed_at"], name="role_changes_newest_first")]

    def __str__(self) -> str:
        return f"{'+' if self.is_added else '-'}{self.role} at membership {self.membership_id}"
