"""
The tracking server: a small ASGI app beside the product, without ORM and without Django.

It does three things a hit: check the short signed token, append to a Redis stream (to a local fsynced spool,
replayed later, when Redis is away), answer. A link's target is looked up on our side, so nothing redirects
anywhere but to links we sent.
"""

from cs_platform.tracking.app import app

__all__ = ["app"]
