"""Asking: surveys, invitations, responses.

May import contacts and what is below it.
"""
