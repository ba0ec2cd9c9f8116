"""
NPS, CSAT and response rates, and the sealed link of an invitation, so that nobody can answer for somebody else.

Scores are exact fractions, unrounded; without answers they are None, never nought. Source: GitLab handbook, NPS/CSAT
surveys (groups, top-two-box, who follows up).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

SEAL_BYTES = 12
Z_95 = 1.96
# Below this many answers a score is shown with a warning.
FEW_ANSWERS = 30


class NpsGroup(StrEnum):
    PROMOTER = "promoter"
    PASSIVE = "passive"
    DETRACTOR = "detractor"


def nps_group(score: int) -> NpsGroup:
    """Return the group of an answer from 0 to 10: 9-10 promoter, 7-8 passive, 0-6 detractor."""
    if not 0 <= score <= 10:
        raise ValueError(f"{score} is no answer from 0 to 10.")
    if score >= 9:
        return NpsGroup.PROMOTER
    return NpsGroup.PASSIVE if score >= 7 else NpsGroup.DETRACTOR


@dataclass(frozen=True, slots=True)
class Nps:
    """
    Net Promoter Score of so many answers.

    `score` is from -100 to 100; `margin` is half the 95 % interval in the same points.
    """

    promoters: int
    passives: int
    detractors: int

    @property
    def answers(self) -> int:
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> Fraction | None:
        return Fraction(100 * (self.promoters - self.detractors), self.answers) if self.answers else None

    @property
    def margin(self) -> float | None:
        """Return 100 x 1.96 x sqrt((p + d - (p - d)^2) / n): an answer counts as -1, 0 or 1."""
        if not self.answers:
            return None
        for_or_against = Fraction(self.promoters + self.detractors, self.answers)
        net = Fraction(self.promoters - self.detractors, self.answers)
        return 100 * Z_95 * math.sqrt((for_or_against - net**2) / self.answers)

    @property
    def is_small(self) -> bool:
        return self.answers < FEW_ANSWERS


def nps(scores: Iterable[int]) -> Nps:
    groups = [nps_group(score) for score in scores]
    return Nps(*(groups.count(group) for group in (NpsGroup.PROMOTER, NpsGroup.PASSIVE, NpsGroup.DETRACTOR)))


@dataclass(frozen=True, slots=True)
class Csat:
    """Satisfaction of so many answers from 1 to 5: `score` is the share of 4 and 5 in percent."""

    satisfied: int
    answers: int
    total: int  # of the answers, for the mean

    @property
    def score(self) -> Fraction | None:
        return Fraction(100 * self.satisfied, self.answers) if self.answers else None

    @property
    def mean(self) -> Fraction | None:
        return Fraction(self.total, self.answers) if self.answers else None


def csat(answers: Iterable[int]) -> Csat:
    given = list(answers)
    for answer in given:
        if not 1 <= answer <= 5:
            raise ValueError(f"{answer} is no answer from 1 to 5.")
    return Csat(satisfied=sum(answer >= 4 for answer in given), answers=len(given), total=sum(given))


def response_rate(*, submitted: int, delivered: int) -> Fraction | None:
    """
    Return submitted responses over delivered invitations; None when nothing was delivered.

    Bounced invitations, control groups and anonymous opens belong to neither.
    """
    if not 0 <= submitted <= delivered:
        raise ValueError(f"{submitted} responses to {delivered} delivered invitations cannot be.")
    return Fraction(submitted, delivered) if delivered else None


def rounded(value: Fraction) -> int:
    """Return the figure as shown: the nearest whole number, halves away from nought."""
    nearest = math.floor(abs(value) + Fraction(1, 2))
    return -nearest if value < 0 else nearest


class FollowUp(StrEnum):
    """Who gets the call to action about an answer."""

    MANAGER = "manager"
    CSM = "csm"


def follow_up(*, nps_score: int | None = None, csat_answer: int | None = None) -> FollowUp | None:
    """
    Return who follows up on a response, or None when neither question was answered.

    Detractors, and everybody not satisfied, Neutral included, go to the CSM's manager; passives and promoters to the
    CSM. Where the two answers disagree the unhappy one decides.
    """
    if nps_score is None and csat_answer is None:
        return None
    is_detractor = nps_score is not None and nps_group(nps_score) is NpsGroup.DETRACTOR
    is_unsatisfied = csat_answer is not None and csat([csat_answer]).satisfied == 0
    return FollowUp.MANAGER if is_detractor or is_unsatisfied else FollowUp.CSM


def seal_invitation(key: bytes, invitation_id: int) -> str:
    """Return the URL-safe token of an invitation: its number and a keyed seal, 27 characters."""
    number = invitation_id.to_bytes(8, "big")
    return base64.urlsafe_b64encode(number + _seal(key, number)).rstrip(b"=").decode()


def unseal_invitation(keys: Sequence[bytes], token: str) -> int | None:
    """Return the invitation's number, or None when none of the keys sealed this token."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    number, seal = raw[:8], raw[8:]
    if len(raw) != 8 + SEAL_BYTES or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        return None
    is_ours = any(hmac.compare_digest(_seal(key, number), seal) for key in keys)
    return int.from_bytes(number, "big") if is_ours else None


def _seal(key: bytes, number: bytes) -> bytes:
    return hashlib.blake2s(number, key=key, digest_size=SEAL_BYTES, person=b"survey").digest()
