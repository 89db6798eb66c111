"""The staff API about articles: the same operations as the pages, with a bearer token."""

import asyncio
from math import ceil
from typing import Annotated, Any

from litestar import Request, Response, Router, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import Parameter
from sqlalchemy.orm import Session

from knowledge_base.articles import listing
from knowledge_base.articles import queries as articles
from knowledge_base.articles.listing import Filter
from knowledge_base.articles.rules import (
    STATES,
    ArticleConflict,
    ArticleInvalid,
    ArticleNotFound,
    MoveNotAllowed,
)
from support.staff.tables import StaffMember
from texts.catalogue import LANGUAGES, marked
from web.editor import labels
from web.editor.saving import ANY_REVISION, Edit, show_customers, store
from web.editor.schemas import (
    ArticleIn,
    ArticleOut,
    ArticlesOut,
    SearchOut,
    article_out,
    fields_in,
    search_out,
)
from web.languages import request_language
from web.numbers import PageOf
from web.problems import Problem
from web.services import Services
from web.staff_access import provide_member, requires

NamedServices = NamedDependency[Services]
ArticleState = Annotated[str, Parameter(query="state")]

PAGE_SIZE = 50
LARGEST_BODY = 4 * 1024 * 1024


@get("/articles", summary="List articles")
async def list_articles(
    services: NamedServices, page: PageOf = 1, q: str = "", language: str = "", article_state: ArticleState = ""
) -> ArticlesOut:
    """Articles in single languages, last changed first."""
    wanted = Filter(q, language, article_state)

    def read(session: Session) -> ArticlesOut:
        total = listing.count_texts(session, wanted)
        found = listing.list_texts(session, wanted, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        return ArticlesOut([article_out(article) for article in found], total, page, max(1, ceil(total / PAGE_SIZE)))

    return await services.database.read(read)


@get("/articles/{key:str}/{text_language:str}", summary="Read an article")
async def read_article(services: NamedServices, key: str, text_language: str) -> ArticleOut:
    """One article in one language, whatever its state."""
    found = await services.database.read(lambda session: articles.find_article(session, key, text_language))
    if found is None:
        raise _not_found()
    return article_out(found)


@put("/articles/{key:str}/{text_language:str}", summary="Write an article")
async def write_article(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: NamedDependency[StaffMember],
    key: str,
    text_language: str,
    data: ArticleIn,
) -> Response[ArticleOut]:
    """Write or change an article; 201 when it is new, 409 when somebody else saved it after `revision`."""
    if data.state and data.state not in STATES:
        raise Problem(422, "Article not saved", "state must be one of {states}.", "state", states=", ".join(STATES))
    revision = ANY_REVISION if data.revision is None else data.revision
    edit = Edit(key, text_language, fields_in(data), member.name, revision, data.state, data.reason)
    try:
        stored = await services.database.write(lambda session: store(session, edit))
    except ArticleInvalid as error:
        texts = labels.problem_texts(request_language(request), error.problems, edit.fields)
        listed = " ".join(f"{field}: {text}" for field, text in texts.items())
        # In the reader's language already.
        raise Problem(422, "Article not saved", listed, "invalid") from error
    except ArticleConflict as error:
        detail = marked(
            "{author} saved this article meanwhile (revision {found}). Read it again, then send your change anew."
        )
        raise Problem(409, "Article not saved", detail, "conflict", author=error.author, found=error.found) from error
    except ArticleNotFound as error:
        raise _not_found() from error
    except MoveNotAllowed as error:
        detail = marked("The article's state cannot go there from where it is.")
        raise Problem(409, "Article not saved", detail, "state") from error
    await show_customers(services)
    return Response(article_out(stored.article), status_code=201 if stored.created else 200)


@get("/search", summary="Ask as a customer would")
async def search(services: NamedServices, q: str, language: str = "en") -> SearchOut:
    """What a customer who asks this now would get, and why."""
    if language not in LANGUAGES:
        detail = marked("language must be one of {languages}.")
        raise Problem(422, "Language not known", detail, "language", languages=", ".join(LANGUAGES))
    return search_out(await asyncio.to_thread(services.knowledge_base.search, q, language))


def _not_found() -> Problem:
    return Problem(404, "Not found", "There is no article of this id in this language.", "article")


editor_api = Router(
    path="/api",
    route_handlers=[list_articles, read_article, write_article, search],
    guards=[requires("edit_articles")],
    dependencies={"member": Provide(provide_member)},
    opt={"exclude_from_csrf": True, "scope": "articles"},
    tags=["Articles"],
    security=[{"staff": []}],
    request_max_body_size=LARGEST_BODY,
)
