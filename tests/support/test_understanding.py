"""What customers' words mean: danger, anger, choices, follow-ups, small talk, and how a form is steered."""

import re

import pytest

from support.understanding.choosing import chosen
from support.understanding.danger import KINDS, danger_in
from support.understanding.follow_ups import is_bare, is_follow_up, is_half, telling_sentences
from support.understanding.form_words import Steering, steering_in
from support.understanding.mood import is_angry
from support.understanding.patterns import FOLDER, patterns
from support.understanding.small_talk import small_talk_kind

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my charger caught fire last night", "fire"),
        ("there's smoke coming out of the speaker", "fire"),
        ("The battery exploded!", "fire"),
        ("I got a shock from the plug", "fire"),
        ("充电器着火了", "fire"),
        ("充電器冒煙了", "fire"),
        ("手机电池爆炸了", "fire"),
        ("插上去就被電到了", "fire"),
        ("the tablet burned my hand", "injury"),
        ("my son cut his finger on the broken glass", "injury"),
        ("手机烫伤了孩子", "injury"),
        ("耳機割到手，一直流血", "injury"),
        ("I was scammed by someone pretending to be you", "fraud"),
        ("there is an unauthorized charge on my card", "fraud"),
        ("a man claiming to work for you got my bank code", "fraud"),
        ("我把验证码给了他，卡里的钱全被转走了", "fraud"),
        ("the charging case is hissing and super hot", "fire"),
        ("有人冒充你们的客服骗我钱", "fraud"),
        ("我的信用卡被盜刷了", "fraud"),
        ("I want to kill myself", "self_harm"),
        ("I don’t want to live any more", "self_harm"),
        ("我不想活了", "self_harm"),
        ("我想自殺", "self_harm"),
    ],
)
def test_danger_is_heard_in_three_languages(text: str, kind: str) -> None:
    assert danger_in(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "I was fired today",
        "this waiting is killing me",
        "can the battery catch fire?",
        "is it safe to charge overnight",
        "how do I recognise a phishing message",
        "the Fire tablet does not start",
        "where is my parcel",
        "笑死我了",
        "手机死机了",
        "累死了，怎么退货",
        "充电器会不会着火",
        "电池容易爆炸吗",
        "我被你们气死了",
        "禁菸區可以用嗎",
        "怎麼防止詐騙",
        "火鍋店的耳機",
    ],
)
def test_what_only_sounds_like_danger_is_none(text: str) -> None:
    assert danger_in(text) is None


def test_who_may_harm_themselves_is_heard_also_in_a_question() -> None:
    assert danger_in("what if I kill myself") == "self_harm"
    assert danger_in("如果我想自杀会不会有人在乎") == "self_harm"


def test_harm_to_oneself_comes_before_every_other_danger() -> None:
    assert KINDS[0] == "self_harm"
    assert danger_in("the phone caught fire and now I want to die") == "self_harm"


def test_every_kind_of_danger_has_its_words() -> None:
    assert set(KINDS) <= set(patterns("danger"))


@pytest.mark.parametrize(
    "text",
    [
        "This is ridiculous",
        "I am FURIOUS about this",
        "worst service ever",
        "WHERE IS MY PARCEL PLEASE",
        "answer me!!!",
        "气死我了",
        "你们太过分了",
        "我受夠了",
        "這什麼爛東西，火大",
        "到底有没有人？？？？",
        "快点！！！",
    ],
)
def test_anger_is_heard_in_words_marks_and_capitals(text: str) -> None:
    assert is_angry(text)


@pytest.mark.parametrize(
    "text",
    [
        "I want to make a complaint",
        "the box was a bit dented",
        "my Sweep does not empty its dustbin",
        "not bad, thanks",
        "OK",
        "LT-88412",
        "THANKS",
        "尘盒垃圾怎么清",
        "我没生气",
        "垃圾郵件太多了怎麼辦",
        "請問怎麼退貨",
        "谢谢！！",
    ],
)
def test_calm_words_are_not_taken_for_anger(text: str) -> None:
    assert not is_angry(text)


TITLES = ("How long does a refund take?", "怎么退货？", "Where is my parcel?")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("the first one", 0),
        ("1", 0),
        ("第一个", 0),
        ("第一個", 0),
        ("the second one please", 1),
        ("2", 1),
        ("第二个", 1),
        ("第二項", 1),
        ("number 3", 2),
        ("第三個", 2),
        ("the last one", 2),
        ("最后一个", 2),
        ("怎麼退貨", 1),
        ("where is my parcel", 2),
        ("none of these", -1),
        ("neither", -1),
        ("都不是", -1),
        ("都不對", -1),
    ],
)
def test_a_choice_is_made_by_words(text: str, position: int) -> None:
    assert chosen(text, TITLES) == position


@pytest.mark.parametrize(
    "text",
    [
        "",
        "how do I pay",
        "我想问一下发票什么时候能开，而且能不能开公司的抬头，谢谢你们",
        "😀",
        "运费谁出",
        "my order came",
    ],
)
def test_other_words_choose_nothing(text: str) -> None:
    assert chosen(text, TITLES) is None


def test_what_was_not_offered_cannot_be_chosen() -> None:
    assert chosen("the third one", TITLES[:2]) is None
    assert chosen("the first one", ()) is None
    assert chosen("the last one", TITLES[:2]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "how long?",
        "and to Taiwan?",
        "what about the charger",
        "is it free?",
        "does it cost anything",
        "那要多久？",
        "那耳机呢",
        "它防水吗",
        "如果已经拆封了呢",
        "那運費誰出？",
        "要多少錢",
    ],
)
def test_a_question_that_needs_the_one_before_is_seen(text: str) -> None:
    assert is_follow_up(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "where is my parcel",
        "I would like to know whether you can deliver that parcel to the other address of my mother in Taipei",
        "怎么退货",
        "請問你們星期天有沒有營業",
        "那我想问一下如果我已经把耳机的包装盒扔掉了的话还能不能退货",
    ],
)
def test_a_question_that_stands_by_itself_is_no_follow_up(text: str) -> None:
    assert not is_follow_up(text)


@pytest.mark.parametrize("text", ["how long?", "how much is it", "why", "多久？", "那要多少钱呢", "要多久", "在哪裡"])
def test_a_question_that_names_nothing_is_bare(text: str) -> None:
    assert is_bare(text)


@pytest.mark.parametrize("text", ["how long does a refund take", "退款要多久", "运费多少钱"])
def test_a_question_that_names_its_matter_is_not(text: str) -> None:
    assert not is_bare(text)


@pytest.mark.parametrize("text", ["and the charger?", "what about your headphones", "那耳机呢", "平板呢？"])
def test_the_changed_half_of_a_question_is_seen(text: str) -> None:
    assert is_half(text)


def test_a_whole_question_is_no_half() -> None:
    assert not is_half("how long does the charger last")
    assert not is_half("怎么退货")


def test_the_sentence_that_tells_how_long_is_found() -> None:
    answer = "Press Return in your orders. The refund takes 3 working days. Shipping is free."
    assert telling_sentences("how long?", answer) == ["The refund takes 3 working days."]
    assert telling_sentences("how much is it?", answer) == ["Shipping is free."]


def test_the_sentence_that_tells_how_long_is_found_in_chinese() -> None:
    answer = "1. 打开“我的订单”。2. 快递员 2 个工作日内上门。运费 12 元。"
    assert any("2 个工作日" in each for each in telling_sentences("那要多久？", answer))
    assert any("12 元" in each for each in telling_sentences("要多少钱？", answer))


def test_an_answer_that_says_nothing_of_it_tells_nothing() -> None:
    assert telling_sentences("how long?", "Press Return in your orders.") == []
    assert telling_sentences("那要多久？", "请打开“我的订单”。") == []


FIELDS = ("complaint_what", "complaint_order", "complaint_severity", "complaint_wish", "contact")
FILLED = ("complaint_what", "complaint_order")


@pytest.mark.parametrize(
    "text",
    [
        "skip",
        "skip this question",
        "I don't know",
        "I'd rather not say",
        "no idea",
        "跳过",
        "跳過這題",
        "不想填",
        "沒有",
    ],
)
def test_a_question_of_a_form_is_skipped(text: str) -> None:
    assert steering_in(text, "complaint_severity", FIELDS, FILLED) == Steering("skip")


@pytest.mark.parametrize("text", ["go back", "previous question please", "上一步", "返回上一題"])
def test_going_back_changes_the_answer_before(text: str) -> None:
    assert steering_in(text, "complaint_severity", FIELDS, FILLED) == Steering("change", "complaint_order")


def test_going_back_where_nothing_came_before_asks_the_same_again() -> None:
    assert steering_in("go back", "complaint_what", FIELDS, ()) == Steering("change", "complaint_what")


@pytest.mark.parametrize(
    "text",
    ["the order number was wrong", "sorry, my order number is 20261120-8842", "订单号写错了", "我想改一下訂單編號"],
)
def test_an_earlier_answer_is_changed_by_its_name(text: str) -> None:
    assert steering_in(text, "complaint_wish", FIELDS, FILLED) == Steering("change", "complaint_order")


def test_only_what_was_answered_can_be_changed() -> None:
    assert steering_in("wrong e-mail", "complaint_wish", FIELDS, FILLED) is None


@pytest.mark.parametrize(
    "text",
    [
        "quite serious",
        "the courier threw it over the fence",
        "I want my money back",
        "挺严重的",
        "希望退款",
        "快遞員態度很差",
        "20261120-8841",
    ],
)
def test_an_answer_does_not_steer(text: str) -> None:
    assert steering_in(text, "complaint_severity", FIELDS, FILLED) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("tell me a joke", "joke"),
        ("讲个笑话", "joke"),
        ("what's your name", "name"),
        ("你叫什麼名字", "name"),
        ("哈哈哈", "laughing"),
        ("lol", "laughing"),
        ("you are so cute", "compliment"),
        ("你真聪明", "compliment"),
        ("how are you", "well_being"),
        ("你吃飯了嗎", "well_being"),
        ("how old are you", "personal"),
        ("你几岁了", "personal"),
        ("the moon is made of cheese", "other"),
    ],
)
def test_small_talk_is_told_apart(text: str, kind: str) -> None:
    assert small_talk_kind(text) == kind


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_lists_of_words_are_written_as_texts_are_compared(path) -> None:  # type: ignore[no-untyped-def]
    for name, pattern in patterns(path.stem).items():
        # What is compared is in lower case; \S and its like are no letters.
        plain = re.sub(r"\\.", "", pattern.pattern)
        assert plain == plain.lower(), name
        assert not pattern.search(""), f"{name} is found in nothing"
