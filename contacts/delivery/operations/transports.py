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

from contacts.consent.rules import Fault
from contacts.delivery.models import Transport
from contacts.delivery.operations.breakers import server_name
from contacts.delivery.rules import Phase, ReplyMeaning, breaker_of, classify_reply, fault_in, retry_after
from contacts.delivery.rules.replies import provider_id_in
from cs_platform.common.text import clean

SILENCE_SECONDS = 60
PATIENCE_SECONDS = 180
"""How long one group may keep a worker busy."""

LONGEST_ANSWER = 1_000
MOST_BYTES_OF_AN_ANSWER = 2**20

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
    What was no try (`is_try`) does not count against the message. `error` is what our own code raised over it.
    """

    delivery_id: int
    state: str
    reason: str = ""
    detail: str = ""
    transport: str = ""
    provider_id: str = ""
    again_at: dt.datetime | None = None
    copy_refused: str = ""
    is_try: bool = True
    error: Exception | None = None
    refusal_of_us: Fault | None = None


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


class PatientSmtp(smtplib.SMTP):
    """
    SMTP whose answers may be longer than Python's 8,192 bytes a line.

    smtplib takes a longer one for a refusal, also where it says 250 to a message that has left.
    """

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("please run connect() first")
        if self.file is None:
            self.file = self.sock.makefile("rb")
        lines: list[bytes] = []
        read = 0
        while True:
            line = self._line(MOST_BYTES_OF_AN_ANSWER - read)
            read += len(line)
            lines.append(line[4:].strip(b" \t\r\n")[:LONGEST_ANSWER])
            if line[3:4] != b"-":
                break
        try:
            code = int(line[:3])
        except ValueError:
            code = -1
        return code, b"\n".join(lines)[:LONGEST_ANSWER]

    # Return a whole line; a connection that ends before one begins, or a line without an end, is a lost answer.
    def _line(self, most: int) -> bytes:
        try:
            line: bytes = self.file.readline(most) if self.file else b""
        except OSError as problem:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {problem}") from problem
        if not line or (len(line) >= most and not line.endswith(b"\n")):
            self.close()
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return line


class PatientSmtpSsl(PatientSmtp, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


# Whatever raises here, the last bytes and so the dot were not handed to the system: nothing was taken. The code is that
# of the answer to DATA, which let this begin.
def _transmit(connection: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    connection.send((stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n") + b".\r\n")
    return 354, b""


def _said(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def _named(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"


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
        refused: set[tuple[str, str]] = set()
        for letter in letters:
            has_time = not outcomes or time.monotonic() < until
            if refused and any(self._breaker(fault, letter) in refused for fault in Fault):
                outcomes.append(Outcome(letter.delivery_id, "held", "breaker_open", is_try=False))
            elif has_time and not self.is_out_of_reach:
                outcome = self._deliver_with_copy(letter)
                if outcome.refusal_of_us:
                    refused.add(self._breaker(outcome.refusal_of_us, letter))
                outcomes.append(outcome)
            else:
                outcomes.append(self._not_tried(letter))
        return outcomes

    def _breaker(self, fault: Fault, letter: Letter) -> tuple[str, str]:
        return breaker_of(fault, sender=letter.sender, server=server_name())

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
                said = text.decode(errors="replace")
                meaning = classify_reply(code=code, phase=phase, text=said)
                if meaning != ReplyMeaning.GO_ON:
                    fault = fault_in(code=code, phase=phase, text=said)
                    return self._concluded(letter, meaning, f"{code} {said}", fault)
        except smtplib.SMTPResponseException as problem:
            code, said = problem.smtp_code, _said(problem.smtp_error)
            meaning = classify_reply(code=code, phase=phase, text=said)
            self.is_out_of_reach = phase == Phase.CONNECT
            self.close()
            return self._concluded(letter, meaning, f"{code} {said}", fault_in(code=code, phase=phase, text=said))
        except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as problem:
            # Sign-in or TLS that we ask for and the server does not offer: nothing a recipient could do about.
            self.close()
            return self._concluded(letter, ReplyMeaning.ABOUT_US, _named(problem), Fault.AUTHENTICATION)
        except (smtplib.SMTPException, OSError) as problem:
            self.is_out_of_reach = phase == Phase.CONNECT
            self.close()
            meaning = classify_reply(code=None, phase=phase)
            return self._concluded(letter, meaning, _named(problem))
        except Exception as problem:  # noqa: BLE001 (one message must not keep its neighbors from leaving)
            self.close()
            return self._failed(letter, problem, phase)
        raise AssertionError("the last phase concludes")

    # The commands of one letter, each to be said only after the one before was granted.
    def _conversation(self, connection: smtplib.SMTP, letter: Letter) -> Iterator[tuple[Phase, Say]]:
        yield Phase.SENDER, lambda: connection.mail(letter.sender)
        yield Phase.RECIPIENT, lambda: connection.rcpt(letter.address)
        yield Phase.DATA, lambda: connection.docmd("DATA")
        yield Phase.DATA, lambda: _transmit(connection, letter.content)
        yield Phase.AFTER_DOT, connection.getreply

    def _connected(self) -> smtplib.SMTP:
        if self.connection is None:
            server = self.server
            if server["use_ssl"]:
                connection: smtplib.SMTP = PatientSmtpSsl(
                    server["host"], server["port"], timeout=self.silence_seconds, context=ssl.create_default_context()
                )
            else:
                connection = PatientSmtp(server["host"], server["port"], timeout=self.silence_seconds)
            try:
                if server["use_tls"]:
                    connection.starttls(context=ssl.create_default_context())
                if server["username"]:
                    connection.login(server["username"], server["password"])
            except BaseException:
                connection.close()
                raise
            self.connection = connection
        self.connection.ehlo_or_helo_if_needed()
        return self.connection

    # Nothing was said about the letter, so this was no try.
    def _not_tried(self, letter: Letter) -> Outcome:
        wait = retry_after(1, key=letter.delivery_id)
        again_at = self.now + wait if wait else self.now
        return Outcome(
            letter.delivery_id, "planned", "not_tried", transport=Transport.SMTP, again_at=again_at, is_try=False
        )

    # Our own code could not cope with this letter. After the dot nobody knows, before it nothing was taken.
    def _failed(self, letter: Letter, problem: Exception, phase: Phase) -> Outcome:
        detail = _named(problem)
        if phase == Phase.AFTER_DOT:
            return Outcome(letter.delivery_id, "uncertain", "answer_lost", clean(detail), Transport.SMTP)
        again_at = self.now + dt.timedelta(minutes=1)
        return Outcome(letter.delivery_id, "planned", "failed", clean(detail), again_at=again_at, error=problem)

    def _concluded(self, letter: Letter, meaning: ReplyMeaning, detail: str, fault: Fault | None = None) -> Outcome:
        number, smtp, detail = letter.delivery_id, Transport.SMTP, clean(detail)
        if meaning == ReplyMeaning.ACCEPTED:
            return Outcome(number, "sent", detail=detail, transport=smtp, provider_id=provider_id_in(detail))
        if meaning == ReplyMeaning.UNCERTAIN:
            return Outcome(number, "uncertain", "answer_lost", detail, smtp)
        self._reset()
        if meaning == ReplyMeaning.ABOUT_US:
            return Outcome(number, "held", "breaker_open", detail, is_try=False, refusal_of_us=fault)
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
