"""Whose turn is answered next when many wait. Pure.

Normally whoever came first. In a flood of new conversations that would put everybody else behind thousands; so when the
line is long, those who are in the middle of a talk go before the first questions of conversations just opened, and
newcomers keep a share of the places.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

# A second's worth of answers on two cores that have nothing else to do, and two or three when they have. Up to there,
# the order of arrival is the fairest.
LONG_LINE = 40
# What newcomers may hold of all places while the line is long: a quarter. The others stay free for those who are in a
# talk, so that these find one at once; few turns keep the one dialogue server as busy as many do.
NEWCOMERS_SHARE = 4
# Who opened the chat this long ago and asks only now is no part of a flood.
NEW_FOR = timedelta(minutes=1)
# The greeting is the first message, so a first question is the second.
FIRST_QUESTION = 2

Who = Literal["known", "newcomer"]


@dataclass(frozen=True)
class Group:
    """Conversations of one kind.

    Attributes:
        waiting: How many wait.
        held: How many places they hold.
        first: When the longest waiting of them came, as a number that grows; anything when none waits.
    """

    waiting: int = 0
    held: int = 0
    first: int = 0


def is_newcomer(opened: datetime, asked: datetime, answered: bool) -> bool:
    """Whether a question counts as a first one of a conversation just opened.

    Args:
        opened, asked: When the conversation was opened, and when the question came.
        answered: Whether the bot answered anything in it before.
    """
    return not answered and asked - opened < NEW_FOR


def next_in(known: Group, newcomers: Group, places: int) -> Who | None:
    """Who gets a place now, of so many that there are; None when nobody does."""
    if known.held + newcomers.held >= places or not known.waiting + newcomers.waiting:
        return None
    if known.waiting + newcomers.waiting <= LONG_LINE:
        return "known" if known.waiting and (not newcomers.waiting or known.first < newcomers.first) else "newcomer"
    share = places // NEWCOMERS_SHARE
    if known.waiting and (not newcomers.waiting or known.held < places - share):
        return "known"
    return "newcomer" if newcomers.waiting and newcomers.held < share else None


def ahead(known: int, newcomers: int, newcomer: bool) -> int:
    """About how many are answered before somebody in a long line.

    Args:
        known, newcomers: How many of each came before.
        newcomer: Whether that somebody is one.
    """
    if newcomer:
        return known + newcomers
    return known + min(newcomers, known // (NEWCOMERS_SHARE - 1))
