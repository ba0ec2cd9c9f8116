from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.consent.rules import our_fault
from contacts.delivery.rules import (
    PIXEL,
    Phase,
    ReplyMeaning,
    classify_reply,
    message_id,
    reason_in_words,
    retry_after,
    seal,
    seal_unsubscribe,
    unseal,
    unseal_unsubscribe,
)
from contacts.delivery.rules.replies import provider_id_in
from contacts.recipients.rules import Reason

OPERATIONS = Path(__file__).parents[3] / "contacts" / "delivery" / "operations"
KEY = b"an installation's own key"
OLD_KEY = b"the key of the year before"
UUID_7 = UUID("019344f2-7c00-7000-8000-0123456789ab")


@pytest.mark.parametrize(
    ("code", "phase", "outcome"),
    [
        (220, Phase.CONNECT, ReplyMeaning.GO_ON),
        (334, Phase.CONNECT, ReplyMeaning.GO_ON),
        (535, Phase.CONNECT, ReplyMeaning.ABOUT_US),
        (554, Phase.CONNECT, ReplyMeaning.ABOUT_US),
        (None, Phase.CONNECT, ReplyMeaning.RETRY),
        (250, Phase.SENDER, ReplyMeaning.GO_ON),
        (550, Phase.SENDER, ReplyMeaning.ABOUT_US),
        (250, Phase.RECIPIENT, ReplyMeaning.GO_ON),
        (450, Phase.RECIPIENT, ReplyMeaning.RETRY),
        (550, Phase.RECIPIENT, ReplyMeaning.REFUSED),
        (354, Phase.RECIPIENT, ReplyMeaning.RETRY),
        (354, Phase.DATA, ReplyMeaning.GO_ON),
        (None, Phase.DATA, ReplyMeaning.RETRY),
        (250, Phase.AFTER_DOT, ReplyMeaning.ACCEPTED),
        (421, Phase.AFTER_DOT, ReplyMeaning.RETRY),
        (451, Phase.AFTER_DOT, ReplyMeaning.RETRY),
        (554, Phase.AFTER_DOT, ReplyMeaning.REFUSED),
        (None, Phase.AFTER_DOT, ReplyMeaning.UNCERTAIN),
        (354, Phase.AFTER_DOT, ReplyMeaning.UNCERTAIN),
        (999, Phase.AFTER_DOT, ReplyMeaning.UNCERTAIN),
    ],
)
def test_an_answer_means_what_it_means_in_its_phase(code: int | None, phase: Phase, outcome: ReplyMeaning) -> None:
    assert classify_reply(code=code, phase=phase) is outcome


@given(st.none() | st.integers(0, 999), st.sampled_from([phase for phase in Phase if phase is not Phase.AFTER_DOT]))
def test_before_the_final_dot_nothing_is_accepted_or_uncertain(code: int | None, phase: Phase) -> None:
    assert classify_reply(code=code, phase=phase) not in (ReplyMeaning.ACCEPTED, ReplyMeaning.UNCERTAIN)


@given(st.none() | st.integers(0, 999))
def test_after_the_final_dot_only_a_definite_no_is_tried_again(code: int | None) -> None:
    if classify_reply(code=code, phase=Phase.AFTER_DOT) is ReplyMeaning.RETRY:
        assert code is not None
        assert 400 <= code < 500


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("550 5.7.515 Access denied, sending domain does not meet the required authentication level", True),
        ("550-5.7.26 This mail has been blocked because the sender is unauthenticated", True),
        ("421 4.7.23 rate limited, the sending IP has no PTR record", True),
        ("550 5.7.27 SPF did not pass", True),
        ("550 5.1.1 user unknown", False),
        ("550 5.7.1 spam", False),
        ("550 15.7.26 nonsense", False),
        ("550 5.1.1 Error: too many recipients this hour", True),
        ("550 5.1.1 Your IP is listed by Spamhaus", True),
        ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", True),
        ("554 5.7.1 <a@b.example>: Relay access denied", True),
        ("550 5.7.1 Unable to relay", True),
        ("530 5.7.0 Authentication required", True),
        ("550 5.4.5 Daily user sending limit exceeded", True),
        ("454 4.7.0 Throttling failure: Maximum sending rate exceeded", True),
        ("553 5.7.1 <x@keel.example>: Sender address rejected: not owned by user", True),
        ("554 Message rejected: Email address is not verified.", True),
        ("550 5.7.1 Rejected due to our DMARC policy for keel.example", True),
        ("552 5.2.2 Over quota", False),
        ("452 4.2.2 The email account that you tried to reach has exceeded its sending quota", False),
        ("450 4.2.1 The user you are trying to contact is receiving mail at a rate that is too high", False),
        ("550 5.1.1 <bob@acme.example>: Recipient address rejected: User unknown", False),
        ("550 5.4.1 Recipient address rejected: Access denied", False),
        ("451 4.7.1 Greylisted, please try again", False),
        ("554 5.7.1 Message content rejected as spam", False),
        ("550 5.7.260 nonsense", False),
    ],
)
def test_faults_of_our_set_up_are_told_from_the_recipients(text: str, is_ours: bool) -> None:
    assert (our_fault(text) is not None) is is_ours


@given(st.integers(0, 2**62))
def test_retries_grow_and_end_within_three_days(key: int) -> None:
    waits = [retry_after(attempt, key=key) for attempt in range(1, 9)]
    assert retry_after(9, key=key) is None
    definite = [wait for wait in waits if wait is not None]
    assert len(definite) == 8
    assert definite == sorted(definite)
    assert dt.timedelta(seconds=54) <= definite[0] <= dt.timedelta(seconds=66)
    assert dt.timedelta(hours=21.6) <= definite[-1] <= dt.timedelta(hours=26.4)
    assert sum(definite, dt.timedelta()) < dt.timedelta(hours=72)


def test_retries_are_spread_and_repeatable() -> None:
    waits = {retry_after(1, key=key) for key in range(1000)}
    assert len(waits) > 900
    assert retry_after(1, key=7) == retry_after(1, key=7)
    with pytest.raises(ValueError, match="attempted"):
        retry_after(0)


ids = st.integers(0, 2**63 - 1)
keys = st.binary(min_size=16, max_size=80)


@given(keys, ids, st.integers(0, 100_000))
def test_a_sealed_token_opens_to_what_was_sealed(key: bytes, delivery_id: int, link: int) -> None:
    token = seal(key, delivery_id, link)
    assert unseal([OLD_KEY, key], token) == (delivery_id, link)
    assert len(token) <= 37
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert unseal_unsubscribe([key], seal_unsubscribe(key, delivery_id)) == delivery_id


def test_tokens_in_mails_already_sent_stay_good() -> None:
    # Written down when the first ones left: a change that breaks these breaks every link in every inbox.
    assert unseal([bytes(range(32))], "1f4ABaD67eVl9d7nTJvpM") == (127, 128)
    assert unseal([b"k" * 50], "1wJaxAgNso0l_m_8lFz4340Y") == (5_000_000, 3)
    assert unseal_unsubscribe([bytes(range(32))], "1gIABEdJzwQUPMfUe9b81") == 16_384


def test_a_token_of_everyday_size_is_short() -> None:
    assert len(seal(KEY, 5_000_000, 12)) <= 25


def test_tokens_of_a_retired_key_open_until_the_key_is_dropped() -> None:
    token = seal(OLD_KEY, 17, PIXEL)
    assert unseal([KEY, OLD_KEY], token) == (17, PIXEL)
    assert unseal([KEY], token) is None
    assert unseal([], token) is None


def test_a_tracking_token_never_unsubscribes_and_the_reverse() -> None:
    assert unseal_unsubscribe([KEY], seal(KEY, 17, PIXEL)) is None
    assert unseal([KEY], seal_unsubscribe(KEY, 17)) is None


@given(ids, st.integers(0, 40), st.integers(1, 127))
def test_a_token_changed_in_one_letter_opens_nothing(delivery_id: int, place: int, shift: int) -> None:
    token = seal(KEY, delivery_id, 3)
    at = place % len(token)
    changed = token[:at] + chr((ord(token[at]) + shift) % 128) + token[at + 1 :]
    assert changed == token or unseal([KEY], changed) is None


@given(st.text(max_size=60) | st.from_regex(r"1[A-Za-z0-9_-]{0,60}", fullmatch=True))
def test_a_made_up_token_opens_nothing(token: str) -> None:
    assert unseal([KEY], token) is None
    assert unseal_unsubscribe([KEY], token) is None


def test_a_token_has_one_spelling() -> None:
    token = seal(KEY, 17, 3)
    for other in (token + "=", token + "==", token + "A", token[:-1], token.lower(), " " + token, token + "\n", ""):
        assert unseal([KEY], other) is None


def test_a_short_key_or_an_impossible_id_is_an_error() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        seal(b"short", 1, 1)
    for number in (-1, 2**63):
        with pytest.raises(ValueError, match="no id"):
            seal(KEY, number, 1)


def test_a_delivery_has_one_message_id() -> None:
    assert message_id(UUID_7, "Mail.Example.com") == "<019344f27c00700080000123456789ab@mail.example.com>"


@pytest.mark.parametrize("domain", ["", "exa mple.com", "example.com\r\nBcc: x", "-example.com", "a>b"])
def test_a_message_id_needs_a_clean_domain(domain: str) -> None:
    with pytest.raises(ValueError, match="no domain"):
        message_id(UUID_7, domain)


@pytest.mark.parametrize("code", ["worker_died", "server_refused", *Reason])
def test_every_reason_is_a_whole_sentence(code: str) -> None:
    assert re.fullmatch(r"[A-Z].+\.", reason_in_words(code))


def test_every_reason_the_ledger_writes_has_words_of_its_own() -> None:
    written = re.findall(r"reason=\"([a-z_]+)\"", "".join(path.read_text() for path in OPERATIONS.glob("*.py")))

    readable = {code: f"{code.replace('_', ' ').capitalize()}." for code in written}

    assert len(readable) >= 3
    assert [code for code, words in readable.items() if reason_in_words(code) == words] == []


def test_a_reason_without_words_stays_readable() -> None:
    assert reason_in_words("moon_was_full") == "Moon was full."
    assert reason_in_words("") == ""


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        ("250 Ok: queued as XtM9AbCdR_qE0vVKsYuz8g", "XtM9AbCdR_qE0vVKsYuz8g"),
        ("250 OK queued as 7c23f8f7-4b5a-4f0c-9a3e-111111111111", "7c23f8f7-4b5a-4f0c-9a3e-111111111111"),
        ("250 Ok 0102018f1c2d3e4f-11111111-2222-000000", "0102018f1c2d3e4f-11111111-2222-000000"),
        ("250 2.0.0 OK: queued as <202611281000.12345@smtp-relay.example>", "202611281000.12345@smtp-relay.example"),
        ("250 2.0.0 Ok: queued as 4XyzAbCd12", ""),
        ("250 Great success", ""),
        ("250 OK", ""),
        ("", ""),
    ],
)
def test_the_id_that_a_provider_gives_is_read_from_its_final_answer(answer: str, given: str) -> None:
    assert provider_id_in(answer) == given
