"""The same request sent twice is one request: what a program's own key and the request stand for. Pure."""

import hashlib
import hmac
import uuid

import msgspec

from texts.catalogue import marked
from web.problems import Problem

LONGEST_KEY = 200


def own_id(secret: str, caller: str, key: str | None) -> str | None:
    """An id for a key, as only we can make it; None without a key.

    It must not be guessed: whoever knows the id that opened a conversation gets in (see support.conversations.opening).

    Args:
        caller: Whose key it is; another program's same key is another one.

    Raises:
        Problem: 422, for an empty or overlong key.
    """
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY:
        detail = marked("Idempotency-Key has 1 to {longest} characters.")
        raise Problem(422, "Key not accepted", detail, "idempotency_key", longest=LONGEST_KEY)
    made = hmac.new(secret.encode(), f"idempotency:{caller}:{key}".encode(), hashlib.sha256).digest()
    return str(uuid.UUID(bytes=made[:16], version=4))


def digest(secret: str, body: msgspec.Struct) -> str:
    """What a request holds, in 64 signs: the same for the same contents, in whatever order they were written.

    With our secret, so that nobody can find out by trying what a short request said.
    """
    written = msgspec.json.encode(body, order="deterministic")
    return hmac.new(secret.encode(), b"request:" + written, hashlib.sha256).hexdigest()
