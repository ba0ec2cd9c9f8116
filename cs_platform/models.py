"""The roof keeps no rows. Django loads this last of all models: the moment to begin hearing signals."""

from cs_platform import reactions

__all__ = ["reactions"]
