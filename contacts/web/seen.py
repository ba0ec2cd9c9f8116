"""What the person who asks may see; to everybody else there is nothing here."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from accounts.book.models import Account
from accounts.team.http import SignedInRequest
from contacts.people.models import Membership


def account_seen(request: SignedInRequest, account_id: int) -> Account:
    accounts = Account.objects.for_viewer(request.user).select_related("csm", "top", "parent")
    return get_object_or_404(accounts, pk=account_id)


def membership_seen(request: SignedInRequest, membership_id: int) -> Membership:
    memberships = Membership.objects.for_viewer(request.user).live().select_related("person", "account__csm")
    return get_object_or_404(memberships, pk=membership_id)
