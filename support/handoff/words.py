"""What customers are told about waiting and about opening hours. Pure."""

from datetime import datetime

from support.hours.rules import Opening
from support.hours.words import opening_words
from support.routing.waiting_time import STEPS
from texts.catalogue import translate


def wait_words(language: str, minutes: int | None) -> str:
    """About how long it takes now; nothing when nobody can tell."""
    if minutes is None:
        return ""
    if minutes >= STEPS[-1]:
        return translate(language, "Right now it can take an hour or longer.")
    if minutes == 1:
        return translate(language, "Right now it usually takes about a minute.")
    return translate(language, "Right now it usually takes about {minutes} minutes.", minutes=minutes)


def place_words(language: str, place: int, minutes: int | None) -> str:
    """Somebody's place in the queue and about how long it takes, in answer to their question."""
    where = translate(language, "You are number {place} in the queue right now.", place=place)
    how_long = wait_words(language, minutes) or translate(
        language, "We cannot tell yet how long it takes; as soon as a colleague is free, they join you here."
    )
    return _joined(language, where, how_long)


def more_words(language: str, wait_minutes: int | None, opening: Opening | None, moment: datetime) -> str:
    """What a hand-off tells beside the number of the case: how long it takes, or when we are open again."""
    if opening is not None:
        when = opening_words(language, opening, moment)
        return translate(language, "We are open again {when}.", when=when)
    return wait_words(language, wait_minutes)


def _joined(language: str, *sentences: str) -> str:
    return ("" if language.startswith("zh") else " ").join(sentences)
