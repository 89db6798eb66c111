"""Putting an author's words into the knowledge base: the one way in for the pages and for the API."""

import asyncio
import logging
from dataclasses import dataclass

from sqlalchemy.orm import Session

from knowledge_base.articles import operations, queries
from knowledge_base.articles.rules import ArticleExists, ArticleFields, ArticleNotFound
from knowledge_base.articles.tables import Article
from web.services import Services

logger = logging.getLogger(__name__)

# Saving one article takes a moment; a large import or a start from cold may take longer than anybody waits.
PATIENCE_SECONDS = 15.0

ANY_REVISION = -1


@dataclass(frozen=True)
class Edit:
    """What somebody wants an article to be.

    Attributes:
        revision: The revision they started from; None writes a new article, ANY_REVISION takes whatever is there.
        state: Where the article is to go; empty leaves it (a new article is a draft).
    """

    key: str
    language: str
    fields: ArticleFields
    author: str
    revision: int | None
    state: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Stored:
    """The article as it is now, and what became of it."""

    article: Article
    created: bool
    changed: bool


def store(session: Session, edit: Edit) -> Stored:
    """Write an article, or save an edit and move it to the wanted state, in the caller's unit of work.

    Raises:
        ArticleInvalid, ArticleConflict, MoveNotAllowed: As the knowledge base's operations do.
        ArticleExists: When a new article was to be written and there is one.
        ArticleNotFound: When there is none to change.
    """
    found = queries.find_article(session, edit.key, edit.language)
    if found is None:
        if edit.revision is not None and edit.revision != ANY_REVISION:
            raise ArticleNotFound(f"{edit.key} ({edit.language})")
        article = operations.create_article(
            session, edit.key, edit.language, edit.fields, edit.author, edit.reason, edit.state or "draft"
        )
        return Stored(article, created=True, changed=True)
    if edit.revision is None:
        raise ArticleExists(f"{edit.key} ({edit.language})")
    before = found.revision
    expected = before if edit.revision == ANY_REVISION else edit.revision
    article = operations.save_article(session, edit.key, edit.language, edit.fields, edit.author, expected, edit.reason)
    if edit.state and edit.state != article.state:
        article = operations.change_state(
            session, edit.key, edit.language, edit.state, edit.author, article.revision, edit.reason
        )
    return Stored(article, created=False, changed=article.revision != before)


async def show_customers(services: Services) -> bool:
    """Bring the index up to date, so that the next question finds what was just saved.

    Returns:
        Whether it is; if not, it goes on beside the requests, and nothing saved is lost.
    """
    work = asyncio.ensure_future(asyncio.to_thread(services.knowledge_base.refresh))
    try:
        await asyncio.wait_for(asyncio.shield(work), PATIENCE_SECONDS)
    except TimeoutError:
        work.add_done_callback(_note_failure)
        return False
    except Exception:
        logger.exception("The index could not be refreshed after a change and will be tried again.")
        return False
    return True


def _note_failure(work: "asyncio.Future[bool]") -> None:
    if not work.cancelled() and (error := work.exception()):
        logger.error("The index could not be refreshed after a change and will be tried again.", exc_info=error)
