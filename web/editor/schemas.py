"""What the staff API about articles takes and gives."""

from datetime import datetime

import msgspec

from knowledge_base.articles.rules import ArticleFields
from knowledge_base.articles.tables import Article
from knowledge_base.search import Candidate, SearchResult


class ArticleIn(msgspec.Struct, forbid_unknown_fields=True):
    """An article to be written.

    `revision` is the one the edit started from: another one in the database is a conflict. Without it, whatever
    is there is replaced. Without `state` the state stays, and a new article is a draft.
    """

    question: str
    answer: str
    variants: list[str] = []
    category: str = ""
    tags: list[str] = []
    related: list[str] = []
    state: str = ""
    revision: int | None = None
    reason: str = ""


class ArticleOut(msgspec.Struct):
    """An article in one language."""

    id: str
    language: str
    question: str
    variants: list[str]
    answer: str
    category: str
    tags: list[str]
    related: list[str]
    state: str
    revision: int
    author: str
    created_at: datetime
    updated_at: datetime


class ArticlesOut(msgspec.Struct):
    """One page of articles, last changed first; `total` counts all pages."""

    articles: list[ArticleOut]
    total: int
    page: int
    pages: int


class CandidateOut(msgspec.Struct):
    """An article that may answer a question."""

    id: str
    language: str
    question: str
    category: str
    probability: float
    dense: float | None
    lexical: float
    variant: str
    offered: bool


class SearchOut(msgspec.Struct):
    """What a customer would get, and why. `decision`: answer, choices or none."""

    query: str
    language: str
    decision: str
    answer: str
    candidates: list[CandidateOut]
    index_version: int
    milliseconds: float


def fields_in(data: ArticleIn) -> ArticleFields:
    """The author's fields of an article to be written."""
    return ArticleFields(
        data.question, data.answer, tuple(data.variants), data.category, tuple(data.tags), tuple(data.related)
    )


def article_out(article: Article) -> ArticleOut:
    """A stored article whose variants are loaded."""
    return ArticleOut(
        id=article.key,
        language=article.language,
        question=article.question,
        variants=[variant.text for variant in article.variants],
        answer=article.answer,
        category=article.category,
        tags=list(article.tags),
        related=list(article.related),
        state=article.state,
        revision=article.revision,
        author=article.author,
        created_at=article.created_at,
        updated_at=article.updated_at,
    )


def search_out(result: SearchResult) -> SearchOut:
    """A search with its figures."""
    return SearchOut(
        query=result.query,
        language=result.language,
        decision=result.decision,
        answer=result.answer,
        candidates=[
            _candidate_out(candidate, place < result.offered) for place, candidate in enumerate(result.candidates)
        ],
        index_version=result.index_version,
        milliseconds=round(result.milliseconds, 2),
    )


def _candidate_out(candidate: Candidate, offered: bool) -> CandidateOut:
    return CandidateOut(
        id=candidate.article_id,
        language=candidate.language,
        question=candidate.title,
        category=candidate.category,
        probability=round(candidate.probability, 4),
        dense=None if candidate.dense is None else round(candidate.dense, 4),
        lexical=round(candidate.lexical, 4),
        variant=candidate.variant,
        offered=offered,
    )
