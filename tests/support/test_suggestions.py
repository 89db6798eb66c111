"""What is searched for a case, and how the summary that lists show keeps in step with the talk."""

import pytest

from storage.base import now
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.suggestions import rules
from support.suggestions.queries import changed_before, changed_since, settled_cases
from support.suggestions.rules import open_question
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.summary import LOOKED_INTO, Said, can_be_searched, is_chit_chat
from support.tickets.summing_up import sum_up
from support.tickets.tables import Ticket
from tests.support.conftest import Chat


def ticket_of(chat: Chat) -> Ticket:
    with chat.database.reading() as session:
        ticket = ticket_queries.latest_for(session, chat.id)
        assert ticket is not None
        return ticket


def hand_off(chat: Chat, facts: CaseFacts | None = None) -> str:
    with chat.database.writing() as session:
        handoff.request(session, chat.id, "complaint", None, facts)
    return ticket_of(chat).id


def resolve(chat: Chat, agent: StaffMember, note: str = "Sent again.") -> str:
    """Take the chat's case, answer and resolve it."""
    ticket = ticket_of(chat).id
    with chat.database.writing() as session:
        member = session.get_one(StaffMember, agent.id)
        tickets.take(session, ticket, member)
        tickets.reply(session, ticket, member, "We have sent another one.")
        tickets.resolve(session, ticket, member, "delivery", note)
    return ticket


def test_the_summary_a_list_shows_follows_what_the_customer_says(chat: Chat, agent: StaffMember) -> None:
    chat.say("你好")
    ticket = hand_off(chat)
    assert ticket_of(chat).summary == ""
    with chat.database.writing() as session:
        tickets.take(session, ticket, session.get_one(StaffMember, agent.id))
    chat.say("我的耳机左边没有声音")
    assert ticket_of(chat).summary == "我的耳机左边没有声音"


def test_a_form_that_is_filled_later_comes_into_the_summary(chat: Chat) -> None:
    chat.say("我的包裹在哪里？")
    hand_off(chat)
    hand_off(chat, CaseFacts(details={"what": "快递员把包裹扔在雨里"}))
    assert ticket_of(chat).summary.splitlines() == ["快递员把包裹扔在雨里", "我的包裹在哪里？"]


def test_of_an_erased_conversation_nothing_is_summed_up(chat: Chat) -> None:
    chat.say("我的耳机坏了")
    hand_off(chat, CaseFacts(details={"what": "耳机坏了"}))
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    with chat.database.reading() as session:
        assert sum_up(session, ticket_of(chat)).as_text() == ""


def test_a_settled_case_tells_what_was_asked_and_how_it_ended(chat: Chat, agent: StaffMember) -> None:
    chat.say("我的包裹三天没动了")
    hand_off(chat)
    ticket = resolve(chat, agent)
    with chat.database.reading() as session:
        found = settled_cases(session, [ticket], but_of="another")[ticket]
        assert settled_cases(session, [ticket], but_of=chat.id) == {}
    assert (found.asked, found.note, found.reply) == ("我的包裹三天没动了", "Sent again.", "We have sent another one.")


def test_an_erased_or_reopened_case_is_let_go_of(chat: Chat, agent: StaffMember) -> None:
    chat.say("我的包裹三天没动了")
    hand_off(chat)
    ticket = resolve(chat, agent)
    before = now()
    with chat.database.reading() as session:
        assert [each.text for each in changed_before(session, now(), "", 10)] == ["我的包裹三天没动了"]
    with chat.database.writing() as session:
        tickets.reopen(session, ticket, chat.id, None)
    with chat.database.reading() as session:
        assert [(each.ticket_id, each.text) for each in changed_since(session, before)] == [(ticket, None)]
        assert [each.text for each in changed_before(session, now(), "", 10)] == [None]
    resolve(chat, agent)
    before = now()
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    with chat.database.reading() as session:
        assert [(each.ticket_id, each.text) for each in changed_since(session, before)] == [(ticket, None)]
        assert settled_cases(session, [ticket], but_of="another") == {}


@pytest.mark.fast
def test_the_last_message_that_says_enough_is_searched_with_the_one_before_as_context() -> None:
    texts = ["Hi", "Where is my parcel?", "And how long does a refund take?", "refund", "a human please"]
    asked = open_question([Said("customer", text, "en") for text in texts], {}, "en")
    assert (asked.text, asked.context) == ("And how long does a refund take?", "Where is my parcel?")


@pytest.mark.fast
def test_of_a_long_talk_only_as_much_is_judged_as_it_takes_to_find_the_last_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged: list[str] = []
    monkeypatch.setattr(rules, "can_be_searched", lambda text: judged.append(text) or can_be_searched(text))
    texts = [f"Question number {number} about my kettle" for number in range(200)] + ["Where is it " * 400, "thanks"]
    asked = open_question([Said("customer", text, "en") for text in texts], {}, "en")
    assert judged == ["thanks", texts[-2][:LOOKED_INTO], texts[-3]]
    assert (asked.text, asked.context) == (texts[-2][:LOOKED_INTO], texts[-3])


CHIT_CHAT = ["ok thanks, got it", "I see, thank you for your help", "One sec please", "Great!", "how are you",
             "你好", "谢谢，非常有帮助", "好的明白了谢谢你", "謝謝您的耐心解答", "還在嗎", "稍等，我看看",
             "Thanks, got it! How are you?", "Hello? Is anybody there?",
             "谢谢！您是真人吗？", "還在嗎？有人在嗎？"]  # fmt: skip


@pytest.mark.fast
@pytest.mark.parametrize("words", CHIT_CHAT)
@pytest.mark.parametrize("question", ["Where is my parcel and when does it come?", "退款呢"])
def test_after_thanks_and_the_like_what_was_asked_before_is_still_searched(question: str, words: str) -> None:
    said = [Said("customer", text, "en") for text in (question, words)]
    assert open_question(said, {}, "en").text == question


@pytest.mark.fast
@pytest.mark.parametrize(
    "words",
    [
        "我想了解一下退款",
        "还没收到",
        "優惠碼有用嗎",
        "how long does a reply take",
        "It's broken",
        "LT-88412",
        "support phone",
        "Is it still good?",
        "Do you have it in cool?",
        "do you have it in cool",
        "it works now? no",
        "收到了？",
        "沒問題了？",
    ],
)
def test_what_asks_or_tells_something_is_no_chit_chat(words: str) -> None:
    assert not is_chit_chat(words)


@pytest.mark.fast
def test_without_any_other_words_what_the_form_was_told_is_searched() -> None:
    told = {"what": "The kettle leaks from below", "wish": "A new kettle"}
    said = [Said("customer", text, "en") for text in ("I want to complain", *told.values())]
    assert open_question(said, told, "en").text == "The kettle leaks from below"


@pytest.mark.fast
def test_who_said_nothing_is_searched_for_nothing() -> None:
    assert open_question([Said("customer", "转人工", "zh-Hans")], {}, "zh-Hans").text == ""
