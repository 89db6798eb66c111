"""Articles and settled cases that may help with what the customer wants to know now.

Fetched by the page by itself, because searching takes longer than reading: in a thread, never within a unit of work.
"""

import asyncio
from typing import Any

import msgspec
from litestar import Request, get
from litestar.response import Template
from sqlalchemy.orm import Session

from knowledge_base.search import SearchResult
from knowledge_base.service import KnowledgeBase
from support.conversations.tables import Conversation
from support.suggestions import queries
from support.suggestions.queries import SettledCase
from support.suggestions.rules import OpenQuestion, open_question
from support.tickets.changes import TicketNotFound
from support.tickets.summing_up import said_in
from support.tickets.tables import Ticket
from support.turns.replies import source_address
from web.desk.pages import Member, NamedServices, render
from web.desk.plain_words import plain_words
from web.services import Services
from web.solved_cases import SolvedCases

# Below this an article has nothing to do with the question: customers are offered none either.
LEAST_PROBABILITY = 0.1
MOST_ARTICLES, MOST_CASES = 5, 3
# Some more, because those that are gone meanwhile are left out.
_LOOKED_AT = 6


class SuggestedArticle(msgspec.Struct):
    """An article that may answer the question.

    Attributes:
        answer: Its Markdown.
        words: The same as plain words, to be put into a reply.
        foreign: Whether it is in another language than the customer's.
        given: Whether the customer was given it before.
    """

    article_id: str
    language: str
    title: str
    probability: float
    answer: str
    words: str
    source: str
    foreign: bool
    given: bool


class SimilarCase(msgspec.Struct):
    """A settled case, and how near its question is, 0 to 1."""

    case: SettledCase
    likeness: float


class Suggestions(msgspec.Struct):
    """What may help.

    Attributes:
        question: What was searched; empty when there is nothing to search.
        by_meaning: Whether settled cases could be compared by meaning.
    """

    question: str
    language: str
    articles: list[SuggestedArticle]
    cases: list[SimilarCase]
    by_meaning: bool


class _Asked(msgspec.Struct):
    question: OpenQuestion
    language: str
    conversation_id: str
    given: frozenset[str]


@get("/desk/tickets/{ticket_id:str}/suggestions", include_in_schema=False)
async def desk_suggestions(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template:
    """The part of the page with suggestions."""
    found = await suggestions(services, ticket_id)
    return render(request, "desk/suggestions.html", found=found)


@get(
    "/api/tickets/{ticket_id:str}/suggestions",
    opt={"exclude_from_csrf": True, "scope": "tickets"},
    tags=["Tickets"],
    security=[{"staff": []}],
    summary="What may help with a case",
)
async def case_suggestions(services: NamedServices, member: Member, ticket_id: str) -> Suggestions:
    """Articles and settled cases that may help with a case, the best first."""
    return await suggestions(services, ticket_id)


async def suggestions(services: Services, ticket_id: str) -> Suggestions:
    """What may help with a case now.

    Raises:
        TicketNotFound: For an unknown case.
    """
    asked = await services.database.read(lambda session: _asked(session, ticket_id))
    searched = await asyncio.to_thread(_searched, services.knowledge_base, services.solved_cases, asked)
    text, articles, like = searched
    keys = [key for key, _ in like]
    known = await services.database.read(lambda session: queries.settled_cases(session, keys, asked.conversation_id))
    cases = [SimilarCase(known[key], min(1.0, likeness)) for key, likeness in like if key in known]
    understood = bool(asked.question.whole) and services.solved_cases.understands(asked.question.whole)
    return Suggestions(text, asked.language, articles, cases[:MOST_CASES], understood)


def _asked(session: Session, ticket_id: str) -> _Asked:
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise TicketNotFound(ticket_id)
    chat = session.get_one(Conversation, ticket.conversation_id)
    said = said_in(session, chat.id)
    question = open_question(said, ticket.details or {}, ticket.language)
    given = frozenset(each.article_id for each in said if each.article_id)
    return _Asked(question, chat.language, chat.id, given)


def _searched(
    knowledge_base: KnowledgeBase, solved: SolvedCases, asked: _Asked
) -> tuple[str, list[SuggestedArticle], list[tuple[str, float]]]:
    """What was searched, the articles found, and the cases that are alike."""
    question = asked.question
    if not question.whole:
        return "", [], []
    # What was erased a moment ago is let go of before anything is looked for.
    solved.refresh()
    like = solved.like(question.whole, _LOOKED_AT)
    result = knowledge_base.search(question.text, asked.language, question.context or None)
    articles = _articles(knowledge_base, result, asked)
    if articles or question.whole == question.text:
        return question.text, articles, like
    # Their last words lead to nothing: then what the whole case is about may.
    result = knowledge_base.search(question.whole, asked.language)
    return question.whole, _articles(knowledge_base, result, asked), like


def _articles(knowledge_base: KnowledgeBase, result: SearchResult, asked: _Asked) -> list[SuggestedArticle]:
    found = []
    for candidate in result.candidates[:MOST_ARTICLES]:
        article = knowledge_base.article(candidate.article_id, asked.language)
        if article is None or candidate.probability < LEAST_PROBABILITY:
            continue
        found.append(
            SuggestedArticle(
                article_id=article.key,
                language=article.language,
                title=article.question,
                probability=candidate.probability,
                answer=article.answer,
                words=plain_words(article.answer),
                source=source_address(article.key, article.language),
                foreign=article.language != asked.language,
                given=article.key in asked.given,
            )
        )
    return found
