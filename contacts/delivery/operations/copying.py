"""Who gets a copy of a message beside its reader: the CSM of an account, where the program says so."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence

from contacts.consent.rules import BadAddress, normalise_address
from contacts.consent.selectors import suppressed
from contacts.delivery.operations.claiming import Claimed

# Where the value stands among those filled into the text.
COPY_TO = "copy.to"


def copies_of(group: Sequence[Claimed], *, allowed: Callable[[str], bool], now: dt.datetime) -> dict[int, str]:
    """
    Return the address a copy goes to, by delivery; one query for each category that has any.

    What holds for a reader holds for a copy: no suppressed address, in safe mode none that is not on the list; and
    there is no copy of a message that does not leave.
    """
    wanted: dict[str, dict[int, str]] = defaultdict(dict)
    for delivery in group:
        address = _usable(str(delivery.merge.get(COPY_TO, "")))
        if address and address != delivery.address and allowed(address) and allowed(delivery.address):
            wanted[delivery.category][delivery.id] = address
    found: dict[int, str] = {}
    for category, by_delivery in wanted.items():
        silenced = suppressed(set(by_delivery.values()), now=now, category=category)
        found |= {number: address for number, address in by_delivery.items() if address not in silenced}
    return found


# A copy that cannot be addressed must not keep the letter from its reader.
def _usable(address: str) -> str:
    try:
        return normalise_address(address) if address else ""
    except BadAddress:
        return ""
