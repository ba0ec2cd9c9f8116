"""How it is going, and how we know: usage, Time-to-Value, retention and churn.

May import programs and what is below it.
"""
