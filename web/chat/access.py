"""Who may read and write a conversation: whoever holds its token."""

from typing import Any

from litestar import Request

from support.conversations import queries
from support.conversations.tokens import hash_token
from web.chat.door import visitor
from web.problems import Problem
from web.services import Services


async def conversation_of_token(request: Request[Any, Any, Any], services: Services, conversation: str) -> str:
    """The id of the conversation in the path, once the token proved to be its own.

    An unknown conversation and a foreign token are answered alike, so that nobody learns which ids exist.

    Raises:
        Problem: 401 without a token, 404 when the token opens no such conversation, 429 after too many of those.
    """
    if services.tokens.has(conversation, hash_of_token(request)):
        return conversation
    return await conversation_looked_up(request, services, conversation)


async def conversation_looked_up(request: Request[Any, Any, Any], services: Services, conversation: str) -> str:
    """The same, always by the database: for what concerns all conversations of the customer.

    Raises:
        Problem: As `conversation_of_token`.
    """
    hashed = hash_of_token(request)
    await services.limits.admit_guess(visitor(request))
    forgotten = services.tokens.forgotten
    found = await services.database.read(lambda session: queries.by_token(session, conversation, hashed))
    if found is None:
        await services.limits.note_wrong_token(visitor(request))
        raise Problem(
            404,
            "Conversation not found",
            "There is no such conversation for this token. Please start a new one.",
            "token",
        )
    services.tokens.keep(conversation, hashed, forgotten)
    return found.id


def hash_of_token(request: Request[Any, Any, Any]) -> str:
    """How the token that a request brings would be kept.

    Raises:
        Problem: 401 when it brings none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "Not signed in", "Send the conversation's token as Authorization: Bearer.", "token")
    return hash_token(token)
