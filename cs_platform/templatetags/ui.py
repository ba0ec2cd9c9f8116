"""Every tag of the kit in one list: written in cs_platform/common/ui/, shown in docs/ui.md, loaded everywhere."""

from __future__ import annotations

from django import template

from cs_platform.common.ui import (
    charts,
    chips,
    figures,
    forms,
    funnels,
    icons,
    journey,
    moments,
    notices,
    people,
    sparks,
    tables,
)

register = template.Library()

# People and signs
register.simple_tag(icons.icon, name="icon")
register.simple_tag(people.avatar, name="avatar")
register.filter("initials", people.initials)
register.simple_tag(chips.chip, name="chip")
register.simple_tag(chips.health, name="health")
register.simple_tag(chips.health_glyph, name="health_glyph")

# Figures
register.filter("count", figures.count)
register.simple_tag(figures.money, name="money")
register.simple_tag(figures.pct, name="pct")
register.simple_tag(figures.delta, name="delta")
register.simple_tag(moments.when, takes_context=True, name="when")
register.simple_tag(moments.day, takes_context=True, name="day")
register.simple_tag(moments.distance, takes_context=True, name="distance")
register.simple_tag(moments.clock_time, name="clock_time")
register.inclusion_tag("ui/_figure.html", name="figure")(notices.figure)
register.inclusion_tag("ui/_define.html", name="define")(notices.define)

# Charts
register.simple_tag(sparks.spark, name="spark")
register.simple_tag(sparks.bar, name="bar")
register.simple_tag(sparks.ring, name="ring")
register.simple_tag(sparks.stack, name="stack")
register.simple_tag(sparks.levels, name="levels")
register.simple_tag(sparks.columns, name="columns")
register.simple_tag(funnels.funnel, name="funnel_shape")
register.inclusion_tag("ui/_funnel.html", name="funnel")(funnels.steps)
register.inclusion_tag("ui/_journey.html", name="journey")(journey.journey)
register.inclusion_tag("ui/_chart.html", name="chart")(charts.chart)
register.inclusion_tag("ui/_legend.html", name="legend")(charts.legend)
register.filter("heat", charts.heat)

# Lists and pages
register.simple_tag(tables.sort_header, takes_context=True, name="sort_header")
register.simple_tag(tables.filter_chip, takes_context=True, name="filter_chip")
register.inclusion_tag("ui/_filter_menu.html", takes_context=True, name="filter_menu")(tables.filter_menu)
register.inclusion_tag("ui/_pager.html", takes_context=True, name="pager")(tables.pager)
register.inclusion_tag("ui/_search.html", takes_context=True, name="search_box")(tables.search_box)
register.simple_tag(tables.crumb, name="crumb")
register.simple_tag(tables.tab, takes_context=True, name="tab")
register.inclusion_tag("ui/_empty.html", name="empty_state")(notices.empty_state)
register.inclusion_tag("ui/_field.html", name="field")(forms.field)
