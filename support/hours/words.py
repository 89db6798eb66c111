"""Telling when we are open again. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, get_timezone_name

from support.hours.rules import Opening
from texts.catalogue import translate


def opening_words(language: str, opening: Opening, moment: datetime) -> str:
    """When it opens, such as "tomorrow, Tuesday, March 2, from 9:00 (Taiwan Time)".

    Always with the date: whoever reads it elsewhere may have another day by now, or reads it later.

    Args:
        moment: Now, from which "today" and "tomorrow" follow in the zone of the opening.
    """
    zone = ZoneInfo(opening.zone)
    local = opening.at.astimezone(zone)
    locale = language.replace("-", "_")
    told = {
        "weekday": format_date(local, "EEEE", locale),
        "date": format_skeleton("MMMMd", local, locale=locale),
        "time": f"{local.hour}:{local.minute:02}",
        "zone": zone_words(language, opening.zone),
    }
    days = (local.date() - moment.astimezone(zone).date()).days
    if days == 0:
        return translate(language, "today, {weekday}, {date}, from {time} ({zone})", **told)
    if days == 1:
        return translate(language, "tomorrow, {weekday}, {date}, from {time} ({zone})", **told)
    return translate(language, "{weekday}, {date}, from {time} ({zone})", **told)


def zone_words(language: str, zone: str) -> str:
    """A time zone as people call it; a zone that has no such name stays as it is."""
    if "/" not in zone:
        return zone
    locale = language.replace("-", "_")
    return get_timezone_name(ZoneInfo(zone), width="long", zone_variant="generic", locale=locale)
