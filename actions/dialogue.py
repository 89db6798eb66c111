"""Short words whose meaning depends on what was said before: yes, no, insults, small talk."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.answer import (
    NONE_OF_THESE,
    after_choice,
    answered_as_question,
    met_unhelpful,
    picked_by_words,
    search,
    tell,
    tell_choice,
)
from actions.ticket_status import reopen_shown
from support.handoff.rules import LIKELY_ACT
from support.understanding.form_words import did_not_help
from support.understanding.patterns import patterns
from support.understanding.small_talk import small_talk_kind
from texts.language import fold

Events = list[dict[str, Any]]


class ActionYes(Action):
    """A yes: to the offer to open a case again, to a person, to the one article that was offered, or to nothing."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_yes"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Do what was offered last."""
        words = base.text(tracker)
        nothing_due: Events = [SlotSet("hand_off_due", False)]
        if tracker.get_slot("reopen_offered"):
            told = await reopen_shown(dispatcher, tracker)
            return [*nothing_due, *told, SlotSet("reopen_offered", False)]
        choices = tracker.get_slot("choices")
        key = picked_by_words(tracker)
        if key is None and patterns("choosing")["settled"].search(fold(words)):
            base.utter(dispatcher, "utter_affirm")
            return [*nothing_due, SlotSet("choices", None)]
        if key is None and choices and len(choices) == 1:
            key = str(choices[0][0])
        if key is not None:
            return after_choice(key, await tell_choice(dispatcher, tracker, key))
        if choices and not tracker.get_slot("person_offered"):
            base.utter(dispatcher, "utter_which_one")
            return nothing_due
        if tracker.get_slot("person_offered") and not patterns("choosing")["acknowledges"].search(fold(words)):
            return [SlotSet("hand_off_due", True)]
        base.utter(dispatcher, "utter_affirm")
        return nothing_due


class ActionNo(Action):
    """A no: to the articles that were offered, or to anything else."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_no"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Take the offers back."""
        if tracker.get_slot("choices"):
            await tell_choice(dispatcher, tracker, NONE_OF_THESE)
            return after_choice(NONE_OF_THESE, said=False)
        if did_not_help(base.text(tracker)):
            return met_unhelpful(dispatcher, tracker)
        if events := await answered_as_question(dispatcher, tracker):
            return events
        base.utter(dispatcher, "utter_deny")
        return [SlotSet("reopen_offered", False), SlotSet("person_offered", False)]


class ActionAbuse(Action):
    """Meets an insult calmly, once; from the second on a person is offered."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_abuse"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Stay calm."""
        if events := await answered_as_question(dispatcher, tracker):
            return events
        if base.confidence(tracker) < LIKELY_ACT:
            # Better to overhear an insult than to hear one where somebody asked.
            tell(dispatcher, await search(tracker))
            return [SlotSet("person_offered", True)]
        if tracker.get_slot("abuse_met"):
            base.utter(dispatcher, "utter_abuse_again", {"offer": ["person"]})
            return [SlotSet("person_offered", True)]
        base.utter(dispatcher, "utter_abuse")
        return [SlotSet("abuse_met", True)]


class ActionAreYouABot(Action):
    """Says plainly what we are."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_are_you_a_bot"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Say it."""
        if events := await answered_as_question(dispatcher, tracker):
            return events
        base.utter(dispatcher, "utter_are_you_a_bot")
        return []


class ActionSkip(Action):
    """A skip where nothing was asked."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_skip"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Go on."""
        if events := await answered_as_question(dispatcher, tracker):
            return events
        base.utter(dispatcher, "utter_skip")
        return []


class ActionSmallTalk(Action):
    """One sentence of small talk."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_small_talk"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Say it."""
        if events := await answered_as_question(dispatcher, tracker):
            return events
        base.utter(dispatcher, f"utter_small_talk_{small_talk_kind(base.text(tracker))}")
        return []
