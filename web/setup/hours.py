"""Set-up page of the opening hours: the week, holidays and time zone, with what follows from them for the next days."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from litestar import Request, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect, Template

from storage.base import now
from support.hours import operations, queries
from support.hours.operations import ScheduleNotFound
from support.hours.rules import DAYS, Hours, Periods
from support.hours.tables import Schedule
from support.hours.words import zone_words
from support.hours.writing import (
    LONGEST_NAME,
    HoursRefused,
    read_day,
    read_holidays,
    read_zone,
    written_day,
    written_holidays,
)
from texts.catalogue import marked, translate
from web.desk.pages import Member, NamedServices
from web.languages import request_language
from web.services import Services
from web.setup.forms import note_change, one, setup_page

PREVIEWED_DAYS = 7
# The first in the list; any other name of the IANA list can be typed.
ZONES = ("Asia/Taipei", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Europe/London", "America/New_York")
_PROBLEMS = {
    "name": marked("Please give these hours a name of at most {limit} characters."),
    "name_taken": marked("There are hours called {name} already. Please choose another name."),
    "zone": marked("“{text}” is no time zone. Write it as Asia/Taipei, for example."),
    "period": marked("“{text}” is no period. Write it as 09:00-12:30, several with a comma between them."),
    "order": marked("{text} ends before it begins. For a night, write 22:00-24:00, and 00:00-06:00 on the next day."),
    "overlap": marked("These overlap: {text}."),
    "date": marked("“{text}” does not begin with a date such as 2027-01-01."),
    "twice": marked("{text} stands there twice."),
    "too_many": marked("At most {most} days can be kept."),
}


@dataclass(frozen=True)
class HoursForm:
    """What stands in the form, as it was typed."""

    name: str = ""
    zone: str = ZONES[0]
    days: dict[str, str] = field(default_factory=dict)
    holidays: str = ""
    is_default: bool = False


@get("/setup/hours", include_in_schema=False)
async def hours_list(request: Request[Any, Any, Any], services: NamedServices, done: str = "") -> Template:
    """All opening hours, and a form for new ones."""
    kept = await services.database.read(queries.schedules)
    workdays = dict.fromkeys(DAYS[:5], "09:00-18:00")
    return await _page(request, services, None, HoursForm(days=workdays, is_default=not kept), done=done)


@get("/setup/hours/{schedule_id:str}", include_in_schema=False)
async def hours_page(
    request: Request[Any, Any, Any], services: NamedServices, schedule_id: str, done: str = ""
) -> Template:
    """One set of opening hours."""
    kept = await services.database.read(lambda session: session.get(Schedule, schedule_id))
    if kept is None:
        raise ScheduleNotFound(schedule_id)
    hours = queries.read(kept)
    days = {day: written_day(periods) for day, periods in zip(DAYS, hours.week, strict=True)}
    form = HoursForm(kept.name, kept.time_zone, days, written_holidays(hours.holidays.values()), kept.is_default)
    return await _page(request, services, schedule_id, form, done=done)


@post("/setup/hours", include_in_schema=False)
async def make_hours(request: Request[Any, Any, Any], services: NamedServices, member: Member) -> Template | Redirect:
    """New opening hours."""
    return await _save(request, services, member, None)


@post("/setup/hours/{schedule_id:str}", include_in_schema=False)
async def change_hours(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, schedule_id: str
) -> Template | Redirect:
    """Change opening hours."""
    return await _save(request, services, member, schedule_id)


@post("/setup/hours/{schedule_id:str}/remove", include_in_schema=False)
async def remove_hours(services: NamedServices, member: Member, schedule_id: str) -> Redirect:
    """Remove opening hours."""
    await services.database.write(lambda session: operations.remove_schedule(session, schedule_id))
    note_change("opening hours removed", member, schedule=schedule_id)
    return Redirect("/setup/hours?done=removed", status_code=303)


async def _save(
    request: Request[Any, Any, Any], services: Services, member: Member, schedule_id: str | None
) -> Template | Redirect:
    """Keep the hours, or only show what follows from them when that was pressed."""
    sent = await request.form()
    form = _typed(sent)
    hours, problems = understood(form)
    if hours is None or one(sent, "step") == "preview":
        return await _page(request, services, schedule_id, form, problems)
    try:
        saved = await services.database.write(
            lambda session: operations.save_schedule(session, schedule_id, form.name, hours, form.is_default)
        )
    except HoursRefused as refusal:
        return await _page(request, services, schedule_id, form, {"name": refusal})
    note_change("opening hours set up", member, schedule=saved.id, default=saved.is_default)
    return Redirect(f"/setup/hours/{saved.id}?done=saved", status_code=303)


def understood(form: HoursForm) -> tuple[Hours | None, dict[str, HoursRefused]]:
    """The hours that a form tells, or None with what is wrong with them, by field."""
    problems: dict[str, HoursRefused] = {}
    week: list[Periods] = []
    zone, holidays = form.zone, read_holidays("")
    for day in DAYS:
        try:
            week.append(read_day(form.days.get(day, "")))
        except HoursRefused as refusal:
            problems[day] = refusal
    try:
        zone = read_zone(form.zone)
    except HoursRefused as refusal:
        problems["zone"] = refusal
    try:
        holidays = read_holidays(form.holidays)
    except HoursRefused as refusal:
        problems["holidays"] = refusal
    if problems:
        return None, problems
    return Hours(zone, tuple(week), {each.date: each for each in holidays}), {}


async def _page(
    request: Request[Any, Any, Any],
    services: Services,
    schedule_id: str | None,
    form: HoursForm,
    problems: dict[str, HoursRefused] | None = None,
    done: str = "",
) -> Template:
    language = request_language(request)
    told = {
        name: translate(language, _PROBLEMS[each.code], **dict(each.values)) for name, each in (problems or {}).items()
    }
    hours, _ = understood(form)
    context = {
        "schedules": await services.database.read(queries.schedules),
        "schedule_id": schedule_id,
        "form": form,
        "days": [(day, _day_name(language, date(2024, 1, 1) + timedelta(days=at))) for at, day in enumerate(DAYS)],
        "zones": ZONES,
        "zone_name": zone_words(language, hours.zone) if hours else "",
        "preview": preview(hours, language) if hours else [],
        "problems": told,
        "longest_name": LONGEST_NAME,
        "done": done,
    }
    return setup_page(request, "hours.html", 422 if told else 200, **context)


def preview(hours: Hours, language: str) -> list[tuple[str, str, str]]:
    """The next days in the zone of the hours: the date in words, its periods, and the holiday's name."""
    today = now().astimezone(ZoneInfo(hours.zone)).date()
    found = []
    for ahead in range(PREVIEWED_DAYS):
        day = today + timedelta(days=ahead)
        holiday = hours.holidays.get(day)
        shown = format_skeleton("MMMEd", day, locale=language.replace("-", "_"))
        found.append((shown, written_day(hours.of_day(day)), holiday.name if holiday else ""))
    return found


def _typed(sent: FormMultiDict) -> HoursForm:
    return HoursForm(
        name=one(sent, "name"),
        zone=one(sent, "zone"),
        days={day: one(sent, day) for day in DAYS},
        holidays=one(sent, "holidays"),
        is_default=one(sent, "is_default") == "yes",
    )


def _day_name(language: str, day: date) -> str:
    return format_date(day, "EEEE", language.replace("-", "_"))


ROUTES: list[Any] = [hours_list, hours_page, make_hours, change_hours, remove_hours]
