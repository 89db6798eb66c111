"""Opening hours of several kinds, moments on the clocks of their zones, and hours that are kept."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from storage.base import now
from storage.engine import Database
from support.hours.operations import save_schedule
from support.hours.rules import Hours
from support.hours.writing import read_day

SPLIT = read_day("09:00-12:30, 13:30-18:00")
WORKDAYS = (SPLIT,) * 5 + ((), ())
TAIPEI = Hours("Asia/Taipei", WORKDAYS)
BERLIN = Hours("Europe/Berlin", (read_day("09:00-17:00"),) * 7)


def at(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def taipei(text: str) -> datetime:
    return at("Asia/Taipei", text)


def closed_hours() -> Hours:
    """Hours that open in three days only."""
    day = (now() + timedelta(days=3)).weekday()
    week = tuple(read_day("09:00-18:00") if each == day else () for each in range(7))
    return Hours("UTC", week)


def keep(database: Database, hours: Hours, name: str = "Shop", is_default: bool = True) -> str:
    with database.writing() as session:
        return save_schedule(session, None, name, hours, is_default).id
