"""Looking after the queue as the app does every second, and offers as the tests of them see and answer them."""

from datetime import timedelta

from sqlalchemy import update

from storage.base import now
from storage.engine import Database
from support.routing import operations, queries, waits
from support.routing.tables import Offer, QueueWait
from support.staff.tables import StaffMember
from support.tickets import queries as ticket_queries
from support.tickets.tables import Ticket
from tests.support.conftest import Chat, new_chat, staff
from tests.support.test_handoff import ticket_of

SECONDS = 30


def look_after(database: Database) -> None:
    """What the app does every second."""
    with database.reading() as session:
        due = operations.due(session)
    for offer_id in due.withdraw:
        with database.writing() as session:
            operations.withdraw(session, offer_id)
    for offer_id in due.expire:
        with database.writing() as session:
            operations.expire(session, offer_id)
    with database.reading() as session:
        due = operations.due(session)
    for ticket_id in due.offer:
        with database.writing() as session:
            operations.make_offer(session, ticket_id, SECONDS)


def look_after_waits(database: Database) -> None:
    with database.reading() as session:
        due = waits.due(session)
    with database.writing() as session:
        for wait_id in due.end:
            waits.end(session, wait_id)
        for conversation_id in due.begin:
            waits.begin_unless_known(session, conversation_id)
        for wait_id in due.tell:
            waits.tell_late(session, wait_id)


def offers_to(database: Database, member: StaffMember) -> list[Offer]:
    with database.reading() as session:
        return [row[0] for row in queries.offers_to(session, member.id)]


def the_offer(database: Database, member: StaffMember) -> Offer:
    (offer,) = offers_to(database, member)
    return offer


def let_pass(database: Database, member: StaffMember) -> None:
    """The time to accept is up."""
    with database.writing() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(Offer).where(Offer.staff_id == member.id, Offer.state == "open").values(expires_at=past))
    look_after(database)


def timeline(chat: Chat) -> list[tuple[str, str | None]]:
    with chat.database.reading() as session:
        return [(each.kind, each.staff_id) for each in ticket_queries.timeline(session, ticket_of(chat).id)]


def accept(database: Database, offer: Offer, member: StaffMember) -> Ticket:
    with database.writing() as session:
        return operations.accept(session, offer.id, session.get_one(StaffMember, member.id))


def refuse(database: Database, offer: Offer, member: StaffMember, why: str = "") -> None:
    with database.writing() as session:
        operations.refuse(session, offer.id, member, why)


def another(database: Database, name: str, role: str = "agent", **facts: object) -> StaffMember:
    with database.writing() as session:
        member = staff(session, name, role)
        for field, value in facts.items():
            setattr(member, field, value)
        return member


def presence(database: Database, member: StaffMember) -> str:
    with database.reading() as session:
        return session.get_one(StaffMember, member.id).presence


def waited(database: Database, seconds: int, times: int = 5) -> None:
    """So many customers waited so long until somebody joined, with nobody free."""
    for _ in range(times):
        other = new_chat(database)
        with database.writing() as session:
            moment = now()
            session.add(
                QueueWait(
                    conversation_id=other.id,
                    queued_at=moment - timedelta(seconds=seconds),
                    place=1,
                    free=0,
                    state="joined",
                    ended_at=moment,
                )
            )
