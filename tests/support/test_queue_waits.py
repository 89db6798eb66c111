"""How long customers wait in the queue: kept, told to whoever comes next, and told again when it takes long."""

from datetime import timedelta

from sqlalchemy import select, update

from storage.base import now
from support.conversations import queries as conversation_queries
from support.conversations.tables import Conversation, Message
from support.handoff.operations import HandOff
from support.routing.tables import QueueWait
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from tests.support.conftest import Chat
from tests.support.offers_made import look_after_waits, timeline, waited
from tests.support.test_handoff import hand_off, ticket_of


def test_at_first_nobody_can_tell_how_long_it_takes(chat: Chat, agent: StaffMember) -> None:
    assert hand_off(chat).wait_minutes is None


def test_the_customer_is_told_what_others_waited(chat: Chat, agent: StaffMember) -> None:
    waited(chat.database, 250)
    told: HandOff = hand_off(chat)
    assert (told.place, told.wait_minutes, told.payload()["wait_minutes"]) == (1, 5, 5)
    with chat.database.reading() as session:
        assert conversation_queries.state(session, chat.id).wait_minutes == 5


def test_a_wait_is_kept_from_joining_the_queue_until_somebody_comes(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    with chat.database.writing() as session:
        tickets.take(session, ticket_of(chat).id, agent)
    look_after_waits(chat.database)
    with chat.database.reading() as session:
        kept = session.scalars(select(QueueWait)).one()
    assert (kept.state, kept.place, kept.free) == ("joined", 1, 4)
    assert kept.ended_at is not None and kept.ended_at >= kept.queued_at


def test_a_wait_that_the_customer_broke_off_is_no_measure(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    chat.press("back_to_bot")
    look_after_waits(chat.database)
    with chat.database.reading() as session:
        assert session.scalars(select(QueueWait.state)).all() == ["left"]


def back_in_time(chat: Chat, seconds: int) -> None:
    with chat.database.writing() as session:
        moment = now() - timedelta(seconds=seconds)
        session.execute(update(Conversation).where(Conversation.id == chat.id).values(queued_at=moment))
        session.execute(update(QueueWait).where(QueueWait.conversation_id == chat.id).values(queued_at=moment))


def notices(chat: Chat) -> list[str]:
    with chat.database.reading() as session:
        query = select(Message.payload).where(Message.conversation_id == chat.id, Message.author == "system")
        return [each["event"] for each in session.scalars(query.order_by(Message.seq)) if each]


def test_after_a_long_wait_the_customer_is_told_once_with_their_choices(chat: Chat, agent: StaffMember) -> None:
    waited(chat.database, 100)
    hand_off(chat)
    back_in_time(chat, 200)
    look_after_waits(chat.database)
    assert notices(chat) == []
    back_in_time(chat, 241)
    look_after_waits(chat.database)
    look_after_waits(chat.database)
    assert notices(chat) == ["long_wait"]


def test_asked_how_long_it_takes_the_place_and_time_are_told_while_the_assistant_is_silent(
    chat: Chat, agent: StaffMember
) -> None:
    waited(chat.database, 250)
    hand_off(chat)
    received = chat.say("还要等多久？")
    assert received.turn_id is None
    chat.say("好的")
    chat.say("还要等多久")
    assert notices(chat) == ["place_told", "place_told"]
    with chat.database.reading() as session:
        texts = [each.text for each in conversation_queries.transcript(session, chat.id) if each.author == "system"]
    assert all("1" in text for text in texts)


def test_an_address_written_in_the_queue_is_kept_with_the_case(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    chat.say("lin@example.com")
    assert ticket_of(chat).contact_email == "lin@example.com"
    assert notices(chat) == ["contact_noted"]
    assert timeline(chat)[-1] == ("contact_given", None)
    chat.say("我朋友的账号 friend@example.com 也登录不了，他昨天刚改了密码，现在收不到验证码，请一起看看可以吗")
    assert ticket_of(chat).contact_email == "lin@example.com"
