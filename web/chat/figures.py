"""How much one visitor, one conversation and all together may do, and why that much. Pure.

Every window moves: it counts what happened in the seconds before a request. Figures are for people who write fast
and offices that share one address, with room to spare; whoever meets one is told when it goes on.
"""

from dataclasses import dataclass
from typing import Literal

from texts.catalogue import marked

By = Literal["address", "conversation", "program", "all"]
Windows = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Rule:
    """So many requests of a kind in so many seconds.

    Attributes:
        by: What is counted: an address, a conversation, a program with a token, or everything together.
        windows: (count, seconds), the shortest first.
        detail: What is said to whoever goes beyond it; `{wait}` is the time until it goes on.
        local: The windows of an address rule for this machine itself. A proxy that does not tell addresses makes all
            customers look as if they were here, so these are as wide as the whole shop; none means not counted.
    """

    by: By
    windows: Windows
    detail: str
    local: Windows = ()

    @property
    def of_site(self) -> Windows:
        """The windows of an IPv6 /48 for an address rule, counted beside each of its /64."""
        return tuple((count * SITE_TIMES, seconds) for count, seconds in self.windows)


MINUTE, HOUR, DAY = 60, 3600, 86_400
# A /48 is a company's or a household's, and some hosts give one to whoever rents a machine. As ten addresses it has
# room for every office, and keeps one machine from being 65,536 visitors.
SITE_TIMES = 10
# Kept files are counted by the day in pieces of so many bytes, begun ones as whole ones.
PIECE = 100_000

_SLOWER = marked("That was a little too fast for us. Please try again in {wait}.")
_READS = marked("This page asks for news too often. It goes on by itself in {wait}.")

# The order is that of checking: what stops a single visitor comes before what all share, so that a refused visitor
# takes no place from others.
RULES: dict[str, tuple[Rule, ...]] = {
    "open": (
        # A person opens one, perhaps a few in as many tabs; a school class behind one address opens thirty at once.
        Rule(
            "address",
            ((30, MINUTE), (300, HOUR)),
            marked(
                "Very many chats were opened from your network just now. Please try again in {wait}. "
                "Chats that are open already go on."
            ),
            local=((1200, MINUTE),),
        ),
        # Twenty a second, each with a question, is half of what two cores can answer, and opening one costs as much as
        # a message: beyond that those who are here already would wait for them. This machine's own have their figure.
        Rule(
            "all",
            ((60, 2), (200, 10)),
            marked("Very many people are opening a chat just now. Please try again in {wait}."),
        ),
    ),
    "messages": (
        # Forty people behind one address, each with three messages a minute, for ten minutes.
        Rule(
            "address",
            ((1200, 10 * MINUTE),),
            marked(
                "Very many messages come from your network just now. Your message is kept and goes out by itself "
                "in {wait}."
            ),
            local=((60_000, 10 * MINUTE),),
        ),
        # Nobody types one message a second for long; a browser that was offline for long sends what it kept at once.
        Rule(
            "conversation",
            ((240, 10), (600, 10 * MINUTE)),
            marked(
                "You are writing faster than we can keep up. Your message is kept and goes out by itself in {wait}."
            ),
        ),
    ),
    # A picture takes a hundred times the work of a message.
    "files": (
        Rule("address", ((300, 10 * MINUTE),), _SLOWER),
        Rule(
            "conversation",
            ((30, 10 * MINUTE),),
            marked("Those were many files in a short time. Please send the next one in {wait}."),
        ),
    ),
    # Pieces of what is kept: 200 MB a day is twice what a conversation may hold, or 200 photos and more. Filling a disk
    # with that takes many addresses and many days, which leaves time to see it.
    "bytes": (
        Rule(
            "address",
            ((2000, DAY),),
            marked(
                "Very many files came from your network today. Please describe in words what you wanted to show, or "
                "send it again in {wait}."
            ),
            local=((200_000, DAY),),
        ),
    ),
    # Opening files: a talk full of pictures, shown by twenty people behind one address at the same time.
    "downloads": (Rule("address", ((600, MINUTE),), _SLOWER),),
    # A widget whose stream does not come through asks every second or two; several tabs do so at once.
    "reads": (
        Rule("address", ((6000, MINUTE),), _READS),
        Rule("conversation", ((600, MINUTE),), _READS),
    ),
    # Reads all that is kept; nobody needs a new copy every few minutes.
    "export": (
        Rule("address", ((100, HOUR),), _SLOWER),
        Rule(
            "conversation",
            ((10, HOUR),),
            marked("Several copies were made already. Please ask for the next one in {wait}."),
        ),
    ),
    # Programs on the staff API: ten requests a second all the time, and sixty at once. People's pages are not counted.
    "program": (
        Rule(
            "program",
            ((60, 2), (600, MINUTE)),
            marked("This program calls more often than it may. Please try again in {wait}."),
        ),
    ),
    # The widget says so every three seconds while somebody writes, from each tab.
    "typing": (
        Rule("address", ((3000, MINUTE),), _SLOWER),
        Rule("conversation", ((60, MINUTE),), _SLOWER),
    ),
    # Ratings, language, context, surveys skipped, consent, erasing: each is a press of a button.
    "other": (
        Rule("address", ((3000, MINUTE),), _SLOWER),
        Rule("conversation", ((120, MINUTE),), _SLOWER),
    ),
}

# Tokens cannot be guessed; that trying costs something is for those who try all the same, and for the logs.
WRONG_TOKENS = Rule(
    "address",
    ((60, MINUTE),),
    marked("Too many wrong tokens came from your network. Please try again in {wait}."),
    local=((6000, MINUTE),),
)

# Streams open at the same time. Ten are a customer's tabs and devices; past that the oldest makes room.
STREAMS_A_CONVERSATION = 10
STREAMS_AN_ADDRESS = 200
STREAMS_OF_THIS_MACHINE = 5000

_BY_WHAT = {
    ("POST", "messages"): "messages",
    ("POST", "files"): "files",
    ("POST", "typing"): "typing",
    ("GET", "export"): "export",
}
CHAT = "/api/chat/"
FILES = "/files/"


def pieces(size: int) -> int:
    """What keeping so many bytes costs."""
    return max(1, -(-size // PIECE))


def kind_of(method: str, path: str) -> tuple[str, str]:
    """The key in RULES for a request to the chat or a file, and the conversation it is about (empty when none).

    A route that is not named here reads, or is a press of a button.
    """
    if path.startswith(FILES):
        return "downloads", ""
    section, _, rest = path.removeprefix(CHAT).partition("/")
    conversation, _, what = rest.partition("/") if section == "conversations" else ("", "", "")
    if method == "POST" and section == "conversations" and not conversation:
        return "open", ""
    return _BY_WHAT.get((method, what)) or ("reads" if method in {"GET", "HEAD"} else "other"), conversation
