"""Rendering a page in the visitor's language."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Request
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import Cookie
from litestar.response import Template
from litestar.template import TemplateConfig

from support.staff.roles import may
from texts.catalogue import LANGUAGE_NAMES, LANGUAGES, translations
from web.languages import COOKIE, request_language
from web.markdown import tree

TEMPLATES = Path(__file__).parent / "templates"
A_YEAR = 365 * 24 * 3600


@cache
def templates() -> Environment:
    """Templates with escaping everywhere and an error for a name that does not exist."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["markdown"] = tree
    return environment


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """How the framework renders templates."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(templates()))


def page(request: Request[Any, Any, Any], template: str, status: int = 200, **context: Any) -> Template:
    """A page: `_`, the language and its choices, and who is signed in are there in every template."""
    language = context.pop("language", None) or request_language(request)
    catalogue = translations(language)
    member = request.scope.get("user")
    everywhere = {
        "_": catalogue.gettext,
        "ngettext": catalogue.ngettext,
        "language": language,
        "languages": [(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        "member": member,
        "may_serve": member is not None and may(member.role, "serve_customers"),
        "may_edit": member is not None and may(member.role, "edit_articles"),
        "may_oversee": member is not None and may(member.role, "oversee"),
        "may_administer": member is not None and may(member.role, "administer"),
        "may_manage_website": member is not None and may(member.role, "manage_website"),
        "path": request.url.path,
        "shop": None,
        "status": status,
    }
    cookies = []
    if request.query_params.get("language") in LANGUAGES:
        chosen = request.query_params["language"]
        cookies.append(Cookie(key=COOKIE, value=chosen, path="/", max_age=A_YEAR, samesite="lax", httponly=True))
    return Template(template, context=everywhere | context, status_code=status, cookies=cookies)
