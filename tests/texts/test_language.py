"""Telling languages apart and folding."""

import pytest

from texts.language import detect, fold, has_cjk

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("退款多久到帳？", "zh-Hant"),
        ("怎么退货", "zh-Hans"),
        ("我要投訴", "zh-Hant"),
        ("How do I return this?", "en"),
        ("ＨＯＷ", "en"),
        ("iPhone 15 怎麼退貨", "zh-Hant"),
        ("iPhone 14 Pro Max screen 坏了", "zh-Hans"),
        ("Is my 口红 order shipped yet?", "en"),
        ("订单 AB-1234", "zh-Hans"),
    ],
)
def test_names_the_language(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "   ", "😀👍", "?!", "12345", "AB-123", "привет"])
@pytest.mark.parametrize("fallback", ["en", "zh-Hant"])
def test_a_text_without_known_letters_keeps_the_fallback(text: str, fallback: str) -> None:
    assert detect(text, fallback) == fallback


def test_chinese_that_both_scripts_share_keeps_a_chinese_fallback() -> None:
    assert detect("你好", "zh-Hant") == "zh-Hant"
    assert detect("你好", "zh-Hans") == "zh-Hans"
    assert detect("你好", "en") == "zh-Hans"


def test_characters_at_home_in_both_scripts_give_nothing_away() -> None:
    assert detect("公里", "zh-Hant") == "zh-Hant"
    assert detect("皇后", "zh-Hant") == "zh-Hant"


def test_fold_brings_scripts_widths_and_cases_together() -> None:
    assert fold("退款多久到帳？") == fold("退款多久到账?")
    assert fold("賬號") == fold("帐号") == "账号"
    assert fold("ＡＢＣ１２") == "abc12"


def test_fold_keeps_the_length_of_the_nfkc_form() -> None:
    assert len(fold("İstanbul ẞ 退貨")) == len("İstanbul ẞ 退貨")


def test_fold_twice_changes_nothing_more() -> None:
    text = "Ｗhere 帳單 Ω ﬁ"
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "found"), [("退", True), ("カメラ", True), ("abc", False), ("😀", False), ("", False)]
)
def test_has_cjk(text: str, found: bool) -> None:
    assert has_cjk(text) is found
