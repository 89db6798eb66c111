"""The waiting time that is told is what others really waited, rounded up, or an honest word that nobody can tell."""

import pytest

from support.routing.waiting_time import STEPS, Wait, honest_step, is_long, minutes_to_wait
from support.understanding.waiting import asks_how_long

pytestmark = pytest.mark.fast

QUIET = [Wait(seconds, place=1, free=2) for seconds in (20, 40, 50, 55, 70)]
BUSY = [Wait(seconds, place=2, free=0) for seconds in (200, 240, 260, 300, 400)]


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(0, 1), (60, 1), (61, 2), (121, 3), (181, 5), (301, 10), (601, 15), (901, 20), (1201, 30), (1801, 45), (2701, 60)],
)
def test_times_are_rounded_up_to_honest_steps(seconds: float, minutes: int) -> None:
    assert honest_step(seconds) == minutes


def test_nothing_is_longer_than_an_hour_or_more() -> None:
    assert honest_step(100_000) == STEPS[-1] == 60


def test_too_few_waits_tell_nothing() -> None:
    assert minutes_to_wait(1, 1, []) is None
    assert minutes_to_wait(1, 1, QUIET[:4]) is None


def test_with_somebody_free_it_takes_what_it_usually_takes() -> None:
    assert minutes_to_wait(1, 1, QUIET) == 1
    assert minutes_to_wait(2, 3, QUIET + BUSY) == 1


def test_quiet_hours_promise_nothing_for_busy_ones() -> None:
    assert minutes_to_wait(3, 0, QUIET) is None


def test_busy_hours_may_be_told_where_it_is_quiet() -> None:
    assert minutes_to_wait(1, 1, BUSY) == 5


def test_the_time_grows_with_the_place() -> None:
    told = [minutes_to_wait(place, 0, QUIET + BUSY) for place in (1, 2, 4, 8, 20)]
    assert told == [5, 5, 10, 20, 45]
    assert told == sorted(told, key=lambda minutes: minutes or 0)


def test_however_few_are_ahead_it_is_never_less_than_the_usual_time() -> None:
    far_back = [Wait(600, place=10, free=0)] * 5
    assert minutes_to_wait(1, 0, far_back) == 10


def test_one_very_long_wait_does_not_frighten_everybody() -> None:
    assert minutes_to_wait(1, 1, [*QUIET, Wait(4000, 1, 1)]) == 1


@pytest.mark.parametrize(
    ("waited", "told", "long"),
    [
        (179, 1, False),
        (181, 1, True),
        (599, 5, False),
        (601, 5, True),
        (299, None, False),
        (301, None, True),
    ],
)
def test_a_wait_is_long_at_twice_the_told_time_and_not_before_three_minutes(
    waited: float, told: int | None, long: bool
) -> None:
    assert is_long(waited, told) is long


@pytest.mark.parametrize(
    "text",
    [
        "How long do I have to wait?",
        "how much longer will this take",
        "how many people are ahead of me?",
        "Is anybody there?",
        "am I next?",
        "When will someone join?",
        "What's the estimated wait?",
        "还要等多久？",
        "還要等多久",
        "要等多长时间啊",
        "前面还有几个人",
        "前面還有多少人？",
        "我排到第几位了",
        "什么时候轮到我",
        "什麼時候輪到我？",
        "有人吗？",
        "在嗎",
        "等了这么久了",
        "客服多久才会有人来",
    ],
)
def test_questions_about_the_wait_are_understood(text: str) -> None:
    assert asks_how_long(text)


@pytest.mark.parametrize(
    "text",
    [
        "How long does a refund take?",
        "how long until my parcel arrives?",
        "退款多久到账？",
        "快递还要等多久",
        "我的訂單什麼時候會到我家",
        "充电要多久",
        "My screen is broken.",
        "订单号 20240311",
        "I have been told by somebody there that the repair would be free, and I wonder how long the wait is for it.",
    ],
)
def test_other_words_are_for_the_colleague_to_read(text: str) -> None:
    assert not asks_how_long(text)
