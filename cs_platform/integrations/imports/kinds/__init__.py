"""The kinds of files, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cs_platform.integrations.imports.kinds.accounts import ACCOUNTS
from cs_platform.integrations.imports.kinds.base import Importer
from cs_platform.integrations.imports.kinds.churn_events import CHURN_EVENTS
from cs_platform.integrations.imports.kinds.contacts import CONTACTS
from cs_platform.integrations.imports.kinds.subscriptions import SUBSCRIPTIONS
from cs_platform.integrations.imports.kinds.usage import USAGE
from cs_platform.integrations.imports.models import Kind

IMPORTERS: Mapping[str, Importer] = MappingProxyType(
    {
        Kind.ACCOUNTS: ACCOUNTS,
        Kind.CONTACTS: CONTACTS,
        Kind.SUBSCRIPTIONS: SUBSCRIPTIONS,
        Kind.CHURN_EVENTS: CHURN_EVENTS,
        Kind.USAGE: USAGE,
    }
)
