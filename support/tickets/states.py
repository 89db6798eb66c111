"""The life of a ticket: which states there are and which moves are allowed. Pure."""

MOVES: dict[str, frozenset[str]] = {
    "received": frozenset({"classified", "planned", "in_progress", "waiting_for_customer", "resolved"}),
    "classified": frozenset({"planned", "in_progress", "waiting_for_customer", "resolved"}),
    "planned": frozenset({"in_progress", "waiting_for_customer", "resolved"}),
    "in_progress": frozenset({"planned", "waiting_for_customer", "resolved"}),
    "waiting_for_customer": frozenset({"in_progress", "resolved"}),
    "resolved": frozenset({"closed", "in_progress"}),
    "closed": frozenset({"in_progress"}),
}
OPEN_STATES = ("received", "classified", "planned", "in_progress", "waiting_for_customer")

REASONS = (
    "request",
    "repeated_failure",
    "not_helpful",
    "complaint",
    "low_rating",
    "trouble",
    "safety",
    "mail",
    "program",
)
CATEGORIES = ("product", "service", "delivery", "payment", "account", "technical", "suggestion", "praise")


class TicketMoveRefused(Exception):
    """A ticket cannot go from its state to the wanted one."""

    def __init__(self, state: str, wanted: str) -> None:
        super().__init__(f"A ticket cannot go from {state} to {wanted}.")
        self.state = state
        self.wanted = wanted


def check_move(state: str, wanted: str) -> None:
    """Raise TicketMoveRefused unless the move is allowed."""
    if wanted not in MOVES[state]:
        raise TicketMoveRefused(state, wanted)


def is_open(state: str) -> bool:
    """Whether people still have to do something."""
    return state in OPEN_STATES
