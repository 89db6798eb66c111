"""Words for the codes that cases and feedback carry: states, reasons, colours, categories, decisions and so on."""

from texts.catalogue import LANGUAGE_NAMES, translate
from texts.catalogue import marked as _

LABELS: dict[str, dict[str, str]] = {
    "view": {
        "queue": _("Queue"),
        "mine": _("Mine"),
        "open": _("Open"),
        "resolved": _("Resolved"),
    },
    "nothing": {
        "queue": _("Nobody is waiting. New cases appear here by themselves."),
        "mine": _("You have no open case. Take one from the queue."),
        "open": _("There is no open case."),
        "resolved": _("No case has been resolved yet."),
    },
    "state": {
        "received": _("New"),
        "classified": _("Sorted"),
        "planned": _("Planned"),
        "in_progress": _("In progress"),
        "waiting_for_customer": _("Waiting for the customer"),
        "resolved": _("Resolved"),
        "closed": _("Closed"),
    },
    "chat": {
        "bot": _("With the assistant"),
        "collecting_contact": _("Asked for contact details"),
        "queued": _("Waiting in the chat"),
        "offline": _("Offline"),
        "agent": _("In the chat"),
        "closed": _("Chat ended"),
    },
    "reason": {
        "request": _("Asked for a person"),
        "repeated_failure": _("No answer found twice"),
        "not_helpful": _("Answers were not helpful"),
        "complaint": _("Complaint"),
        "low_rating": _("Low rating"),
        "trouble": _("The assistant had trouble"),
        "safety": _("Danger or fraud"),
    },
    "priority": {
        "red": _("Red: first of all"),
        "yellow": _("Yellow: soon"),
        "green": _("Green: in its turn"),
        "blue": _("Blue: when there is time"),
    },
    "field": {
        "what": _("What happened"),
        "order": _("Order"),
        "severity": _("How serious"),
        "wish": _("What would make it right"),
    },
    "severity": {
        "minor": _("A small matter"),
        "serious": _("Serious"),
        "critical": _("Very serious"),
    },
    "category": {
        "product": _("Product"),
        "service": _("Service"),
        "delivery": _("Delivery"),
        "payment": _("Payment"),
        "account": _("Account"),
        "technical": _("Technical problem"),
        "suggestion": _("Suggestion"),
        "praise": _("Praise"),
    },
    "feedback": {
        "suggestion": _("Suggestion"),
        "praise": _("Praise"),
    },
    "feedback_list": {
        "": _("All"),
        "suggestion": _("Suggestions"),
        "praise": _("Praise"),
    },
    "decision": {
        "answer": _("Answered"),
        "choices": _("Offered a choice"),
        "none": _("Nothing fitted"),
    },
    "author": {
        "customer": _("Customer"),
        "bot": _("Assistant"),
        "agent": _("Colleague"),
        "system": _("Notice"),
    },
    "pressed": {
        "choice": _("Chose an article"),
        "none_of_these": _("None of these fits"),
        "person": _("Asked to talk to a person"),
        "back_to_bot": _("Left the queue"),
        "close": _("Ended the chat"),
    },
    "event": {
        "opened": _("Case opened"),
        "contact_given": _("Contact details given"),
        "taken": _("{name} took the case"),
        "handed_back": _("{name} handed the chat back to the assistant"),
        "left": _("{name} left; the case waits again"),
        "resolved": _("{name} resolved the case"),
        "reopened": _("The customer opened the case again"),
        "more_urgent": _("The case became more urgent"),
    },
    "rating": {
        "csat": _("Satisfaction"),
        "nps": _("Would recommend us"),
        "ces": _("Ease"),
        "helpful": _("Answer"),
    },
    # What a dissatisfied customer can tick in the chat.
    "rating_reason": {
        "not_solved": _("Not solved"),
        "wrong_answer": _("Wrong answer"),
        "too_slow": _("Took too long"),
        "unclear": _("Hard to understand"),
        "impolite": _("Unfriendly tone"),
    },
    "done": {
        "taken": _("You have the chat now. The customer has been told that you are here."),
        "replied": _("Your reply was sent."),
        "file_sent": _("The file was sent."),
        "handed_back": _("The chat is with the assistant again. The case stays open with you."),
        "resolved": _("The case is resolved. The customer has been asked how it was."),
    },
}


def label(language: str, kind: str, code: str, **values: object) -> str:
    """The words for a code; a code without words is shown as it is."""
    if kind == "language":
        return LANGUAGE_NAMES.get(code, code)
    words = LABELS[kind].get(code)
    return translate(language, words, **values) if words else code
