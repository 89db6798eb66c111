"""Which addresses may be called: never one inside the network that Huilu stands in, unless that is allowed. Pure."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

LONGEST_URL = 500
# Addresses that stand for an IPv4 one somewhere else, which might be anything; and those of a site, which are called
# public by the library since nobody should use them any more.
_NOT_PUBLIC = tuple(
    ip_network(each)
    for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96", "fec0::/10")
)


@dataclass
class AddressRefused(Exception):
    """An address that is not called. `code` says why: "form", "scheme", "credentials" or "private"."""

    code: str

    def __str__(self) -> str:
        return self.code


def is_public(host: str) -> bool:
    """Whether an IP address is one of the open Internet.

    Raises:
        ValueError: When it is no IP address.
    """
    address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif any(address in network for network in _NOT_PUBLIC):
            return False
    return address.is_global and not address.is_multicast


def check_url(url: str, private_allowed: bool) -> str:
    """An address as it can be kept. What its name stands for is looked at when it is called.

    Raises:
        AddressRefused: When it is none that would ever be called.
    """
    given = url.strip()
    if len(given) > LONGEST_URL or any(not each.isprintable() or each.isspace() for each in given):
        raise AddressRefused("form")
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused("form") from None
    if parts.scheme.lower() not in {"http", "https"}:
        raise AddressRefused("scheme")
    if "@" in parts.netloc:
        raise AddressRefused("credentials")
    if not host:
        raise AddressRefused("form")
    if not private_allowed and _is_private(host):
        raise AddressRefused("private")
    return given


def _is_private(host: str) -> bool:
    """Whether a host is so by its name alone."""
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
