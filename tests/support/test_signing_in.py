"""Signing in while a conversation is open: what becomes the customer's, and what opens nothing any more."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import select

from storage.engine import Database
from support.conversations import signing_in
from support.conversations.tables import Conversation
from support.customers.identity import SignatureRefused
from support.customers.joining import OtherCustomer
from support.customers.operations import CustomerDetails
from support.customers.tables import Customer, UsedNonce
from support.feedback import operations as feedback
from support.feedback.tables import Feedback
from support.handoff import operations as handoff
from support.privacy.operations import erase_conversation
from support.satisfaction.tables import SurveyRequest
from support.tickets.outside import CustomerNotFound, Report, open_from_outside
from support.tickets.tables import Ticket
from tests.support.conftest import SECRETS
from tests.support.opening_made import count, customer_of, opens, own_id, sign_in, signed, start


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


def test_a_case_that_a_program_opens_while_its_customer_signs_in_goes_along(database: Database) -> None:
    opened = start(database)
    report = Report("Hello", "en", customer_id=opened.conversation.customer_id)
    begun = Event()

    def program() -> str:
        with database.writing() as session:
            ticket, _ = open_from_outside(session, report, "secret")
            begun.set()
            # Meanwhile the customer waits for us, where several can write at once.
            time.sleep(0.5)
            return ticket.id

    with ThreadPoolExecutor(1) as pool:
        case = pool.submit(program)
        assert begun.wait(10)
        done = sign_in(database, opened.conversation.id, signed())
        ticket_id = case.result()
    with database.reading() as session:
        ticket = session.get_one(Ticket, ticket_id)
        assert ticket.customer_id == done.customer.id
        assert session.get_one(Conversation, ticket.conversation_id).customer_id == done.customer.id
    assert sorted(done.joined) == sorted([opened.conversation.id, ticket.conversation_id])


def test_a_program_that_opens_a_case_for_somebody_who_has_just_signed_in_is_told_that_they_are_not_there(
    database: Database,
) -> None:
    opened = start(database)
    report = Report("Hello", "en", customer_id=opened.conversation.customer_id)
    begun = Event()

    def program() -> None:
        begun.wait(10)
        with database.writing() as session:
            open_from_outside(session, report, "secret")

    with ThreadPoolExecutor(1) as pool:
        case = pool.submit(program)
        with database.writing() as session:
            signing_in.sign_in(session, opened.conversation.id, signed(), SECRETS, own_id())
            begun.set()
            time.sleep(0.5)
        with pytest.raises(CustomerNotFound):
            case.result()
    assert count(database, Ticket) == 0
