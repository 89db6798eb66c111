"""Until when a case can be put out of sight with one press, in words. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_skeleton

from support.tickets.snooze_times import choices, known_zone
from texts.catalogue import translate
from web.desk.labels import label


class SnoozeChoice(msgspec.Struct):
    """A time that is offered.

    Attributes:
        until: The moment, as the form sends it.
        words: What it is called, with its day and time in the reader's zone.
    """

    name: str
    until: str
    words: str


def choices_view(language: str, at: datetime, zone: str) -> list[SnoozeChoice]:
    """What is offered to somebody at a moment, the earliest first."""
    return [SnoozeChoice(name, until.isoformat(), _words(language, name, until, zone))
            for name, until in choices(at, zone)]  # fmt: skip


def _words(language: str, name: str, until: datetime, zone: str) -> str:
    local = until.astimezone(ZoneInfo(known_zone(zone)))
    return translate(
        language,
        "{when} ({day}, {time})",
        when=label(language, "snooze", name),
        day=format_skeleton("MMMEd", local, locale=language.replace("-", "_")),
        time=f"{local.hour}:{local.minute:02}",
    )
