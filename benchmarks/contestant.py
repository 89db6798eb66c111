"""What is measured side by side: servers that are running, and how to start a conversation with them."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from benchmarks.load import Opener
from benchmarks.processes import Use


@dataclass(frozen=True)
class Contestant:
    """Running servers.

    Attributes:
        address: Where customers talk to them.
        opener: What starts a conversation, with a client for that address.
        uses: What each process takes.
        troubles: Warnings and errors in their logs so far, and how often each was written.
    """

    name: str
    address: str
    opener: Callable[[aiohttp.ClientSession], Opener]
    uses: Callable[[], dict[str, Use]]
    troubles: Callable[[], dict[str, int]] = dict
