"""What a home page tells its reader."""

from __future__ import annotations

from metrics.reports.selectors.news import News, latest_news, register_news
from metrics.reports.selectors.portfolio import GOAL_OF, Kept, Portfolio, portfolio
from metrics.reports.selectors.week import Outgoing, Stop, Week, stops, week_ahead

__all__ = [
    "GOAL_OF",
    "Kept",
    "News",
    "Outgoing",
    "Portfolio",
    "Stop",
    "Week",
    "latest_news",
    "portfolio",
    "register_news",
    "stops",
    "week_ahead",
]
