"""Which event streams are open now, so that nobody holds more of them than they can use."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from texts.catalogue import marked
from web.chat.addresses import LOCAL, site_of
from web.chat.figures import SITE_TIMES, STREAMS_A_CONVERSATION, STREAMS_AN_ADDRESS, STREAMS_OF_THIS_MACHINE
from web.problems import TooMany

# Streams end when a page is closed, so somebody who has too many may well have room soon.
RETRY_SECONDS = 30


class OpenStream:
    """One open stream; `replaced` once a newer one took its place, and it should end."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.replaced = False


class OpenStreams:
    """The open streams of each conversation, the oldest first, and how many each visitor has."""

    def __init__(self) -> None:
        self._of: dict[str, OrderedDict[OpenStream, None]] = {}
        self._at: Counter[str] = Counter()

    def make_room(self, conversation: str, network: str) -> bool:
        """See that one more stream can open; returns whether an older one of the conversation has to end for it.

        Raises:
            TooMany: When the visitor has too many, and none of this conversation.
        """
        open_here = self._of.get(conversation, OrderedDict())
        if len(open_here) < STREAMS_A_CONVERSATION and self._has_room(network):
            return False
        if not open_here:
            detail = marked(
                "Very many chats are open in your network just now. New messages show here again in {wait}, or "
                "when you reload the page."
            )
            raise TooMany(detail, RETRY_SECONDS)
        oldest = next(iter(open_here))
        oldest.replaced = True
        self._remove(conversation, oldest)
        return True

    def is_open(self, conversation: str) -> bool:
        """Whether anybody listens to a conversation; may be asked from any thread."""
        return conversation in self._of

    @contextmanager
    def opened(self, conversation: str, network: str) -> Iterator[OpenStream]:
        """A stream, for as long as it is open."""
        stream = OpenStream(network)
        self._of.setdefault(conversation, OrderedDict())[stream] = None
        for place in _places(network):
            self._at[place] += 1
        try:
            yield stream
        finally:
            self._remove(conversation, stream)

    def _remove(self, conversation: str, stream: OpenStream) -> None:
        streams = self._of.get(conversation)
        if streams is None or stream not in streams:
            return
        del streams[stream]
        if not streams:
            del self._of[conversation]
        for place in _places(stream.network):
            self._at[place] -= 1
            if not self._at[place]:
                del self._at[place]

    def _has_room(self, network: str) -> bool:
        return all(self._at[place] < most for place, most in _places(network).items())


def _places(network: str) -> dict[str, int]:
    """Where the streams of a visitor count, and how many may be open there."""
    if network == LOCAL:
        return {LOCAL: STREAMS_OF_THIS_MACHINE}
    site = site_of(network)
    return {network: STREAMS_AN_ADDRESS} | ({site: STREAMS_AN_ADDRESS * SITE_TIMES} if site else {})
