"""How tags are written, who a note names, and until when a case is snoozed."""

from datetime import UTC, datetime, timedelta

import pytest

from support.tickets.mentions import mentioned
from support.tickets.snooze_times import known_zone, local_time, may_snooze, preset_time
from support.tickets.tag_names import clean_tag

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


@pytest.mark.parametrize(
    ("preset", "until"),
    [
        ("hour", datetime(2026, 3, 6, 8, 30, tzinfo=UTC)),
        # It is past 14:00 there, so tomorrow's afternoon is meant.
        ("afternoon", datetime(2026, 3, 7, 6, 0, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 3, 7, 1, 0, tzinfo=UTC)),
        ("monday", datetime(2026, 3, 9, 1, 0, tzinfo=UTC)),
    ],
)
def test_presets_are_meant_in_the_readers_zone(preset: str, until: datetime) -> None:
    assert preset_time(preset, FRIDAY, "Asia/Shanghai") == until


def test_in_the_morning_the_afternoon_is_todays_and_on_a_monday_the_next_one_is_a_week_away() -> None:
    monday = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
    assert preset_time("afternoon", monday, "Asia/Taipei") == datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
    assert preset_time("monday", monday, "Asia/Taipei") == datetime(2026, 3, 16, 1, 0, tzinfo=UTC)


def test_tomorrow_at_nine_stays_nine_when_the_clocks_change() -> None:
    before_summer_time = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert preset_time("tomorrow", before_summer_time, "Europe/Berlin") == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)


def test_an_unknown_zone_is_utc_and_an_unknown_preset_is_none() -> None:
    for zone in ("Nowhere/Town", "", "../etc/passwd", "x" * 500):
        assert known_zone(zone) == "UTC"
        assert preset_time("tomorrow", FRIDAY, zone) == datetime(2026, 3, 7, 9, 0, tzinfo=UTC)
    assert preset_time("someday", FRIDAY, "UTC") is None
    assert all(preset_time(each, FRIDAY, "UTC") for each in ("hour", "afternoon", "tomorrow", "monday"))


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
