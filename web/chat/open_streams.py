"""Which event streams are open now, so that nobody holds more of them than they can use."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from texts.catalogue import marked
from web.chat.addresses import LOCAL
from web.chat.figures import STREAMS_A_CONVERSATION, STREAMS_AN_ADDRESS, STREAMS_OF_THIS_MACHINE
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
        most = STREAMS_OF_THIS_MACHINE if network == LOCAL else STREAMS_AN_ADDRESS
        open_here = self._of.get(conversation, OrderedDict())
        if len(open_here) < STREAMS_A_CONVERSATION and self._at[network] < most:
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

    @contextmanager
    def opened(self, conversation: str, network: str) -> Iterator[OpenStream]:
        """A stream, for as long as it is open."""
        stream = OpenStream(network)
        self._of.setdefault(conversation, OrderedDict())[stream] = None
        self._at[network] += 1
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
        self._at[stream.network] -= 1
        if not self._at[stream.network]:
            del self._at[stream.network]
