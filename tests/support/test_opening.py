"""Opening a conversation and going on with one: by the same request, in the same browser, as the same customer."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from storage.base import now
from storage.engine import Database
from support.conversations import opening, queries, signing_in
from support.conversations import operations as conversations
from support.conversations.opening import Started, Visit
from support.conversations.opening_limit import TooManyConversations
from support.conversations.operations import ConversationClosed
from support.conversations.signing_in import SignedIn
from support.conversations.tables import Conversation
from support.conversations.tokens import Secrets, hash_token
from support.customers.identity import SignatureRefused, signature
from support.customers.joining import OtherCustomer
from support.customers.operations import CustomerDetails, has_consented
from support.customers.tables import Customer, UsedNonce
from support.feedback import operations as feedback
from support.feedback.tables import Feedback
from support.handoff import operations as handoff
from support.privacy.operations import erase_conversation
from support.satisfaction.tables import SurveyRequest
from support.tickets.tables import Ticket
from tests.support.conftest import SECRETS, Chat


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


def test_signing_in_makes_everything_of_the_browser_the_customers(database: Database) -> None:
    first = start(database, details=CustomerDetails(name="L.", email="l@example.com"), consented=True)
    second = start(database, previous=(first.conversation.id, first.token))
    with database.writing() as session:
        handoff.request(session, first.conversation.id, "request", None)
        feedback.keep(session, first.conversation.id, "praise", "Great!", None)
        survey = {"kind": "csat", "subject_id": first.conversation.id, "customer_id": first.conversation.customer_id}
        session.add(SurveyRequest(conversation_id=first.conversation.id, **survey))
    done = sign_in(database, second.conversation.id, signed(name="Li"))
    customer = done.customer
    assert sorted(done.joined) == sorted([first.conversation.id, second.conversation.id])
    assert (customer.external_id, customer.name, customer.email) == ("c-7", "Li", "l@example.com")
    assert customer.consented_at is not None
    with database.reading() as session:
        for table in (Conversation, Ticket, Feedback, SurveyRequest):
            assert set(session.scalars(select(table.customer_id))) == {customer.id}, table
        assert list(session.scalars(select(Customer.id))) == [customer.id], "the anonymous one is nobody any more"


def test_signing_in_joins_what_the_customer_said_elsewhere_before(database: Database) -> None:
    elsewhere, here = start(database, details=signed()), start(database)
    done = sign_in(database, here.conversation.id, signed())
    assert (done.customer.id, done.joined) == (elsewhere.conversation.customer_id, [here.conversation.id])


def test_signing_in_again_changes_nothing(database: Database) -> None:
    opened = start(database)
    first = sign_in(database, opened.conversation.id, signed())
    again = sign_in(database, opened.conversation.id, signed())
    assert (again.customer.id, again.joined, again.token) == (first.customer.id, [], first.token)


def test_a_token_noted_before_signing_in_opens_nothing_afterwards(database: Database) -> None:
    first = start(database)
    second = start(database, previous=(first.conversation.id, first.token))
    done = sign_in(database, second.conversation.id, signed())
    for noted in (first, second):
        assert not opens(database, noted.conversation.id, noted.token)
        after = start(database, previous=(noted.conversation.id, noted.token))
        assert after.conversation.customer_id != done.customer.id
    assert opens(database, second.conversation.id, done.token)


def test_what_was_erased_is_opened_by_nothing_after_signing_in(database: Database) -> None:
    first = start(database)
    second = start(database, previous=(first.conversation.id, first.token))
    with database.writing() as session:
        erase_conversation(session, first.conversation.id)
    done = sign_in(database, second.conversation.id, signed())
    with database.reading() as session:
        erased = session.get_one(Conversation, first.conversation.id)
    assert (erased.customer_id, erased.token_hash) == (done.customer.id, "")


def test_two_pages_of_a_browser_may_be_signed_in_at_once(database: Database) -> None:
    for _ in range(5):
        first = start(database)
        second = start(database, previous=(first.conversation.id, first.token))
        both = [first.conversation.id, second.conversation.id]
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda each: sign_in(database, each, signed()), both))
        assert sorted([*done[0].joined, *done[1].joined]) == sorted(both)
        assert all(opens(database, each, one.token) for each, one in zip(both, done, strict=True))


def test_a_repeated_request_needs_the_sites_word_too(database: Database) -> None:
    own = own_id()
    start(database, details=signed(), client_id=own)
    for change in ({"signature": "0" * 64}, {"id": "c-8"}):
        with pytest.raises(SignatureRefused):
            start(database, details=CustomerDetails(**(vars(signed()) | change)), client_id=own)


def test_who_knows_the_id_of_a_request_does_not_get_a_signed_customers_conversation(database: Database) -> None:
    own = own_id()
    theirs = start(database, details=signed("c-7"), client_id=own)
    for details in (None, signed("c-8")):
        other = start(database, details=details, client_id=own)
        assert other.conversation.id != theirs.conversation.id
        assert other.conversation.customer_id != theirs.conversation.customer_id
    assert start(database, details=signed("c-7"), client_id=own).conversation.id == theirs.conversation.id


def test_an_unsigned_request_repeated_after_signing_in_opens_a_new_conversation(database: Database) -> None:
    own = own_id()
    opened = start(database, client_id=own)
    sign_in(database, opened.conversation.id, signed())
    again = start(database, client_id=own)
    assert again.conversation.id != opened.conversation.id
    assert customer_of(database, again.conversation.id).external_id is None


def test_a_request_repeated_with_a_signature_makes_its_conversation_the_customers(database: Database) -> None:
    own = own_id()
    opened = start(database, client_id=own)
    again = start(database, details=signed(), client_id=own)
    assert (again.conversation.id, again.joined) == (opened.conversation.id, [opened.conversation.id])
    assert customer_of(database, opened.conversation.id).external_id == "c-7"
    assert opens(database, opened.conversation.id, again.token)
    assert not opens(database, opened.conversation.id, opened.token)


def test_another_signed_customer_does_not_get_the_conversation(database: Database) -> None:
    opened = start(database, details=signed("c-7"))
    word = signed("c-8")
    with pytest.raises(OtherCustomer):
        sign_in(database, opened.conversation.id, word)
    assert customer_of(database, opened.conversation.id).external_id == "c-7"
    assert count(database, UsedNonce) == 1, "a refused request uses no signature up"


def test_opening_signed_joins_the_earlier_conversation_of_the_browser(database: Database) -> None:
    before = start(database)
    opened = start(database, details=signed(), previous=(before.conversation.id, before.token))
    assert opened.conversation.id == before.conversation.id, "it is theirs now, open, and of today"
    assert opens(database, before.conversation.id, opened.token)
    assert not opens(database, before.conversation.id, before.token)
    assert customer_of(database, before.conversation.id).external_id == "c-7"


def test_another_signed_customers_earlier_conversation_stays_theirs(database: Database) -> None:
    before = start(database, details=signed("c-7"))
    opened = start(database, details=signed("c-8"), previous=(before.conversation.id, before.token))
    assert opened.conversation.id != before.conversation.id
    assert customer_of(database, before.conversation.id).external_id == "c-7"


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
