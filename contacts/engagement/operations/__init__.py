"""From hits to facts: events are appended, judged when their minute has passed, and counted as they change."""

from contacts.engagement.operations.counting import apply_counts
from contacts.engagement.operations.ingesting import ingest, ingest_all
from contacts.engagement.operations.recording import RawHit, record_hits
from contacts.engagement.operations.settling import settle, settle_all

__all__ = ["RawHit", "apply_counts", "ingest", "ingest_all", "record_hits", "settle", "settle_all"]
