"""The only door mail leaves by. A postman takes a group of letters and says what became of each."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.conf import settings

from contacts.delivery.models import Transport
from contacts.delivery.rules import Phase, ReplyMeaning, classify_reply, retry_after

SILENCE_SECONDS = 60
PATIENCE_SECONDS = 180
"""How long one group may keep a worker busy: well below what the lease of its deliveries allows."""

NOT_TRIED = "not_tried"

Say = Callable[[], tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Copy:
    """What somebody beside the reader gets of a message, and where."""

    address: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way: who it is from, for whom, its bytes, and which try this is."""

    delivery_id: int
    sender: str
    address: str
    mailing_id: int
    content: bytes
    attempts: int
    copy: Copy | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of one letter: a state of the ledger, with its reason; `again_at` where it is planned again.

    `copy_refused` is what the server said to the copy, where it refused that. A copy never decides about its letter.
    """

    delivery_id: int
    state: str
    reason: str = ""
    detail: str = ""
    transport: str = ""
    provider_id: str = ""
    again_at: dt.datetime | None = None
    copy_refused: str = ""


class Postman(Protocol):
    """Somebody who hands letters over."""

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Hand over every letter; exactly one outcome each, whatever happens on the way."""
        ...

    def close(self) -> None: ...


class OutboxPostman:
    """Keeps every letter in the house: for simulated days, whatever EMAIL_URL says."""

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        return [Outcome(letter.delivery_id, "sent", transport=Transport.OUTBOX) for letter in letters]

    def close(self) -> None:
        """Nothing to leave."""


def postman(*, is_simulated: bool, now: dt.datetime) -> Postman:
    """Return who hands letters over: nobody leaves the house on a simulated day."""
    return OutboxPostman() if is_simulated else SmtpPostman(now=now)


class SmtpPostman:
    """Hands letters to one SMTP server over a connection that stays open between groups."""

    def __init__(
        self,
        server: Mapping[str, Any] | None = None,
        *,
        now: dt.datetime,
        silence_seconds: float = SILENCE_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.server: Mapping[str, Any] = server or settings.EMAIL
        self.now = now
        self.silence_seconds, self.patience_seconds = silence_seconds, patience_seconds
        self.connection: smtplib.SMTP | None = None
        self.is_out_of_reach = False

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Hand letters over, as many as there is time for; to a server that is not to be reached, no more than one."""
        self.is_out_of_reach = False
        until = time.monotonic() + self.patience_seconds
        outcomes: list[Outcome] = []
        for letter in letters:
            has_time = not outcomes or time.monotonic() < until
            may_try = has_time and not self.is_out_of_reach
            outcomes.append(self._deliver_with_copy(letter) if may_try else self._not_tried(letter))
        return outcomes

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    # A copy goes once its letter is taken, one try: who waits for it has the message in Keel.
    def _deliver_with_copy(self, letter: Letter) -> Outcome:
        outcome = self._deliver(letter)
        if outcome.state != "sent" or letter.copy is None:
            return outcome
        copied = self._deliver(replace(letter, address=letter.copy.address, content=letter.copy.content, copy=None))
        refused = copied.detail if copied.state == "refused" else ""
        detail = outcome.detail if copied.state == "sent" else f"The copy did not leave: {copied.detail}"
        return replace(outcome, detail=detail, copy_refused=refused)

    def _deliver(self, letter: Letter) -> Outcome:
        phase = Phase.CONNECT
        try:
            connection = self._connected()
            for phase, say in self._conversation(connection, letter):
                code, text = say()
                meaning = classify_reply(code=code, phase=phase)
                if meaning != ReplyMeaning.GO_ON:
                    return self._concluded(letter, meaning, f"{code} {text.decode(errors='replace')}")
        except smtplib.SMTPResponseException as problem:
            meaning = classify_reply(code=problem.smtp_code, phase=phase)
            self.is_out_of_reach = phase == Phase.CONNECT
            self.close()
            return self._concluded(letter, meaning, f"{problem.smtp_code} {problem.smtp_error!r}")
        except (smtplib.SMTPException, OSError) as problem:
            self.is_out_of_reach = phase == Phase.CONNECT
            self.close()
            meaning = classify_reply(code=None, phase=phase)
            return self._concluded(letter, meaning, f"{type(problem).__name__}: {problem}")
        raise AssertionError("the last phase concludes")

    # The commands of one letter, each to be said only after the one before was granted.
    def _conversation(self, connection: smtplib.SMTP, letter: Letter) -> Iterator[tuple[Phase, Say]]:
        yield Phase.SENDER, lambda: connection.mail(letter.sender)
        yield Phase.RECIPIENT, lambda: connection.rcpt(letter.address)
        yield Phase.DATA, lambda: connection.docmd("DATA")
        yield Phase.AFTER_DOT, lambda: self._transmit(connection, letter)

    def _connected(self) -> smtplib.SMTP:
        if self.connection is None:
            server = self.server
            if server["use_ssl"]:
                connection: smtplib.SMTP = smtplib.SMTP_SSL(
                    server["host"], server["port"], timeout=self.silence_seconds, context=ssl.create_default_context()
                )
            else:
                connection = smtplib.SMTP(server["host"], server["port"], timeout=self.silence_seconds)
            if server["use_tls"]:
                connection.starttls(context=ssl.create_default_context())
            if server["username"]:
                connection.login(server["username"], server["password"])
            self.connection = connection
        self.connection.ehlo_or_helo_if_needed()
        return self.connection

    def _transmit(self, connection: smtplib.SMTP, letter: Letter) -> tuple[int, bytes]:
        stuffed = letter.content.replace(b"\r\n.", b"\r\n..")
        connection.send((stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n") + b".\r\n")
        return connection.getreply()

    # Nothing was said about the letter, so this was no try.
    def _not_tried(self, letter: Letter) -> Outcome:
        wait = retry_after(1, key=letter.delivery_id)
        again_at = self.now + wait if wait else self.now
        return Outcome(letter.delivery_id, "planned", NOT_TRIED, transport=Transport.SMTP, again_at=again_at)

    def _concluded(self, letter: Letter, meaning: ReplyMeaning, detail: str) -> Outcome:
        number, smtp = letter.delivery_id, Transport.SMTP
        if meaning == ReplyMeaning.ACCEPTED:
            return Outcome(number, "sent", detail=detail, transport=smtp)
        if meaning == ReplyMeaning.UNCERTAIN:
            return Outcome(number, "uncertain", "answer_lost", detail, smtp)
        self._reset()
        wait = retry_after(letter.attempts, key=number)
        if meaning == ReplyMeaning.RETRY and wait is not None:
            return Outcome(number, "planned", "server_said_later", detail, again_at=self.now + wait)
        reason = "server_refused" if meaning == ReplyMeaning.REFUSED else "gave_up"
        return Outcome(number, "refused", reason, detail, smtp)

    # Begin anew with the server after a refusal, or leave the connection.
    def _reset(self) -> None:
        try:
            if self.connection is not None:
                self.connection.rset()
        except (smtplib.SMTPException, OSError):
            self.close()
