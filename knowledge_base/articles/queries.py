"""Every question asked of the articles' tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session, selectinload

from knowledge_base.articles.tables import Article, ArticleVariant, ArticleVersion, KnowledgeBaseCounter

COUNTER_ROW = 1


@dataclass(frozen=True)
class PublishedArticle:
    """A published article as the index and the chat need it."""

    key: str
    language: str
    question: str
    answer: str
    category: str
    tags: tuple[str, ...]
    variants: tuple[str, ...]
    updated_at: datetime | None = None
    related: tuple[str, ...] = ()


def find_article(session: Session, key: str, language: str) -> Article | None:
    """The article with its variants, as it is in the database now; None when there is none."""
    return session.scalars(
        select(Article)
        .where(Article.key == key, Article.language == language)
        .options(selectinload(Article.variants))
        .execution_options(populate_existing=True)
    ).one_or_none()


def list_translations(session: Session, key: str) -> list[Article]:
    """The articles of one key in all languages, variants loaded."""
    statement = select(Article).where(Article.key == key).options(selectinload(Article.variants))
    return list(session.scalars(statement.order_by(Article.language)))


def list_versions(session: Session, article_id: str) -> list[ArticleVersion]:
    """Every version of an article, newest first."""
    statement = select(ArticleVersion).where(ArticleVersion.article_id == article_id)
    return list(session.scalars(statement.order_by(ArticleVersion.revision.desc())))


def find_version(session: Session, article_id: str, revision: int) -> ArticleVersion | None:
    """One version of an article."""
    return session.scalars(
        select(ArticleVersion).where(ArticleVersion.article_id == article_id, ArticleVersion.revision == revision)
    ).one_or_none()


def read_counter(session: Session) -> int:
    """How often articles were changed; 0 before the first change. One row by its primary key."""
    statement = select(KnowledgeBaseCounter.value).where(KnowledgeBaseCounter.id == COUNTER_ROW)
    return session.scalar(statement) or 0


def published_articles(session: Session) -> list[PublishedArticle]:
    """Every published article, sorted by key and language: two selects, however many there are."""
    return _published(session)


def count_published(session: Session) -> int:
    """How many articles are published."""
    return session.scalar(select(func.count()).select_from(Article).where(Article.state == "published")) or 0


@dataclass(frozen=True)
class Changes:
    """What became of the articles that were changed: those that are published now, and the others' key and language."""

    published: tuple[PublishedArticle, ...]
    others: tuple[tuple[str, str], ...]


def changes_since(session: Session, change: int) -> Changes:
    """What was changed after the counter had this value. Reads these articles only, whatever else there is.

    Nothing is missed: every write takes its number while it holds the counter's row, so that numbers are committed in
    their order.
    """
    later = Article.change > change
    rows = session.execute(select(Article.key, Article.language).where(later, Article.state != "published")).all()
    return Changes(tuple(_published(session, later)), tuple((row.key, row.language) for row in rows))


def _published(session: Session, *conditions: ColumnElement[bool]) -> list[PublishedArticle]:
    rows = session.execute(
        select(
            Article.id,
            Article.key,
            Article.language,
            Article.question,
            Article.answer,
            Article.category,
            Article.tags,
            Article.related,
            Article.updated_at,
        ).where(Article.state == "published", *conditions)
    ).all()
    variants = _variants(session, Article.state == "published", *conditions)
    articles = [
        PublishedArticle(
            row.key,
            row.language,
            row.question,
            row.answer,
            row.category,
            tuple(row.tags),
            tuple(variants.get(row.id, ())),
            row.updated_at,
            tuple(row.related),
        )
        for row in rows
    ]
    # Sorted here: databases disagree about the order of texts.
    return sorted(articles, key=lambda article: (article.key, article.language))


@dataclass(frozen=True)
class StoredArticle:
    """What an import compares its lines with."""

    id: str
    revision: int
    state: str
    content: tuple[object, ...]


def stored_articles(session: Session) -> dict[tuple[str, str], StoredArticle]:
    """Every article by key and language, in whatever state, for comparison with an imported file."""
    variants = _variants(session)
    return {
        (row.key, row.language): StoredArticle(
            row.id,
            row.revision,
            row.state,
            (
                row.question,
                row.answer,
                tuple(variants.get(row.id, ())),
                row.category,
                tuple(row.tags),
                tuple(row.related),
            ),
        )
        for row in session.execute(
            select(
                Article.id,
                Article.key,
                Article.language,
                Article.question,
                Article.answer,
                Article.category,
                Article.tags,
                Article.related,
                Article.state,
                Article.revision,
            )
        )
    }


def delete_variants(session: Session, article_ids: Sequence[str]) -> None:
    """Remove the variants of many articles, a few hundred articles a statement."""
    for start in range(0, len(article_ids), 500):
        chunk = article_ids[start : start + 500]
        session.execute(delete(ArticleVariant).where(ArticleVariant.article_id.in_(chunk)))


def _variants(session: Session, *conditions: ColumnElement[bool]) -> dict[str, list[str]]:
    statement = (
        select(ArticleVariant.article_id, ArticleVariant.text)
        .join(Article, Article.id == ArticleVariant.article_id)
        .where(*conditions)
        .order_by(ArticleVariant.article_id, ArticleVariant.position)
    )
    variants: dict[str, list[str]] = {}
    for article_id, text in session.execute(statement):
        variants.setdefault(article_id, []).append(text)
    return variants
