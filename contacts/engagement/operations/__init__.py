"""From hits to facts: events are appended, judged when their minute has passed, and counted as they change."""

from contacts.engagement.operations.counting import apply_counts
from contacts.engagement.operations.ingesting import ingest, ingest_all
from contacts.engagement.operations.receiving import forget_old_receipts, receive, take_in_receipts
from contacts.engagement.operations.recording import RawHit, record_hits
from contacts.engagement.operations.settling import settle, settle_all
from contacts.engagement.operations.wishing import accept, decline

__all__ = [
    "RawHit",
    "accept",
    "apply_counts",
    "decline",
    "forget_old_receipts",
    "ingest",
    "ingest_all",
    "receive",
    "record_hits",
    "settle",
    "settle_all",
    "take_in_receipts",
]
