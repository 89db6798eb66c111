"""Customers who ask one question after the other, N at once."""

import asyncio
import itertools
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from benchmarks.customer import TurnFailed
from benchmarks.outcomes import Outcome, outcome_of
from knowledge_base.evaluate import Question

TURNS_A_CONVERSATION = 10
# Every other conversation is English.
LANGUAGES = ("en", "zh-Hans", "en", "zh-Hant")
OPENING_AT_ONCE = 8
# For what follows a turn's first message, such as a ticket.
SETTLING = 0.5

Asking = dict[str, Iterator[tuple[Question, str]]]


class Conversation(Protocol):
    """What a load asks of a conversation, whatever server it is with (see customer.py and posted.py)."""

    @property
    def id(self) -> str:
        """Tells conversations apart."""
        ...

    @property
    def language(self) -> str:
        """The customer's language."""
        ...

    @property
    def handed_over(self) -> bool:
        """Whether people have it now, so that the bot will not answer any more."""
        ...

    async def ask(self, text: str) -> tuple[int, float]:
        """The turn's number, and the seconds until its answer had arrived. Raises TurnFailed when none came."""
        ...

    def replies(self, after: int, before: int | None = None) -> list[dict[str, Any]]:
        """The bot's messages from the turn `after` until the turn `before`."""
        ...

    async def leave(self) -> None:
        """Close what is open."""
        ...


# Starts a conversation in a language; raises TurnFailed when it cannot.
Opener = Callable[[str], Awaitable[Conversation]]


@dataclass(frozen=True)
class Turn:
    """One question asked.

    Attributes:
        seconds: From posting it to having read the bot's first message; None when there was none.
        error: Why there was none; else empty.
    """

    language: str
    query: str
    expected: frozenset[str]
    seconds: float | None
    outcome: Outcome
    error: str = ""


@dataclass
class _Asked:
    conversation: Conversation
    question: Question
    text: str
    seq: int = 0
    seconds: float | None = None
    error: str = ""


@dataclass
class Load:
    """A closed loop: each customer asks the next question when the last one was answered. Make it with `load`.

    Conversations are opened beforehand; a customer goes on to the next one after ten turns, or when people took over.

    Attributes:
        opened_late: Conversations that had to be opened while the clock ran.
        seconds: How long it took, from the first question to the last answer.
    """

    open_one: Opener
    asking: Asking
    at_once: int
    turns: int
    opened_late: int = 0
    seconds: float = 0.0
    _fresh: deque[Conversation] = field(default_factory=deque)
    _used: list[Conversation] = field(default_factory=list)
    _asked: list[_Asked] = field(default_factory=list)
    _languages: Iterator[str] = field(default_factory=lambda: itertools.cycle(LANGUAGES))

    async def run(self) -> list[Turn]:
        """Ask all questions.

        Raises:
            TurnFailed: When another conversation is needed and cannot be opened.
        """
        left = iter(range(self.turns))
        begun = time.perf_counter()
        await asyncio.gather(*(self._customer(left) for _ in range(self.at_once)))
        self.seconds = time.perf_counter() - begun
        await asyncio.sleep(SETTLING)
        return self._turns()

    async def open(self, count: int) -> None:
        """Open so many conversations, in all languages by turns. Raises TurnFailed when one cannot be opened."""
        for start in range(0, count, OPENING_AT_ONCE):
            languages = itertools.islice(self._languages, min(OPENING_AT_ONCE, count - start))
            self._fresh.extend(await asyncio.gather(*(self.open_one(each) for each in languages)))

    async def leave(self) -> None:
        """Close the streams of all conversations."""
        await asyncio.gather(*(conversation.leave() for conversation in (*self._used, *self._fresh)))

    async def _customer(self, left: Iterator[int]) -> None:
        conversation: Conversation | None = None
        said = 0
        for _ in left:
            if conversation is None or said == TURNS_A_CONVERSATION or conversation.handed_over:
                conversation, said = await self._next_conversation(), 0
            said += 1
            asked = _Asked(conversation, *next(self.asking[conversation.language]))
            self._asked.append(asked)
            try:
                asked.seq, asked.seconds = await conversation.ask(asked.text)
            except TurnFailed as failure:
                asked.error = str(failure)
                conversation = None

    async def _next_conversation(self) -> Conversation:
        if not self._fresh:
            self.opened_late += 1
            await self.open(1)
        conversation = self._fresh.popleft()
        self._used.append(conversation)
        return conversation

    def _turns(self) -> list[Turn]:
        following: dict[str, int] = {}
        turns = []
        for asked in reversed(self._asked):
            turns.append(_finished(asked, following.get(asked.conversation.id)))
            if asked.seq:
                following[asked.conversation.id] = asked.seq
        return turns[::-1]


@asynccontextmanager
async def load(open_one: Opener, asking: Asking, at_once: int, turns: int) -> AsyncIterator[Load]:
    """A load with all conversations it needs open, ready to run.

    Args:
        open_one: Starts a conversation.
        asking: Questions without end by language, each with its words.

    Raises:
        TurnFailed: When a conversation cannot be opened.
    """
    made = Load(open_one, asking, at_once, turns)
    try:
        await made.open(conversations_needed(at_once, turns))
        yield made
    finally:
        await made.leave()


def _finished(asked: _Asked, next_seq: int | None) -> Turn:
    if asked.error:
        outcome = Outcome("error", (), False)
    else:
        outcome = outcome_of(asked.conversation.replies(asked.seq, next_seq), asked.question.expected)
    return Turn(
        asked.question.language, asked.question.query, asked.question.expected, asked.seconds, outcome, asked.error
    )


def conversations_needed(at_once: int, turns: int) -> int:
    """How many conversations to open beforehand, with one to spare for each customer."""
    return at_once * (math.ceil(turns / at_once / TURNS_A_CONVERSATION) + 1)
