"""Offers in the same moment: a case is offered and taken once, whoever presses and whoever looks after the queue."""

from concurrent.futures import ThreadPoolExecutor

from storage.engine import Database
from support.routing import operations
from support.routing.operations import OfferGone
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.operations import AlreadyTaken
from tests.support.conftest import Chat, new_chat
from tests.support.offers_made import SECONDS, accept, another, look_after, offers_to, the_offer, timeline
from tests.support.test_handoff import hand_off, ticket_of


def test_of_two_presses_at_once_one_takes_the_case(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    offer, tom = the_offer(chat.database, agent), another(chat.database, "Tom")
    ticket_id = ticket_of(chat).id

    def by_offer() -> str:
        try:
            accept(chat.database, offer, agent)
        except (AlreadyTaken, OfferGone):
            return "refused"
        return "taken"

    def by_hand() -> str:
        try:
            with chat.database.writing() as session:
                tickets.take(session, ticket_id, session.get_one(StaffMember, tom.id))
        except AlreadyTaken:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        ended = [each.result() for each in (pool.submit(by_offer), pool.submit(by_hand))]
    assert sorted(ended) == ["refused", "taken"]
    assert [kind for kind, _ in timeline(chat)].count("taken") == 1


def test_two_processes_that_look_after_the_queue_at_once_offer_everything_once(database: Database) -> None:
    people = [another(database, name, capacity=2) for name in ("Mei", "Tom")]
    chats = [new_chat(database) for _ in range(6)]
    for each in chats:
        hand_off(each)

    def offer(chat: Chat) -> None:
        with database.writing() as session:
            operations.make_offer(session, ticket_of(chat).id, SECONDS)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(offer, chats * 2))
    look_after(database)
    standing = [offers_to(database, each) for each in people]
    assert [len(each) for each in standing] == [2, 2]
    assert len({offer.ticket_id for each in standing for offer in each}) == 4


def test_accepting_pressed_twice_at_once_takes_the_case_once(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    offer = the_offer(chat.database, agent)
    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(lambda _: accept(chat.database, offer, agent).staff_id, range(2)))
    assert taken == [agent.id, agent.id]
    assert [kind for kind, _ in timeline(chat)].count("taken") == 1
