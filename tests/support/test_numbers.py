"""Numbers that customers name: of orders and of cases, also right beside Chinese characters."""

import pytest

from support.understanding.numbers import case_number_in, order_number_in

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20261120-8841", "20261120-8841"),
        ("my order is 20261120-8841, thanks", "20261120-8841"),
        ("订单号是20261120-8841吧", "20261120-8841"),
        ("訂單20261120-8841還沒到", "20261120-8841"),
        ("lt-88412", "LT-88412"),
        ("单号LT-88412。", "LT-88412"),
        ("ＬＴ－８８４１２", "LT-88412"),
        ("order no. 884120", "884120"),
        ("編號884120謝謝", "884120"),
    ],
)
def test_an_order_number_is_found(text: str, number: str) -> None:
    assert order_number_in(text) == number


@pytest.mark.parametrize(
    "text", ["", "1234", "订单号忘了", "anna12345@example.com", "12 yuan", "1" * 30, "2026-11-02", "在 02-11-2026 买的"]
)
def test_what_is_no_order_number_is_not_taken_for_one(text: str) -> None:
    assert order_number_in(text) is None


@pytest.mark.parametrize("text", ["call me on 13800138000", "我的电话13800138000", "0912-345-678", "在 12345 年之后"])
def test_unasked_a_number_that_may_be_a_phones_is_no_order(text: str) -> None:
    assert order_number_in(text, asked=False) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("order 13800138000 never came", "13800138000"), ("订单13800138000没到", "13800138000"),
     ("20261120-8841 never came", "20261120-8841"), ("訂單編號884120壞了", "884120")],
)  # fmt: skip
def test_unasked_the_word_order_or_its_shape_gives_a_number_away(text: str, number: str) -> None:
    assert order_number_in(text, asked=False) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("T-1001", "T-1001"),
        ("t1001", "T-1001"),
        ("t - 1001", "T-1001"),
        ("what about case T-1001?", "T-1001"),
        ("工单T-1001处理得怎么样了", "T-1001"),
        ("案件Ｔ－１００１有進度嗎", "T-1001"),
        ("我的建议F-1003有人看吗", "F-1003"),
        ("T–1001", "T-1001"),
    ],
)
def test_a_case_number_is_found_in_what_people_type(text: str, number: str) -> None:
    assert case_number_in(text) == number


@pytest.mark.parametrize("text", ["1001", "LT-88412", "T-100", "the 2nd of 2026", "我的订单20261120-8841", ""])
def test_unasked_digits_alone_are_no_case(text: str) -> None:
    assert case_number_in(text) is None


@pytest.mark.parametrize(("text", "number"), [("1001", "T-1001"), ("it is 1001", "T-1001"), ("是1001号", "T-1001")])
def test_asked_for_digits_alone_do(text: str, number: str) -> None:
    assert case_number_in(text, asked=True) == number


@pytest.mark.parametrize("text", ["13800138000", "20261120-8841", "I forgot", "1001 or 1002"])
def test_asked_for_other_numbers_are_no_case(text: str) -> None:
    assert case_number_in(text, asked=True) is None
