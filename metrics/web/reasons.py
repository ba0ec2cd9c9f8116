"""Why ARR was lost and gained: by the contracts, by what Sales gave as reasons, split by engagement; and the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from cs_platform.common.htmx import is_htmx, render_page
from metrics.population.selectors import customers
from metrics.retention import selectors
from metrics.retention.rules.periods import months_before
from metrics.retention.rules.reasons import UNKNOWN, Share, shown_percentages
from metrics.retention.selectors import Losses, Reasons
from metrics.web import definitions, words
from metrics.web.asked import Asked, asked_in
from metrics.web.listing import Column, Listing, Row, list_page
from metrics.web.splits import reason_split

TONES = ("bad", "s3", "s4", "s1", "s5", "s6")
GAIN_TONES = ("good", "s1", "s5", "s3", "s4", "s6")


@dataclass(frozen=True, slots=True)
class Part:
    """One reason as the page shows it; the percentages of all parts total 100."""

    label: str
    amount: Decimal
    percent: Decimal
    tone: str
    href: str


def parts(shares: Sequence[Share], tones: Sequence[str], rows: str, parameter: str) -> list[Part]:
    """Return the parts of one side; each opens to `rows`, narrowed to it by `parameter`."""
    joint = "&" if "?" in rows else "?"
    return [
        Part(
            label=share.label,
            amount=Decimal(share.amount.numerator) / share.amount.denominator,
            percent=percentage,
            tone=tones[min(place, len(tones) - 1)],
            href=f"{rows}{joint}{urlencode({parameter: share.label})}",
        )
        for place, (share, percentage) in enumerate(zip(shares, shown_percentages(shares), strict=True))
    ]


@dataclass(frozen=True, slots=True)
class Side:
    """What was lost, or gained: the total, where its rows are, and the reasons of it."""

    key: str
    title: str
    total: Decimal
    href: str
    parts: list[Part]
    nothing: str

    @property
    def stack(self) -> list[tuple[float, str]]:
        return [(float(part.percent), part.tone) for part in self.parts]


def sides(reasons: Reasons, asked: Asked) -> list[Side]:
    lost, gained = (
        sum((abs(row.amount) for row in reasons.rows if row.is_loss is is_loss), Decimal(0))
        for is_loss in (True, False)
    )
    churn, expansion = (asked.address("metrics:reason-rows", side=side) for side in ("churn", "expansion"))
    return [
        Side("churn", "Lost", lost, churn, parts(reasons.shares.churn, TONES, churn, "label"), "Nothing was lost."),
        Side(
            "expansion",
            "Gained",
            gained,
            expansion,
            parts(reasons.shares.expansion, GAIN_TONES, expansion, "label"),
            "Nothing was gained.",
        ),
    ]


@dataclass(frozen=True, slots=True)
class LossParts:
    """What renewals lost, and the reasons that Sales gave."""

    total: Decimal
    href: str
    parts: list[Part]


def loss_parts(losses: Losses, asked: Asked) -> LossParts:
    href = asked.address("metrics:loss-rows")
    total = sum((row.loss.amount for row in losses.rows), Decimal(0))
    return LossParts(total, href, parts(losses.shares, TONES, href, "cause"))


@require_GET
@needs(Permission.VIEW)
def reasons_page(request: SignedInRequest) -> HttpResponse:
    """`?part=summary` gives htmx the first card alone, for the overview."""
    asked, currency = asked_in(request), reporting_currency()
    figures = selectors.reason_figures(asked.population, end=asked.end, as_known_at=asked.as_known_at)
    is_summary = is_htmx(request) and request.GET.get("part") == "summary"
    context = {
        "asked": asked,
        "figures": figures,
        "start": months_before(asked.end),
        "currency": currency,
        "is_summary": is_summary,
        "sides": sides(figures.reasons, asked),
        "splits": {
            side: reason_split(figures, asked, currency, is_loss=side == "churn") for side in ("churn", "expansion")
        },
        "losses": loss_parts(figures.losses, asked),
        "define": definitions,
    }
    partial = "summary" if is_summary else "figures"
    return render_page(request, "metrics/reasons.html", context, partial=partial)


@require_GET
@needs(Permission.VIEW)
def change_rows(request: SignedInRequest) -> HttpResponseBase:
    asked, is_loss = asked_in(request), request.GET.get("side") != "expansion"
    listing = _change_listing(asked, is_loss=is_loss)
    return list_page(request, asked, listing, back="metrics:reasons", name="churn" if is_loss else "expansion")


def _change_listing(asked: Asked, *, is_loss: bool) -> Listing:
    reasons = selectors.reasons_on(asked.population, end=asked.end, as_known_at=asked.as_known_at)
    changed = [row for row in reasons.rows if row.is_loss is is_loss]
    accounts = {row.account_id for row in changed}
    found = customers(asked.population.viewer, accounts)
    reaches = selectors.reaches_in_year_to(asked.end, accounts)
    numbers = selectors.numbers_of([row.change.key for row in changed])
    labels = sorted({row.label for row in changed})
    rows = [
        Row(
            row.account_id,
            (
                found[row.account_id].name,
                numbers[row.change.key],
                row.before,
                row.after,
                row.amount,
                row.label,
                row.change.reason.value,
                reaches[row.account_id].value,
            ),
        )
        for row in changed
    ]
    return Listing(
        f"{'Lost' if is_loss else 'Gained'} in the year to {words.month(asked.end)}, without true-ups",
        (
            Column("account", "Account", "account"),
            Column("subscription", "Subscription"),
            Column("before", "ARR before", "money"),
            Column("after", "ARR after", "money"),
            Column("change", "Change", "money"),
            Column("label", "Reason"),
            Column("reason", "What changed"),
            Column("reach", "Engagement", "chip", words.REACHES, words.REACH_TONES),
        ),
        rows,
        (
            ("label", "Reason", [(label, label) for label in labels]),
            ("reach", "Engagement", list(words.REACHES.items())),
        ),
        unit="subscriptions",
    )


@require_GET
@needs(Permission.VIEW)
def loss_rows(request: SignedInRequest) -> HttpResponseBase:
    asked = asked_in(request)
    listing = _loss_listing(asked, request.GET.get("cause", ""))
    return list_page(request, asked, listing, back="metrics:reasons", name="losses")


# Return the losses of the year; with a cause, those that it had a part in, and that part.
def _loss_listing(asked: Asked, cause: str) -> Listing:
    losses = selectors.losses_in_year_to(asked.population, asked.end)
    found = customers(asked.population.viewer, {row.account_id for row in losses.rows})
    shares = {row.loss.key: dict(row.loss.reasons) or {UNKNOWN: Decimal(1)} for row in losses.rows}
    causes = sorted({name for given in shares.values() for name in given})
    wanted = cause if cause in causes else ""
    rows = [
        Row(
            row.account_id,
            (
                found[row.account_id].name,
                row.name,
                row.close_date,
                row.loss.amount,
                _part(row.loss.amount, shares[row.loss.key], wanted),
                ", ".join(_in_words(shares[row.loss.key])),
            ),
        )
        for row in losses.rows
        if not wanted or wanted in shares[row.loss.key]
    ]
    return Listing(
        f"Renewals that lost money in the year to {words.month(asked.end)}",
        (
            Column("account", "Account", "account"),
            Column("opportunity", "Opportunity"),
            Column("closed", "Closed", "day"),
            Column("lost", "Lost", "money"),
            Column("part", f"For {wanted}" if wanted else "Counted", "money"),
            Column("causes", "Reasons given"),
        ),
        rows,
        (("cause", "Reason given", [(name, name) for name in causes]),),
        unit="renewals",
    )


def _part(amount: Decimal, shares: dict[str, Decimal], wanted: str) -> Decimal:
    return amount * shares[wanted] / sum(shares.values()) if wanted else amount


def _in_words(shares: dict[str, Decimal]) -> list[str]:
    if len(shares) == 1:
        return list(shares)
    return [f"{name} {100 * share:.0f}%" for name, share in shares.items()]
