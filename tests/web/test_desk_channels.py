"""What the desk's words about a case take from its channel."""

import pytest

from web.desk.channels import done_kind, way_of
from web.desk.labels import LABELS

pytestmark = pytest.mark.fast


def test_what_is_said_in_a_case_whose_chat_is_lost_goes_the_way_of_mail() -> None:
    assert [way_of(channel, in_chat=False) for channel in ("chat", "split", "mail", "api")] == [
        "chat", "mail", "mail", "api",
    ]  # fmt: skip
    assert way_of("split", in_chat=True) == "split"


def test_a_step_is_told_in_the_words_of_the_channel_where_that_has_words_of_its_own() -> None:
    assert done_kind("taken", "chat") == "done"
    assert done_kind("taken", "mail") == "done_mail"
    assert done_kind("tagged", "mail") == done_kind("tagged", "split") == "done"
    assert {done_kind(each, "split") for each in LABELS["done_split"]} == {"done_split"}


def test_a_step_that_nobody_does_is_told_in_no_words() -> None:
    assert done_kind("nonsense", "chat") == done_kind("", "mail") == ""


def test_every_step_with_words_for_a_channel_has_words_for_all_of_them() -> None:
    own = [kind for kind in LABELS if kind.startswith("done_")]
    assert set(own) == {"done_mail", "done_split"}
    for kind in own:
        assert set(LABELS[kind]) <= set(LABELS["done"]), kind
