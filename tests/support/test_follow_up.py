"""Questions that need the one before, and stories of which one clause holds the question."""

import pytest

from knowledge_base.articles import operations as articles
from knowledge_base.articles.rules import ArticleFields
from knowledge_base.encoders import NoEncoder
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from support.turns.follow_up import Topic, follow_up, with_topic_offered
from support.turns.several import search_all

RETURN = (
    "return-an-item",
    "怎么退货？",
    "15 天内可以退货。运费 12 元。请保留包装盒。",
    ("我想退货", "退货流程", "退货"),
)
REFUND = ("refund-time", "退款多久到账？", "退款 3 个工作日内到账。", ("退款什么时候到", "钱几天退回来", "退款到账"))
EXCHANGE = ("exchange", "怎么换货？", "换货免费，7 天内办理。", ("我想换货", "换货流程", "换个颜色"))
ENGLISH = (
    "return-an-item",
    "How do I return an item?",
    "You can return it within 15 days. A return costs 12 yuan. Please keep the box.",
    ("return policy", "send something back", "I want to return it"),
)


@pytest.fixture
def knowledge_base(database: Database) -> KnowledgeBase:
    with database.writing() as session:
        for language, (key, question, answer, variants), related in (
            ("zh-Hans", RETURN, ("refund-time",)),
            ("zh-Hans", REFUND, ()),
            ("zh-Hans", EXCHANGE, ()),
            ("en", ENGLISH, ("refund-time",)),
        ):
            fields = ArticleFields(question, answer, variants, related=related)
            articles.create_article(session, key, language, fields, "ann", state="published")
    made = KnowledgeBase(database, NoEncoder())
    made.load()
    return made


TOPIC = Topic("return-an-item", "怎么退货")


def test_how_much_is_answered_by_the_sentence_that_tells_it(knowledge_base: KnowledgeBase) -> None:
    found = follow_up(knowledge_base, "那要多少钱？", "zh-Hans", TOPIC)
    assert found is not None and found.article_id == "return-an-item"
    assert "运费 12 元" in found.message.text
    assert "包装盒" not in found.message.text


def test_how_long_is_answered_with_a_duration_of_the_article_or_a_related_one(knowledge_base: KnowledgeBase) -> None:
    found = follow_up(knowledge_base, "那要多久？", "zh-Hans", TOPIC)
    assert found is not None and found.article_id in ("return-an-item", "refund-time")
    assert "15 天" in found.message.text or "3 个工作日" in found.message.text


def test_how_much_is_answered_from_the_same_article_in_english(knowledge_base: KnowledgeBase) -> None:
    topic = Topic("return-an-item", "how do I return an item")
    found = follow_up(knowledge_base, "how much is it?", "en", topic)
    assert found is not None
    assert "12 yuan" in found.message.text
    assert "Please keep the box" not in found.message.text


def test_the_excerpt_names_the_article_it_is_from_and_keeps_the_trail(knowledge_base: KnowledgeBase) -> None:
    found = follow_up(knowledge_base, "那要多少钱？", "zh-Hans", TOPIC)
    assert found is not None and found.message.payload is not None and found.message.trail is not None
    assert "怎么退货" in found.message.text
    assert found.message.payload["answer"]["article_id"] == "return-an-item"
    assert found.message.trail["decision"] == "answer"
    assert "怎么退货" in found.message.trail["query"] and "多少钱" in found.message.trail["query"]


def test_a_related_article_answers_what_it_is_about(knowledge_base: KnowledgeBase) -> None:
    found = follow_up(knowledge_base, "那钱退回来要几天", "zh-Hans", TOPIC)
    assert found is None or found.article_id == "refund-time"
    if found is None:
        assert knowledge_base.search("那钱退回来要几天", "zh-Hans").candidates[0].article_id == "refund-time"


@pytest.mark.parametrize("text", ["怎么换货", "谢谢你们这么耐心地解释", "where is my parcel"])
def test_what_stands_by_itself_is_left_to_the_search(knowledge_base: KnowledgeBase, text: str) -> None:
    assert follow_up(knowledge_base, text, "zh-Hans", TOPIC) is None


def test_a_follow_up_that_is_a_clear_question_is_left_to_the_search(knowledge_base: KnowledgeBase) -> None:
    assert follow_up(knowledge_base, "那怎么换货？", "zh-Hans", TOPIC) is None


def test_what_neither_article_says_anything_about_is_not_answered(knowledge_base: KnowledgeBase) -> None:
    assert follow_up(knowledge_base, "那天气呢", "zh-Hans", Topic("exchange", "怎么换货")) is None


def test_without_a_topic_or_with_one_that_is_gone_nothing_follows(knowledge_base: KnowledgeBase) -> None:
    assert follow_up(knowledge_base, "那要多久？", "zh-Hans", None) is None
    assert follow_up(knowledge_base, "那要多久？", "zh-Hans", Topic("gone", "x")) is None


def test_a_topic_comes_back_from_the_slot_it_was_kept_in() -> None:
    assert Topic.from_slot(TOPIC.as_slot()) == TOPIC


@pytest.mark.parametrize("slot", [None, "", {}, [], {"article_id": ""}, "return-an-item"])
def test_anything_else_in_the_slot_is_no_topic(slot: object) -> None:
    assert Topic.from_slot(slot) is None


def test_the_clause_that_asks_is_found_in_a_story(knowledge_base: KnowledgeBase) -> None:
    story = "上周我陪我妈去公园散步，风很大，孩子又一直在哭闹，后来好不容易到家，怎么退货"
    (result,) = search_all(knowledge_base, [story], "zh-Hans")
    assert result.candidates[0].article_id == "return-an-item"
    assert result.decision in ("answer", "choices")
    assert result.query == story


def test_a_story_without_a_question_stays_without_an_answer(knowledge_base: KnowledgeBase) -> None:
    (result,) = search_all(knowledge_base, ["上周我去公园散步，风很大，孩子又一直在哭闹"], "zh-Hans")
    assert result.decision == "none"


def test_nearest_of_tells_key_and_strength_strongest_first(knowledge_base: KnowledgeBase) -> None:
    found = knowledge_base.nearest_of("钱几天退回来", ["return-an-item", "refund-time", "gone"])
    assert [key for key, _ in found] == ["refund-time", "return-an-item"]
    assert found[0][1] > found[1][1]


def test_two_clauses_about_two_things_are_both_offered(knowledge_base: KnowledgeBase) -> None:
    (result,) = search_all(knowledge_base, ["昨天在公园走了一整天 我想退货 还有我想换货"], "zh-Hans")
    assert result.decision == "choices"
    assert {each.article_id for each in result.choices} >= {"return-an-item", "exchange"}


def test_a_question_that_points_back_is_offered_what_it_points_to(knowledge_base: KnowledgeBase) -> None:
    article = knowledge_base.article("return-an-item", "zh-Hans")
    assert article is not None
    nothing = knowledge_base.search("那个能送人吗", "zh-Hans")
    offered = with_topic_offered(nothing, article, TOPIC)
    assert offered.choices[0].article_id == "return-an-item"
    sure = knowledge_base.search("怎么换货", "zh-Hans")
    assert with_topic_offered(sure, article, TOPIC) is sure
