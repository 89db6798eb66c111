"""Comparing questions with the turns that answer them, and tickets with those who asked for a person. Pure."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tests.faults.records import UNSETTLED, Diary, Stored, StoredMessage, StoredTurn, Violation


def compare_turns(stored: Stored) -> Iterator[Violation]:
    """Each message has one turn, each turn one answer, and answers stand where they belong."""
    turns = {each.id: each for each in stored.turns}
    yield from _messages(stored, turns)
    for turn in stored.turns:
        yield from _turn(stored, turn)
        yield from _belonging(stored, turn)
    yield from _order(stored)


def _messages(stored: Stored, turns: dict[str, StoredTurn]) -> Iterator[Violation]:
    for message in stored.messages:
        turn = turns.get(message.turn_id or "")
        words = f"seq {message.seq} {message.text!r}"
        if message.author == "customer":
            if turn is None:
                yield Violation("lost", "a customer's message has no turn", stored.id, words, message.turn_id)
            elif turn.state not in UNSETTLED | {"answered"}:
                yield Violation("lost", f"a customer's message has a turn that was {turn.state}", stored.id, words)
        elif turn is None and message.seq > 1:
            yield Violation("out of order", "the bot spoke outside any turn", stored.id, words, message.turn_id)


def _turn(stored: Stored, turn: StoredTurn) -> Iterator[Violation]:
    """An answered turn has one answer, given once; one that is not answered has none."""
    questions, answers = stored.questions(turn.id), stored.answers(turn.id)
    if turn.state != "answered":
        if answers:
            words = "; ".join(f"seq {each.seq} {each.text!r}" for each in answers)
            yield Violation("doubled", f"a turn that is {turn.state} has an answer", stored.id, words, turn.id)
        return
    if not answers:
        words = "; ".join(repr(each.text) for each in questions) or f"trigger {turn.trigger}"
        yield Violation("lost", "an answered turn has no answer", stored.id, words, turn.id)
        return
    if not questions and turn.trigger is None:
        words = "; ".join(f"seq {each.seq} {each.text!r}" for each in answers)
        yield Violation("doubled", "a turn was answered whose messages are another's", stored.id, words, turn.id)
    numbers = [each.seq for each in answers]
    if numbers[-1] - numbers[0] + 1 != len(numbers):
        yield Violation("doubled", "a turn was answered in several goes", stored.id, f"seq {numbers}", turn.id)
    for (text, _), count in Counter((each.text, json.dumps(each.payload)) for each in answers).items():
        if count > max(1, len(questions)):
            yield Violation("doubled", "a turn has the same answer twice", stored.id, repr(text), turn.id)
    asked = Counter(plain(each.text) for each in questions)
    searched = Counter(plain(own_words(each.query)) for each in stored.retrievals if each.turn_id == turn.id)
    for query, count in searched.items():
        if count > max(1, asked[query]):
            words = f"{count} trails for {query!r}"
            yield Violation("doubled", "a turn was searched and answered twice", stored.id, words, turn.id)


def _belonging(stored: Stored, turn: StoredTurn) -> Iterator[Violation]:
    """What was searched are the words of the turn's own messages; a picked article is the one that is told."""
    questions, answers = stored.questions(turn.id), stored.answers(turn.id)
    for found in stored.retrievals:
        if found.turn_id == turn.id and not fits([each.text for each in questions], own_words(found.query)):
            words = f"searched {found.query!r} for {[each.text for each in questions]}"
            yield Violation("out of order", "an answer belongs to another question", stored.id, words, turn.id)
    picked = {(each.payload or {}).get("article_id") for each in questions} - {None}
    told = {((each.payload or {}).get("answer") or {}).get("article_id") for each in answers} - {None}
    if picked and all(each.payload for each in questions) and not told <= picked:
        words = f"picked {sorted(map(str, picked))}, told {sorted(map(str, told))}"
        yield Violation("out of order", "another article was told than picked", stored.id, words, turn.id)


def plain(text: str) -> str:
    """The letters and digits of a text: how words were joined makes no difference."""
    return "".join(re.findall(r"\w", text.lower()))


def own_words(query: str) -> str:
    """What was asked itself: the trail of a follow-up names the question before it, too."""
    return query.rsplit(" › ", 1)[-1]


def fits(texts: list[str], query: str) -> bool:
    """Whether a query is one of the texts, or some that follow each other joined."""
    wanted = plain(query)
    parts = [plain(each) for each in texts]
    starts = range(len(parts))
    return any(wanted == "".join(parts[start:end]) for start in starts for end in range(start + 1, len(parts) + 1))


def _order(stored: Stored) -> Iterator[Violation]:
    """Answers stand after their questions, and in the order of their questions."""
    answered: list[tuple[tuple[int, bool], StoredTurn, list[StoredMessage]]] = []
    for turn in stored.turns:
        questions, answers = stored.questions(turn.id), stored.answers(turn.id)
        if not answers:
            continue
        last = max((each.seq for each in questions), default=turn.seq)
        # A trigger of ours begins after the message that was the last then, and so after its turn.
        answered.append(((last, not questions), turn, answers))
        if answers[0].seq <= last:
            words = f"seq {answers[0].seq} answers seq {last}"
            yield Violation("out of order", "an answer stands before its question", stored.id, words, turn.id)
    answered.sort(key=lambda each: each[0])
    for (_, earlier, before), (_, later, after) in pairwise(answered):
        if before[-1].seq > after[0].seq:
            words = f"seq {after[0].seq} of turn {later.id} stands before seq {before[-1].seq} of turn {earlier.id}"
            yield Violation("out of order", "answers stand in another order", stored.id, words, later.id)


def compare_tickets(diary: Diary, stored: Stored) -> Iterator[Violation]:
    """At most one ticket, opened by a turn that still counted, and its number was told."""
    tickets = stored.tickets
    numbers = {each.number for each in tickets}
    if len(tickets) > 1:
        words = ", ".join(f"{each.number} {each.reason} of turn {each.turn_id}" for each in tickets)
        yield Violation("ticket", "more than one ticket", stored.id, words)
    if len({each.turn_id for each in tickets if each.turn_id}) < sum(1 for each in tickets if each.turn_id):
        yield Violation("ticket", "one turn opened two tickets", stored.id, ", ".join(sorted(numbers)))
    if diary.needs_ticket and not tickets:
        yield Violation("ticket", "a person was asked for, but there is no ticket", stored.id, diary.script)
    told = {((each.payload or {}).get("ticket") or {}).get("number") for each in diary.seen.values()} - {None}
    if numbers - told:
        words = ", ".join(f"{each.number} {each.reason}" for each in tickets if each.number not in told)
        yield Violation("ticket", "the number of a ticket was not told", stored.id, words)
    if told - numbers:
        words = ", ".join(sorted(map(str, told - numbers)))
        yield Violation("ticket", "a number was told that no ticket has", stored.id, words)
    turns = {each.id: each for each in stored.turns}
    for ticket in tickets:
        turn = turns.get(ticket.turn_id or "")
        if turn is None:
            yield Violation("ticket", "a ticket belongs to no turn", stored.id, ticket.number)
        elif turn.state in {"superseded", "discarded"}:
            yield Violation("ticket", f"a ticket of a turn that was {turn.state}", stored.id, ticket.number, turn.id)
        elif turn.answered_at is not None and ticket.created_at > turn.answered_at:
            words = f"{ticket.number} was opened {(ticket.created_at - turn.answered_at).total_seconds():.1f} s after"
            yield Violation("ticket", "a ticket was opened after its turn was answered", stored.id, words, turn.id)
    yield from _contacts(diary, stored)


def _contacts(diary: Diary, stored: Stored) -> Iterator[Violation]:
    """An address that was given while a case was open is kept with it, once."""
    tickets = stored.tickets
    given = [each.created_at for each in stored.messages if each.author == "customer" and "@" in each.text]
    if tickets and given and tickets[0].created_at < given[0] and not any(each.contact for each in tickets):
        words = f"{tickets[0].number}: {', '.join(tickets[0].events)}"
        yield Violation("lost", "a contact that was given is not kept", stored.id, words, tickets[0].turn_id)
    noted = sum(each.events.count("contact_given") for each in tickets)
    if noted > diary.contacts:
        words = f"{noted} times, but given {diary.contacts} times"
        yield Violation("doubled", "a contact was noted twice", stored.id, words)
