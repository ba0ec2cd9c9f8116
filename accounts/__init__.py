"""Facts about customers: who signs in, accounts, contracts, timeline, audit, segments.

May import cs_platform.common.
"""
