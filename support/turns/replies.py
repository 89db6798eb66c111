"""What the bot says in a turn, in the shape it is stored, and how a search result becomes such words. Pure."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.search import SearchResult
from texts.catalogue import translate


@dataclass(frozen=True)
class BotMessage:
    """One message of the bot; `trail` is how it was found, for staff only."""

    text: str
    payload: dict[str, Any] | None = None
    trail: dict[str, Any] | None = None


@dataclass(frozen=True)
class Reply:
    """Everything that came of a turn."""

    messages: tuple[BotMessage, ...]
    intent: str | None = None
    confidence: float | None = None
    failed: bool = False

    @property
    def usable(self) -> bool:
        """Whether a customer can be answered with this."""
        return bool(self.messages) and not self.failed


def apology(language: str) -> Reply:
    """The last word when everything failed: honest, and with a person offered."""
    words = translate(
        language, "Something went wrong on our side and I could not answer. Please try again, or talk to a person."
    )
    return Reply((BotMessage(words, {"offer": ["person"]}),))


def answer_message(result: SearchResult) -> BotMessage:
    """The answer of the best article, with its source."""
    best = result.candidates[0]
    payload = _answer(best.article_id, best.title, best.language, best.category, best.probability)
    return BotMessage(in_its_language(result.answer, best.language, result.language), payload, result.as_trail())


def article_message(article: PublishedArticle, language: str) -> BotMessage:
    """The answer of an article the customer picked; nothing was searched, so there is no probability."""
    payload = _answer(article.key, article.question, article.language, article.category, None)
    return BotMessage(in_its_language(article.answer, article.language, language), payload)


def in_its_language(answer: str, language: str, wanted: str) -> str:
    """An answer's words, after a word about it when there are none in the customer's language."""
    if language == wanted:
        return answer
    names = {
        "en": translate(wanted, "English"),
        "zh-Hans": translate(wanted, "Simplified Chinese"),
        "zh-Hant": translate(wanted, "Traditional Chinese"),
    }
    notice = translate(wanted, "We only have this answer in {name} so far:", name=names[language])
    return f"{notice}\n\n{answer}"


def _answer(article_id: str, title: str, language: str, category: str, probability: float | None) -> dict[str, Any]:
    answer = {
        "article_id": article_id,
        "title": title,
        "language": language,
        "category": category,
        "probability": None if probability is None else round(probability, 4),
        "source": source_address(article_id, language),
    }
    return {"answer": answer}


def choices_message(result: SearchResult, words: str) -> BotMessage:
    """A few articles to choose from, under the given words."""
    choices = [{"article_id": each.article_id, "title": each.title} for each in result.choices]
    return BotMessage(words, {"choices": choices}, result.as_trail())


def nothing_message(result: SearchResult, words: str) -> BotMessage:
    """Honest words that nothing fits, with a person offered."""
    return BotMessage(words, {"offer": ["person"]}, result.as_trail())


def source_address(article_id: str, language: str) -> str:
    """Where a customer can read the whole article."""
    return f"/help/{quote(article_id)}?language={quote(language)}"
