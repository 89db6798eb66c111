"""Words about webhooks: what can be told, what became of a call, and why something was refused."""

from support.integrations.addresses import LONGEST_URL
from support.integrations.events import ALL_TICKET_EVENTS
from support.integrations.webhooks import LONGEST_NAME, MOST_WEBHOOKS
from texts.catalogue import marked, translate
from web.desk.labels import LABELS

EVENT_WORDS = {
    "conversation.created": marked("A conversation was opened"),
    "conversation.status_changed": marked("Somebody else is in charge, or the chat ended"),
    "conversation.erased": marked("A customer erased a conversation"),
    "message.created": marked("Something was said (with the words)"),
    "rating.given": marked("A rating was given or changed"),
    ALL_TICKET_EVENTS: marked("Every line in the timeline of a case"),
}
TICKET_EVENTS = [f"ticket.{kind}" for kind in LABELS["event"]]
STATES = {
    "waiting": marked("Waiting"),
    "sending": marked("Under way"),
    "delivered": marked("Delivered"),
    "failed": marked("Given up"),
}
# Why nothing came back; see support/integrations/delivery.py.
TROUBLES = {
    "timeout": marked("No answer within 10 seconds"),
    "private": marked("The name stands for an address inside the network, which is not called"),
    "tls": marked("The certificate could not be verified"),
    "connection": marked("No connection could be made"),
}
_DONE = {
    "changed": marked("The webhook was changed."),
    "pinged": marked("A call is on its way. Reload in a moment to see what became of it."),
    "removed": marked("The webhook was removed."),
    "replayed": marked("Calls that are made again: {count}"),
}
_REFUSALS = {
    "name": marked("Please give the webhook a name of at most {limit} characters."),
    "taken": marked("There is a webhook of that name already. Please give this one another name."),
    "events": marked("Please choose at least one event."),
    "too_many": marked("There can be {most} webhooks at most. Please remove one first."),
    "off": marked("This webhook is switched off, so it makes no calls. Switch it on, then make them again."),
    "form": marked("This is no address that can be called. It has at most {longest} characters and no spaces."),
    "scheme": marked("The address must begin with https:// or http://."),
    "credentials": marked("An address with a user name or password in it is not kept. The signature proves who calls."),
    "private": marked(
        "This address is inside the network. Whoever runs Huilu can allow such addresses (HUILU_WEBHOOK_PRIVATE)."
    ),
}


# Which field of the form each is about; others are about none.
_FIELDS = {"name": "name", "taken": "name", "events": "events"} | dict.fromkeys(
    ("form", "scheme", "credentials", "private"), "url"
)


def done(language: str, code: str, **values: object) -> str:
    """What was just done; nothing for an unknown code."""
    return translate(language, _DONE[code], **values) if code in _DONE else ""


def refused(language: str, code: str) -> dict[str, str]:
    """What a page tells of a refusal: the `problem` in words and the field that is `wrong`; both empty without one."""
    return {"problem": refusal(language, code) if code else "", "wrong": _FIELDS.get(code, "")}


def refusal(language: str, code: str) -> str:
    """Why a webhook was not kept, or a call is not made again."""
    return translate(language, _REFUSALS[code], limit=LONGEST_NAME, most=MOST_WEBHOOKS, longest=LONGEST_URL)
