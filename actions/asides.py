"""What is said when something else comes in between, in the middle of a form. The form then asks again."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import base
from actions.answer import search, tell
from support.understanding.small_talk import small_talk_kind

_COURTESIES = {
    "greet": "utter_greet",
    "thanks": "utter_thanks",
    "goodbye": "utter_goodbye",
    "are_you_a_bot": "utter_are_you_a_bot",
    "abuse": "utter_abuse",
    "praise": "utter_thanks",
}
# An intent that is less sure than this says too little in a field where any words may be meant.
SURE = 0.8


def say_courtesy(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Answer a greeting, thanks, small talk and the like; returns whether the message was one."""
    intent = base.intent(tracker)
    if intent == "small_talk":
        base.utter(dispatcher, f"utter_small_talk_{small_talk_kind(base.text(tracker))}")
        return True
    if intent in _COURTESIES:
        base.utter(dispatcher, _COURTESIES[intent])
        return True
    return False


async def answer_if_found(
    dispatcher: CollectingDispatcher, tracker: Tracker, choices: bool = True, words: str | None = None
) -> bool:
    """Answer a question from the articles; returns False, and says nothing, when none fits.

    Args:
        choices: Whether to offer a choice as well, when none fits clearly.
        words: What of the message is the question, when not all of it is.
    """
    results = await search(tracker, parts=[words] if words else None)
    if results[0].decision == "answer" or (choices and results[0].decision == "choices"):
        tell(dispatcher, results)
        return True
    return False
