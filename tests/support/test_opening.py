"""Opening a conversation and going on with one: by the same request, in the same browser, as the same customer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from storage.base import now
from storage.engine import Database
from support.conversations import opening, signing_in
from support.conversations import operations as conversations
from support.conversations.opening import Visit
from support.conversations.opening_limit import TooManyConversations
from support.conversations.operations import ConversationClosed
from support.conversations.tables import Conversation
from support.conversations.tokens import Secrets
from support.customers import operations as customers
from support.customers.identity import SignatureRefused
from support.customers.operations import CustomerDetails, has_consented
from support.customers.tables import Customer, UsedNonce
from support.privacy.operations import erase_conversation
from tests.support.conftest import SECRETS, Chat
from tests.support.opening_made import age, count, customer_of, opens, own_id, sign_in, signed, start


def test_the_same_request_again_is_the_same_conversation_with_a_token_that_opens_it(database: Database) -> None:
    own = own_id()
    first, again = start(database, client_id=own), start(database, client_id=own)
    assert (again.conversation.id, again.token) == (first.conversation.id, first.token)
    assert opens(database, again.conversation.id, again.token)
    assert (count(database, Conversation), count(database, Customer)) == (1, 1)
    assert start(database, client_id=own_id()).conversation.id != first.conversation.id


def test_one_request_sent_by_eight_threads_at_once_opens_one_conversation(database: Database) -> None:
    own = own_id()
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: start(database, client_id=own), range(8)))
    assert len({each.conversation.id for each in opened}) == 1
    assert count(database, Conversation) == 1


def test_a_repeated_request_is_told_all_that_was_said_meanwhile(database: Database) -> None:
    own = own_id()
    Chat(database, start(database, client_id=own).conversation.id).say("where is my parcel")
    assert [each.author for each in start(database, client_id=own).messages] == ["bot", "customer"]


def test_a_new_conversation_of_the_same_browser_is_the_same_customers(database: Database) -> None:
    first = start(database, details=CustomerDetails(name="Anna"))
    second = start(database, previous=(first.conversation.id, first.token))
    assert second.conversation.id != first.conversation.id
    assert second.conversation.customer_id == first.conversation.customer_id
    assert "Anna" in second.greeting.text


@pytest.mark.parametrize("token", ["", "wrong"])
def test_an_earlier_conversation_counts_only_with_its_token(database: Database, token: str) -> None:
    first = start(database)
    second = start(database, previous=(first.conversation.id, token))
    assert second.conversation.customer_id != first.conversation.customer_id


def test_a_customer_who_is_gone_by_the_time_they_would_be_locked_is_a_new_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start(database)
    monkeypatch.setattr(customers, "locked", lambda session, customer_id: None)
    begun = start(database, previous=(first.conversation.id, first.token))
    assert begun.conversation.customer_id != first.conversation.customer_id


def test_who_was_removed_meanwhile_is_locked_no_more(database: Database) -> None:
    with database.writing() as session:
        known = Customer(language="en")
        session.add(known)
        session.flush()
        gone = delete(Customer).where(Customer.id == known.id).execution_options(synchronize_session=False)
        session.execute(gone)
        assert customers.locked(session, known.id) is None


def test_a_customer_whom_the_database_refuses_is_an_error_and_is_not_tried_forever(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        customers.signed_customer(session, CustomerDetails("c-7"), None)  # type: ignore[arg-type]


def test_an_erased_earlier_conversation_proves_nothing(database: Database) -> None:
    first = start(database)
    with database.writing() as session:
        erase_conversation(session, first.conversation.id)
    second = start(database, previous=(first.conversation.id, first.token))
    assert second.conversation.customer_id != first.conversation.customer_id


def test_without_the_sites_word_nothing_is_said_in_a_signed_customers_name(database: Database) -> None:
    first = start(database, details=signed())
    second = start(database, previous=(first.conversation.id, first.token))
    assert second.conversation.customer_id != first.conversation.customer_id
    assert customer_of(database, second.conversation.id).external_id is None


def test_a_signed_customer_goes_on_with_their_conversation_on_another_device(database: Database) -> None:
    first = start(database, details=signed(name="Li"))
    Chat(database, first.conversation.id).say("where is my parcel")
    elsewhere = start(database, "zh-Hans", details=signed(), page="/cart", context={"cart": "A-1"})
    assert elsewhere.conversation.id == first.conversation.id
    assert [each.author for each in elsewhere.messages] == ["bot", "customer"]
    assert opens(database, first.conversation.id, elsewhere.token)
    assert opens(database, first.conversation.id, first.token), "the first device goes on as well"
    assert elsewhere.conversation.context == {"cart": "A-1"}


def test_what_was_said_more_than_a_day_ago_is_not_gone_on_with(database: Database) -> None:
    first = start(database, details=signed())
    age(database, first.conversation.id, 23.9)
    assert start(database, details=signed()).conversation.id == first.conversation.id
    age(database, first.conversation.id, 24.1)
    later = start(database, details=signed())
    assert later.conversation.id != first.conversation.id
    assert later.conversation.customer_id == first.conversation.customer_id


def test_a_closed_conversation_is_not_gone_on_with(database: Database) -> None:
    first = start(database, details=signed())
    Chat(database, first.conversation.id).press("close")
    assert start(database, details=signed()).conversation.id != first.conversation.id


def test_an_anonymous_customer_always_gets_a_conversation_of_their_own(database: Database) -> None:
    assert start(database).conversation.id != start(database).conversation.id


def test_the_token_changes_with_our_secret_and_is_told_anew(database: Database) -> None:
    first = start(database, details=signed())
    after = start(database, details=signed(), secrets=Secrets(SECRETS.identity, "another secret"))
    assert after.conversation.id == first.conversation.id
    assert opens(database, after.conversation.id, after.token)
    assert not opens(database, first.conversation.id, first.token)


def test_an_unsigned_id_is_not_believed(database: Database) -> None:
    opened = start(database, details=CustomerDetails(id="c-7", name="Li"))
    assert customer_of(database, opened.conversation.id).external_id is None


def test_context_is_kept_and_replaced(database: Database) -> None:
    opened = start(database, context={"order": "A-1", "items": 2})
    assert opened.conversation.context == {"order": "A-1", "items": 2}
    with database.writing() as session:
        conversations.set_context(session, opened.conversation.id, {"order": "A-2"})
    with database.reading() as session:
        assert session.get_one(Conversation, opened.conversation.id).context == {"order": "A-2"}


def test_the_first_consent_counts(database: Database) -> None:
    opened = start(database)
    with database.reading() as session:
        assert not has_consented(session, opened.conversation.id)
    moments = []
    for _ in range(2):
        with database.writing() as session:
            moments.append(signing_in.consent(session, opened.conversation.id))
    assert moments[0] is not None and moments[0] == moments[1]
    with database.reading() as session:
        assert has_consented(session, opened.conversation.id)


def test_nothing_is_kept_in_a_conversation_that_was_erased(database: Database) -> None:
    opened = start(database)
    with database.writing() as session:
        erase_conversation(session, opened.conversation.id)
    with pytest.raises(ConversationClosed):
        sign_in(database, opened.conversation.id, signed())
    with pytest.raises(ConversationClosed), database.writing() as session:
        conversations.set_context(session, opened.conversation.id, {"order": "A-1"})
    with pytest.raises(ConversationClosed), database.writing() as session:
        signing_in.consent(session, opened.conversation.id)


def open_many(database: Database, conversation_id: str, how_many: int) -> None:
    """Let a customer have so many conversations more, opened a minute ago."""
    with database.writing() as session:
        given = session.get_one(Conversation, conversation_id)
        for number in range(how_many):
            session.add(
                Conversation(token_hash=f"{number}", customer_id=given.customer_id, language="en", page_language="en",
                             created_at=now() - timedelta(minutes=1), updated_at=now() - timedelta(days=2))
            )  # fmt: skip


def test_a_signed_customer_gets_twenty_new_conversations_an_hour_and_can_always_go_on(database: Database) -> None:
    own = own_id()
    first = start(database, details=signed(), client_id=own)
    open_many(database, first.conversation.id, 19)
    assert start(database, details=signed(), client_id=own).conversation.id == first.conversation.id
    assert start(database, details=signed()).conversation.id == first.conversation.id
    Chat(database, first.conversation.id).press("close")
    before = count(database, UsedNonce)
    with pytest.raises(TooManyConversations) as refused:
        start(database, details=signed())
    assert 3500 <= refused.value.seconds <= 3540
    assert count(database, UsedNonce) == before, "a refused request uses no signature up"
    assert start(database, details=signed("c-8")).conversation
    with database.writing() as session:
        opening.start(session, Visit("en", details=signed()), SECRETS, limited=False)


def test_a_browser_gets_twenty_new_conversations_an_hour(database: Database) -> None:
    first = start(database)
    open_many(database, first.conversation.id, 18)
    last = start(database, previous=(first.conversation.id, first.token))
    with pytest.raises(TooManyConversations):
        start(database, previous=(last.conversation.id, last.token))
    assert count(database, Conversation) == 20


def test_no_more_than_twenty_are_opened_by_eight_requests_at_once(database: Database) -> None:
    first = start(database)
    open_many(database, first.conversation.id, 15)

    def come(_: int) -> bool:
        try:
            start(database, previous=(first.conversation.id, first.token), client_id=own_id())
        except TooManyConversations:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come, range(8))) == 4


def test_a_signed_customer_begins_anew_with_the_signature_of_the_page_and_the_token_of_the_talk_before(
    database: Database,
) -> None:
    details = signed("c-anew")
    first = start(database, details=details, client_id=own_id())
    with database.writing() as session:
        conversations.receive(session, first.conversation.id, own_id(), None, {"kind": "close", "title": "Anew"})
    previous = (first.conversation.id, first.token)
    with pytest.raises(SignatureRefused):
        start(database, details=details, client_id=own_id())
    with pytest.raises(SignatureRefused):
        start(database, details=signed("c-other", details.nonce), client_id=own_id(), previous=previous)
    second = start(database, details=details, client_id=own_id(), previous=previous)
    assert second.conversation.id != first.conversation.id
    assert second.conversation.customer_id == first.conversation.customer_id
