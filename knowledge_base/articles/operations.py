"""What may be done to articles. Each operation works in the caller's unit of work and commits nothing.

Every write bumps the knowledge base's counter first. That row is locked until the unit of work ends, so writers
follow one another, and what is read after it cannot be changed by somebody else before the commit.
"""

from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from knowledge_base.articles import queries, rules
from knowledge_base.articles.rules import (
    ArticleConflict,
    ArticleExists,
    ArticleFields,
    ArticleInvalid,
    ArticleNotFound,
    MoveNotAllowed,
)
from knowledge_base.articles.tables import Article, ArticleVariant, ArticleVersion, KnowledgeBaseCounter
from storage.base import JsonObject, now


def create_article(
    session: Session,
    key: str,
    language: str,
    fields: ArticleFields,
    author: str,
    reason: str = "",
    state: str = "draft",
) -> Article:
    """Write a new article, a draft unless said otherwise.

    Raises:
        ArticleInvalid: When a field breaks a rule.
        ArticleExists: When key and language are taken.
    """
    fields = _checked(fields, rules.identity_problems(key, language))
    if state not in rules.STATES:
        raise ValueError(f"{state!r} is no state of an article.")
    change = bump_counter(session)
    if queries.find_article(session, key, language) is not None:
        raise ArticleExists(f"{key} ({language})")
    article = Article(key=key, language=language, state=state, revision=1, change=change, author=author)
    _fill(article, fields)
    session.add(article)
    session.flush()
    _write_version(session, article, author, reason)
    return article


def save_article(
    session: Session,
    key: str,
    language: str,
    fields: ArticleFields,
    author: str,
    expected_revision: int,
    reason: str = "",
) -> Article:
    """Save an author's edit as a new version; the state stays. Nothing is written when nothing differs.

    Args:
        expected_revision: The revision the author started from.

    Raises:
        ArticleInvalid: When a field breaks a rule.
        ArticleNotFound: When there is no such article.
        ArticleConflict: When somebody else saved it meanwhile.
    """
    fields = _checked(fields, {})
    change = bump_counter(session)
    article = _locked(session, key, language, expected_revision)
    if fields_of(article) == fields:
        return article
    _fill(article, fields)
    _new_revision(session, article, change, author, reason)
    return article


def change_state(
    session: Session,
    key: str,
    language: str,
    state: str,
    author: str,
    expected_revision: int | None = None,
    reason: str = "",
) -> Article:
    """Publish an article, take it back to draft, or archive it (which is how articles are deleted).

    Raises:
        ArticleNotFound, ArticleConflict: As for `save_article`; no conflict is looked for without a revision.
        MoveNotAllowed: When the article's state cannot go there.
    """
    change = bump_counter(session)
    article = _locked(session, key, language, expected_revision)
    if not rules.may_move(article.state, state):
        raise MoveNotAllowed(f"{article.state} -> {state}")
    article.state = state
    _new_revision(session, article, change, author, reason)
    return article


def restore_version(
    session: Session, key: str, language: str, revision: int, author: str, expected_revision: int, reason: str = ""
) -> Article:
    """Save an earlier version's fields as the newest version; the state stays.

    Raises:
        ArticleNotFound: When the article or the version is missing.
        ArticleConflict: When somebody else saved meanwhile.
    """
    change = bump_counter(session)
    article = _locked(session, key, language, expected_revision)
    version = queries.find_version(session, article.id, revision)
    if version is None:
        raise ArticleNotFound(f"{key} ({language}), revision {revision}")
    _fill(article, fields_from_snapshot(version.snapshot))
    _new_revision(session, article, change, author, reason)
    return article


def bump_counter(session: Session) -> int:
    """Count one more change; returns the counter's new value. Other writers wait until this unit of work ends."""
    if not _increment(session):
        try:
            with session.begin_nested():
                session.execute(insert(KnowledgeBaseCounter).values(id=queries.COUNTER_ROW, value=1))
        except IntegrityError:
            # Another process wrote the very first row between the two statements.
            _increment(session)
    return queries.read_counter(session)


def fields_of(article: Article) -> ArticleFields:
    """The author's fields of an article whose variants are loaded."""
    variants = tuple(variant.text for variant in article.variants)
    return ArticleFields(
        article.question, article.answer, variants, article.category, tuple(article.tags), tuple(article.related)
    )


def fields_from_snapshot(snapshot: JsonObject) -> ArticleFields:
    """The author's fields as a version kept them."""
    return ArticleFields(
        snapshot["question"],
        snapshot["answer"],
        tuple(snapshot["variants"]),
        snapshot["category"],
        tuple(snapshot["tags"]),
        tuple(snapshot.get("related", ())),
    )


def snapshot_of(fields: ArticleFields, state: str) -> JsonObject:
    """What a version keeps of an article."""
    return {
        "question": fields.question,
        "answer": fields.answer,
        "variants": list(fields.variants),
        "category": fields.category,
        "tags": list(fields.tags),
        "related": list(fields.related),
        "state": state,
    }


def _checked(fields: ArticleFields, problems: dict[str, str]) -> ArticleFields:
    fields = rules.cleaned(fields)
    problems = problems | rules.field_problems(fields)
    if problems:
        raise ArticleInvalid(problems)
    return fields


def _locked(session: Session, key: str, language: str, expected_revision: int | None) -> Article:
    article = queries.find_article(session, key, language)
    if article is None:
        raise ArticleNotFound(f"{key} ({language})")
    if expected_revision is not None and article.revision != expected_revision:
        raise ArticleConflict(expected_revision, article.revision, article.author)
    return article


def _fill(article: Article, fields: ArticleFields) -> None:
    article.question = fields.question
    article.answer = fields.answer
    article.category = fields.category
    article.tags = list(fields.tags)
    article.related = list(fields.related)
    _set_variants(article, fields.variants)


def _set_variants(article: Article, texts: tuple[str, ...]) -> None:
    """Rewrite rows in place: replacing them all would for a moment hold two rows of one position."""
    kept: list[ArticleVariant] = list(article.variants) if article.variants else []
    for position, text in enumerate(texts):
        if position < len(kept):
            kept[position].text = text
            kept[position].position = position
        else:
            kept.append(ArticleVariant(position=position, text=text))
    article.variants = kept[: len(texts)]


def _new_revision(session: Session, article: Article, change: int, author: str, reason: str) -> None:
    article.revision += 1
    article.change = change
    article.author = author
    article.updated_at = now()
    session.flush()
    _write_version(session, article, author, reason)


def _write_version(session: Session, article: Article, author: str, reason: str) -> None:
    snapshot = snapshot_of(fields_of(article), article.state)
    session.add(
        ArticleVersion(
            article_id=article.id, revision=article.revision, snapshot=snapshot, author=author, reason=reason
        )
    )
    session.flush()


def _increment(session: Session) -> bool:
    statement = update(KnowledgeBaseCounter).where(KnowledgeBaseCounter.id == queries.COUNTER_ROW)
    result: Any = session.execute(statement.values(value=KnowledgeBaseCounter.value + 1))
    return bool(result.rowcount)
