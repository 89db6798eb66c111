"""What customers tell people in passing."""

import pytest

from support.tickets.handing_back import article_used
from support.understanding.told import Told, told_in

pytestmark = pytest.mark.fast


def test_order_and_contact_are_found_among_other_words() -> None:
    said = ["hello", "my order is LT-88412", "write to anna@example.com", "电话 0912 345 678"]
    assert told_in(said) == Told("LT-88412", "anna@example.com", "0912345678")


def test_of_several_the_last_counts() -> None:
    assert told_in(["order LT-88412", "sorry, order LT-99999"]).order == "LT-99999"


def test_a_phone_number_alone_is_no_order() -> None:
    assert told_in(["0912345678"]) == Told(phone="0912345678")


def test_only_what_was_told_is_passed_on() -> None:
    assert told_in(["order LT-88412"]).details() == {"order": "LT-88412"}
    assert told_in([]).details() == {}


def test_the_article_put_in_goes_before_one_that_is_linked_to() -> None:
    assert article_used("Look at https://shop.example/help/refund%2Dtime?language=en", None) == "refund-time"
    assert article_used("see /help/other", {"article": "refund-time"}) == "refund-time"
    assert article_used("Hello", {"file": {"name": "a"}}) == ""
