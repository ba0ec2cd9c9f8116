from __future__ import annotations

from contacts.engagement.selectors.counters import Count, Engagement, counted_for, engagement, engagement_by_mailing
from contacts.engagement.selectors.histories import JUDGED, HistoricEvent, History, histories
from contacts.engagement.selectors.messages import LinkResult, MessageEvent, events_of, links_of
from contacts.engagement.selectors.signs import Sign, signs_at
from contacts.engagement.selectors.story import SHOWN, Happening, Story, story_at, story_of

__all__ = [
    "JUDGED",
    "SHOWN",
    "Count",
    "Engagement",
    "Happening",
    "HistoricEvent",
    "History",
    "LinkResult",
    "MessageEvent",
    "Sign",
    "Story",
    "counted_for",
    "engagement",
    "engagement_by_mailing",
    "events_of",
    "histories",
    "links_of",
    "signs_at",
    "story_at",
    "story_of",
]
