"""The fields of our forms, as slots: which there are, what they hold, and how they are emptied."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet

from support.complaints.rules import CANCELLED, LATER, SKIPPED, Complaint

Events = list[dict[str, Any]]

COMPLAINT_FIELDS = ("complaint_what", "complaint_order", "complaint_severity", "complaint_wish", "contact")
TICKET_FIELDS = ("ticket_number", "contact")
# Everything that a form leaves behind.
_FORM_SLOTS = ("requested_slot", *COMPLAINT_FIELDS, "ticket_number", "feedback_text")


def complaint_of(tracker: Tracker) -> Complaint:
    """The complaint as far as it was told; what the customer would rather leave out is empty."""

    def told(field: str) -> str:
        value = tracker.get_slot(field)
        return "" if value in (None, SKIPPED, LATER, CANCELLED) else str(value)

    return Complaint(
        told("complaint_what"), told("complaint_order"), told("complaint_severity"), told("complaint_wish")
    )


def filled(tracker: Tracker, fields: tuple[str, ...]) -> list[str]:
    """The fields that were answered or skipped."""
    return [field for field in fields if tracker.get_slot(field) is not None]


def cancelled(fields: tuple[str, ...]) -> Events:
    """Events that end a form from within: every field is marked, so that nothing is asked any more."""
    return [SlotSet(field, CANCELLED) for field in fields]


def was_cancelled(tracker: Tracker, fields: tuple[str, ...]) -> bool:
    """Whether the form was cancelled."""
    return any(tracker.get_slot(field) == CANCELLED for field in fields)


def leave_form() -> Events:
    """Events that end whatever form was active, and empty its fields."""
    return [ActiveLoop(None), *empty_fields()]


def empty_fields() -> Events:
    """Events that empty every field, so that the next form begins anew."""
    return [SlotSet(name, None) for name in _FORM_SLOTS]
