from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q

from accounts.book.models import Account
from accounts.team.models import Permission, User
from contacts.content.models import TemplateVersion
from contacts.people.models import Membership, Person
from cs_platform.common.models import Public


class Sender(models.Model):
    """Somebody mail comes from."""

    name = models.CharField(max_length=120)
    address = models.CharField(max_length=254)
    reply_to = models.CharField(max_length=254, blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], name="a_sender_address_is_listed_once"),
            models.UniqueConstraint(
                fields=["is_default"], name="one_sender_is_the_default", condition=Q(is_default=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


class Mailing(Public):
    """One reason to write: a program's step whatever its version, a survey, a newsletter issue."""

    class Kind(models.TextChoices):
        PROGRAM_STEP = "program_step", "Program step"
        SURVEY = "survey", "Survey"
        NEWSLETTER = "newsletter", "Newsletter issue"

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        STOPPED = "stopped", "Stopped"

    kind = models.CharField(max_length=16, choices=Kind)
    # Stable across versions, such as "onboarding_ci_series/import_export".
    key = models.CharField(max_length=160, unique=True)
    name = models.CharField(max_length=200)
    message_class = models.CharField(max_length=20)
    # The program that writes, by number: programs live in a room above this one.
    program_ref = models.BigIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)

    # What the gate asks before a message of this mailing leaves, denormalised from the program (delivery.operations).
    status = models.CharField(max_length=8, choices=Status, default=Status.RUNNING)
    is_on_hold = models.BooleanField(default=False)  # this mailing alone, whatever its program does
    max_lateness = models.DurationField(default=dt.timedelta(days=3))
    include_restricted = models.BooleanField(default=False)
    includes_churned = models.BooleanField(default=False)
    excludes_pubsec = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["program_ref", "position"], name="mailings_of_program")]

    def __str__(self) -> str:
        return self.name


class Breaker(models.Model):
    """
    A sender, a sending domain or the mail server whose mail is refused for our sake.

    While it is open nothing is handed over in that name but one message at each retry.
    """

    class Scope(models.TextChoices):
        SENDER = "sender", "Sender"
        DOMAIN = "domain", "Sending domain"
        SERVER = "server", "Mail server"

    scope = models.CharField(max_length=8, choices=Scope)
    # The sender's address, the domain, or host:port.
    key = models.CharField(max_length=254)
    fault = models.CharField(max_length=16)  # of consent.rules.Fault
    answer = models.CharField(max_length=1000)  # in the server's words
    opened_at = models.DateTimeField()
    refused_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=1)
    retry_at = models.DateTimeField()
    # The message that is let through to try, by number.
    probe = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_breaker_a_sender_domain_or_server")]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.key}"


class State(models.TextChoices):
    PLANNED = "planned", "Planned"
    HELD = "held", "Held"
    CLAIMED = "claimed", "Claimed"
    HANDED_OVER = "handed_over", "Handed over"
    SENT = "sent", "Sent"
    REFUSED = "refused", "Refused"
    UNCERTAIN = "uncertain", "Uncertain"
    CANCELLED = "cancelled", "Cancelled"


class Transport(models.TextChoices):
    SMTP = "smtp", "SMTP"
    OUTBOX = "outbox", "Outbox only"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_viewer(self, user: User) -> DeliveryQuerySet:
        if not user.may(Permission.VIEW):
            return self.none()
        return self if user.may(Permission.SEE_PUBSEC) else self.exclude(account__is_pubsec=True)

    def sent(self) -> DeliveryQuerySet:
        return self.filter(state=State.SENT)


class Delivery(Public):
    """
    One message to one human being, and all that is known of its fate.

    Unique per (mailing, person, occurrence): that key is claimed before anything leaves, so nobody is written to twice
    for one reason. Moved by delivery.operations alone.
    """

    # A delivery is updated six times in its life and each index is paid each time: only those below are kept.
    mailing = models.ForeignKey(Mailing, models.PROTECT, db_index=False, related_name="deliveries")
    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="deliveries")
    # The anchor, and the account where the message is about one: "contract_start:2026-01-05:a17".
    occurrence = models.CharField(max_length=120)
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="deliveries")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, null=True, related_name="deliveries")
    sender = models.ForeignKey(Sender, models.PROTECT, db_index=False, related_name="deliveries")
    template_version = models.ForeignKey(TemplateVersion, models.PROTECT, db_index=False, related_name="deliveries")
    # Which version of the program decided, and for which participant, by number.
    program_version = models.PositiveIntegerField(null=True)
    participant_ref = models.BigIntegerField(null=True)
    category = models.CharField(max_length=20)
    address = models.CharField(max_length=254)
    # What was filled into the text; with the frozen template it gives the message exactly as it was read.
    merge = models.JSONField(default=dict)

    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    planned_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    handed_over_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    transport = models.CharField(max_length=8, choices=Transport, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)

    # Copied down from the event stream (engagement.operations), for lists and for journeys.
    delivered_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    bounce_class = models.CharField(max_length=8, blank=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    machine_opened_at = models.DateTimeField(null=True)
    machine_clicked_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    # Hits wait here until their minute has passed and they can be judged.
    unsettled_since = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "person", "occurrence"], name="nobody_gets_a_mailing_twice_for_one_occurrence"
            ),
        ]
        indexes = [
            # The claim: what is due to be sent.
            models.Index(fields=["due_at", "id"], name="delivery_due", condition=Q(state="planned")),
            # What is held, to be released or counted by mailing.
            models.Index(fields=["mailing", "due_at", "id"], name="deliveries_held", condition=Q(state="held")),
            # The sweep: leases that ran out.
            models.Index(
                fields=["lease_until"], name="delivery_leased", condition=Q(state__in=["claimed", "handed_over"])
            ),
            models.Index(
                fields=["unsettled_since"], name="delivery_unsettled", condition=Q(unsettled_since__isnull=False)
            ),
            models.Index(fields=["person", "-due_at"], name="deliveries_of_person"),
            models.Index(fields=["account", "-due_at"], name="deliveries_of_account"),
            models.Index(fields=["-due_at", "-id"], name="deliveries_newest_first"),
            models.Index(fields=["participant_ref"], name="deliveries_of_participant"),
            # What somebody should look at, newest first, and how many there are: few among very many.
            models.Index(
                fields=["state", "-due_at", "-id"],
                name="deliveries_to_look_at",
                condition=Q(state__in=["held", "refused", "uncertain"]),
            ),
            models.Index(fields=["-due_at", "-id"], name="deliveries_bounced", condition=Q(bounced_at__isnull=False)),
            # How far programs got to an account in a period, from the index alone: the figures split by engagement.
            models.Index(
                fields=["account", "sent_at"],
                name="deliveries_that_arrived",
                include=["clicked_at"],
                condition=Q(state="sent", bounced_at__isnull=True),
            ),
            # Who clicked lately.
            models.Index(fields=["clicked_at"], name="delivery_clicked", condition=Q(clicked_at__isnull=False)),
            models.Index(fields=["provider_id"], name="delivery_by_provider", condition=~Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"Delivery #{self.pk} of mailing {self.mailing_id}"
