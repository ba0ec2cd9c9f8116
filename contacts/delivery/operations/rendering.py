"""From a claimed delivery to the bytes that leave, and to the page that shows them again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict

from django.conf import settings

from contacts.content.rules import Mailbox, MissingValue, UnreadableValue, UnusableHeader, fill, fill_html, fill_subject
from contacts.content.selectors import Frozen, frozen
from contacts.delivery.models import Mailing, Sender
from contacts.delivery.rules import message_id, seal, seal_unsubscribe
from contacts.delivery.rules.tokens import seal_target
from contacts.delivery.selectors import tracking_key

# Looking at a message in the Outbox is no open: the pixel's place is taken by an empty picture.
NO_PIXEL = "https://pixel.invalid/none.gif"
BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


class Unrenderable(Exception):
    """The message cannot be written as it stands; the sentence says what is missing."""


class Renderable(Protocol):
    """What rendering reads of a delivery, claimed or long sent."""

    @property
    def id(self) -> int: ...
    @property
    def uuid(self) -> uuid.UUID: ...
    @property
    def mailing_id(self) -> int: ...
    @property
    def sender_id(self) -> int: ...
    @property
    def template_version_id(self) -> int: ...
    @property
    def address(self) -> str: ...
    @property
    def merge(self) -> Mapping[str, Any]: ...


class Addresses(TypedDict):
    """Where the links, the pixel and the unsubscribe link of one message lead."""

    link_url: Callable[[int], str]
    pixel_url: str
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as its reader sees it."""

    subject: str
    html: str
    sender: str


@dataclass(frozen=True)
class Renderer:
    """Frozen emails, senders and mailings, each loaded once however many groups of messages there are."""

    key: bytes
    emails: dict[int, Frozen] = field(default_factory=dict)
    senders: dict[int, Sender] = field(default_factory=dict)
    mailings: dict[int, str] = field(default_factory=dict)

    @classmethod
    def for_deliveries(cls, deliveries: Sequence[Renderable]) -> Renderer:
        renderer = cls(key=tracking_key())
        renderer.load(deliveries)
        return renderer

    def load(self, deliveries: Sequence[Renderable]) -> None:
        """Read what these messages need and is not at hand yet; four queries at most."""
        if emails := {delivery.template_version_id for delivery in deliveries} - self.emails.keys():
            self.emails.update(frozen(emails))
        if senders := {delivery.sender_id for delivery in deliveries} - self.senders.keys():
            self.senders.update(Sender.objects.in_bulk(senders))
        if mailings := {delivery.mailing_id for delivery in deliveries} - self.mailings.keys():
            self.mailings.update(Mailing.objects.filter(pk__in=mailings).values_list("id", "key"))

    def sender_address(self, delivery: Renderable) -> str:
        return self.senders[delivery.sender_id].address

    def message(self, delivery: Renderable, *, now: dt.datetime, copies_to: str = "") -> bytes:
        """
        Return the complete message, with whoever gets a copy of it in its head.

        :raises Unrenderable: when a token has no value or a header cannot be sent.
        """
        addresses: Addresses = {
            "link_url": self._link_url(delivery),
            "pixel_url": self._pixel_url(delivery),
            "unsubscribe_url": self.unsubscribe_url(delivery),
        }
        return self._filled(delivery, self._values(delivery), addresses, now=now, copies_to=copies_to)

    def copy(self, delivery: Renderable, *, now: dt.datetime, copies_to: str) -> bytes:
        """
        Return the message for whoever gets a copy: the same text and heads, and nothing in it that speaks for the
        reader. Its links lead straight to their targets, opening it is no open, and it unsubscribes nobody.

        :raises Unrenderable: as message.
        """
        page = f"{settings.BASE_URL}/outbox/{delivery.id}/"
        values = {**delivery.merge, "unsubscribe.link": page}
        email = self.emails[delivery.template_version_id].compiled
        targets = {link.number: link.target(values) for link in email.links}
        addresses: Addresses = {
            "link_url": lambda number: targets.get(number, page),
            "pixel_url": f"{settings.TRACKING_URL}/o/copy",
            "unsubscribe_url": page,
        }
        return self._filled(delivery, values, addresses, now=now, copies_to=copies_to, is_copy=True)

    def _filled(
        self,
        delivery: Renderable,
        values: Mapping[str, str],
        addresses: Addresses,
        *,
        now: dt.datetime,
        copies_to: str,
        is_copy: bool = False,
    ) -> bytes:
        sender = self.senders[delivery.sender_id]
        identifier = message_id(delivery.uuid, settings.MESSAGE_ID_DOMAIN, is_copy=is_copy)
        try:
            return fill(
                self.emails[delivery.template_version_id].compiled,
                values,
                **addresses,
                message_id=identifier.strip("<>"),
                from_=Mailbox(sender.name, sender.address),
                to=Mailbox(str(delivery.merge.get("contact.full_name", "")), delivery.address),
                cc=Mailbox(str(delivery.merge.get("csm.name", "")), copies_to) if copies_to else None,
                reply_to=_reply_to(delivery, sender),
                date=now,
                list_id=self._list_id(delivery),
                offers_one_click=not is_copy,
            )
        except (MissingValue, UnreadableValue, UnusableHeader) as problem:
            raise Unrenderable(str(problem)) from problem

    def shown(self, delivery: Renderable) -> Shown:
        """Return the message as its reader sees it: the same text, the same tracked links."""
        email = self.emails[delivery.template_version_id]
        values = self._values(delivery)
        sender = self.senders[delivery.sender_id]
        try:
            html = fill_html(
                email.compiled,
                values,
                link_url=self._link_url(delivery),
                pixel_url=NO_PIXEL,
                unsubscribe_url=self.unsubscribe_url(delivery),
            )
            return Shown(fill_subject(email.compiled, values), html.replace(NO_PIXEL, BLANK), str(sender))
        except (MissingValue, UnreadableValue, UnusableHeader) as problem:
            raise Unrenderable(str(problem)) from problem

    def subject(self, delivery: Renderable) -> str:
        try:
            return fill_subject(self.emails[delivery.template_version_id].compiled, self._values(delivery))
        except (MissingValue, UnreadableValue):
            return self.emails[delivery.template_version_id].subject

    def unsubscribe_url(self, delivery: Renderable) -> str:
        return f"{settings.TRACKING_URL}/u/{seal_unsubscribe(self.key, delivery.id)}"

    def _list_id(self, delivery: Renderable) -> str:
        program = self.mailings[delivery.mailing_id].split("/")[0].replace("_", "-")
        return f"{program}.{settings.MESSAGE_ID_DOMAIN}"

    def _values(self, delivery: Renderable) -> dict[str, str]:
        return {**delivery.merge, "unsubscribe.link": self.unsubscribe_url(delivery)}

    def _link_url(self, delivery: Renderable) -> Callable[[int], str]:
        email = self.emails[delivery.template_version_id]
        personal = {link.number: link for link in email.compiled.links if "{{" in link.url}

        def link_url(number: int) -> str:
            token = seal(self.key, delivery.id, email.link_ids[number])
            if number not in personal:
                return f"{settings.TRACKING_URL}/c/{token}"
            target = personal[number].target(self._values(delivery))
            return f"{settings.TRACKING_URL}/c/{token}/{seal_target(self.key, token, target)}"

        return link_url

    def _pixel_url(self, delivery: Renderable) -> str:
        return f"{settings.TRACKING_URL}/o/{seal(self.key, delivery.id, 0)}"


# Answers go where the program says (to the CSM, for one), else where the sender wants them.
def _reply_to(delivery: Renderable, sender: Sender) -> Mailbox | None:
    address = str(delivery.merge.get("reply.to") or sender.reply_to)
    return Mailbox("", address) if address else None
