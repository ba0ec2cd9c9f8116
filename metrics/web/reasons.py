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
from metrics.facts.operations import reading
from metrics.facts.rules import months_before
from metrics.facts.selectors.cells import REACHES, Asking, fetched
from metrics.reports.selectors.filters import MetricsFilter
from metrics.retention.rules.changes import ReasonOfChange
from metrics.retention.rules.reasons import Share, display_name, shown_percentages
from metrics.retention.selectors.figures import ReasonFigures, reason_figures
from metrics.retention.selectors.reasons import change_rows, loss_rows, named, reconciled_rows
from metrics.web import definitions, words
from metrics.web.filters import Switch, filter_in
from metrics.web.listing import Column, Listing, list_page
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
class Shown:
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


def shown_sides(figures: ReasonFigures, asked: MetricsFilter) -> list[Shown]:
    churn, expansion = (asked.address("metrics:reason-rows", side=side) for side in ("churn", "expansion"))
    lost, gained = figures.sides[True, None], figures.sides[False, None]
    return [
        Shown("churn", "Lost", lost.total, churn, parts(lost.shares, TONES, churn, "label"), "Nothing was lost."),
        Shown(
            "expansion",
            "Gained",
            gained.total,
            expansion,
            parts(gained.shares, GAIN_TONES, expansion, "label"),
            "Nothing was gained.",
        ),
    ]


@dataclass(frozen=True, slots=True)
class LossParts:
    """What renewals lost by the reasons Sales gave, beside what the contracts lost; and where both open."""

    total: Decimal
    href: str
    parts: list[Part]
    lost: Decimal
    reconciled_href: str

    @property
    def difference(self) -> Decimal:
        return self.total - self.lost


def loss_parts(figures: ReasonFigures, asked: MetricsFilter) -> LossParts:
    href = asked.address("metrics:loss-rows")
    shown = parts(figures.losses, TONES, href, "cause")
    return LossParts(figures.given, href, shown, figures.lost, asked.address("metrics:reconciled-rows"))


GROUPING = Switch(
    "Reasons", "reasons", (("given", "As given by Sales"), ("grouped", "Grouped as in GitLab's clean-up"))
)


def is_grouped(request: SignedInRequest) -> bool:
    return request.GET.get("reasons") == "grouped"


@require_GET
@needs(Permission.VIEW)
def reasons_page(request: SignedInRequest) -> HttpResponse:
    """`?part=summary` gives htmx the first card alone, for the overview."""
    asked, currency = filter_in(request), reporting_currency()
    with reading([asked.end], as_known_at=asked.as_known_at) as source:
        figures = reason_figures(source, asked.population, end=asked.end, is_grouped=is_grouped(request))
        behind = source.behind
    is_summary = is_htmx(request) and request.GET.get("part") == "summary"
    context = {
        "asked": asked,
        "behind": behind,
        "period_note": f"Reasons cover the 12 months to {words.month(asked.end)}, the last full month in the period. "
        "The start of the period doesn't change them.",
        "figures": figures,
        "start": months_before(asked.end),
        "currency": currency,
        "is_summary": is_summary,
        "grouping": GROUPING,
        "is_grouped": is_grouped(request),
        "sides": shown_sides(figures, asked),
        "splits": {
            side: reason_split(figures, asked, currency, is_loss=side == "churn") for side in ("churn", "expansion")
        },
        "losses": loss_parts(figures, asked),
        "define": definitions,
    }
    partial = "summary" if is_summary else "figures"
    return render_page(request, "metrics/reasons.html", context, partial=partial)


@require_GET
@needs(Permission.VIEW)
def change_rows_page(request: SignedInRequest) -> HttpResponseBase:
    asked, is_loss = filter_in(request), request.GET.get("side") != "expansion"
    with reading([asked.end], as_known_at=asked.as_known_at) as source:
        found = change_rows(source, asked.population, end=asked.end, is_loss=is_loss)
        listing = _change_listing(request, asked, found, is_loss=is_loss)
        return list_page(request, asked, listing, back="metrics:reasons", name="churn" if is_loss else "expansion")


def _change_listing(request: SignedInRequest, asked: MetricsFilter, found: Asking, *, is_loss: bool) -> Listing:
    asking = Asking(
        f"select c.*, s.number as subscription, reason as label from ({found.sql}) c"
        " join accounts_subscription s on s.id = c.subscription_id",
        found.values,
    )
    labels = {reason.value: display_name(reason, is_loss=is_loss) for reason in ReasonOfChange}
    there = {reason for (reason,) in fetched(f"select distinct reason from ({found.sql}) c", found.values)}
    of_label = {label: [reason for reason in labels if labels[reason] == label] for label in labels.values()}
    return Listing(
        f"{'Lost' if is_loss else 'Gained'} in the year to {words.month(asked.end)}, without true-ups",
        (
            Column("account", "Account", "account"),
            Column("subscription", "Subscription"),
            Column("before", "ARR before", "money"),
            Column("after", "ARR after", "money"),
            Column("change", "Change", "money"),
            Column("label", "Reason", "text", labels),
            Column("reason", "What changed"),
            Column("reach", "Engagement", "chip", words.REACH_NUMBERS, words.REACH_NUMBER_TONES),
        ),
        asking,
        request.user,
        request.GET,
        (
            ("label", "Reason", [(label, label) for label in sorted({labels[reason] for reason in there})]),
            ("reach", "Engagement", list(words.REACHES.items())),
        ),
        {"label": of_label, "reach": {reach.value: number for number, reach in enumerate(REACHES)}},
        order="abs(change) desc, subscription_id",
        unit="subscriptions",
    )


@require_GET
@needs(Permission.VIEW)
def loss_rows_page(request: SignedInRequest) -> HttpResponseBase:
    asked = filter_in(request)
    with reading([asked.end], as_known_at=asked.as_known_at) as source:
        found = loss_rows(source, asked.population, end=asked.end)
        listing = _loss_listing(request, asked, found)
        return list_page(request, asked, listing, back="metrics:reasons", name="losses")


# Return the losses of the year; with a cause, those that it had a part in, and that part.
def _loss_listing(request: SignedInRequest, asked: MetricsFilter, found: Asking) -> Listing:
    grouped, cause = is_grouped(request), request.GET.get("cause", "")
    raw = [reason for (reason,) in fetched(f"select distinct x.value ->> 0 from ({found.sql}) l cross join"
                                           " json_array_elements(l.reasons) x", found.values)]  # fmt: skip
    causes = sorted({named(reason, is_grouped=grouped) for reason in (*raw, "")})
    wanted = cause if cause in causes else ""
    behind = [reason for reason in (*raw, "") if named(reason, is_grouped=grouped) == wanted]
    asking = Asking(LISTED.format(rows=found.sql), {**found.values, "raw": behind, "cause": wanted})
    return Listing(
        f"Renewals that lost money in the year to {words.month(asked.end)}",
        (
            Column("account", "Account", "account"),
            Column("name", "Opportunity"),
            Column("closed", "Closed", "day"),
            Column("lost", "Lost", "money"),
            Column("part", f"For {wanted}" if wanted else "Counted", "money"),
            Column("causes", "Reasons given"),
            Column("weight", "Weight", "text", words.WEIGHTS),
        ),
        asking,
        request.user,
        request.GET,
        (("cause", "Reason given", [(name, name) for name in causes]),),
        order="lost desc, id",
        note=words.OPPORTUNITIES_AS_NOW if asked.as_known_at else "",
        unit="renewals",
    )


LISTED = """
select l.account_id, l.id, l.name, l.close_date as closed, l.amount as lost,
       case when %(cause)s = '' then l.amount else l.amount * p.part / p.whole end as part,
       case when l.is_by_contracts then 'contracts' else 'amount' end as weight,
       coalesce(p.causes, 'Unknown') as causes
from ({rows}) l
left join lateral (
  select coalesce(sum(share) filter (where reason = any(%(raw)s)), 0) as part, sum(share) as whole,
         string_agg(case when number = 1 then reason else reason || ' ' || round(100 * share) || '%%' end, ', ')
           as causes
  from (select coalesce(nullif(trim(x.value ->> 0), ''), 'Unknown') as reason, (x.value ->> 1)::numeric as share,
               count(*) over () as number
        from (select value from json_array_elements(l.reasons)
              union all select '["", "1"]'::json where json_array_length(l.reasons) = 0) x) each) p on true
where %(cause)s = '' or p.part > 0
"""


@require_GET
@needs(Permission.VIEW)
def reconciled_rows_page(request: SignedInRequest) -> HttpResponseBase:
    """What contracts lost beside what Sales gave reasons for, account by account."""
    asked = filter_in(request)
    with reading([asked.end], as_known_at=asked.as_known_at) as source:
        listing = Listing(
            f"Lost by contracts and reasons given, year to {words.month(asked.end)}",
            (
                Column("account", "Account", "account"),
                Column("lost", "Lost by contracts", "money"),
                Column("given", "Reasons given", "money"),
                Column("difference", "Difference", "money"),
            ),
            reconciled_rows(source, asked.population, end=asked.end),
            request.user,
            request.GET,
            order="abs(difference) desc, account_id",
            note=words.OPPORTUNITIES_AS_NOW if asked.as_known_at else "",
        )
        return list_page(request, asked, listing, back="metrics:reasons", name="losses-reconciled")
