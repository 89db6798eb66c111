"""Reading what a summary is made of, and keeping the one in lists in step with the talk. None of these commit."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.conversations.tables import Message
from support.satisfaction.tables import Rating
from support.tickets import queries
from support.tickets.summary import LOOKED_AT, Said, Summary, summarise
from support.tickets.tables import Ticket


def said_in(session: Session, conversation_id: str, latest: int | None = None) -> Sequence[Said]:
    """What customer and assistant said in a conversation, oldest first, with what was thought of each answer.

    Args:
        latest: Only so many, the last ones; None for all.
    """
    rated = select(Rating.subject_id, Rating.score).where(
        Rating.conversation_id == conversation_id, Rating.kind == "helpful"
    )
    helped = {row.subject_id: bool(row.score) for row in session.execute(rated)}
    newest_first = session.execute(
        select(Message.id, Message.author, Message.text, Message.language, Message.payload)
        .where(Message.conversation_id == conversation_id, Message.author.in_(("customer", "bot")))
        .order_by(Message.seq.desc())
        .limit(latest)
    )
    found = []
    for row in reversed(newest_first.all()):
        payload = row.payload or {}
        answer = payload.get("answer") or {}
        found.append(
            Said(
                author=row.author,
                text="" if payload.get("file") else row.text,
                language=row.language,
                pressed=row.author == "customer" and bool(payload.get("kind")),
                article=str(answer.get("title", "")),
                article_language=str(answer.get("language", "")),
                helped=helped.get(row.id),
                article_id=str(answer.get("article_id", "")),
            )
        )
    return found


def sum_up(session: Session, ticket: Ticket) -> Summary:
    """The summary of a case as it stands now."""
    return summarise(said_in(session, ticket.conversation_id, LOOKED_AT), ticket.details or {}, ticket.language)


def renew(session: Session, ticket: Ticket) -> None:
    """Bring the summary that is kept with a (locked) case up to date."""
    ticket.summary = sum_up(session, ticket).as_text()


def renew_for(session: Session, conversation_id: str) -> None:
    """The same for the open case of a (locked) conversation, if there is one."""
    ticket = queries.open_for(session, conversation_id)
    if ticket is not None:
        renew(session, ticket)
