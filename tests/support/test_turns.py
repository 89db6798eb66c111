"""Turns: in order, answered once, late results discarded, picked up after a crash."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from storage.base import now
from storage.engine import Database
from support.conversations import queries
from support.conversations.operations import receive
from support.conversations.tables import Conversation, Message, Retrieval
from support.handoff import operations as handoff
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.turns.operations import give_up_all, may_act, settle
from support.turns.queries import LOST_AFTER, Busy, Wait, busy, left_behind
from support.turns.rasa import read_reply, turn_body
from support.turns.replies import BotMessage, Reply
from support.turns.runner import ANSWER_SECONDS, LEAST_SECONDS, patience
from support.turns.states import MOST_PARTS
from support.turns.tables import Turn
from tests.support.conftest import Chat, new_chat


def lose(chat: Chat) -> None:
    """Make the claimed turn look as if its process died a while ago."""
    with chat.database.writing() as session:
        session.execute(update(Turn).values(asked_at=now() - LOST_AFTER - timedelta(seconds=1)))


def bot_texts(chat: Chat) -> list[str]:
    with chat.database.reading() as session:
        return [each.text for each in queries.transcript(session, chat.id) if each.author == "bot"][1:]


def test_turns_of_a_conversation_are_claimed_one_after_the_other(chat: Chat) -> None:
    chat.press("none_of_these", title="first")
    chat.say("second")
    work = chat.claim()
    assert work is not None and work.text == "first"
    assert chat.claim() is None
    chat.settle(work)
    following = chat.claim()
    assert following is not None and following.text == "second"


def test_an_answer_its_intent_and_its_trail_are_stored_with_the_turn(chat: Chat) -> None:
    chat.say("多久退款")
    chat.answer("3 天", "answer")
    with chat.database.reading() as session:
        turn = session.scalars(select(Turn)).one()
        asked = session.scalars(select(Message).where(Message.author == "customer")).one()
        found = session.scalars(select(Retrieval)).one()
    assert (turn.state, turn.answered_by) == ("answered", "rasa")
    assert turn.milliseconds is not None and turn.milliseconds >= 0
    assert (asked.intent, asked.confidence) == ("question", 0.9)
    assert (found.decision, found.article_id, found.probability, found.index_version) == (
        "answer",
        "refund-time",
        0.9,
        1,
    )
    assert found.candidates[0]["title"] == "Refund"


def test_an_answer_is_never_stored_twice(chat: Chat) -> None:
    chat.say("q")
    work = chat.claim()
    assert work is not None
    assert chat.settle(work, "once")
    assert not chat.settle(work, "twice")
    assert bot_texts(chat) == ["once"]


def test_a_result_that_comes_after_the_turn_was_asked_again_is_discarded(chat: Chat) -> None:
    chat.say("q")
    late = chat.claim()
    lose(chat)
    fresh = chat.claim()
    assert late is not None and fresh is not None and fresh.attempt == late.attempt + 1
    assert not chat.settle(late, "late")
    assert chat.settle(fresh, "fresh")
    assert bot_texts(chat) == ["fresh"]


def test_the_sweep_finds_what_a_crash_left_behind_and_nothing_else(chat: Chat) -> None:
    other = new_chat(chat.database)
    other.say("in work")
    other.claim()
    chat.say("lost")
    assert chat.claim() is not None
    with chat.database.writing() as session:
        session.execute(update(Turn).where(Turn.conversation_id == chat.id).values(asked_at=now() - LOST_AFTER * 2))
    with chat.database.reading() as session:
        assert left_behind(session) == [(chat.id, True)]


def test_turns_left_when_a_person_took_over_are_discarded(chat: Chat, agent: StaffMember) -> None:
    chat.press("person")
    work = chat.claim()
    assert work is not None
    chat.say("still there?")
    with chat.database.writing() as session:
        conversation = queries.locked(session, chat.id)
        ticket = tickets.open_ticket(session, conversation, "request", None)
        tickets.take(session, ticket.id, agent)
    assert not chat.settle(work, "the bot talks over the person")
    assert chat.claim() is None
    with chat.database.reading() as session:
        assert set(session.scalars(select(Turn.state))) == {"discarded"}
    assert bot_texts(chat) == []


def states(chat: Chat) -> list[str]:
    with chat.database.reading() as session:
        return list(session.scalars(select(Turn.state).order_by(Turn.seq)))


def test_a_message_before_the_answer_shows_is_answered_together_with_the_one_before(chat: Chat) -> None:
    chat.say("怎么退货")
    superseded = chat.claim()
    chat.say("运费谁出")
    assert superseded is not None and not chat.settle(superseded, "to the first alone")
    both = chat.claim()
    assert both is not None and both.parts == ("怎么退货", "运费谁出")
    assert chat.settle(both, "to both")
    assert bot_texts(chat) == ["to both"]
    assert states(chat) == ["superseded", "answered"]
    with chat.database.reading() as session:
        asked = session.scalars(select(Message).where(Message.author == "customer")).all()
    assert {each.turn_id for each in asked} == {both.turn_id}


def test_a_message_after_the_answer_showed_is_a_turn_of_its_own(chat: Chat) -> None:
    chat.say("first")
    chat.answer("to the first")
    chat.say("second")
    work = chat.claim()
    assert work is not None and work.parts == ("second",)


def test_messages_that_still_wait_become_one_turn(chat: Chat) -> None:
    for text in ("你好", "我的耳机", "坏了"):
        chat.say(text)
    work = chat.claim()
    assert work is not None and work.text == "你好\n我的耳机\n坏了"
    assert states(chat) == ["asked"]


def test_a_pressed_button_is_answered_by_itself(chat: Chat) -> None:
    chat.say("first")
    chat.press("person")
    chat.say("third")
    assert states(chat) == ["pending"] * 3


def test_whoever_goes_on_writing_is_answered_all_the_same(chat: Chat) -> None:
    for number in range(MOST_PARTS + 1):
        chat.say(f"{number}")
    assert states(chat) == ["pending", "pending"]


def test_a_turn_that_opened_a_case_is_told_even_if_the_customer_writes_on(chat: Chat) -> None:
    chat.say("找真人")
    work = chat.claim()
    assert work is not None
    with chat.database.writing() as session:
        assert may_act(session, work.turn_id)
    chat.say("快点")
    assert states(chat) == ["acted", "pending"]
    assert chat.settle(work, "your case is ...", ticket="T-1")
    following = chat.claim()
    assert following is not None and following.text == "快点"


def test_a_turn_that_was_superseded_may_change_nothing(chat: Chat) -> None:
    chat.say("找真人")
    work = chat.claim()
    chat.say("还是算了")
    assert work is not None
    with chat.database.writing() as session:
        assert not may_act(session, work.turn_id)


def test_what_a_turn_did_before_a_crash_is_told_though_the_chat_waits_for_a_person(
    chat: Chat, agent: StaffMember
) -> None:
    chat.say("找真人")
    work = chat.claim()
    assert work is not None
    with chat.database.writing() as session:
        handoff.request(session, chat.id, "request", work.turn_id)
    lose(chat)
    again = chat.claim()
    assert again is not None and again.turn_id == work.turn_id
    assert chat.settle(again, "your case is ...", ticket="T-1")
    assert states(chat) == ["answered"]


def test_words_that_know_nothing_of_a_case_opened_meanwhile_are_not_the_last(chat: Chat) -> None:
    chat.say("找真人")
    work = chat.claim()
    assert work is not None
    with chat.database.writing() as session:
        handoff.request(session, chat.id, "repeated_failure", work.turn_id)
    with chat.database.writing() as session:
        settled = settle(session, work, Reply((BotMessage("I found nothing"),)), "knowledge base")
    assert settled.untold and not settled.stored
    told = Reply((BotMessage("Your case is T-1", {"ticket": {"number": "T-1"}}),))
    with chat.database.writing() as session:
        assert settle(session, work, told, "knowledge base").stored
    assert bot_texts(chat) == ["Your case is T-1"]


def test_who_wrote_on_while_nothing_came_waits_no_longer_than_who_did_not(chat: Chat) -> None:
    chat.say("first")
    assert chat.claim() is not None
    with chat.database.writing() as session:
        long_ago = now() - timedelta(seconds=5)
        session.execute(update(Message).where(Message.author == "customer").values(created_at=long_ago))
    chat.say("second")
    both = chat.claim()
    assert both is not None and LEAST_SECONDS <= patience(both) <= LEAST_SECONDS + 0.1
    alone = new_chat(chat.database)
    alone.say("q")
    work = alone.claim()
    assert work is not None and patience(work) == ANSWER_SECONDS


def test_who_waits_is_told_of_a_line_only_when_there_is_one(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.say("q")
    with chat.database.writing() as session:
        session.execute(update(Turn).values(created_at=now() - timedelta(seconds=10)))
    other = new_chat(chat.database)
    other.say("being answered")
    other.claim()
    with chat.database.reading() as session:
        assert busy(session, chat.id) == Busy(typing=True, wait=Wait("slow"))
        monkeypatch.setattr("support.turns.queries.AT_ONCE", 1)
        assert busy(session, chat.id) == Busy(typing=True, wait=Wait("line", 0))
        assert busy(session, other.id) == Busy(typing=True)


def test_after_a_start_turns_of_the_process_before_are_free_at_once(chat: Chat) -> None:
    chat.say("q")
    assert chat.claim() is not None
    assert chat.claim() is None
    with chat.database.writing() as session:
        give_up_all(session)
    again = chat.claim()
    assert again is not None and again.attempt == 2


def test_a_message_can_be_taken_in_and_its_turn_claimed_as_one(chat: Chat) -> None:
    with chat.database.writing() as session:
        taken = receive(session, chat.id, str(uuid.uuid4()), "q", None, ask_at_once=True)
    assert taken.work is not None and (taken.work.text, taken.work.attempt) == ("q", 1)
    assert chat.claim() is None
    with chat.database.writing() as session:
        more = receive(session, chat.id, str(uuid.uuid4()), "r", None, ask_at_once=True)
    assert more.work is None
    assert not chat.settle(taken.work)
    both = chat.claim()
    assert both is not None and both.text == "q\nr"


def test_a_pressed_button_becomes_a_dialogue_act_for_rasa(chat: Chat) -> None:
    chat.press("choice", article_id="refund-time", title="退款")
    work = chat.claim()
    assert work is not None
    assert turn_body(work)["payload"] == {"intent": "question", "entities": {"article": "refund-time"}}
    assert turn_body(work)["metadata"] == {"turn_id": work.turn_id, "language": "zh-Hans", "trace": work.trace}


def test_a_reply_keeps_words_and_data_and_drops_what_is_neither() -> None:
    reply = read_reply(
        {
            "messages": [{"text": "hi", "custom": {}}, {"text": "", "custom": {}}],
            "intent": "greet",
            "confidence": 0.8,
            "failed_actions": [],
        }
    )
    assert reply.messages == (BotMessage("hi", None, None),)
    assert reply.usable


def test_a_failed_action_makes_the_whole_reply_unusable() -> None:
    body = {"messages": [{"text": "hi"}], "intent": "greet", "confidence": 0.8, "failed_actions": ["action_answer"]}
    assert not read_reply(body).usable


def test_the_status_tells_who_is_in_charge(database: Database, chat: Chat) -> None:
    with database.reading() as session:
        assert session.get_one(Conversation, chat.id).status == "bot"
