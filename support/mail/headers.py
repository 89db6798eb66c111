"""The headers of a mail, read with distrust: words in any charset, and the address that it says it comes from. Pure."""

import re
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr
from itertools import islice

LONGEST_HEADER = 8000
# A name and an address fit in by far.
LONGEST_FROM = 2000
MOST_HEADERS = 1000

# What is declared, and what is really meant with it: the older names are parts of the newer sets.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "us-ascii": "utf-8", "iso-8859-1": "cp1252"}
_TRIED = ("utf-8", "gb18030", "big5hkscs")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_IN_ANGLES = re.compile(r"<([^<>]*)>")


def headers_of(mail: "Message[str, str]") -> dict[str, str]:
    """The first of each header, decoded, by name in small letters."""
    return {name: decoded(value) for name, value in _first_of_each(mail).items()}


def from_of(mail: "Message[str, str]") -> tuple[str, str]:
    """Name and address that a mail's From tells, as they stand there; empty where it tells none.

    The address is never decoded: an encoded name may hold anything, also what looks like an address.
    """
    value = " ".join(_first_of_each(mail).get("from", "")[:LONGEST_FROM].split())
    bare = _QUOTED.sub("", value)
    angles = _IN_ANGLES.findall(bare)
    if len(angles) != 1 or "(" in bare:
        return parseaddr(value)
    # Many programs leave out the quotes around a name such as "Chen, Dawen" or "info@shop.example".
    name = value[: value.rindex(f"<{angles[0]}>")].strip()
    if name.startswith('"') and name.endswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return name, angles[0].strip()


def usable_address(address: str) -> str:
    """An address in small letters if mail can be sent there; else nothing."""
    local, at, domain = address.strip().lower().rpartition("@")
    plain = address.isascii() and not any(sign.isspace() or sign in '<>",;:\\()' for sign in address)
    named = "." in domain and "" not in domain.split(".")
    return f"{local}@{domain}" if at and local and named and plain and len(address) <= 254 else ""


def decoded(value: str) -> str:
    """A header's words, also where somebody sent them without saying how they are written."""
    if not value.isascii():
        value = text_of(value.encode("utf-8", "surrogateescape"), "")
    if "=?" not in value:
        return " ".join(value.split())
    try:
        chunks = decode_header(value)
    except (MessageError, ValueError):
        return " ".join(value.split())
    told = [chunk if isinstance(chunk, str) else text_of(chunk, charset or "") for chunk, charset in chunks]
    return " ".join("".join(told).split())


def text_of(content: bytes, charset: str) -> str:
    """Bytes as words: as declared, else as they can be read."""
    declared = _WIDER.get(charset.lower(), charset.lower())
    for encoding in (declared, *_TRIED):
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    # A sign or two are broken: rather those than none.
    try:
        return content.decode(declared or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _first_of_each(mail: "Message[str, str]") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in islice(mail.raw_items(), MOST_HEADERS):
        found.setdefault(name.lower(), str(value)[:LONGEST_HEADER])
    return found
