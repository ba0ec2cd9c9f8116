"""The kinds of files, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cs_platform.integrations.imports.models import Kind
from cs_platform.integrations.imports.operations.kinds.accounts import ACCOUNTS
from cs_platform.integrations.imports.operations.kinds.base import Arrived, Context, Importer, Take
from cs_platform.integrations.imports.operations.kinds.churn_events import CHURN_EVENTS
from cs_platform.integrations.imports.operations.kinds.contacts import CONTACTS
from cs_platform.integrations.imports.operations.kinds.subscriptions import SUBSCRIPTIONS
from cs_platform.integrations.imports.operations.kinds.usage import USAGE

IMPORTERS: Mapping[str, Importer] = MappingProxyType(
    {
        Kind.ACCOUNTS: ACCOUNTS,
        Kind.CONTACTS: CONTACTS,
        Kind.SUBSCRIPTIONS: SUBSCRIPTIONS,
        Kind.CHURN_EVENTS: CHURN_EVENTS,
        Kind.USAGE: USAGE,
    }
)

__all__ = ["IMPORTERS", "Arrived", "Context", "Importer", "Take"]
