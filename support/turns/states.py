"""The states of a turn, and which messages one turn may answer together. Pure.

pending -> asked -> acted -> answered; discarded when a person took over; superseded when the customer
wrote on before the answer showed. `acted`: an action of this turn changed something, such as opening a
case, so the customer must be told of it and the turn can no longer be superseded.
"""

from collections.abc import Sequence

UNSETTLED = ("pending", "asked", "acted")
IN_WORK = ("asked", "acted")

# Turns being answered at the same time. More would only make each of them slower: the dialogue server is one process.
AT_ONCE = 16
# However fast somebody writes on, they get an answer: it is not put off more often than this.
MOST_PARTS = 5


def may_join(state: str, has_trigger: bool, payloads: Sequence[object], lengths: Sequence[int], longest: int) -> bool:
    """Whether a fresh text is answered together with the turn before it.

    Args:
        state: Of that turn.
        has_trigger: Whether it has a trigger of our own instead of a message.
        payloads: Of that turn's messages; a pressed button is answered by itself.
        lengths: Characters of that turn's messages and of the fresh one.
        longest: The most characters one turn may hold.
    """
    return (
        state in ("pending", "asked")
        and not has_trigger
        and not any(payloads)
        and len(lengths) <= MOST_PARTS
        and sum(lengths) <= longest
    )
