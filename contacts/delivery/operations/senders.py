"""Who mail comes from."""

from __future__ import annotations

from django.db import transaction

from contacts.consent.rules import normalise_address
from contacts.delivery.models import Sender


class SenderTaken(ValueError):
    """Another sender has this address."""


def add_sender(*, name: str, address: str, reply_to: str = "", is_default: bool = False) -> Sender:
    """
    Add somebody mail comes from; the first is the default whatever is asked for.

    :raises BadAddress: if mail cannot come from the address, or answers cannot go to `reply_to`.
    :raises SenderTaken: if it is listed already.
    """
    return save_sender(sender=Sender(), name=name, address=address, reply_to=reply_to, is_default=is_default)


@transaction.atomic
def save_sender(*, sender: Sender, name: str, address: str, reply_to: str = "", is_default: bool = False) -> Sender:
    """
    Change a sender. The default stays the default until another one becomes it.

    :raises BadAddress: as add_sender.
    :raises SenderTaken: as add_sender.
    """
    known = Sender.objects.select_for_update().exclude(pk=sender.pk)
    others = list(known)
    sender.name = name
    sender.address = normalise_address(address)
    sender.reply_to = normalise_address(reply_to) if reply_to else ""
    if any(other.address == sender.address for other in others):
        raise SenderTaken(f"{sender.address} is already a sender.")
    has_default = any(other.is_default for other in others)
    if is_default and has_default:
        known.update(is_default=False)
    sender.is_default = is_default or not has_default
    sender.save()
    return sender
