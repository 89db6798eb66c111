"""What the bot says when people hand a chat back: where things stand, and never the greeting over again. Pure."""

from typing import Any

from support.turns.replies import BotMessage
from texts.catalogue import translate


def handed_back_message(language: str, context: dict[str, Any], title: str = "") -> BotMessage:
    """One message that shows that the bot knows.

    Args:
        context: As `support.tickets.handing_back.Context.trigger` gave it.
        title: Of the article that was talked about last; empty when there was none.
    """
    told = {"name": context["by"], "number": context["number"]}
    if title:
        words = translate(
            language,
            "You and {name} wrote about case {number}, last about “{title}”. Just go on from there: what you told us "
            "is kept with the case. You can have a person again at any time.",
            title=title,
            **told,
        )
    else:
        words = translate(
            language,
            "You and {name} wrote about case {number}. Just go on from here: what you told us is kept with the case. "
            "You can have a person again at any time.",
            **told,
        )
    return BotMessage(words, {"offer": ["person"]})


def with_people(context: object) -> dict[str, Any] | None:
    """What was talked about with people, if a trigger tells it; a form that people ended tells nothing."""
    return context if isinstance(context, dict) and context.get("by") else None
