from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.team.models import Permission, User
from cs_platform.common.models import Fed, Public

if TYPE_CHECKING:
    import datetime as dt


class Segment(models.TextChoices):
    TECH_TOUCH = "tech_touch", "Tech Touch"
    SCALE = "scale", "Scale"
    CSM_MANAGED = "csm_managed", "CSM-Managed"


class Stage(models.TextChoices):
    """Lifecycle stages (GitLab handbook, Customer Success vision); `churned` closes the life."""

    ONBOARDING = "onboarding", "Onboarding"
    IMPLEMENTATION = "implementation", "Implementation"
    ADOPTION = "adoption", "Adoption"
    OPTIMIZE = "optimize", "Optimize and Grow"
    WILL_CHURN = "will_churn", "Will Churn"
    CHURNED = "churned", "Churned"


class Market(models.TextChoices):
    LARGE = "large", "Large"
    MID_MARKET = "mid_market", "Mid-Market"
    SMB = "smb", "SMB"
    PUBSEC = "pubsec", "PubSec"


class Deployment(models.TextChoices):
    SAAS = "saas", "SaaS"
    SELF_MANAGED = "self_managed", "Self-Managed"
    DEDICATED = "dedicated", "Dedicated"


class Channel(models.TextChoices):
    WEB_DIRECT = "web_direct", "Web-direct"
    SALES_ASSISTED = "sales_assisted", "Sales-assisted"


class Region(models.TextChoices):
    AMER = "AMER", "AMER"
    EMEA = "EMEA", "EMEA"
    APAC = "APAC", "APAC"


class AccountQuerySet(models.QuerySet["Account"]):
    def for_viewer(self, user: User) -> AccountQuerySet:
        """Accounts this user may see: public-sector accounts need their own permission."""
        if not user.may(Permission.VIEW):
            return self.none()
        return self if user.may(Permission.SEE_PUBSEC) else self.filter(is_pubsec=False)

    def looked_after_by(self, user: User) -> AccountQuerySet:
        return self.filter(csm=user)

    def customers(self) -> AccountQuerySet:
        return self.exclude(stage=Stage.CHURNED)

    def renewing_within(self, window: dt.timedelta, *, today: dt.date) -> AccountQuerySet:
        return self.filter(renewal_date__gte=today, renewal_date__lt=today + window)


class Account(Public, Fed):
    """A customer company: what every other app hangs its records on."""

    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    segment = models.CharField(max_length=20, choices=Segment, default=Segment.TECH_TOUCH)
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.ONBOARDING)
    market = models.CharField(max_length=20, choices=Market, default=Market.SMB)
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    deployment = models.CharField(max_length=20, choices=Deployment, default=Deployment.SAAS)
    products = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    purchase_channel = models.CharField(max_length=20, choices=Channel, default=Channel.WEB_DIRECT)
    industry = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=60, blank=True)
    region = models.CharField(max_length=4, choices=Region, default=Region.AMER)
    zone = models.CharField(max_length=64, default="UTC")
    is_pubsec = models.BooleanField(default=False)
    is_restricted = models.BooleanField(default=False)
    # Categories of mail the account as a whole has switched off.
    switched_off = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # "Contract date" and "Customer Since" of the handbook.
    contract_date = models.DateField(null=True, blank=True)

    # Copied down for filters and lists; each is rebuilt by one operation (book.operations, contracts.operations).
    csm = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="accounts")
    top = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="family", editable=False)
    renewal_date = models.DateField(null=True, blank=True, editable=False)
    arr = models.DecimalField(max_digits=18, decimal_places=4, default=0, editable=False)
    seats = models.PositiveIntegerField(default=0, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="account_is_not_its_own_parent", condition=~Q(parent=F("id")) | Q(parent=None)),
            models.CheckConstraint(
                name="account_priority_is_1_to_4", condition=Q(priority__gte=1, priority__lte=4) | Q(priority=None)
            ),
        ]
        indexes = [
            models.Index(fields=["renewal_date"], name="account_by_renewal"),  # Home, renewal triggers
            models.Index(fields=["contract_date"], name="account_by_contract"),  # enrollment by contract date
            models.Index(fields=["changed_xid", "id"], name="account_feed"),  # modified_since
            GinIndex(fields=["products"], name="account_products"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (#{self.pk})"

    def days_to_renewal(self, *, today: dt.date) -> int | None:
        return (self.renewal_date - today).days if self.renewal_date else None


class AccountSpan(models.Model):
    """What an account's facts were, when (valid), and since when we believed so (known). Written by triggers."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="spans")
    facts = models.JSONField()
    valid = DateTimeRangeField()
    known = DateTimeRangeField()
    # The transaction that said so: within it, and only there, it may be said again.
    recorded_xid = models.BigIntegerField(db_default=0, editable=False)

    class Meta:
        indexes = [
            # The open span of an account, which every change supersedes.
            models.Index(
                fields=["account"], name="account_span_open", condition=Q(known__upper_inf=True, valid__upper_inf=True)
            ),
            GistIndex(fields=["valid", "known"], name="account_span_as_of"),
        ]

    def __str__(self) -> str:
        return f"Span #{self.pk} of account {self.account_id}"


class ExternalId(models.Model):
    """One external id of one object. Compared letter for letter: Salesforce ids differ by case."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", "Account"
        CONTACT = "contact", "Contact"
        SUBSCRIPTION = "subscription", "Subscription"
        OPPORTUNITY = "opportunity", "Opportunity"
        CHURN_EVENT = "churn_event", "Churn event"
        USAGE = "usage", "Usage reading"

    system = models.CharField(max_length=30)
    kind = models.CharField(max_length=20, choices=Kind)
    external_id = models.CharField(max_length=120)
    object_id = models.BigIntegerField()

    class Meta:
        verbose_name = "external ID"
        constraints = [
            models.UniqueConstraint(fields=["system", "kind", "external_id"], name="one_object_has_an_outside_name"),
        ]
        indexes = [models.Index(fields=["kind", "object_id"], name="outside_names_of_object")]

    def __str__(self) -> str:
        return f"{self.system} {self.external_id}"


def _point(field: str) -> Func:
    return Func(F(field), F(field), Value("[]"), function="int8range")


class CsmAssignment(models.Model):
    """Who was the CSM of an account, from when to when."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="csm_history")
    csm = models.ForeignKey(User, models.PROTECT, related_name="assignments")
    during = DateRangeField()

    class Meta:
        verbose_name = "CSM assignment"
        constraints = [
            ExclusionConstraint(
                name="an_account_has_one_csm_at_a_time",
                expressions=[(_point("account_id"), RangeOperators.OVERLAPS), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.csm_id} at {self.account_id} {self.during}"


class AccountSearch(models.Model):
    """
    What lists sort and find an account by, folded to lower case without accents. Written by triggers.

    `words` are the words of its name, its external ids and the numbers of its subscriptions.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="search")
    name_key = models.TextField()
    words = SearchVectorField()

    class Meta:
        indexes = [
            models.Index(fields=["name_key", "account"], name="accounts_by_name"),  # keyset pages of the list
            GinIndex(fields=["words"], name="account_words"),
        ]

    def __str__(self) -> str:
        return f"Search of account {self.account_id}"
