"""Answering without the dialogue server, when it is down, slow or failing."""

from knowledge_base.service import KnowledgeBase
from storage.base import now
from storage.engine import Database
from support.customers.identity import contact_in
from support.feedback import queries as feedback
from support.handoff import operations as handoff
from support.handoff.operations import HandOff
from support.handoff.rules import asks_for_person
from support.handoff.words import more_words
from support.mail.words import confirmation_words
from support.turns.courtesies import courtesy
from support.turns.handed_back import handed_back_message, with_people
from support.turns.operations import TurnOver
from support.turns.replies import (
    BotMessage,
    Reply,
    answer_message,
    article_message,
    choices_message,
    nothing_message,
)
from support.turns.several import answers_beside, search_all
from support.turns.work import TurnWork
from support.understanding.danger import danger_in
from texts.catalogue import translate


def answer_directly(database: Database, knowledge_base: KnowledgeBase, work: TurnWork) -> Reply:
    """The best answer there is without dialogue: from the knowledge base, or a ticket."""
    try:
        kept = _already_done(database, work) or _contact(database, work)
        if kept is not None:
            return Reply((kept,))
        kind = (work.payload or work.trigger or {}).get("kind")
        if kind is None and any(danger_in(part) for part in work.parts):
            return Reply((BotMessage(_care(work.language)), _ticket(database, work, "safety")))
        if kind == "person" or (kind is None and any(asks_for_person(part) for part in work.parts)):
            beside = answers_beside(knowledge_base, work.parts, work.language)
            return Reply((*(answer_message(result) for result in beside), _ticket(database, work, "request")))
        if kind == "hand_off":
            return Reply((_ticket(database, work, str((work.trigger or {}).get("reason", "trouble"))),))
    except TurnOver:
        # Answered or superseded meanwhile; whatever is said now is not stored.
        return Reply(())
    if kind == "handed_back" and (context := with_people(work.trigger)) is not None:
        article = knowledge_base.article(context["article"], work.language) if context["article"] else None
        return Reply((handed_back_message(work.language, context, article.question if article else ""),))
    return Reply(tuple(_found(knowledge_base, work, kind)))


def _found(knowledge_base: KnowledgeBase, work: TurnWork, kind: str | None) -> list[BotMessage]:
    if kind == "handed_back":
        words = translate(work.language, "The assistant is here again. What would you like to know?")
        return [BotMessage(words)]
    if kind == "choice":
        article = knowledge_base.article(str((work.payload or {})["article_id"]), work.language)
        if article is not None:
            return [article_message(article, work.language)]
    if not work.text or kind == "none_of_these":
        words = translate(work.language, "Please tell me in other words, or ask for a person.")
        return [BotMessage(words, {"offer": ["person"]})]
    said = courtesy(work.text)
    if said is not None:
        return [BotMessage(_courteous_words(work.language)[said])]
    results = search_all(knowledge_base, work.parts, work.language)
    if results[0].decision == "answer":
        return [answer_message(result) for result in results]
    if results[0].decision == "choices":
        return [choices_message(results[0], translate(work.language, "Did you mean one of these?"))]
    words = translate(
        work.language,
        "I could not find an answer to this, and I would rather say so than guess. A person can help you.",
    )
    return [nothing_message(results[0], words)]


def _care(language: str) -> str:
    return translate(
        language,
        "Your safety comes first: please keep away from what is dangerous, and call the emergency services if anybody "
        "is hurt or in danger. Your case goes ahead of all others.",
    )


def _courteous_words(language: str) -> dict[str, str]:
    return {
        "thanks": translate(language, "You are welcome! If something else comes up, just ask."),
        "greeting": translate(language, "Hello! What would you like to know?"),
        "farewell": translate(language, "Goodbye, and take care!"),
        "no": translate(language, "All right. If there is something else, just tell me."),
        "yes": translate(language, "Good. What would you like to know?"),
    }


def _already_done(database: Database, work: TurnWork) -> BotMessage | None:
    """What an action of this turn did before the dialogue server failed: the customer must hear of it."""
    with database.reading() as session:
        kept = feedback.by_turn(session, work.turn_id)
        if kept is not None:
            words = translate(work.language, "Thank you, it is noted under {number}.", number=kept.number)
            return BotMessage(words, {"receipt": {"number": kept.number, "kind": kept.kind}})
        if not handoff.opened_case(session, work.turn_id):
            return None
    return _ticket(database, work, "request")


def _contact(database: Database, work: TurnWork) -> BotMessage | None:
    """Keep an e-mail address or phone number for the open case; None when this is none."""
    if not work.text or contact_in(work.text) is None:
        return None
    with database.writing() as session:
        saved = handoff.save_contact(session, work.conversation_id, work.text, work.turn_id)
    if saved is None:
        return None
    case, contact = saved
    words = translate(
        work.language,
        "Thank you, noted. A colleague will reach you at {contact} about case {number}.",
        contact=contact,
        number=case.number,
    )
    return BotMessage(_confirmed(work.language, words, case), {"ticket": case.payload()})


def _ticket(database: Database, work: TurnWork, reason: str) -> BotMessage:
    with database.writing() as session:
        case = handoff.request(session, work.conversation_id, reason, work.turn_id)
    words = _confirmed(work.language, _case_words(work.language, case), case)
    return BotMessage(words, {"ticket": case.payload()})


def _confirmed(language: str, words: str, case: HandOff) -> str:
    """With where a confirmation goes by mail, if one does."""
    return f"{words} {confirmation_words(language, case.confirmed_to)}" if case.confirmed_to else words


def _case_words(language: str, case: HandOff) -> str:
    more = more_words(language, case.wait_minutes, case.opening, now())
    said = _place_words(language, case)
    return f"{said}\n\n{more}" if more else said


def _place_words(language: str, case: HandOff) -> str:
    if case.place is not None:
        return translate(
            language,
            "Your case is {number}. You are number {place} in the queue right now; a colleague will be with you.",
            number=case.number,
            place=case.place,
        )
    if not case.needs_contact:
        return translate(
            language, "Your case is {number}. A colleague will get back to you about it.", number=case.number
        )
    return translate(
        language,
        "Your case is {number}. Nobody is on duty right now. "
        "Please write your e-mail address or phone number here, and a colleague will get back to you.",
        number=case.number,
    )
