"""How a file of rows is read: its encoding, its separator, its columns and its cells. No database."""

from __future__ import annotations

from cs_platform.integrations.imports.rules.columns import Column, Layout, Row, lay_out, proposed
from cs_platform.integrations.imports.rules.files import Record, UnreadableFile, records
from cs_platform.integrations.imports.rules.values import BadValue

__all__ = ["BadValue", "Column", "Layout", "Record", "Row", "UnreadableFile", "lay_out", "proposed", "records"]
