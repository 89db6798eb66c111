"""The editor's pages: the list, one article, its preview and its versions."""

from typing import Annotated, Any

from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, Parameter
from litestar.response import Redirect, Template

from knowledge_base.articles.listing import Filter
from knowledge_base.articles.operations import fields_from_snapshot
from knowledge_base.articles.rules import (
    ArticleConflict,
    ArticleExists,
    ArticleInvalid,
    ArticleNotFound,
    MoveNotAllowed,
)
from support.staff.tables import StaffMember
from texts.catalogue import LANGUAGES, translate
from web.editor import labels
from web.editor.forms import ArticleForm, edit_of
from web.editor.rendering import editor_page, preview_context, wants_part
from web.editor.saving import Stored, show_customers, store
from web.editor.transfer import export_articles, import_articles, import_page
from web.editor.trying import try_question
from web.editor.views import (
    ArticleView,
    article_address,
    article_view,
    blank_view,
    list_view,
    unsaved_view,
    versions_view,
)
from web.languages import request_language
from web.services import Services
from web.staff_access import provide_member, requires

NamedServices = NamedDependency[Services]
Member = NamedDependency[StaffMember]
# Not `language`: that switches the language of the whole page.
TextLanguage = Annotated[str, Parameter(query="in")]
Form = Annotated[ArticleForm, Body(media_type=RequestEncodingType.URL_ENCODED)]

LARGEST_FORM = 4 * 1024 * 1024


@get("/")
async def list_articles(
    request: Request[Any, Any, Any],
    services: NamedServices,
    text_language: TextLanguage = "",
    text: str = "",
    category: str = "",
    article_state: Annotated[str, Parameter(query="state")] = "",
    number: Annotated[int, Parameter(query="page")] = 1,
) -> Template:
    """All articles, as one types only the list itself."""
    wanted = Filter(text, text_language, article_state, category)
    view = await services.database.read(lambda session: list_view(session, wanted, number))
    if not wants_part(request, "articles"):
        return editor_page(request, "list.html", view=view)
    part = editor_page(request, "_articles_part.html", view=view)
    # So that reloading, and coming back from an article, finds the same list.
    part.headers["HX-Replace-Url"] = view.address(view.page)
    return part


@get("/articles/{key:path}")
async def show_article(
    request: Request[Any, Any, Any],
    services: NamedServices,
    key: str,
    text_language: TextLanguage = "",
    done: str = "",
) -> Template:
    """One article in one language, or the form for a new one."""
    key = key.removeprefix("/")
    language = text_language if text_language in LANGUAGES else request_language(request)
    if key == "new" and not text_language:
        form = ArticleForm(text_language=language)
        return _article_page(request, await services.database.read(lambda session: blank_view(session, form)))
    view = await services.database.read(lambda session: article_view(session, key, language))
    if view is None:
        raise NotFoundException
    return _article_page(request, view, done=done)


@post(["/articles", "/articles/{key:path}"], status_code=200)
async def save_article(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, data: Form, key: str = ""
) -> Template | Redirect:
    """Save what was written and put the article into the state of the pressed button."""
    is_new = not key
    data.key = data.key.strip() if is_new else key.removeprefix("/")
    edit = edit_of(data, member.name)
    language = request_language(request)
    try:
        stored = await services.database.write(lambda session: store(session, edit))
    except ArticleInvalid as error:
        problems = labels.problem_texts(language, error.problems, edit.fields)
        view = await services.database.read(lambda session: unsaved_view(session, data, is_new, problems))
        return _article_page(request, view, 422)
    except (ArticleConflict, ArticleExists, ArticleNotFound, MoveNotAllowed):
        problems = labels.taken_text(language) if is_new else {}
        view = await services.database.read(lambda session: unsaved_view(session, data, is_new, problems, True))
        return _article_page(request, view, 409)
    found = await show_customers(services)
    return Redirect(article_address(edit.key, edit.language, done=_outcome(stored, found)), status_code=303)


@post("/preview", status_code=200)
async def preview(request: Request[Any, Any, Any], data: Form) -> Template:
    """The article as the chat will show it, and what can be said about its phrasings while they are being typed."""
    return editor_page(request, "_preview.html", **preview_context(data, swapping=True))


@get("/versions/{key:path}")
async def read_versions(
    request: Request[Any, Any, Any],
    services: NamedServices,
    key: str,
    text_language: TextLanguage,
    revision: int | None = None,
) -> Template:
    """Who changed an article when and why, and any one of its versions to read."""
    key = key.removeprefix("/")

    view = await services.database.read(lambda session: versions_view(session, key, text_language, revision))
    if view is None:
        raise NotFoundException
    fields = fields_from_snapshot(view.shown.snapshot)
    return editor_page(request, "versions.html", view=view, fields=fields)


def _article_page(request: Request[Any, Any, Any], view: ArticleView, status: int = 200, done: str = "") -> Template:
    language = request_language(request)
    heading = view.article.question if view.article else view.form.question or view.form.key
    if view.is_new:
        heading = translate(language, "New article")
    told = translate(language, labels.DONE[done]) if done in labels.DONE else ""
    context = preview_context(view.form, swapping=False)
    return editor_page(request, "article.html", status, view=view, heading=heading, done=told, **context)


def _outcome(stored: Stored, found: bool) -> str:
    if not stored.changed:
        return "unchanged"
    return stored.article.state if found else "soon"


editor_pages = Router(
    path="/editor",
    route_handlers=[
        list_articles,
        show_article,
        save_article,
        preview,
        read_versions,
        try_question,
        export_articles,
        import_page,
        import_articles,
    ],
    guards=[requires("edit_articles")],
    dependencies={"member": Provide(provide_member)},
    request_max_body_size=LARGEST_FORM,
    include_in_schema=False,
)
