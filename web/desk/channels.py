"""What the desk's words about a case take from the channel that it goes on in. Pure."""

from support.conversations.states import SPLIT
from web.desk.labels import LABELS


def way_of(channel: str, in_chat: bool) -> str:
    """Where what is said in a case goes: its channel, or "mail" where it was split off and the chat is lost.

    Args:
        in_chat: Whether there is a chat in which the customer reads it (see support/tickets/split_chat.py).
    """
    return "mail" if channel == SPLIT and not in_chat else channel


def done_kind(done: str, channel: str) -> str:
    """The kind of label that tells what was done: the words of a channel, where it has some, claim only what is so.

    Returns:
        "done" or "done_" and the channel; empty for what nobody does.
    """
    if done not in LABELS["done"]:
        return ""
    own = f"done_{channel}"
    return own if done in LABELS.get(own, {}) else "done"
