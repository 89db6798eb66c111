"""Opening hours as people write them, as they are kept, and as customers are told of them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from storage.base import now
from support.handoff.words import more_words, place_words
from support.hours.rules import Holiday, Hours, Opening, Period, hours_of
from support.hours.words import opening_words
from support.hours.writing import (
    HoursRefused,
    kept_holidays,
    kept_week,
    read_day,
    read_holidays,
    read_zone,
    written_day,
    written_holidays,
)
from tests.support.hours_made import WORKDAYS, taipei


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("09:00-18:00", "09:00-18:00"),
        ("9:00-12:30,13:30-18:00", "09:00-12:30, 13:30-18:00"),
        ("13:30-18:00; 9:00-12:30", "09:00-12:30, 13:30-18:00"),
        ("０９：００－１８：００", "09:00-18:00"),
        ("09:00~12:00、13:00～18:00", "09:00-12:00, 13:00-18:00"),
        ("09:00 – 12:00", "09:00-12:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("09:00-12:00, 12:00-18:00", "09:00-12:00, 12:00-18:00"),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str, written: str) -> None:
    assert written_day(read_day(text)) == written


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nine to five", "period"),
        ("09:00", "period"),
        ("25:00-26:00", "period"),
        ("09:60-10:00", "period"),
        ("24:01-24:02", "period"),
        ("22:00-06:00", "order"),
        ("09:00-09:00", "order"),
        ("09:00-13:00, 12:00-18:00", "overlap"),
    ],
)
def test_a_day_that_cannot_be_meant_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(HoursRefused) as refused:
        read_day(text)
    assert refused.value.code == code


def test_holidays_are_read_line_by_line_and_written_the_same() -> None:
    text = "2027-02-05 10:00-14:00 New Year's Eve\n2027-01-01 New Year\n\n2027-2-6 春节"
    found = read_holidays(text)
    assert found[0] == Holiday(date(2027, 1, 1), "New Year")
    assert found[1] == Holiday(date(2027, 2, 5), "New Year's Eve", (Period(600, 840),))
    assert written_holidays(found) == "2027-01-01 New Year\n2027-02-05 10:00-14:00 New Year's Eve\n2027-02-06 春节"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("New Year", "date"),
        ("2027-02-30 Never", "date"),
        ("2027-01-01 a\n2027-01-01 b", "twice"),
        ("2027-01-01 18:00-10:00", "order"),
        ("2027-01-01 10:00 New Year", "period"),
        ("\n".join(str(date(2027, 1, 1) + timedelta(days=each)) for each in range(201)), "too_many"),
    ],
)
def test_a_holiday_that_cannot_be_understood_is_refused(text: str, code: str) -> None:
    with pytest.raises(HoursRefused) as refused:
        read_holidays(text)
    assert refused.value.code == code


def test_a_zone_must_exist() -> None:
    assert read_zone(" Asia/Taipei ") == "Asia/Taipei"
    with pytest.raises(HoursRefused):
        read_zone("Taipei")


def test_what_is_kept_reads_the_same_again() -> None:
    hours = Hours("Asia/Taipei", WORKDAYS, {each.date: each for each in read_holidays("2027-01-01 10:00-24:00 Fun")})
    assert hours_of("Asia/Taipei", kept_week(hours), kept_holidays(hours)) == hours


@pytest.mark.parametrize(
    ("opens", "english", "chinese"),
    [
        ("2027-03-01T13:30", "today, Monday, March 1, from 13:30 (Taiwan Time)", "今天（3月1日星期一）13:30 起"),
        ("2027-03-02T09:00", "tomorrow, Tuesday, March 2, from 9:00 (Taiwan Time)", "明天（3月2日星期二）9:00 起"),
        ("2027-03-05T09:00", "Friday, March 5, from 9:00 (Taiwan Time)", "3月5日星期五 9:00 起"),
        ("2027-03-22T09:00", "Monday, March 22, from 9:00 (Taiwan Time)", "3月22日星期一 9:00 起"),
    ],
)
def test_the_opening_is_told_in_the_customers_words_with_weekday_and_date(
    opens: str, english: str, chinese: str
) -> None:
    opening, moment = Opening(taipei(opens), "Asia/Taipei"), taipei("2027-03-01T12:45")
    assert opening_words("en", opening, moment) == english
    assert chinese in opening_words("zh-Hans", opening, moment)
    assert chinese in opening_words("zh-Hant", opening, moment)
    assert "時間" in opening_words("zh-Hant", opening, moment)


def test_today_is_the_day_of_the_zone_and_not_of_whoever_asks() -> None:
    opening = Opening(taipei("2027-03-02T09:00"), "Asia/Taipei")
    assert opening_words("en", opening, datetime(2027, 3, 1, 17, tzinfo=UTC)).startswith("today")


def test_the_words_beside_a_case_tell_the_time_or_the_opening() -> None:
    opening = Opening(taipei("2027-03-02T09:00"), "Asia/Taipei")
    told = more_words("en", None, opening, taipei("2027-03-01T19:00"))
    assert told == "We are open again tomorrow, Tuesday, March 2, from 9:00 (Taiwan Time)."
    assert more_words("en", 5, None, now()) == "Right now it usually takes about 5 minutes."
    assert more_words("en", 60, None, now()) == "Right now it can take an hour or longer."
    assert more_words("en", None, None, now()) == ""
    assert "number 2" in place_words("en", 2, None) and "cannot tell" in place_words("en", 2, None)
