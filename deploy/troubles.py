"""What went wrong, read from the output of pip, npm or Rasa, and what a person can do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

NO_NETWORK = (
    "The server with the downloads could not be reached. Check the internet connection "
    "(behind a proxy: set HTTPS_PROXY), "
    "then run the same command again. It goes on where it stopped."
)

# The first pattern that fits explains; the likeliest root cause comes first.
_KNOWN: Sequence[tuple[str, str]] = (
    (
        r"No space left on device|ENOSPC|Disk quota exceeded",
        "The disk is full. Free about 6 GB, then run the same command again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY)\w*CERT\w*|unable to get local issuer",
        "The package index answered with a certificate this machine does not trust. Behind a company proxy, point "
        "PIP_CERT and NODE_EXTRA_CA_CERTS to the company's certificate file.",
    ),
    (
        r"Temporary failure in name resolution|Name or service not known|nodename nor servname|getaddrinfo failed"
        r"|Failed to establish a new connection|NewConnectionError|NameResolutionError|ConnectTimeoutError"
        r"|ReadTimeoutError|Network is unreachable|No route to host|ProxyError|Connection refused"
        r"|Connection reset by peer"
        r"|Could not resolve host|dns error|error sending request"
        r"|\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b",
        NO_NETWORK,
    ),
    (
        r"\b(?:401 Client Error|403 Client Error|E401|E403)\b|40[13] (?:Unauthorized|Forbidden)",
        "The package index refused access. Check the index set up for pip and npm on this machine.",
    ),
    (
        r"THESE PACKAGES DO NOT MATCH THE HASHES|EINTEGRITY",
        "A download arrived damaged. Run the same command again; if it stays so, empty the caches: "
        "pip cache purge, npm cache clean --force.",
    ),
    (
        r"No matching distribution found|ETARGET|notarget",
        "A pinned package is not offered for this machine or this Python version. The line above names it.",
    ),
    (
        r"Failed building wheel|error: command '.*(?:gcc|cc|clang)'|Microsoft Visual C\+\+",
        "A package had to be compiled and could not be. "
        "On Debian and Ubuntu: sudo apt-get install build-essential python3-dev.",
    ),
    (
        r"EACCES|Permission denied",
        "A file could not be written. Run the command as the user who owns this folder.",
    ),
    (
        r"MemoryError|Killed|Cannot allocate memory",
        "The memory ran out. About 4 GB free memory are needed; close other programs and run the same command again.",
    ),
)


def explain(output: str) -> str:
    """Return one or two sentences on what to do about a failed command with this output; "" when unknown."""
    for pattern, advice in _KNOWN:
        if re.search(pattern, output):
            return advice
    return ""


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_IDLE_TALK = re.compile(
    r"^\[notice\]|^npm notice|\b(?:INFO|DEBUG)\b|(?:Deprecation|MovedIn20)\w*Warning"
    r"|is not used in any|^\s+More info at|\d+%\|"
)
_WARNING_PLACE = re.compile(r"^.*?:\d+: (?=UserWarning: )")


def last_lines(output: str, count: int = 12) -> list[str]:
    """Return the last lines of `output` that tell of the failure, without colours, advertisements and chatter."""
    lines = [_WARNING_PLACE.sub("", _COLOUR.sub("", line)).rstrip() for line in output.splitlines()]
    return [line for line in lines if line and not _IDLE_TALK.search(line)][-count:]
