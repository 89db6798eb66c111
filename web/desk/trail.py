"""How answers were found, as colleagues read it, and which messages led to nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from support.conversations.tables import Retrieval
from web.desk.schemas import CandidateOut, EntryOut, TrailOut

_PEOPLE_HAD_IT = ("agent_joined", "handed_back")


def trail_out(found: Retrieval) -> TrailOut:
    """A search as it is shown."""
    return TrailOut(
        query=found.query,
        language=found.language,
        decision=found.decision,
        candidates=[
            CandidateOut(
                article_id=each["article_id"],
                title=each["title"],
                language=each["language"],
                probability=each["probability"],
                variant=each["variant"],
            )
            for each in found.candidates
        ],
        index_version=found.index_version,
        milliseconds=found.milliseconds,
        direct=found.direct,
    )


def last_searches(said: Sequence[tuple[str, dict[str, Any] | None, TrailOut | None]]) -> list[TrailOut]:
    """What the assistant searched before people had the chat last, or since, if it searched since. Pure.

    Args:
        said: Author, payload and trail of each message, oldest first.
    """
    found: list[TrailOut] = []
    for author, payload, trail in reversed(said):
        by_people = author == "agent" or (payload or {}).get("event") in _PEOPLE_HAD_IT
        if by_people and found:
            break
        if trail is not None:
            found.append(trail)
    return found[::-1]


def mark_unanswered(entries: Sequence[EntryOut], turns: Mapping[int, str | None]) -> None:
    """Note at a customer's message that nothing was found for it, and at the answer which one that was. Pure.

    Args:
        turns: The turn of each message by its seq: an answer may come after the next message.
    """
    asked: list[EntryOut] = []
    for entry in entries:
        if entry.author == "customer":
            asked.append(entry)
        elif entry.trail is not None and entry.trail.decision == "none" and asked:
            turn = turns.get(entry.seq)
            of_turn = [each for each in asked if turn is not None and turns.get(each.seq) == turn]
            question = (of_turn or asked)[-1]
            question.unanswered = True
            entry.nothing_for = question.seq
