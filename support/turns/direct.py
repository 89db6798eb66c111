"""Answering without the dialogue server, when it is down, slow or failing."""

from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from support.handoff import operations as handoff
from support.handoff.rules import asks_for_person
from support.turns.operations import TurnWork
from support.turns.replies import (
    BotMessage,
    Reply,
    answer_message,
    article_message,
    choices_message,
    nothing_message,
)
from texts.catalogue import translate


def answer_directly(database: Database, knowledge_base: KnowledgeBase, work: TurnWork) -> Reply:
    """The best answer there is without dialogue: from the knowledge base, or a ticket."""
    kind = (work.payload or work.trigger or {}).get("kind")
    if kind == "person" or (kind is None and asks_for_person(work.text)):
        return _ticket(database, work, "request")
    if kind == "hand_off":
        return _ticket(database, work, str((work.trigger or {}).get("reason", "trouble")))
    if kind == "handed_back":
        words = translate(work.language, "The assistant is here again. What would you like to know?")
        return Reply((BotMessage(words),))
    if kind == "choice":
        article = knowledge_base.article(str((work.payload or {})["article_id"]), work.language)
        if article is not None:
            return Reply((article_message(article),))
    if not work.text or kind == "none_of_these":
        words = translate(work.language, "Please tell me in other words, or ask for a person.")
        return Reply((BotMessage(words, {"offer": ["person"]}),))
    result = knowledge_base.search(work.text, work.language)
    if result.decision == "answer":
        return Reply((answer_message(result),))
    if result.decision == "choices":
        return Reply((choices_message(result, translate(work.language, "Did you mean one of these?")),))
    words = translate(
        work.language,
        "I could not find an answer to this, and I would rather say so than guess. A person can help you.",
    )
    return Reply((nothing_message(result, words),))


def _ticket(database: Database, work: TurnWork, reason: str) -> Reply:
    with database.writing() as session:
        case = handoff.request(session, work.conversation_id, reason, work.turn_id)
    if case.place is not None:
        words = translate(
            work.language,
            "Your case is {number}. You are number {place} in the queue; a colleague will be with you.",
            number=case.number,
            place=case.place,
        )
    else:
        words = translate(
            work.language,
            "Your case is {number}. Nobody is on duty right now. "
            "Please write your e-mail address or phone number here, and a colleague will get back to you.",
            number=case.number,
        )
    return Reply((BotMessage(words, {"ticket": case.payload()}),))
