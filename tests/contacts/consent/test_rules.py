from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.consent.rules import (
    CATEGORIES,
    EVERYTHING,
    BadAddress,
    BounceClass,
    Category,
    SuppressionReason,
    after_resubscribe,
    after_unsubscribe,
    classify_bounce,
    is_unwanted,
    masked,
    normalise_address,
    suppression_after,
    suppression_hash,
)

SALT = b"a salt of sixteen bytes or more"
DAY = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" Ada.Lovelace@Example.COM \n", "ada.lovelace@example.com"),
        ("ada+news@example.com", "ada+news@example.com"),
        ("o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk"),
        ("ada@bücher.example", "ada@bücher.example"),
        ("a@b.c", "a@b.c"),
        ("\N{NO-BREAK SPACE}ada@example.com\t", "ada@example.com"),
    ],
)
def test_an_address_is_trimmed_and_lower_cased_and_nothing_else(raw: str, expected: str) -> None:
    assert normalise_address(raw) == expected


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("ada.example.com", "no @"),
        ("ada@b@example.com", "more than one @"),
        ("@example.com", "nothing before"),
        ("ada@", "nothing after"),
        ("ada@example", "no dot"),
        ("ada@.example.com", "dot in the wrong place"),
        ("ada@example..com", "dot in the wrong place"),
        ("ada@example.com.", "dot in the wrong place"),
        (".ada@example.com", "dot in the wrong place"),
        ("ada.@example.com", "dot in the wrong place"),
        ("a..da@example.com", "dot in the wrong place"),
        ("ada@example.com\r\nBcc: eve@example.com", "line break"),
        ("ada@example.com\nBcc: eve@example.com", "line break"),
        ("ada lovelace@example.com", "space"),
        ("ada@exam\tple.com", "space"),
        ("ada\x00@example.com", "U+0000"),
        ("ada\u200b@example.com", "U+200B"),
        ("ada\ud800@example.com", "U+D800"),
        ("Ada<ada@example.com", "contains <"),
        ("ada,eve@example.com", "contains ,"),
        ('"ada"@example.com', 'contains "'),
        ("ada@exa_mple.com", "contains _"),
        ("ada@[10.0.0.1]", "contains ["),
        ("ada@-example.com", "hyphen"),
        ("ada@example-.com", "hyphen"),
        ("a" * 65 + "@example.com", "longer than 64"),
        ("ada@" + "a" * 64 + ".com", "longer than 63"),
        ("ada@" + "a." * 130 + "com", "longer than 254"),
        ("é" * 33 + "@example.com", "longer than 64"),
    ],
)
def test_a_bad_address_is_refused_with_its_problem(raw: str, problem: str) -> None:
    with pytest.raises(BadAddress, match=r".+") as refusal:
        normalise_address(raw)
    assert problem in str(refusal.value)


def test_the_longest_addresses_are_accepted() -> None:
    domain = ".".join(["a" * 63, "b" * 63, "c" * 61])
    longest = "a" * 64 + "@" + domain
    assert len(longest) == 254
    assert normalise_address(longest) == longest
    with pytest.raises(BadAddress, match="longer than 254"):
        normalise_address(longest + "c")


@given(st.text(max_size=80) | st.builds("{}@{}.example".format, st.text(max_size=20), st.text(max_size=20)))
def test_an_accepted_address_is_its_own_normal_form_on_one_line(raw: str) -> None:
    try:
        address = normalise_address(raw)
    except BadAddress:
        return
    assert normalise_address(address) == address
    assert len(address.splitlines()) == 1
    assert not any(character.isspace() for character in address)
    assert address.count("@") == 1
    assert 5 <= len(address.encode()) <= 254


def test_every_spelling_of_an_address_has_one_hash() -> None:
    assert suppression_hash(" Ada@Example.com", salt=SALT) == suppression_hash("ada@example.com", salt=SALT)
    assert len(suppression_hash("ada@example.com", salt=SALT)) == 32


def test_the_hash_depends_on_address_and_salt() -> None:
    hashes = {
        suppression_hash("ada@example.com", salt=SALT),
        suppression_hash("eve@example.com", salt=SALT),
        suppression_hash("ada@example.com", salt=SALT + b"2"),
    }
    assert len(hashes) == 3


def test_a_short_salt_or_a_bad_address_has_no_hash() -> None:
    assert suppression_hash("ada@example.com", salt=b"x" * 16)
    with pytest.raises(ValueError, match="at least 16 bytes"):
        suppression_hash("ada@example.com", salt=b"short")
    with pytest.raises(BadAddress):
        suppression_hash("nobody", salt=SALT)


HARD, SOFT, BLOCK, DELAYED = BounceClass.HARD, BounceClass.SOFT, BounceClass.BLOCK, BounceClass.DELAYED


@pytest.mark.parametrize(
    ("status", "action", "expected"),
    [
        ("5.1.1", "failed", HARD),
        ("5.1.2", "failed", HARD),
        ("5.1.6", "failed", HARD),
        ("5.1.10", "failed", HARD),
        ("5.1.1", None, HARD),
        ("5.1.11", "failed", SOFT),
        ("5.2.2", "failed", SOFT),
        ("5.0.0", "failed", SOFT),
        ("4.4.1", "failed", SOFT),
        ("4.1.1", "expired", SOFT),
        ("4.4.7", "delayed", DELAYED),
        ("5.1.1", "Delayed ", DELAYED),
        ("5.7.1", "failed", BLOCK),
        ("5.7.515", "failed", BLOCK),
        ("5.7.26", "failed", BLOCK),
        ("4.7.23", "failed", BLOCK),
        (None, "failed", SOFT),
        ("nonsense", None, SOFT),
    ],
)
def test_a_delivery_report_is_classified_by_action_and_status(
    status: str | None, action: str | None, expected: BounceClass
) -> None:
    assert classify_bounce(status_code=status, action=action) is expected


@pytest.mark.parametrize(
    ("event", "description", "expected"),
    [
        ("HardBounce", "The server was unable to deliver your message", HARD),
        ("SoftBounce", "Mailbox full", SOFT),
        ("SoftBounce", "smtp;550 5.7.1 refused", SOFT),
        ("Transient", "", SOFT),
        ("BadEmailAddress", "", HARD),
        ("SpamNotification", "", BLOCK),
        ("DMARCPolicy", "", BLOCK),
        ("Blocked", "550 5.1.1 user unknown", BLOCK),
        ("hard_bounce", "", HARD),
        ("soft_bounce", "550 5.1.1 user unknown", SOFT),
        ("activity.hard_bounced", "", HARD),
        ("activity.soft_bounced", "", SOFT),
        ("deferred", "421 try again later", DELAYED),
        ("bounce", "550 5.1.1 The email account does not exist", HARD),
        ("bounce", "550 5.7.1 Message rejected as spam", BLOCK),
        ("bounce", "554 listed at a blacklist", BLOCK),
        ("bounce", "550 user unknown", HARD),
        ("bounce", "452 4.2.2 over quota", SOFT),
        ("hard_bounce", "421 4.4.2 connection dropped", SOFT),
        ("hard_bounce", "550 5.7.515 Access denied, sending domain does not meet requirements", BLOCK),
        ("bounce", "550 5.1.1 user unknown, see our spam policy", HARD),
        (None, "Permanent: General", HARD),
        (None, "Transient: MailboxFull", SOFT),
        (None, "Permanent: ContentRejected", BLOCK),
        (None, "Undetermined: Undetermined", SOFT),
        (None, "connected to 10.5.1.1.7 and failed", SOFT),
        (None, None, SOFT),
    ],
)
def test_a_provider_event_is_classified_by_its_own_name_and_answer(
    event: str | None, description: str | None, expected: BounceClass
) -> None:
    assert classify_bounce(esp_event_type=event, description=description) is expected


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=60))
def test_a_fault_of_our_set_up_never_kills_an_address(event: str, action: str, text: str) -> None:
    verdict = classify_bounce(esp_event_type=event, status_code="5.7.515", action=action, description=text)
    assert verdict is not HARD


def at(days: int, hour: int = 12) -> dt.datetime:
    return dt.datetime.combine(DAY, dt.time(hour), tzinfo=dt.UTC) + dt.timedelta(days=days)


def soft(*days: int) -> list[tuple[BounceClass, dt.date]]:
    return [(SOFT, DAY + dt.timedelta(days=day)) for day in days]


def test_one_hard_bounce_suppresses() -> None:
    standing = suppression_after([(HARD, DAY)], now=at(0))
    assert standing.reason is SuppressionReason.HARD_BOUNCE
    assert standing.is_suppressed
    assert not standing.may_be_written_to


@pytest.mark.parametrize(
    ("days", "is_held"),
    [((0, 1), False), ((0, 0, 0), False), ((0, 3, 6), True), ((0, 3, 7), False), ((0, 3, 7, 9), True)],
)
def test_three_soft_bounces_on_different_days_within_seven_hold(days: tuple[int, ...], is_held: bool) -> None:
    standing = suppression_after(soft(*days), now=at(max(days)))
    assert standing.is_held is is_held
    assert not standing.is_suppressed


def test_a_hold_lasts_fourteen_days() -> None:
    history = soft(0, 1, 2)
    assert suppression_after(history, now=at(2)).held_until == DAY + dt.timedelta(days=16)
    assert suppression_after(history, now=at(15, hour=23)).is_held
    assert suppression_after(history, now=at(16, hour=0)).may_be_written_to


def test_the_second_hold_suppresses() -> None:
    history = soft(0, 1, 2, 20, 21, 22)
    assert suppression_after(history, now=at(21)).may_be_written_to
    standing = suppression_after(history, now=at(22))
    assert standing.is_suppressed
    assert standing.reason is SuppressionReason.SOFT_BOUNCES


@pytest.mark.parametrize(
    "answer",
    [
        "550 User not found",
        "550 5.1.1 The email account that you tried to reach does not exist.",
        "550 5.4.1 Recipient address rejected: Access denied. [AM0EUR02FT012.eop-EUR02.prod.protection.outlook.com]",
        "550 5.2.1 The email account that you tried to reach is disabled.",
        "550-5.2.1 The email account that you tried to reach is inactive. For more information, go to",
        "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [0]: user does not exist",
        "554 30 Sorry, your message cannot be delivered. This mailbox is disabled (554.30).",
        "554 delivery error: dd Sorry, your account has been discontinued [#102].",
    ],
)
def test_an_address_that_is_plainly_gone_is_dead(answer: str) -> None:
    assert classify_bounce(description=answer) is HARD


@pytest.mark.parametrize(
    ("status", "answer", "meant"),
    [
        ("5.1.1", "552 5.2.2 Over quota", SOFT),
        (None, "552 5.2.2 The email account that you tried to reach is over quota.", SOFT),
        (None, "550 5.2.1 Mailbox temporarily disabled", SOFT),
        (None, "550 5.1.1 You sent too many recipients this hour", BLOCK),
        (None, "550 5.1.1 Rejected: your IP is listed by Spamhaus", BLOCK),
        (None, "550 5.7.1 Recipient address rejected: Access denied by policy", BLOCK),
    ],
)
def test_a_full_mailbox_or_a_word_about_us_kills_no_address(
    status: str | None, answer: str, meant: BounceClass
) -> None:
    assert classify_bounce(status_code=status, description=answer) is meant
    assert classify_bounce(status_code=status, esp_event_type="permanent", description=answer) is meant


def test_bounces_during_a_hold_do_not_count_towards_the_next() -> None:
    assert not suppression_after(soft(0, 1, 2, 3, 14, 15), now=at(15)).is_suppressed
    assert suppression_after(soft(0, 1, 2, 14, 15, 16, 17), now=at(17)).may_be_written_to
    assert suppression_after(soft(0, 1, 2, 16, 17, 18), now=at(18)).is_suppressed


def test_blocks_and_delays_never_lead_to_anything() -> None:
    history = [(kind, DAY + dt.timedelta(days=day)) for kind in (BLOCK, DELAYED) for day in range(30)]
    assert suppression_after(history, now=at(40)).may_be_written_to


def test_a_bounce_of_tomorrow_is_not_known_today() -> None:
    assert suppression_after([(HARD, DAY + dt.timedelta(days=1))], now=at(0)).may_be_written_to


bounces = st.lists(st.tuples(st.sampled_from(BounceClass), st.dates(DAY, DAY + dt.timedelta(days=60))), max_size=12)


@given(bounces, st.randoms(), st.integers(0, 80))
def test_the_standing_does_not_depend_on_the_order_or_on_repetition(
    history: list[tuple[BounceClass, dt.date]], random: Random, day: int
) -> None:
    shuffled = history * 2
    random.shuffle(shuffled)
    assert suppression_after(shuffled, now=at(day)) == suppression_after(history, now=at(day))


@given(bounces, st.integers(0, 60), st.integers(0, 60))
def test_a_suppressed_address_stays_suppressed(history: list[tuple[BounceClass, dt.date]], day: int, more: int) -> None:
    if suppression_after(history, now=at(day)).is_suppressed:
        assert suppression_after(history, now=at(day + more)).is_suppressed


def test_every_category_has_a_label() -> None:
    assert [key for key, _ in CATEGORIES] == [category.value for category in Category]


def test_unsubscribing_declines_one_category_only() -> None:
    declined = after_unsubscribe([], "newsletter")
    assert is_unwanted(declined, Category.NEWSLETTER)
    assert not is_unwanted(declined, Category.ENABLEMENT)
    assert not is_unwanted(declined, Category.SURVEY)


def test_declining_everything_declines_each_category() -> None:
    declined = after_unsubscribe({"survey"}, EVERYTHING)
    assert declined == {EVERYTHING}
    assert all(is_unwanted(declined, category) for category in Category)
    assert after_unsubscribe(declined, "survey") == declined


def test_wanting_one_category_again_keeps_the_others_declined() -> None:
    assert after_resubscribe({EVERYTHING}, "survey") == {"enablement", "newsletter"}
    assert after_resubscribe({"survey", "newsletter"}, "survey") == {"newsletter"}
    assert after_resubscribe({"survey", EVERYTHING}, EVERYTHING) == frozenset()


def test_an_unknown_category_is_an_error() -> None:
    with pytest.raises(ValueError, match="gossip"):
        after_unsubscribe([], "gossip")
    with pytest.raises(ValueError, match="gossip"):
        after_resubscribe([], "gossip")


@pytest.mark.parametrize(
    ("address", "shown"), [("pat@customer.example", "p•••@customer.example"), ("@x", "•••"), ("", "•••")]
)
def test_a_masked_address_is_known_to_its_owner_alone(address: str, shown: str) -> None:
    assert masked(address) == shown
