"""What we do for customers: programs, their versions, participants and results.

May import surveys and what is below it.
"""
