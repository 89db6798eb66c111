"""The demo shop's articles: whole, the same in all three languages, and measured with questions that are not theirs."""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from typing import Any

import pytest

from demo.shop import FOLDER, read_shop
from knowledge_base.articles.importing import check_lines
from texts.catalogue import LANGUAGES
from texts.language import _tables, detect, fold

pytestmark = pytest.mark.fast

FEWEST_TOPICS, FEWEST_VARIANTS = 70, 10
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join(MONTHS)
_DAY_MONTH_YEAR = re.compile(rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})", re.IGNORECASE)
_MONTH_YEAR = re.compile(rf"\b({_MONTH}) (\d{{4}})\b", re.IGNORECASE)
# Names with a number in them, which are written alike or not at all.
_PRODUCTS = re.compile(r"\b(?:Ripple 5|Slate 11|Breeze [12]|Pen 2)\b")


@cache
def articles() -> list[dict[str, Any]]:
    """Every line of the file."""
    return [json.loads(line) for line in (FOLDER / "articles.jsonl").read_text(encoding="utf-8").splitlines()]


def topics() -> dict[str, dict[str, dict[str, Any]]]:
    """The articles by id and language."""
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for article in articles():
        found[article["id"]][article["language"]] = article
    return found


def phrasings(article: dict[str, Any]) -> list[str]:
    return [article["question"], *article["variants"]]


def plain(text: str) -> str:
    """What two phrasings that say the same have in common: no script, case, width, blank or mark."""
    return re.sub(r"[\W_]+", "", fold(text))


def numbers(text: str) -> Counter[str]:
    """The numbers of a text, with English dates read as Chinese ones are written."""
    words = _PRODUCTS.sub(" ", unicodedata.normalize("NFKC", text))
    words = _DAY_MONTH_YEAR.sub(lambda date: f"{date[3]} {month(date[2])} {date[1]}", words)
    words = _MONTH_YEAR.sub(lambda date: f"{date[2]} {month(date[1])}", words)
    return Counter(re.findall(r"\d+(?:[.:,-]\d+)*", words))


def month(name: str) -> int:
    return MONTHS.index(name.lower()) + 1


def test_the_file_can_be_imported_as_it_is() -> None:
    imported, ignored = check_lines((FOLDER / "articles.jsonl").read_text(encoding="utf-8"))
    assert len(imported) == len(articles())
    assert ignored == ()


def test_there_are_enough_topics() -> None:
    assert len(topics()) >= FEWEST_TOPICS


def test_every_topic_is_there_in_every_language() -> None:
    missing = {key: sorted(set(LANGUAGES) - set(each)) for key, each in topics().items()}
    assert {key: languages for key, languages in missing.items() if languages} == {}


def test_every_article_has_enough_different_phrasings() -> None:
    few = {
        f"{article['id']} [{article['language']}]": len({each.strip().lower() for each in article["variants"]})
        for article in articles()
    }
    assert {where: count for where, count in few.items() if count < FEWEST_VARIANTS} == {}


def test_no_phrasing_stands_under_two_topics() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for article in articles():
        for text in phrasings(article):
            owners[plain(text)].add(article["id"])
    assert {text: keys for text, keys in owners.items() if len(keys) > 1} == {}


def test_the_numbers_of_an_answer_agree_in_all_languages() -> None:
    differing = {}
    for key, each in topics().items():
        told = {language: numbers(article["answer"]) for language, article in each.items()}
        if any(told[language] != told["en"] for language in told):
            differing[key] = told
    assert differing == {}


def test_related_articles_exist_and_are_the_same_in_all_languages() -> None:
    known = topics()
    for key, each in known.items():
        related = {tuple(article.get("related", ())) for article in each.values()}
        assert len(related) == 1, f"{key}: related differ between languages"
        (keys,) = related
        assert set(keys) <= set(known), f"{key}: related to what does not exist"
        assert key not in keys, f"{key}: related to itself"
        assert len(set(keys)) == len(keys), f"{key}: related twice"


def test_the_category_is_the_same_in_all_languages() -> None:
    assert {
        key for key, each in topics().items() if len({article["category"] for article in each.values()}) > 1
    } == set()


@pytest.mark.parametrize(("language", "foreign"), [("zh-Hans", "traditional_only"), ("zh-Hant", "simplified_only")])
def test_no_character_of_the_other_script_slipped_in(language: str, foreign: str) -> None:
    characters = getattr(_tables(), foreign)
    slipped = {}
    for article in articles():
        if article["language"] == language:
            found = characters & set("".join((article["answer"], *phrasings(article))))
            if found:
                slipped[article["id"]] = "".join(sorted(found))
    assert slipped == {}


def test_answers_are_in_the_language_they_are_said_to_be() -> None:
    wrong = {
        (article["id"], article["language"])
        for article in articles()
        if detect(article["answer"], article["language"]) != article["language"]
    }
    assert wrong == set()


def test_every_product_of_the_shop_is_known_to_some_article() -> None:
    texts = "\n".join(article["answer"] + "".join(phrasings(article)) for article in articles())
    for product in read_shop()["products"]:
        short = product["name"]["en"].removeprefix("Lanting ")
        assert short in texts, short


@cache
def questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


def test_questions_to_measure_with_are_no_phrasings_of_any_article() -> None:
    known = {plain(text) for article in articles() for text in phrasings(article)}
    assert {each["query"] for each in questions() if plain(each["query"]) in known} == set()


def test_questions_expect_articles_that_exist_in_a_language_we_have() -> None:
    known = topics()
    for each in questions():
        assert set(each["expected"]) <= set(known), each
        assert each["language"] in LANGUAGES, each


def test_no_question_is_there_twice_in_a_language() -> None:
    counts = Counter((each["language"], each["query"].strip().lower()) for each in questions())
    assert {each: count for each, count in counts.items() if count > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_are_there_in_every_language_with_and_without_an_answer(language: str) -> None:
    own = [each for each in questions() if each["language"] == language]
    assert sum(bool(each["expected"]) for each in own) >= 100
    assert any(not each["expected"] for each in own)
