"""What the crowd's figures are made of."""

import pytest

from benchmarks.crowd import overtaken

pytestmark = pytest.mark.fast


def test_nobody_is_overtaken_when_answers_come_in_order() -> None:
    assert overtaken([(1.0, 5.0), (2.0, 6.0), (3.0, 7.0)]) == 0


def test_whoever_is_answered_last_though_first_was_overtaken_by_all() -> None:
    assert overtaken([(1.0, 9.0), (2.0, 6.0), (3.0, 7.0)]) == 2


def test_without_turns_nobody_is_overtaken() -> None:
    assert overtaken([]) == 0
