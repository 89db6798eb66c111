"""Comparing what a customer sent and saw with what is stored. Pure: every rule can be tried on made-up records."""

from collections.abc import Iterator
from itertools import pairwise

from tests.faults.compare_turns import compare_tickets, compare_turns
from tests.faults.records import UNSETTLED, Diary, Sent, Stored, StoredMessage, Violation

KINDS = ("lost", "doubled", "out of order", "stuck", "ticket")


def compare(diary: Diary, stored: Stored | None) -> list[Violation]:
    """Everything that is wrong with one customer's conversation."""
    if stored is None:
        return [Violation("lost", "the conversation is not stored", diary.conversation_id, f"customer {diary.number}")]
    return [
        *_sent(diary, stored),
        *_sent_order(diary),
        *_stored_order(diary, stored),
        *_visible(diary, stored),
        *_stuck(diary, stored),
        *compare_turns(stored),
        *compare_tickets(diary, stored),
    ]


def _sent(diary: Diary, stored: Stored) -> Iterator[Violation]:
    """Each accepted message is stored once, as it was sent, under the number the customer was told."""
    kept: dict[str, list[StoredMessage]] = {}
    for message in stored.messages:
        if message.client_id is not None:
            kept.setdefault(message.client_id, []).append(message)
    for sent in diary.sent:
        rows = kept.pop(sent.client_id, [])
        words = f"{sent.text!r} ({sent.client_id})"
        if sent.accepted is None:
            said = sent.refused or f"no answer in {sent.tries} tries"
            yield Violation("lost", "a message was not taken in", stored.id, f"{words}: {said}")
            continue
        for other in sorted(set(sent.otherwise)):
            yield Violation("doubled", "a repeated message got another number", stored.id, f"{words}: {other}")
        if not rows:
            yield Violation("lost", "an accepted message is not stored", stored.id, f"{words}, accepted as {sent.seq}")
        elif len(rows) > 1:
            numbers = ", ".join(str(row.seq) for row in rows)
            yield Violation("doubled", "a message is stored twice", stored.id, f"{words}: seq {numbers}")
        elif not _same(sent, rows[0]):
            row = rows[0]
            was = f"id {row.id} seq {row.seq} text {row.text!r} payload {row.payload}"
            yield Violation("lost", "a message is stored otherwise than it was accepted", stored.id, f"{words}: {was}")
    for client_id, rows in kept.items():
        texts = ", ".join(repr(row.text) for row in rows)
        yield Violation("doubled", "a message is stored that nobody sent", stored.id, f"{client_id}: {texts}")


def _same(sent: Sent, row: StoredMessage) -> bool:
    return (row.id, row.seq, row.text, row.payload) == (sent.id, sent.seq, sent.text, sent.payload)


def _sent_order(diary: Diary) -> Iterator[Violation]:
    """A message that was first tried after another was accepted stands after it."""
    accepted = [each for each in diary.sent if each.accepted is not None]
    for earlier in accepted:
        for later in accepted:
            if earlier.accepted is not None and earlier.accepted < later.began and earlier.seq >= later.seq:
                words = f"{earlier.text!r} got seq {earlier.seq}, and {later.text!r}, sent after it, seq {later.seq}"
                yield Violation("out of order", "messages stand in another order", diary.conversation_id, words)


def _stored_order(diary: Diary, stored: Stored) -> Iterator[Violation]:
    """Sequence numbers count 1, 2, 3, and what the page was given came in that order."""
    numbers = [each.seq for each in stored.messages]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Violation("out of order", "sequence numbers have gaps", stored.id, f"{numbers}")
    for before, after in pairwise(stored.messages):
        if before.created_at > after.created_at:
            words = f"seq {before.seq} is of {before.created_at}, seq {after.seq} of {after.created_at}"
            yield Violation("out of order", "times do not follow the numbers", stored.id, words)
    for kind, words in diary.oddities:
        yield Violation(kind, "what the page was given", stored.id, words)


def _visible(diary: Diary, stored: Stored) -> Iterator[Violation]:
    """The customer saw every stored message, and nothing else; the last reading of all says the same."""
    rows = {each.seq: each for each in stored.messages}
    readings = [("seen", diary.seen)]
    if diary.whole is None:
        yield Violation("lost", "the conversation could not be read at the end", stored.id, f"customer {diary.number}")
    else:
        readings.append(("told at the end", {each.seq: each for each in diary.whole}))
    for how, reading in readings:
        for seq in sorted(rows.keys() | reading.keys()):
            row, seen = rows.get(seq), reading.get(seq)
            if seen is None:
                yield Violation("lost", f"a stored message was not {how}", stored.id, f"{row}")
            elif row is None:
                yield Violation("lost", f"a message {how} is not stored", stored.id, f"{seen}")
            elif (row.id, row.client_id, row.author, row.text, row.payload) != (
                (seen.id, seen.client_id, seen.author, seen.text, seen.payload)
            ):
                words = f"stored {row}, but {how} {seen}"
                yield Violation("doubled", f"a message was {how} with other content", stored.id, words)


def _stuck(diary: Diary, stored: Stored) -> Iterator[Violation]:
    """Every turn is over, the bot is said to be idle, and the customer did not have the last word."""
    for turn in stored.turns:
        if turn.state in UNSETTLED:
            words = f"{turn.state}, attempt {turn.attempt}, of {turn.created_at}"
            yield Violation("stuck", "a turn is not over", stored.id, words, turn.id)
    if diary.typing:
        yield Violation("stuck", "the bot is still said to be typing", stored.id, f"status {stored.status}")
    if stored.messages and stored.messages[-1].author == "customer":
        last = stored.messages[-1]
        yield Violation("stuck", "the last message is the customer's", stored.id, f"{last.text!r}", last.turn_id)
