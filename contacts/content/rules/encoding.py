"""Bytes that survive every mail server: quoted-printable bodies and RFC 2047 headers.

Why quoted-printable: the message stays 7-bit ASCII with lines of at most 76 characters, so it
needs no 8BITMIME, and a value can be put into a finished body without encoding its neighbours
again (base64 could not do that). Lines never begin with a dot, so SMTP has nothing to stuff.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache

import idna

SOFT_BREAK = "=\r\n"
_LONGEST = 75  # One place of the 76 is for the "=" of a soft break.

# Neither a dot that SMTP would stuff nor the "From " that mailbox files escape.
_AWKWARD_START = re.compile(r"\.|From ")
_HARMLESS = re.compile(r"[!-\-/-<>-EG-~][ -<>-~]*")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")

# Line breaks would end a header; overrides of writing direction could make a name rewrite the text around it.
_BREAKING = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_TREACHEROUS = re.compile(r"[\u202a-\u202e\u2066-\u2069\ufeff]")
_HALF_CHARACTERS = re.compile(r"[\ud800-\udfff]")


class UnusableHeader(ValueError):
    """An address, identifier or URL cannot stand in a message header."""


def one_line(value: str) -> str:
    """Make any text safe to stand in a header or a sentence: no controls, no line breaks."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip()
    value = _TREACHEROUS.sub("", _HALF_CHARACTERS.sub("\ufffd", value))
    return _BREAKING.sub(" ", value).strip()


def quoted(text: str) -> str:
    """Encode text for a body; "\\n" becomes a hard line break."""
    return "\r\n".join(_quoted_line(line) for line in text.split("\n"))


def _quoted_line(line: str) -> str:
    return _folded(_octets(line))


# Write every character that is not plain as `=XX`, and a space at the end too.
def _octets(line: str) -> str:
    if line.isascii() and line.isprintable():
        encoded = line.replace("=", "=3D")
    else:
        encoded = "".join(_octet(byte) for byte in line.encode("utf-8", "replace"))
    return f"{encoded[:-1]}=20" if encoded.endswith(" ") else encoded


def _octet(byte: int) -> str:
    return chr(byte) if 32 <= byte <= 126 and byte != 61 else f"={byte:02X}"


# Cut at 75 characters, never inside an `=XX`, each row beginning harmlessly.
def _folded(encoded: str) -> str:
    rows: list[str] = []
    while True:
        if _AWKWARD_START.match(encoded):
            encoded = f"={ord(encoded[0]):02X}{encoded[1:]}"
        if len(encoded) <= _LONGEST:
            return SOFT_BREAK.join([*rows, encoded])
        cut = _LONGEST
        if "=" in encoded[cut - 2 : cut]:
            cut = encoded.rindex("=", 0, cut)
        rows.append(encoded[:cut])
        encoded = encoded[cut:]


def quoted_value(value: str) -> str:
    """Encode one line that will stand at the beginning of a body line and end in a soft break."""
    if len(value) <= _LONGEST and _HARMLESS.fullmatch(value):
        return value
    return _quoted_line(value)


def header_text(value: str, *, used: int) -> str:
    """Encode free text for a header whose line already holds `used` characters.

    Plain ASCII that fits stays readable; everything else becomes folded encoded words.
    """
    if value.isascii() and value.isprintable() and "=?" not in value and used + len(value) <= 76:
        return value
    words: list[str] = []
    chunk, room = b"", _room(used)
    for character in value:
        octets = character.encode("utf-8", "replace")
        if len(chunk) + len(octets) > room:
            words.append(_word(chunk))
            chunk, room = b"", _room(1)
        chunk += octets
    return "\r\n ".join([*words, _word(chunk)])


def _room(used: int) -> int:
    return max((76 - used - len("=?utf-8?b??=")) // 4 * 3, 4)


def _word(octets: bytes) -> str:
    return f"=?utf-8?b?{b64encode(octets).decode()}?="


def ascii_address(address: str) -> str:
    """
    Return an address as it stands in headers and SMTP commands: its domain in ASCII (IDNA, RFC 5890).

    :raises UnusableHeader: when the domain is none, or the part before the @ would need SMTPUTF8 (RFC 6531).
    """
    local, at, domain = address.rpartition("@")
    if address.isascii() or not at:
        return address
    if not local.isascii():
        raise UnusableHeader(f"“{address[:60]}” needs SMTPUTF8, which most mail servers don't accept")
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as problem:
        raise UnusableHeader(f"“{address[:60]}” has no valid domain: {problem}") from problem


@dataclass(frozen=True)
class Mailbox:
    """A name, which may be empty, and an address."""

    name: str
    address: str


@lru_cache(maxsize=256)
def mailbox_header(field: str, mailbox: Mailbox) -> str:
    """Return a whole header line such as `From: "Priya Raman" <priya@keel.example>`.

    :raises UnusableHeader: when the address is none, or none that every server takes.
    """
    try:
        address = ascii_address(mailbox.address)
    except UnusableHeader as problem:
        raise UnusableHeader(f"{field}: {problem}") from problem
    if len(address) > 254 or not _ADDRESS.fullmatch(address) or ".." in address:
        raise UnusableHeader(f"{field}: “{address[:60]}” is not an email address")
    spoken = one_line(mailbox.name)
    if not spoken:
        return f"{field}: {address}\r\n"
    name = header_text(spoken, used=len(field) + 4)
    if name == spoken:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"'
    fold = "\r\n " if len(field) + len(name) + len(address) > 72 else " "
    return f"{field}: {name}{fold}<{address}>\r\n"
