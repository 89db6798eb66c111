"""What programs can be told of, and when a call that failed is made again. Pure."""

PING = "ping"
ALL_TICKET_EVENTS = "ticket.*"
# Beside these there is one for each kind of line in a case's timeline: "ticket.opened", "ticket.taken" and so on.
EVENTS = (
    "conversation.created",
    "conversation.status_changed",
    "conversation.erased",
    "message.created",
    "rating.given",
)
# Seconds from one attempt to the next; after the last of them a call is given up.
WAITS = (10, 60, 300, 1800, 7200, 28_800)
# Many calls that failed together are not made again together.
JITTER = 0.2


def wants(chosen: frozenset[str], event: str) -> bool:
    """Whether somebody who chose these events is told of one."""
    return event in chosen or (ALL_TICKET_EVENTS in chosen and event.startswith("ticket."))


def is_event(name: str) -> bool:
    """Whether somebody can choose an event of this name; which lines a timeline may hold is not known here."""
    kind = name.removeprefix("ticket.")
    return name in EVENTS or name == ALL_TICKET_EVENTS or (kind != name and kind.isidentifier() and len(kind) <= 30)


def wait_after(attempts: int, chance: float) -> float | None:
    """Seconds until a call is made again after so many attempts; None when it is given up.

    Args:
        chance: A number from 0 to 1, different for each call.
    """
    if attempts > len(WAITS):
        return None
    return WAITS[attempts - 1] * (1 - JITTER + 2 * JITTER * chance)
