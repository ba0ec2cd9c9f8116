"""Writes of the world."""
