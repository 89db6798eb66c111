"""The staff page that makes the line for a website and shows the chat live, and the QR code of the full-page chat."""

import io
from dataclasses import replace
from typing import Any

import segno
from litestar import Request, Response, Router, get
from litestar.response import Template

from texts.catalogue import LANGUAGE_NAMES, LANGUAGES, marked, translate
from web.languages import request_language
from web.page import page
from web.security import content_security_policy
from web.staff_access import requires
from web.website import snippet
from web.website.snippet import WidgetSettings

_EXAMPLE_PLACE = "#example-place"
_PROBLEM_TEXTS = {
    "locale": marked("The chat does not speak this language. Please choose one from the list."),
    "color": marked("Please give the colour as # and six digits or letters a to f, such as #0b6e4f."),
    "position": marked("The button can only be on the left or on the right."),
    "address": marked("Please give an address that begins with https:// or http://, or with / on your own site."),
    "title": marked("Please shorten the title; at most {limit} characters fit."),
    "selector": marked("This is no selector. Write for example #help for the element with the id help."),
}


@get("/")
async def website_page(request: Request[Any, Any, Any]) -> Template:
    """The form, the line made from it, and the chat as it will look."""
    settings = snippet.settings_of(request.query_params)
    wrong = snippet.problems(settings)
    usable = snippet.without(settings, wrong)
    origin, asked = _origin(request), snippet.query(usable)
    language = request_language(request)
    context: dict[str, Any] = {
        "settings": settings,
        "problems": {
            name: translate(language, _PROBLEM_TEXTS[code], limit=snippet.LONGEST_TITLE) for name, code in wrong.items()
        },
        "built_in_color": snippet.BUILT_IN_COLOR,
        "longest_title": snippet.LONGEST_TITLE,
        "chat_languages": [(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        "snippet": snippet.snippet(origin, usable),
        "only_here": snippet.only_here(origin),
        "policy": snippet.policy_lines(origin, usable),
        "preview_address": f"/website/preview?{asked}" if asked else "/website/preview",
        "chat_address": snippet.chat_address(origin, usable.locale),
        "chat_locale": usable.locale,
    }
    if _wants_result(request):
        part = page(request, "staff/website/result_part.html", **context)
        part.headers["HX-Replace-Url"] = f"/website?{asked}" if asked else "/website"
        return part
    shown = page(request, "staff/website/page.html", **context)
    shown.headers["content-security-policy"] = content_security_policy(frame_src="'self'")
    return shown


@get("/preview")
async def website_preview(request: Request[Any, Any, Any]) -> Template:
    """A bare page that loads the chat the way the customer's site will; only the page above may frame it."""
    settings = snippet.settings_of(request.query_params)
    usable = snippet.without(settings, snippet.problems(settings))
    # What is on the site only is not here: a place of ours stands for its element, and its own pictures are left out.
    loaded = replace(
        usable,
        target=_EXAMPLE_PLACE if usable.target else "",
        logo=usable.logo if snippet.origin_of(usable.logo) else "",
    )
    shown = page(
        request,
        "staff/website/preview.html",
        language=usable.locale or request_language(request),
        attributes=snippet.attributes(loaded),
        fills_element=bool(usable.target),
    )
    shown.headers["content-security-policy"] = _preview_policy(usable)
    return shown


@get("/qr.svg")
async def qr_code(request: Request[Any, Any, Any], language: str = "") -> Response[bytes]:
    """The address of the full-page chat as a picture for print and screens."""
    drawn = io.BytesIO()
    address = snippet.chat_address(_origin(request), language)
    segno.make_qr(address, error="m").save(drawn, kind="svg", scale=8, light="#fff", omitsize=False)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


def _origin(request: Request[Any, Any, Any]) -> str:
    """Huilu's own address as the browser sees it."""
    return f"{request.base_url.scheme}://{request.base_url.netloc}"


def _wants_result(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks only for what follows from the form; going back in the history it asks for the whole page."""
    headers = request.headers
    return headers.get("HX-Target") == "result" and headers.get("HX-History-Restore-Request") != "true"


def _preview_policy(settings: WidgetSettings) -> str:
    logo = snippet.origin_of(settings.logo)
    return content_security_policy(frame_ancestors="'self'", img_src=f"'self' {logo}".strip())


website_router = Router(
    path="/website",
    route_handlers=[website_page, website_preview, qr_code],
    guards=[requires("manage_website")],
    include_in_schema=False,
)
