"""Rendering the editor's templates, with what all of them need."""

from functools import partial
from typing import Any

from litestar import Request
from litestar.response import Template

from knowledge_base.articles.rules import repeated_variants
from texts.catalogue import LANGUAGE_NAMES, LANGUAGES, translate, translations
from web.editor import labels
from web.editor.forms import ArticleForm, fields_of
from web.editor.views import article_address, versions_address
from web.languages import request_language
from web.page import page


def editor_page(request: Request[Any, Any, Any], template: str, status: int = 200, **context: Any) -> Template:
    """A page or a part of one from `templates/staff/editor`."""
    language = request_language(request)
    catalogue = translations(language)
    states = {state: catalogue.gettext(label) for state, label in labels.STATES.items()}
    return page(
        request,
        f"staff/editor/{template}",
        status,
        text_languages=LANGUAGES,
        language_names=LANGUAGE_NAMES,
        state_labels=states,
        category_label=partial(labels.category_label, language),
        article_address=article_address,
        versions_address=versions_address,
        percent=_percent,
        **context,
    )


def preview_context(form: ArticleForm, swapping: bool) -> dict[str, Any]:
    """What the preview shows.

    Args:
        swapping: The preview is fetched by itself, and takes the count of phrasings along.
    """
    fields = fields_of(form)
    language = form.text_language if form.text_language in LANGUAGES else "en"
    return {
        "form": form,
        "source": translate(language, "Source: {title}", title=fields.question or "…"),
        "count": len(fields.variants),
        "repeated": repeated_variants(fields),
        "swapping": swapping,
    }


def wants_part(request: Request[Any, Any, Any], target: str) -> bool:
    """Whether htmx asks for one part of a page; going back in the history it asks for the whole page."""
    headers = request.headers
    return headers.get("HX-Target") == target and headers.get("HX-History-Restore-Request") != "true"


def _percent(share: float) -> str:
    return f"{max(0, round(share * 100))}\u202f%"
