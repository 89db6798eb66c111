"""The articles as a list by key, searched and filtered, for those who keep them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from knowledge_base.articles.tables import Article, ArticleVariant
from texts.catalogue import LANGUAGES

NOT_WRITTEN = "missing"
_MOST_WORDS = 6


@dataclass(frozen=True)
class Filter:
    """Which articles are wanted; empty means all.

    Attributes:
        text: Words that must all occur in key, question, answer or variants of one text.
        state: A state's code, or "missing" for articles that lack this language (or any, when none is given).
    """

    text: str = ""
    language: str = ""
    state: str = ""
    category: str = ""


@dataclass(frozen=True)
class ListedText:
    """An article in one language, as the list shows it."""

    key: str
    language: str
    question: str
    category: str
    state: str
    author: str
    updated_at: datetime


@dataclass(frozen=True)
class ListedArticle:
    """All that is written under one key; `texts` is keyed by language and never empty."""

    key: str
    texts: dict[str, ListedText]

    @property
    def newest(self) -> ListedText:
        """The text that was changed last."""
        return max(self.texts.values(), key=lambda text: text.updated_at)

    def best(self, language: str) -> ListedText:
        """The text in this language, else in the first that exists."""
        return next(self.texts[code] for code in (language, *LANGUAGES, *self.texts) if code in self.texts)


def list_by_key(session: Session, wanted: Filter, limit: int, offset: int = 0) -> list[ListedArticle]:
    """One page of articles in all their languages, last changed first."""
    statement = select(Article.key).where(*_conditions(wanted)).group_by(Article.key)
    statement = statement.order_by(func.max(Article.updated_at).desc(), Article.key)
    keys = list(session.scalars(statement.limit(limit).offset(offset)))
    texts = _texts(session, keys)
    return [ListedArticle(key, texts[key]) for key in keys]


def count_keys(session: Session, wanted: Filter) -> int:
    """How many keys `list_by_key` would find in all."""
    keys = select(Article.key).where(*_conditions(wanted)).distinct()
    return session.scalar(select(func.count()).select_from(keys.subquery())) or 0


def list_texts(session: Session, wanted: Filter, limit: int, offset: int = 0) -> list[Article]:
    """One page of articles in single languages, variants loaded, last changed first."""
    statement = select(Article).options(selectinload(Article.variants)).where(*_conditions(wanted))
    statement = statement.order_by(Article.updated_at.desc(), Article.key, Article.language)
    return list(session.scalars(statement.limit(limit).offset(offset)))


def count_texts(session: Session, wanted: Filter) -> int:
    """How many articles `list_texts` would find in all."""
    return session.scalar(select(func.count()).select_from(Article).where(*_conditions(wanted))) or 0


def categories(session: Session) -> list[str]:
    """Every category in use, whatever the state of its articles."""
    return list(session.scalars(select(Article.category).where(Article.category != "").distinct().order_by("category")))


def _texts(session: Session, keys: Sequence[str]) -> dict[str, dict[str, ListedText]]:
    columns = (
        Article.key,
        Article.language,
        Article.question,
        Article.category,
        Article.state,
        Article.author,
        Article.updated_at,
    )
    texts: defaultdict[str, dict[str, ListedText]] = defaultdict(dict)
    for row in session.execute(select(*columns).where(Article.key.in_(keys))):
        texts[row.key][row.language] = ListedText(*row)
    return texts


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    for word in wanted.text.split()[:_MOST_WORDS]:
        columns = (Article.key, Article.question, Article.answer)
        variants = select(ArticleVariant.article_id).where(ArticleVariant.text.icontains(word, autoescape=True))
        yield or_(*(column.icontains(word, autoescape=True) for column in columns), Article.id.in_(variants))
    if wanted.category:
        yield Article.category == wanted.category
    if wanted.state == NOT_WRITTEN:
        yield Article.key.in_(_incomplete()) if not wanted.language else Article.key.not_in(_written(wanted.language))
        return
    if wanted.language:
        yield Article.language == wanted.language
    if wanted.state:
        yield Article.state == wanted.state


def _incomplete() -> Select[str]:
    return select(Article.key).group_by(Article.key).having(func.count() < len(LANGUAGES))


def _written(language: str) -> Select[str]:
    return select(Article.key).where(Article.language == language)
