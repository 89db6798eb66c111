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
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "Not signed in", "Send the conversation's token as Authorization: Bearer.", "token")
    hashed = hash_token(token)
    if services.tokens.has(conversation, hashed):
        return conversation
    await services.limits.admit_guess(visitor(request))
    found = await services.database.read(lambda session: queries.by_token(session, conversation, hashed))
    if found is None:
        await services.limits.note_wrong_token(visitor(request))
        raise Problem(
            404,
            "Conversation not found",
            "There is no such conversation for this token. Please start a new one.",
            "token",
        )
    services.tokens.keep(conversation, hashed)
    return found.id
