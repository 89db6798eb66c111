"""What an article may look like and which way its state may go. Pure: no database."""

from collections.abc import Iterable
from dataclasses import dataclass

from texts.language import LANGUAGES, fold

STATES = ("draft", "published", "archived")
MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"published", "archived"}),
    "published": frozenset({"draft", "archived"}),
    "archived": frozenset({"draft", "published"}),
}

MAX_KEY = 200
MAX_QUESTION = 500
MAX_ANSWER = 20_000
MAX_VARIANTS = 200
MAX_CATEGORY = 100
MAX_TAGS = 50
MAX_TAG = 100
MAX_RELATED = 10


@dataclass(frozen=True)
class ArticleFields:
    """What an author writes in an article; `related` holds the keys of articles that a reader may want next."""

    question: str
    answer: str
    variants: tuple[str, ...] = ()
    category: str = ""
    tags: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


class ArticleError(Exception):
    """Something about an article cannot be done; `message_key` names the sentence to show."""

    message_key = "article.error"


class ArticleInvalid(ArticleError):
    """Fields that break a rule: `problems` maps a field's name to the key of a message."""

    message_key = "article.invalid"

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {message}" for field, message in problems.items()))
        self.problems = problems


class ArticleConflict(ArticleError):
    """Somebody else saved the article meanwhile."""

    message_key = "article.conflict"

    def __init__(self, expected: int, found: int, author: str) -> None:
        super().__init__(f"revision {expected} was expected, {found} by {author or 'somebody'} is there")
        self.expected = expected
        self.found = found
        self.author = author


class ArticleNotFound(ArticleError):
    """No article has this key and language."""

    message_key = "article.not_found"


class ArticleExists(ArticleError):
    """An article with this key and language is there already."""

    message_key = "article.exists"


class MoveNotAllowed(ArticleError):
    """The article's state cannot go this way."""

    message_key = "article.move_not_allowed"


def may_move(state: str, target: str) -> bool:
    """Whether an article in `state` may be put into `target`."""
    return target in MOVES.get(state, frozenset())


def identity_problems(key: str, language: str) -> dict[str, str]:
    """Rules for what names an article: field name -> message key; empty when all is well.

    Keys come from other systems as well, so anything that prints is taken, blanks inside included.
    """
    problems = {}
    if not key:
        problems["key"] = "article.key_empty"
    elif len(key) > MAX_KEY:
        problems["key"] = "article.key_too_long"
    elif key != key.strip() or not key.isprintable():
        problems["key"] = "article.key_malformed"
    if language not in LANGUAGES:
        problems["language"] = "article.language_unknown"
    return problems


def text_problems(fields: ArticleFields) -> dict[str, str]:
    """Rules for each text: present, within its limit, storable. Field name -> message key."""
    problems = {}
    for name, text, limit in (("question", fields.question, MAX_QUESTION), ("answer", fields.answer, MAX_ANSWER)):
        if message := _text_problem(name, text, limit):
            problems[name] = message
    for name, texts, limit, count in (
        ("variants", fields.variants, MAX_QUESTION, MAX_VARIANTS),
        ("tags", fields.tags, MAX_TAG, MAX_TAGS),
        ("related", fields.related, MAX_KEY, MAX_RELATED),
    ):
        if len(texts) > count:
            problems[name] = f"article.{name}_too_many"
        elif messages := [message for text in texts if (message := _text_problem(name, text, limit))]:
            problems[name] = messages[0]
    if len(fields.category) > MAX_CATEGORY:
        problems["category"] = "article.category_too_long"
    elif not _storable(fields.category):
        problems["category"] = "article.category_malformed"
    return problems


def field_problems(fields: ArticleFields) -> dict[str, str]:
    """All rules for an author's fields: those of each text, and no phrasing twice."""
    problems = text_problems(fields)
    if "variants" not in problems and repeated_variants(fields):
        problems["variants"] = "article.variants_repeated"
    return problems


def repeated_variants(fields: ArticleFields) -> list[str]:
    """Variants that say what the question or an earlier variant says: same but for case, width, script, blanks."""
    seen = {_plain(fields.question)}
    repeated = []
    for variant in fields.variants:
        plain = _plain(variant)
        if plain in seen:
            repeated.append(variant)
        seen.add(plain)
    return repeated


def cleaned(fields: ArticleFields) -> ArticleFields:
    """An author's fields without blanks around them, empty variants and tags left out."""
    return ArticleFields(
        question=fields.question.strip(),
        answer=fields.answer.strip(),
        variants=_filled(fields.variants),
        category=fields.category.strip(),
        tags=tuple(dict.fromkeys(_filled(fields.tags))),
        related=tuple(dict.fromkeys(_filled(fields.related))),
    )


def _filled(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(stripped for text in texts if (stripped := text.strip()))


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _text_problem(name: str, text: str, limit: int) -> str | None:
    if not text.strip():
        return f"article.{name}_empty"
    if len(text) > limit:
        return f"article.{name}_too_long"
    return None if _storable(text) else f"article.{name}_malformed"


def _storable(text: str) -> bool:
    """PostgreSQL takes no NUL, and half a surrogate pair cannot be written as UTF-8."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
