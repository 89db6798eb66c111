"""The part of a conversation that its next turn can depend on: its state, and the last turn.

RulePolicy of Rasa 3.6.21 replays and describes every earlier turn again for each prediction, so a turn costs
more the longer a conversation lasts (measured: 0.35 ms for each earlier turn; now nothing). No rule of ours
looks further back than two actions, and what actions ask of earlier turns is in slots or in our own log.
"""

from __future__ import annotations

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker


def recent_events(tracker: DialogueStateTracker) -> tuple[Event, ...]:
    """Events that lead to the same state as all of the tracker's and hold its last turn as it was.

    Earlier turns are told by their outcome: a session's start, the slots that were set, the form that was
    active. A tracker with one turn or none keeps its events.
    """
    events = list(tracker.events)
    start = _start_of_last_turn(events)
    if start is not None and any(isinstance(event, UserUttered) for event in events[:start]):
        events = [*_outcome(tracker, events[:start]), *events[start:]]
    return tuple(_without_data(event) if isinstance(event, BotUttered) else event for event in events)


def _start_of_last_turn(events: list[Event]) -> int | None:
    """Where the last turn begins: a message right after the bot began to listen."""
    for index in range(len(events) - 1, 0, -1):
        if isinstance(events[index], UserUttered):
            before = events[index - 1]
            listened = isinstance(before, ActionExecuted) and before.action_name == ACTION_LISTEN_NAME
            return index if listened else None
    return None


def _outcome(tracker: DialogueStateTracker, events: list[Event]) -> list[Event]:
    """Events that bring a new tracker into the state after `events`, which end with the bot listening."""
    before = DialogueStateTracker.from_events(tracker.sender_id, events, tracker.slots.values())
    when = events[0].timestamp
    told: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME, timestamp=when), SessionStarted(timestamp=when)]
    loop = before.active_loop
    if loop is not None and loop.name:
        told += [ActionExecuted(loop.name, timestamp=when), ActiveLoop(loop.name, timestamp=when)]
        if loop.rejected:
            told.append(ActionExecutionRejected(loop.name, timestamp=when))
    told += [
        SlotSet(slot.name, slot.value, timestamp=when)
        for slot in before.slots.values()
        if slot.value != slot.initial_value
    ]
    if before.is_paused():
        told.append(ConversationPaused(timestamp=when))
    return [*told, events[-1]]


def _without_data(event: BotUttered) -> BotUttered:
    """What the bot said, without what was shown beside it, which is kept in our own log and read by nothing here."""
    return event if not event.data else BotUttered(event.text, None, event.metadata, event.timestamp)
