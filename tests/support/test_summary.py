"""The summary that whoever takes a case reads first."""

import pytest

from support.tickets.summary import (
    LONGEST_LINE,
    LOOKED_AT,
    LOOKED_INTO,
    WISHES_SHOWN,
    Said,
    Summary,
    asked_in,
    says_something,
    shorten,
    summarise,
)

pytestmark = pytest.mark.fast


def wrote(*texts: str, language: str = "en") -> list[Said]:
    return [Said("customer", text, language) for text in texts]


def gave(title: str, helped: bool | None = None, language: str = "en") -> Said:
    return Said("bot", "…", language, article=title, article_language=language, helped=helped)


def wishes(summary: Summary) -> list[str]:
    return [each.words for each in summary.wishes]


def summed(*texts: str, language: str = "en", **details: str) -> Summary:
    return summarise(wrote(*texts, language=language), details, language)


def test_a_question_is_what_the_customer_wants() -> None:
    assert wishes(summed("Hi there", "Where is my parcel?", "Talk to a person please")) == ["Where is my parcel?"]


def test_greetings_thanks_and_the_wish_for_a_person_are_left_out_in_simplified_chinese() -> None:
    said = summed("你好，在吗", "我的耳机充不进电怎么办？", "谢谢", "我要转人工", language="zh-Hans")
    assert wishes(said) == ["我的耳机充不进电怎么办？"]


def test_greetings_and_the_wish_for_a_person_are_left_out_in_traditional_chinese() -> None:
    said = summed("您好", "請問退貨運費誰出？", "幫我轉接真人客服", language="zh-Hant")
    assert wishes(said) == ["請問退貨運費誰出？"]


def test_a_wish_for_a_person_that_says_why_is_kept() -> None:
    text = "转人工，我的订单20261120-8841三天没发货"
    assert wishes(summed(text, language="zh-Hans")) == [text]


def test_a_complaints_own_words_stand_first() -> None:
    said = summed("I want to complain", "How long does a refund take?", what="The courier threw my parcel over a wall.")
    assert wishes(said) == ["The courier threw my parcel over a wall.", "How long does a refund take?"]


def test_what_was_told_in_the_form_is_not_told_twice() -> None:
    told = {"what": "快递员把包裹扔在雨里", "order": "LT-88412", "wish": "希望重新寄一个", "severity": "serious"}
    said = summarise(
        wrote("我要投诉", "快递员把包裹扔在雨里", "LT-88412", "希望重新寄一个", language="zh-Hans"), told, "zh-Hans"
    )
    assert wishes(said) == ["快递员把包裹扔在雨里"]


def test_a_form_that_was_left_out_is_no_wish() -> None:
    assert wishes(summed("My kettle leaks from below", what="skipped")) == ["My kettle leaks from below"]


def test_of_many_messages_the_most_telling_stand_in_the_order_they_were_said() -> None:
    said = summed(
        "ok",
        "I ordered a grey kettle two weeks ago",
        "hm",
        "refund",
        "Can I still cancel the order before it is sent?",
        "it leaks",
        "And who pays for sending the old kettle back to you?",
    )
    assert wishes(said) == [
        "I ordered a grey kettle two weeks ago",
        "Can I still cancel the order before it is sent?",
        "And who pays for sending the old kettle back to you?",
    ]
    assert len(said.wishes) == WISHES_SHOWN


def test_a_question_goes_before_a_statement_as_long() -> None:
    texts = ["红色水壶盖子漏水", "蓝色水壶盖子漏水", "绿色水壶盖子漏水", "水壶保修多久时间？"]
    assert wishes(summed(*texts, language="zh-Hans")) == ["蓝色水壶盖子漏水", "绿色水壶盖子漏水", "水壶保修多久时间？"]


def test_one_word_is_better_than_nothing() -> None:
    assert wishes(summed("hello", "refund")) == ["refund"]
    assert wishes(summed("你好", "退款", language="zh-Hans")) == ["退款"]


def test_who_said_nothing_wants_nothing_that_we_know() -> None:
    assert summed("hi", "谢谢", "😡😡", "anna@example.com", "13800138000") == Summary((), (), False, ())


def test_the_same_said_twice_counts_once() -> None:
    assert wishes(summed("Where is my parcel?", "where is my parcel?")) == ["where is my parcel?"]


def test_pressed_buttons_are_nobodys_words() -> None:
    pressed = Said("customer", "How do I track my parcel?", "en", pressed=True)
    assert wishes(summarise([pressed], {}, "en")) == []


def test_each_article_is_told_once_with_what_was_thought_of_it() -> None:
    said = [
        *wrote("Where is it?"),
        gave("Track a parcel", False),
        gave("退款多久到账", None, "zh-Hans"),
        gave("Track a parcel"),
    ]
    tried = summarise(said, {}, "en").tried
    assert [(each.title, each.language, each.helped) for each in tried] == [
        ("退款多久到账", "zh-Hans", None),
        ("Track a parcel", "en", False),
    ]


@pytest.mark.parametrize("text", ["THIS IS UNACCEPTABLE, three weeks late", "你们太过分了", "真的很扯，氣死我了"])
def test_anger_is_told(text: str) -> None:
    assert summed(text).angry


def test_calm_words_are_not_called_angry() -> None:
    assert not summed("Could you check my order please?", "我想换个颜色").angry


def test_orders_that_were_named_are_told_once() -> None:
    said = summed("My order LT-88412 came broken", "订单 20261120-8841 也是", "order LT-88412!", order="LT-88412")
    assert said.orders == ("LT-88412", "20261120-8841")


def test_a_phone_number_is_no_order() -> None:
    assert summed("Please call 13800138000 about the kettle").orders == ()


def test_each_wish_keeps_its_own_language() -> None:
    said = [*wrote("How long does a refund take?"), *wrote("退款多久到账？", language="zh-Hans")]
    assert [each.language for each in summarise(said, {}, "en").wishes] == ["en", "zh-Hans"]


def test_as_plain_words_the_first_line_is_the_wish_and_the_articles_come_last() -> None:
    text = summarise([*wrote("Where is it now?"), gave("Track a parcel")], {}, "en").as_text()
    assert text == "Where is it now?\n✓ Track a parcel"


def test_the_question_of_a_kept_summary_is_without_articles_and_signs() -> None:
    assert asked_in("› where is it\n› still nothing here\n✓ Track a parcel") == "where is it still nothing here"
    assert asked_in("") == ""


def test_long_lines_are_cut() -> None:
    assert len(shorten("很长" * 500)) == LONGEST_LINE
    assert len(wishes(summed("水壶漏水" * 100))[0]) == LONGEST_LINE


@pytest.mark.parametrize(
    "text", ["Talk to a person", "can i talk to a real human please", "转人工客服", "我要真人", "人工服务"]
)
def test_asking_for_a_person_says_nothing_else(text: str) -> None:
    assert not says_something(text)


def test_of_a_long_talk_the_last_messages_count_and_the_beginning_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_into: list[str] = []

    def angry(text: str) -> bool:
        looked_into.append(text)
        return False

    monkeypatch.setattr("support.tickets.summary.is_angry", angry)
    texts = [f"{number} " + "The lamp flickers and hums. " * 140 for number in range(200)]
    assert [each[:4] for each in wishes(summed(*texts))] == ["197 ", "198 ", "199 "]
    assert len(looked_into) == LOOKED_AT
    assert {len(each) for each in looked_into} == {LOOKED_INTO}


def test_a_long_answer_to_a_form_is_not_told_twice() -> None:
    told = "The courier threw my parcel over a wall. " * 50
    assert len(summarise(wrote(told), {"what": told}, "en").wishes) == 1
