"""The floor: bases that know none of the other apps (clock, outbox, change feed, paging, htmx)."""
