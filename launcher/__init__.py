"""Starts Keel on one machine: prepares the folder, runs PostgreSQL, Redis and every process, and stops them again."""
