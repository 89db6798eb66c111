"""Public pages: demo shop, full-page chat, help articles, the widget's script."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from demo.shop import read_shop
from knowledge_base.articles.queries import PublishedArticle
from support.turns.replies import source_address
from texts.catalogue import LANGUAGES
from web.languages import request_language
from web.page import page
from web.pages.mailbox import shows_mailbox
from web.pages.widget import Script, widget_script, widget_texts
from web.services import Services

NamedServices = NamedDependency[Services]


@get("/", include_in_schema=False)
async def home(request: Request[Any, Any, Any], services: NamedServices) -> Template | Redirect:
    """The demo shop; without the demo, the chat by itself."""
    if not services.settings.demo:
        return Redirect("/chat")
    return page(request, "public/shop.html", shop=_shop(services), has_mailbox=shows_mailbox(request, services))


@get("/chat", include_in_schema=False)
async def chat_page(request: Request[Any, Any, Any], services: NamedServices) -> Template:
    """The chat as a full page, for links, QR codes and in-app views."""
    return page(request, "public/chat.html", shop=_shop(services))


@get("/help/{key:path}", include_in_schema=False)
async def help_article(request: Request[Any, Any, Any], services: NamedServices, key: str) -> Template:
    """An article as customers read it: the source that answers link to."""
    language = request_language(request)
    # A key may hold a slash of its own; the path always begins with one.
    article = services.knowledge_base.article(key.removeprefix("/"), language)
    if article is None:
        raise NotFoundException
    shown = {
        "title": article.question,
        "answer": article.answer,
        "language": article.language,
        "updated_at": article.updated_at.isoformat() if article.updated_at else "",
        "related": _related(services, article, language),
    }
    return page(request, "public/help_article.html", shop=_shop(services), article=shown, language=language)


@get("/widget.js", include_in_schema=False)
async def widget(request: Request[Any, Any, Any], services: NamedServices) -> Response[str | None]:
    """The chat, for any website."""
    script = widget_script(services.settings.consent_required)
    return _for_any_site(request, script, "text/javascript; charset=utf-8", "public, max-age=300")


@get("/widget/{language:str}", include_in_schema=False)
async def widget_words(request: Request[Any, Any, Any], language: str, v: str = "") -> Response[str | None]:
    """The chat's words in a language; the script names the version, so that a browser asks once for each."""
    if language not in LANGUAGES:
        raise NotFoundException
    texts = widget_texts(language)
    lasting = "public, max-age=31536000, immutable" if v == texts.etag.strip('"') else "public, max-age=300"
    return _for_any_site(request, texts, "application/json", lasting)


def _for_any_site(request: Request[Any, Any, Any], script: Script, kind: str, lasting: str) -> Response[str | None]:
    headers = {"etag": script.etag, "cache-control": lasting, "cross-origin-resource-policy": "cross-origin"}
    if request.headers.get("if-none-match") == script.etag:
        return Response(None, status_code=304, headers=headers)
    return Response(script.source, media_type=kind, headers=headers)


def _related(services: Services, article: PublishedArticle, language: str) -> list[dict[str, str]]:
    """The related articles that readers of a language can read: title and address."""
    found = [services.knowledge_base.article(key, language) for key in article.related if key != article.key]
    return [
        {"title": each.question, "address": source_address(each.key, language)}
        for each in found
        if each is not None and each.language == language
    ]


def _shop(services: Services) -> dict[str, Any] | None:
    """The demo shop, whose name and products stand on the public pages; nothing without the demo."""
    return read_shop() if services.settings.demo else None
