"""The shop window: what Django finds under this app."""

from cs_platform.integrations.imports.models import ImportRun, RowProblem

__all__ = ["ImportRun", "RowProblem"]
