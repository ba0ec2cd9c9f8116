from __future__ import annotations

from django.db import models

from contacts.people.models import Membership, Person


class Choice(models.Model):
    """One opting in or out of a category, with its source. Appended, never changed; the proof of consent."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="consent_choices")
    category = models.CharField(max_length=20)
    is_opted_out = models.BooleanField()
    source = models.CharField(max_length=40)
    chosen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["membership", "-chosen_at"], name="choices_newest_first")]

    def __str__(self) -> str:
        return f"{self.category} {'out' if self.is_opted_out else 'in'} (#{self.pk})"


class Suppression(models.Model):
    """
    An address that must not be written to.

    Kept as a salted hash, so that it survives the erasure of the person and a later import of the same address.
    """

    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", "Hard bounce"
        SOFT_BOUNCES = "soft_bounces", "Repeated soft bounces"
        COMPLAINT = "complaint", "Spam complaint"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        ERASED = "erased", "Erased"
        MANUAL = "manual", "Set by hand"

    address_hash = models.CharField(max_length=64)
    # "" is every message; otherwise a category.
    scope = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=16, choices=Reason)
    source = models.CharField(max_length=60)
    # What was seen: the server's words, the provider's verdict, the reason somebody gave.
    evidence = models.CharField(max_length=500, blank=True, default="", db_default="")
    since_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address_hash", "scope"], name="an_address_is_suppressed_once_per_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} (#{self.pk})"


class LiftedSuppression(models.Model):
    """A suppression that was lifted, by whom and why, as it was. Appended, never changed."""

    address_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=16, choices=Suppression.Reason)
    source = models.CharField(max_length=60)
    evidence = models.CharField(max_length=500, blank=True)
    since_at = models.DateTimeField()
    lifted_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=254)
    lift_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        # The history of one address, newest first; bounces before the latest lift no longer count.
        indexes = [models.Index(fields=["address_hash", "-lifted_at"], name="lifted_suppressions_of")]

    def __str__(self) -> str:
        return f"{self.reason}, lifted (#{self.pk})"


class AddressHash(models.Model):
    """
    Which people a hash of the suppression list stands for; kept by triggers on people.

    Erasing somebody's address erases it here, and the suppression alone remains.
    """

    pk = models.CompositePrimaryKey("address_hash", "person_id")
    address_hash = models.CharField(max_length=64)
    person = models.ForeignKey(Person, models.DO_NOTHING, db_index=False, related_name="+")

    class Meta:
        managed = False
        db_table = "contacts_addresshash"

    def __str__(self) -> str:
        return f"Hash of person {self.person_id}"
