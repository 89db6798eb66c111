"""Opening conversations and signing customers in, as the tests of both do it."""

import time
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from storage.base import now
from storage.engine import Database
from support.conversations import opening, queries, signing_in
from support.conversations.opening import Started, Visit
from support.conversations.signing_in import SignedIn
from support.conversations.tables import Conversation
from support.conversations.tokens import Secrets, hash_token
from support.customers.identity import signature
from support.customers.operations import CustomerDetails
from support.customers.tables import Customer
from tests.support.conftest import SECRETS


def own_id() -> str:
    return str(uuid.uuid4())


def signed(external_id: str = "c-7", nonce: str | None = None, at: int | None = None, **more: str) -> CustomerDetails:
    """What a page says once its site has signed the user."""
    moment, used = at or int(time.time()), nonce or uuid.uuid4().hex
    word = signature(SECRETS.identity, external_id, moment, used)
    return CustomerDetails(id=external_id, signature=word, time=moment, nonce=used, **more)


def start(database: Database, language: str = "en", secrets: Secrets = SECRETS, **said: Any) -> Started:
    with database.writing() as session:
        return opening.start(session, Visit(language, **said), secrets)


def sign_in(database: Database, conversation_id: str, details: CustomerDetails) -> SignedIn:
    with database.writing() as session:
        return signing_in.sign_in(session, conversation_id, details, SECRETS, own_id())


def opens(database: Database, conversation_id: str, token: str) -> bool:
    with database.reading() as session:
        return queries.by_token(session, conversation_id, hash_token(token)) is not None


def customer_of(database: Database, conversation_id: str) -> Customer:
    with database.reading() as session:
        return session.get_one(Customer, session.get_one(Conversation, conversation_id).customer_id)


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def age(database: Database, conversation_id: str, hours: float) -> None:
    """Let the last word in a conversation be older."""
    with database.writing() as session:
        moment = now() - timedelta(hours=hours)
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(updated_at=moment))
