"""Whom a request comes from, as far as limits are concerned. Pure."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

# A household or a machine has at least this much of IPv6, so a single address says nothing there.
IPV6_PREFIX = 64
# What providers give a site as a whole, with 65,536 of the former in it.
SITE_PREFIX = 48
# No address: a socket file, or a test. Whoever can reach that is on this machine.
LOCAL = "local"


@lru_cache(maxsize=10_000)
def network_of(host: str) -> str:
    """What counts as one visitor: an IPv4 address, the /64 of an IPv6 one, or LOCAL for this machine.

    Args:
        host: The client's address as the server knows it, after proxies that are trusted; may be empty.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return LOCAL
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return LOCAL
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)


@lru_cache(maxsize=10_000)
def site_of(network: str) -> str:
    """The /48 around what counts as one IPv6 visitor; empty for all others."""
    return str(ip_network(network).supernet(new_prefix=SITE_PREFIX)) if network.endswith(f"/{IPV6_PREFIX}") else ""
