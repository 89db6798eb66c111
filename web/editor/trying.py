"""Trying a question: what a customer who asks it now would get, and why."""

import asyncio
from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import Parameter
from litestar.response import Template

from knowledge_base.search import MAX_QUERY
from texts.catalogue import LANGUAGES
from web.editor import labels
from web.editor.rendering import editor_page, wants_part
from web.languages import request_language
from web.services import Services


@get("/try")
async def try_question(
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    text_language: Annotated[str, Parameter(query="in")] = "",
    q: str = "",
    beside: str = "",
) -> Template:
    """The live search with its figures; `beside` is the article being edited, to be told apart in the result."""
    language = text_language if text_language in LANGUAGES else request_language(request)
    question = q.strip()[:MAX_QUERY]
    result = None
    if question:
        result = await asyncio.to_thread(services.knowledge_base.search, question, language)
    template = "_tried_part.html" if wants_part(request, "tried") else "try.html"
    return editor_page(
        request,
        template,
        result=result,
        question=question,
        text_language=language,
        beside=beside,
        decisions=labels.DECISIONS,
    )
