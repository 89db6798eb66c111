"""The site's signature: what it opens, and that it counts once."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from storage.base import now
from storage.engine import Database
from support.conversations.tables import Conversation
from support.customers.identity import SignatureRefused
from support.customers.operations import CustomerDetails
from support.customers.tables import UsedNonce
from tests.support.opening_made import count, own_id, signed, start


@pytest.mark.parametrize("change", [{"signature": "0" * 64}, {"id": "c-8"}, {"nonce": "another-nonce"}, {"time": None}])
def test_a_wrong_signature_opens_no_conversation(database: Database, change: dict[str, Any]) -> None:
    details = CustomerDetails(**(vars(signed()) | change))
    with pytest.raises(SignatureRefused, match="signature"):
        start(database, details=details)
    assert (count(database, Conversation), count(database, UsedNonce)) == (0, 0)


def test_an_old_signature_opens_no_conversation(database: Database) -> None:
    with pytest.raises(SignatureRefused, match="expired"):
        start(database, details=signed(at=int(time.time()) - 310))


def test_a_signature_counts_once(database: Database) -> None:
    word = signed()
    start(database, details=word, client_id=own_id())
    for client_id in (own_id(), None):
        with pytest.raises(SignatureRefused, match="used"):
            start(database, details=word, client_id=client_id)


def test_the_same_request_may_bring_its_signature_again(database: Database) -> None:
    word, own = signed(), own_id()
    first = start(database, details=signed())
    for _ in range(2):
        assert start(database, details=word, client_id=own).conversation.id == first.conversation.id


def test_one_signature_brought_by_eight_threads_at_once_is_used_once(database: Database) -> None:
    word = signed()

    def bring(_: int) -> bool:
        try:
            start(database, details=word, client_id=own_id())
        except SignatureRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(bring, range(8))) == 1


def test_eight_devices_of_a_new_customer_at_once_are_one_customer(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: start(database, details=signed(), client_id=own_id()), range(8)))
    assert len({each.conversation.customer_id for each in opened}) == 1


def test_used_signatures_are_kept_only_while_they_could_be_used_again(database: Database) -> None:
    with database.writing() as session:
        session.add(UsedNonce(nonce="an-old-nonce", expires_at=now() - timedelta(seconds=1)))
    start(database, details=signed(nonce="a-fresh-nonce"))
    with database.reading() as session:
        assert list(session.scalars(select(UsedNonce.nonce))) == ["a-fresh-nonce"]
