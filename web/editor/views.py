"""What the editor's templates show, gathered in one reading unit of work each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from urllib.parse import quote, urlencode

from sqlalchemy.orm import Session

from knowledge_base.articles import listing, operations
from knowledge_base.articles import queries as articles
from knowledge_base.articles.listing import Filter, ListedArticle
from knowledge_base.articles.rules import MOVES, ArticleFields, cleaned
from knowledge_base.articles.tables import Article, ArticleVersion
from texts.catalogue import LANGUAGES
from web.editor.forms import ArticleForm, fields_of, form_of

PAGE_SIZE = 25


@dataclass(frozen=True)
class ListView:
    """A page of the list of articles."""

    wanted: Filter
    articles: Sequence[ListedArticle]
    categories: Sequence[str]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, ceil(self.total / PAGE_SIZE))

    def address(self, page: int) -> str:
        """The address of another page of the same list."""
        chosen = {
            "text": self.wanted.text,
            "in": self.wanted.language,
            "state": self.wanted.state,
            "category": self.wanted.category,
            "page": str(page) if page > 1 else "",
        }
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"/editor?{query}" if query else "/editor"


@dataclass(frozen=True)
class Tab:
    """One language of an article; `state` is empty when it is not written yet."""

    language: str
    state: str
    address: str


@dataclass(frozen=True)
class Conflict:
    """What somebody else saved while this author was writing; `differing` names the fields that are not the same."""

    author: str
    at: datetime
    fields: ArticleFields
    state: str
    differing: frozenset[str]


@dataclass(frozen=True)
class ArticleView:
    """The page of one article in one language.

    Attributes:
        article: As it is stored; None while it is being written for the first time.
        moves: States the article may go to from here.
        problems: Field name -> what is wrong with it, in words.
    """

    form: ArticleForm
    article: Article | None
    tabs: Sequence[Tab]
    moves: frozenset[str]
    versions: Sequence[ArticleVersion]
    categories: Sequence[str]
    problems: dict[str, str] = field(default_factory=dict)
    conflict: Conflict | None = None

    @property
    def is_new(self) -> bool:
        """Whether there is no article of this key in any language yet."""
        return not self.tabs


@dataclass(frozen=True)
class VersionsView:
    """An article's versions, newest first, and the one to read."""

    article: Article
    versions: Sequence[ArticleVersion]
    shown: ArticleVersion


def list_view(session: Session, wanted: Filter, page: int) -> ListView:
    """A page of articles; a page beyond the last shows the last."""
    total = listing.count_keys(session, wanted)
    page = min(max(page, 1), max(1, ceil(total / PAGE_SIZE)))
    found = listing.list_by_key(session, wanted, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    return ListView(wanted, found, listing.categories(session), total, page)


def blank_view(session: Session, form: ArticleForm, problems: dict[str, str] | None = None) -> ArticleView:
    """The page for a new article."""
    moves = frozenset({"draft", "published"})
    return ArticleView(form, None, (), moves, (), listing.categories(session), problems or {})


def article_view(
    session: Session,
    key: str,
    language: str,
    form: ArticleForm | None = None,
    problems: dict[str, str] | None = None,
    conflicting: bool = False,
) -> ArticleView | None:
    """The page of an article in one language, with what its author typed if `form` is given; None for an unknown key.

    Args:
        conflicting: Show the stored article beside the form, which from then on replaces it when saved again.
    """
    written = {article.language: article for article in articles.list_translations(session, key)}
    if not written:
        return None
    article = written.get(language)
    conflict = None
    if form is None:
        form = form_of(article) if article else _first_words(key, language, list(written.values()))
    elif article is not None and conflicting:
        conflict = _conflict(article, form)
        form.revision = str(article.revision)
    return ArticleView(
        form=form,
        article=article,
        tabs=[_tab(key, code, written.get(code)) for code in LANGUAGES],
        moves=MOVES[article.state] if article else frozenset({"draft", "published"}),
        versions=articles.list_versions(session, article.id) if article else (),
        categories=listing.categories(session),
        problems=problems or {},
        conflict=conflict,
    )


def unsaved_view(
    session: Session, form: ArticleForm, is_new: bool, problems: dict[str, str], conflicting: bool = False
) -> ArticleView:
    """The page again with everything as it was typed, because it could not be saved.

    A name that a new article cannot have is a problem of its field; the article that has it is not to be replaced.
    """
    view = None if is_new else article_view(session, form.key, form.text_language, form, problems, conflicting)
    return view or blank_view(session, form, problems)


def versions_view(session: Session, key: str, language: str, revision: int | None) -> VersionsView | None:
    """The versions of an article with one of them, the newest unless said; None when there is no such version."""
    article = articles.find_article(session, key, language)
    if article is None:
        return None
    versions = articles.list_versions(session, article.id)
    for version in versions:
        if revision is None or version.revision == revision:
            return VersionsView(article, versions, version)
    return None


def article_address(key: str, language: str, **more: str) -> str:
    """Where an article is edited."""
    return f"/editor/articles/{quote(key, safe='')}?" + urlencode({"in": language, **more})


def versions_address(key: str, language: str, revision: int | None = None) -> str:
    """Where an article's earlier versions are read."""
    query = {"in": language} | ({"revision": str(revision)} if revision else {})
    return f"/editor/versions/{quote(key, safe='')}?" + urlencode(query)


def _tab(key: str, language: str, article: Article | None) -> Tab:
    return Tab(language, article.state if article else "", article_address(key, language))


def _first_words(key: str, language: str, others: Sequence[Article]) -> ArticleForm:
    """A form for one more language; category and tags are mostly the same as in the others."""
    other = others[0]
    return ArticleForm(
        key=key,
        text_language=language,
        category=other.category,
        tags=", ".join(other.tags),
        related=", ".join(other.related),
    )


def _conflict(article: Article, form: ArticleForm) -> Conflict:
    theirs, mine = operations.fields_of(article), cleaned(fields_of(form))
    names = ("question", "variants", "answer", "category", "tags", "related")
    differing = frozenset(name for name in names if getattr(theirs, name) != getattr(mine, name))
    return Conflict(article.author, article.updated_at, theirs, article.state, differing)
