"""How tags are written, who a note names, and until when a case is snoozed."""

from datetime import UTC, datetime, timedelta

import pytest

from support.tickets.mentions import mentioned
from support.tickets.snooze_times import choices, chosen_time, known_zone, local_time, may_snooze
from support.tickets.tag_names import clean_tag
from web.desk.snooze_view import choices_view

pytestmark = pytest.mark.fast
NAMES = {"1": "Mei", "2": "Mei Lin", "3": "王小明", "4": "Tom", "5": "tom"}
# A Friday, 15:30 in Shanghai.
FRIDAY = datetime(2026, 3, 6, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("  Refund  Late ", "refund late"),
        ("#VIP", "vip"),
        ("退款", "退款"),
        ("ＡＢＣ", "abc"),
        ("line\nbreak\tand\x00nothing", "line break andnothing"),
        ("a/b", "a-b"),
        (" \u200b ", ""),
        ("", ""),
    ],
)
def test_a_tag_has_one_spelling(given: str, tag: str) -> None:
    assert clean_tag(given) == tag
    assert clean_tag(tag) == tag


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Mei Lin please look", ["2"]),
        ("@mei  lin!", ["2"]),
        ("@Mei, and @王小明看一下", ["1", "3"]),
        ("@Meier is somebody else", []),
        ("mail me at x@Tomorrow.example", []),
        ("@Tom", ["4", "5"]),
        ("@Mei @Mei", ["1"]),
        ("Mei knows", []),
        ("", []),
    ],
)
def test_a_note_names_whoever_stands_behind_an_at(text: str, named: list[str]) -> None:
    assert mentioned(text, NAMES) == named


def test_nobody_can_be_named_where_nobody_is() -> None:
    assert mentioned("@Mei @", {}) == []
    assert mentioned("@ hello", {"1": "  "}) == []


def test_times_are_offered_in_the_readers_zone_and_none_that_is_past() -> None:
    # Friday, 15:30 there: this afternoon's 14:00 is over.
    assert choices(FRIDAY, "Asia/Shanghai") == [
        ("hour", datetime(2026, 3, 6, 8, 30, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 3, 7, 1, 0, tzinfo=UTC)),
        ("monday", datetime(2026, 3, 9, 1, 0, tzinfo=UTC)),
    ]


def test_in_the_morning_the_afternoon_is_todays_and_on_a_monday_the_next_one_is_a_week_away() -> None:
    offered = dict(choices(datetime(2026, 3, 9, 2, 0, tzinfo=UTC), "Asia/Taipei"))
    assert offered["afternoon"] == datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
    assert offered["monday"] == datetime(2026, 3, 16, 1, 0, tzinfo=UTC)


def test_on_a_sunday_monday_morning_is_offered_once() -> None:
    names = [name for name, _ in choices(datetime(2026, 3, 8, 12, 0, tzinfo=UTC), "Asia/Taipei")]
    assert names == ["hour", "tomorrow"]


def test_tomorrow_at_nine_stays_nine_when_the_clocks_change() -> None:
    before_summer_time = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    offered = dict(choices(before_summer_time, "Europe/Berlin"))
    assert offered["tomorrow"] == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)


def test_an_unknown_zone_is_utc() -> None:
    for zone in ("Nowhere/Town", "", "../etc/passwd", "x" * 500):
        assert known_zone(zone) == "UTC"
        assert dict(choices(FRIDAY, zone))["tomorrow"] == datetime(2026, 3, 7, 9, 0, tzinfo=UTC)


def test_what_was_chosen_is_an_hour_from_now_or_the_very_moment_that_was_shown() -> None:
    assert chosen_time("hour", FRIDAY, "UTC") == FRIDAY + timedelta(hours=1)
    shown = dict(choices(FRIDAY, "Asia/Taipei"))["tomorrow"]
    assert chosen_time(shown.isoformat(), FRIDAY + timedelta(days=2), "Asia/Taipei") == shown
    assert chosen_time("someday", FRIDAY, "UTC") is None


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Tomorrow morning (Sat, Mar 7, 9:00)"), ("zh-Hans", "明天早上（3月7日周六 9:00）")],
)
def test_each_choice_says_its_day_and_time(language: str, words: str) -> None:
    assert words in [each.words for each in choices_view(language, FRIDAY, "Asia/Taipei")]


def test_a_time_of_ones_own_is_read_in_the_readers_zone() -> None:
    assert local_time("2026-03-07T09:30", "Asia/Taipei") == datetime(2026, 3, 7, 1, 30, tzinfo=UTC)
    assert local_time("2026-03-07T09:30+00:00", "Asia/Taipei") == datetime(2026, 3, 7, 9, 30, tzinfo=UTC)
    for nothing in ("", "soon", "2026-13-01T00:00", "0001-01-01T00:00"):
        assert local_time(nothing, "Asia/Taipei") is None


def test_a_case_can_be_snoozed_for_a_year_and_not_into_the_past() -> None:
    assert may_snooze(FRIDAY + timedelta(seconds=1), FRIDAY)
    assert may_snooze(FRIDAY + timedelta(days=366), FRIDAY)
    assert not may_snooze(FRIDAY, FRIDAY)
    assert not may_snooze(FRIDAY + timedelta(days=367), FRIDAY)
