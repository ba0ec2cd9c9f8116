"""One spelling per address, and a hash of it that outlives the person."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

LONGEST_ADDRESS = 254  # octets, RFC 5321 4.5.3.1.3 less the angle brackets
LONGEST_LOCAL_PART = 64
LONGEST_LABEL = 63
SHORTEST_SALT = 16

# Allowed by RFC 5322 inside quotes only; nobody's real address has them and every injection does.
SPECIALS = frozenset('()<>[]:;,\\"@')


class BadAddress(ValueError):
    """This is no address we can write to; the message says why, in words for the person who typed it."""


def normalise_address(raw: str) -> str:
    """
    Return the address trimmed and lower-cased, and nothing cleverer: dots and +tags stay.

    :raises BadAddress: naming what is wrong with it.
    """
    address = raw.strip().lower()
    if not address:
        raise BadAddress("The address is empty.")
    _refuse_invisible(address)
    if len(address.encode()) > LONGEST_ADDRESS:
        raise BadAddress(f"The address is longer than {LONGEST_ADDRESS} characters.")

    local, at, domain = address.partition("@")
    if not at:
        raise BadAddress("The address has no @.")
    if "@" in domain:
        raise BadAddress("The address has more than one @.")
    _check_local_part(local)
    _check_domain(domain)
    return address


def _refuse_invisible(address: str) -> None:
    for character in address:
        if character in "\r\n":
            raise BadAddress("The address contains a line break.")
        if character.isspace():
            raise BadAddress("The address contains a space.")
        if unicodedata.category(character).startswith("C"):
            raise BadAddress(f"The address contains an invisible character (U+{ord(character):04X}).")


def _check_local_part(local: str) -> None:
    if not local:
        raise BadAddress("The address has nothing before the @.")
    if len(local.encode()) > LONGEST_LOCAL_PART:
        raise BadAddress(f"The part before the @ is longer than {LONGEST_LOCAL_PART} characters.")
    for character in local:
        if character in SPECIALS:
            raise BadAddress(f"The part before the @ contains {character}, which addresses do not have.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise BadAddress("The part before the @ has a dot in the wrong place.")


def _check_domain(domain: str) -> None:
    if not domain:
        raise BadAddress("The address has nothing after the @.")
    labels = domain.split(".")
    if "" in labels:
        raise BadAddress("The domain has a dot in the wrong place.")
    if len(labels) < 2:
        raise BadAddress(f"The domain {domain} has no dot.")
    for label in labels:
        if len(label.encode()) > LONGEST_LABEL:
            raise BadAddress(f"A part of the domain is longer than {LONGEST_LABEL} characters.")
        if label.startswith("-") or label.endswith("-"):
            raise BadAddress("A part of the domain starts or ends with a hyphen.")
        for character in label:
            # Marks belong to the letters of many scripts: an internationalised domain is a domain.
            if not (character.isalnum() or character == "-" or unicodedata.category(character).startswith("M")):
                raise BadAddress(f"The domain contains {character}, which domains do not have.")


def suppression_hash(address: str, *, salt: bytes) -> bytes:
    """
    Return 32 bytes that stand for the address in the suppression list, the same for every spelling of it.

    Keyed with the installation's salt (at least 16 bytes), so that a stolen list cannot be matched against a
    list of known addresses.

    :raises BadAddress: when the address is none.
    """
    if len(salt) < SHORTEST_SALT:
        raise ValueError(f"The suppression salt needs at least {SHORTEST_SALT} bytes.")
    return hmac.digest(salt, normalise_address(address).encode(), hashlib.sha256)


def masked(address: str) -> str:
    """Return an address that its owner recognises and nobody else can write to: p•••@customer.example."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if local else "•••"
