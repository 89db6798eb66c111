"""Reading lists of origins and of proxies as operators write them. Pure."""

import re
from ipaddress import ip_network

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ORIGIN = re.compile(rf"(https?)://(\*\.)?({_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::(\d{{1,5}}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def read_origins(text: str) -> tuple[str, ...]:
    """Origins such as "https://shop.example" or "https://*.shop.example:8443", as browsers write them.

    Args:
        text: Origins with spaces or commas between them.

    Raises:
        ValueError: When one of them is no origin; the message names it.
    """
    return tuple(dict.fromkeys(_origin(word) for word in re.split(r"[\s,]+", text.strip()) if word))


def _origin(word: str) -> str:
    found = _ORIGIN.fullmatch(word.lower().rstrip("/"))
    if found is None or int(found[4] or 1) not in range(1, 65536) or (found[2] and "." not in found[3]):
        raise ValueError(
            f'{word!r} is no origin. Write "https://shop.example" or "https://*.shop.example", '
            'with a port where it has one ("http://localhost:3000") and without a path.'
        )
    scheme, star, host, port = found.groups()
    # Browsers leave out the usual port.
    shown = f":{port}" if port and port != _DEFAULT_PORTS[scheme] else ""
    return f"{scheme}://{star or ''}{host}{shown}"


def origin_pattern(allowed: tuple[str, ...]) -> str:
    """A regular expression that the allowed origins, and no others, match as a whole. "*." is one or more labels."""
    return "|".join(re.escape(each).replace(r"\*\.", rf"(?:{_LABEL}\.)+") for each in allowed)


def read_proxies(text: str) -> tuple[str, ...]:
    """IP addresses and networks of proxies, such as "10.0.0.5" or "10.1.0.0/16".

    Args:
        text: Addresses with spaces or commas between them.

    Raises:
        ValueError: When one of them is no address; the message names it.
    """
    found = tuple(word for word in re.split(r"[\s,]+", text.strip()) if word)
    for word in found:
        try:
            ip_network(word)
        except ValueError:
            raise ValueError(f'{word!r} is no address of a proxy. Write "10.0.0.5" or "10.1.0.0/16".') from None
    return found
