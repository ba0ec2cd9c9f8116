"""People at our customers, and what reaches them: roles, consent, recipients, content, delivery, engagement.

May import accounts and what is below it.
"""
