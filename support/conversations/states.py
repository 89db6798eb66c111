"""Who is in charge of a conversation, and which moves are allowed. Pure."""

from typing import Literal

Status = Literal["bot", "collecting_contact", "queued", "offline", "agent", "closed"]

# The channel of what colleagues split off from a chat (see support/tickets/split_chat.py).
SPLIT = "split"

MOVES: dict[str, frozenset[str]] = {
    "bot": frozenset({"collecting_contact", "queued", "offline", "agent", "closed"}),
    "collecting_contact": frozenset({"queued", "offline", "agent", "bot", "closed"}),
    "queued": frozenset({"agent", "bot", "closed", "collecting_contact", "offline"}),
    "offline": frozenset({"queued", "agent", "bot", "closed", "collecting_contact"}),
    "agent": frozenset({"bot", "queued", "closed"}),
    "closed": frozenset({"bot"}),
}


class MoveRefused(Exception):
    """A conversation cannot go from its status to the wanted one."""

    def __init__(self, status: str, wanted: str) -> None:
        super().__init__(f"A conversation cannot go from {status} to {wanted}.")
        self.status = status
        self.wanted = wanted


def check_move(status: str, wanted: str) -> None:
    """Raise MoveRefused unless the move is allowed; staying where one is always is."""
    if status != wanted and wanted not in MOVES[status]:
        raise MoveRefused(status, wanted)


def bot_in_charge(status: str) -> bool:
    """Whether the bot answers. While a case waits for people who are not on duty, it still does."""
    return status in {"bot", "collecting_contact", "offline"}


def person_in_charge(status: str) -> bool:
    """Whether the bot must be silent: somebody has the chat, or it waits in the queue for somebody."""
    return status in {"queued", "agent"}


def public_status(status: str) -> Literal["bot", "queued", "agent", "closed"]:
    """What a customer's page is told."""
    if status == "queued":
        return "queued"
    if status == "agent":
        return "agent"
    return "closed" if status == "closed" else "bot"
