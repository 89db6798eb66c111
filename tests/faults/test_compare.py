"""The comparing finds what it is there to find: each kind of violation on made-up records, and none on good ones."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.compare import KINDS, compare
from tests.faults.compare_turns import fits, own_words
from tests.faults.records import (
    Diary,
    Seen,
    Sent,
    Stored,
    StoredMessage,
    StoredRetrieval,
    StoredTicket,
    StoredTurn,
    count_by_kind,
)

pytestmark = pytest.mark.fast

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def said(seq: int, author: str, text: str, turn: str | None, payload: dict[str, Any] | None = None) -> StoredMessage:
    client_id = f"client-{seq}" if author == "customer" else None
    return StoredMessage(f"id-{seq}", seq, client_id, author, text, payload, turn, at(seq))


def turn(name: str, seq: int, answered: float | None, **more: Any) -> StoredTurn:
    values = {"message_id": f"id-{seq}", "trigger": None, "state": "answered", "attempt": 1, "answered_by": "rasa"}
    ended = None if answered is None else at(answered)
    return StoredTurn(id=name, seq=seq, created_at=at(seq), answered_at=ended, **(values | more))


ANSWER = {"answer": {"article_id": "returns"}}
TICKET = {"ticket": {"number": "T-1"}}


def good() -> tuple[Diary, Stored]:
    """A short talk: a question in two messages, the wish for a person, an address, a picked article."""
    stored = Stored(
        "talk",
        "offline",
        [
            said(1, "bot", "Hello!", None),
            said(2, "customer", "how do I return it", "a"),
            said(3, "customer", "it is the tablet", "a"),
            said(4, "bot", "Send it back.", "a", ANSWER),
            said(5, "customer", "a person please", "b"),
            said(6, "bot", "Your case is T-1.", "b", TICKET),
            said(7, "bot", "Your address?", "b"),
            said(8, "customer", "anna@example.com", "c"),
            said(9, "bot", "Noted.", "c"),
            said(10, "customer", "Returns", "d", {"kind": "choice", "article_id": "returns"}),
            said(11, "bot", "Send it back.", "d", ANSWER),
        ],
        [
            turn("old", 2, None, state="superseded", answered_by=None),
            turn("a", 3, 4),
            turn("b", 5, 6.5),
            turn("c", 8, 9),
            turn("d", 10, 11),
        ],
        [StoredRetrieval("a", "id-4", "how do I return it\nit is the tablet")],
        [StoredTicket("T-1", "b", "request", "anna@example.com", at(6), ("opened", "contact_given"))],
    )
    diary = Diary(0, "person", "en", needs_ticket=True, contacts=1, conversation_id="talk")
    for row in stored.messages:
        told = {name: getattr(row, name) for name in ("seq", "id", "client_id", "author", "text", "payload")}
        diary.take(told, "stream")
        if row.client_id:
            sent = Sent(row.client_id, row.text, row.payload, began=row.seq)
            sent.heard(row.id, row.seq, row.seq + 0.5)
            diary.sent.append(sent)
    diary.whole = list(diary.seen.values())
    return diary, stored


def change(rows: list[Any], name: str, **values: Any) -> None:
    """Change the row with an id, or with a number."""
    for index, row in enumerate(rows):
        if name in (getattr(row, "id", ""), getattr(row, "number", "")):
            rows[index] = replace(row, **values)
            return
    raise AssertionError(name)


def renumber(stored: Stored, diary: Diary, order: list[int]) -> None:
    """Store the messages in another order, and let the customer see it so."""
    rows = {row.seq: row for row in stored.messages}
    stored.messages = [
        replace(rows[old], seq=new, created_at=at(new)) for new, old in enumerate(order, start=1) if old in rows
    ]
    diary.seen = {
        row.seq: Seen(row.seq, row.id, row.client_id, row.author, row.text, row.payload) for row in stored.messages
    }
    diary.whole = list(diary.seen.values())
    numbers = {row.client_id: row.seq for row in stored.messages}
    for sent in diary.sent:
        sent.seq = numbers.get(sent.client_id, sent.seq)


def test_a_good_conversation_has_no_violation() -> None:
    assert compare(*good()) == []


Break = Callable[[Diary, Stored], None]
CASES: list[tuple[str, str, Break]] = []


def breaks(kind: str, rule: str) -> Callable[[Break], Break]:
    """Register a change that must be found as this rule of this kind."""

    def register(change: Break) -> Break:
        CASES.append((kind, rule, change))
        return change

    return register


@breaks("lost", "an accepted message is not stored")
def _(diary: Diary, stored: Stored) -> None:
    stored.messages = [row for row in stored.messages if row.seq != 10]


@breaks("lost", "a message was not taken in")
def _(diary: Diary, stored: Stored) -> None:
    diary.sent[0].accepted = None


@breaks("lost", "a message is stored otherwise than it was accepted")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-2", text="how do I ret")


@breaks("lost", "a stored message was not seen")
def _(diary: Diary, stored: Stored) -> None:
    del diary.seen[4]


@breaks("lost", "a stored message was not told at the end")
def _(diary: Diary, stored: Stored) -> None:
    assert diary.whole is not None
    diary.whole.pop()


@breaks("lost", "a message seen is not stored")
def _(diary: Diary, stored: Stored) -> None:
    diary.seen[12] = Seen(12, "id-12", None, "bot", "gone again", None)


@breaks("lost", "the conversation could not be read at the end")
def _(diary: Diary, stored: Stored) -> None:
    diary.whole = None


@breaks("lost", "a customer's message has no turn")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-2", turn_id=None)


@breaks("lost", "a customer's message has a turn that was superseded")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-2", turn_id="old")


@breaks("lost", "a customer's message has a turn that was discarded")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.turns, "c", state="discarded")


@breaks("lost", "an answered turn has no answer")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-9", turn_id="b")


@breaks("lost", "a contact that was given is not kept")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.tickets, "T-1", contact="", events=("opened",))


@breaks("doubled", "a message is stored twice")
def _(diary: Diary, stored: Stored) -> None:
    stored.messages.append(replace(stored.messages[1], id="id-12", seq=12, created_at=at(12)))


@breaks("doubled", "a message is stored that nobody sent")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-2", client_id="client-other")


@breaks("doubled", "a repeated message got another number")
def _(diary: Diary, stored: Stored) -> None:
    diary.sent[0].heard("id-12", 12, 99.0)


@breaks("doubled", "what the page was given")
def _(diary: Diary, stored: Stored) -> None:
    message = {"seq": 4, "id": "id-4", "client_id": None, "author": "bot", "text": "Otherwise.", "payload": None}
    diary.take(message, "asking")


@breaks("doubled", "a message was told at the end with other content")
def _(diary: Diary, stored: Stored) -> None:
    assert diary.whole is not None
    diary.whole[3] = replace(diary.whole[3], text="Otherwise.")


@breaks("doubled", "a turn that is superseded has an answer")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-7", turn_id="old")


@breaks("doubled", "a turn was answered whose messages are another's")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.turns, "old", state="answered")
    change(stored.messages, "id-7", turn_id="old")


@breaks("doubled", "a turn was answered in several goes")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-11", turn_id="a")


@breaks("doubled", "a turn has the same answer twice")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-7", text="Your case is T-1.", payload=TICKET)


@breaks("doubled", "a turn was searched and answered twice")
def _(diary: Diary, stored: Stored) -> None:
    stored.retrievals.append(replace(stored.retrievals[0], message_id="id-5"))


@breaks("doubled", "a contact was noted twice")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.tickets, "T-1", events=("opened", "contact_given", "contact_given"))


@breaks("out of order", "messages stand in another order")
def _(diary: Diary, stored: Stored) -> None:
    renumber(stored, diary, [1, 3, 2, 4, 5, 6, 7, 8, 9, 10, 11])


@breaks("out of order", "sequence numbers have gaps")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-11", seq=12)


@breaks("out of order", "times do not follow the numbers")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-9", created_at=at(20))


@breaks("out of order", "what the page was given")
def _(diary: Diary, stored: Stored) -> None:
    again = Diary(0, "", "en")
    for seq in (1, 2, 4):
        again.take({**vars(diary.seen[seq])}, "stream")
    diary.oddities = again.oddities


@breaks("out of order", "what the page was given")
def _(diary: Diary, stored: Stored) -> None:
    diary.take({**vars(diary.seen[3])}, "a stream that was resumed after 11")


@breaks("out of order", "an answer stands before its question")
def _(diary: Diary, stored: Stored) -> None:
    renumber(stored, diary, [1, 2, 4, 3, 5, 6, 7, 8, 9, 10, 11])


@breaks("out of order", "answers stand in another order")
def _(diary: Diary, stored: Stored) -> None:
    renumber(stored, diary, [1, 2, 3, 5, 6, 7, 4, 8, 9, 10, 11])


@breaks("out of order", "the bot spoke outside any turn")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-7", turn_id=None)


@breaks("out of order", "an answer belongs to another question")
def _(diary: Diary, stored: Stored) -> None:
    stored.retrievals.append(StoredRetrieval("d", "id-11", "how do I return it"))


@breaks("out of order", "another article was told than picked")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.messages, "id-11", payload={"answer": {"article_id": "invoice"}})


@pytest.mark.parametrize("state", ["pending", "asked", "acted"])
def test_a_turn_that_does_not_end_is_found(state: str) -> None:
    diary, stored = good()
    change(stored.turns, "d", state=state)
    assert ("stuck", "a turn is not over") in {(each.kind, each.rule) for each in compare(diary, stored)}


@breaks("stuck", "the bot is still said to be typing")
def _(diary: Diary, stored: Stored) -> None:
    diary.typing = True


@breaks("stuck", "the last message is the customer's")
def _(diary: Diary, stored: Stored) -> None:
    stored.messages.pop()


@breaks("ticket", "more than one ticket")
def _(diary: Diary, stored: Stored) -> None:
    stored.tickets.append(StoredTicket("T-2", "c", "request", "", at(9), ("opened",)))


@breaks("ticket", "one turn opened two tickets")
def _(diary: Diary, stored: Stored) -> None:
    stored.tickets.append(replace(stored.tickets[0], number="T-2"))


@breaks("ticket", "a person was asked for, but there is no ticket")
def _(diary: Diary, stored: Stored) -> None:
    stored.tickets.clear()


@breaks("ticket", "the number of a ticket was not told")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.tickets, "T-1", number="T-2")


@breaks("ticket", "a number was told that no ticket has")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.tickets, "T-1", number="T-2")


@breaks("ticket", "a ticket belongs to no turn")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.tickets, "T-1", turn_id="gone")


@breaks("ticket", "a ticket of a turn that was superseded")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.tickets, "T-1", turn_id="old")


@breaks("ticket", "a ticket was opened after its turn was answered")
def _(diary: Diary, stored: Stored) -> None:
    change(stored.tickets, "T-1", created_at=at(6.6))


@pytest.mark.parametrize(("kind", "rule", "spoil"), CASES, ids=[f"{kind}: {rule}" for kind, rule, _ in CASES])
def test_what_is_wrong_is_found(kind: str, rule: str, spoil: Break) -> None:
    diary, stored = good()
    spoil(diary, stored)
    assert (kind, rule) in {(each.kind, each.rule) for each in compare(diary, stored)}


def test_a_conversation_that_is_not_stored_is_lost() -> None:
    diary, _ = good()
    assert count_by_kind(compare(diary, None)) == {"lost": 1}


def test_every_kind_has_a_case() -> None:
    assert {kind for kind, _, _ in CASES} == set(KINDS)


@pytest.mark.parametrize("query", ["退款多久", "比较急", "退款多久\n比较急", "退款多久，比较急", "退款多久 比较急"])
def test_a_query_may_be_one_message_or_those_that_follow_each_other(query: str) -> None:
    assert fits(["退款多久", "比较急"], query)


def test_the_trail_of_a_follow_up_names_the_question_before_it() -> None:
    assert own_words("怎么退货 › 那要多久？") == "那要多久？"
    assert own_words("怎么退货") == "怎么退货"


@pytest.mark.parametrize("query", ["比较急\n退款多久", "退款", "怎么退货", ""])
def test_a_query_of_other_words_is_found(query: str) -> None:
    assert not fits(["退款多久", "比较急"], query)


def test_a_trigger_of_our_own_needs_no_question_and_stands_after_the_message_before_it() -> None:
    diary, stored = good()
    stored.turns.append(turn("rating", 11, 12, message_id=None, trigger={"kind": "hand_off"}))
    stored.messages.append(said(12, "bot", "I am sorry.", "rating"))
    diary.take(
        {"seq": 12, "id": "id-12", "client_id": None, "author": "bot", "text": "I am sorry.", "payload": None}, ""
    )
    diary.whole = list(diary.seen.values())
    assert compare(diary, stored) == []
