"""The line that puts the chat on a website, made from what somebody chose. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from html import escape
from typing import Literal
from urllib.parse import urlencode, urlsplit

from texts.catalogue import LANGUAGES

BUILT_IN_COLOR = "#0d6b62"
LONGEST_TITLE = 60
LONGEST_ADDRESS = 500
LONGEST_SELECTOR = 200

Wrong = Literal["locale", "color", "position", "address", "title", "selector"]

_COLOR = re.compile(r"#[0-9a-f]{6}")
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f\"'<>\\^`{|}]")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_NAME = r"-?[^\W\d][\w-]*"
_ATTRIBUTE = rf"\[{_NAME}(=({_NAME}|\"[^\"<>\\]*\"))?\]"
_ELEMENT = rf"({_NAME}|(?=[#.\[]))([#.]{_NAME}|{_ATTRIBUTE})*"
_SELECTOR = re.compile(rf"{_ELEMENT}(( | ?> ?){_ELEMENT})*")


@dataclass(frozen=True)
class WidgetSettings:
    """How the chat is to look on a site; empty means that nothing was asked for.

    Attributes:
        locale: Language code; empty for the language of the page.
        color: #rrggbb; empty for the built-in colour.
        position: "left" or "right", the corner of the round button.
        logo, privacy: Addresses, whole or from the site's root.
        title: Words at the top of the chat instead of ours.
        open: "true" to open at once.
        target: Selector of the element that the chat fills, instead of a round button.
    """

    locale: str = ""
    color: str = ""
    position: str = ""
    logo: str = ""
    title: str = ""
    privacy: str = ""
    open: str = ""
    target: str = ""


def settings_of(given: Mapping[str, str]) -> WidgetSettings:
    """The settings in a query; `builtin` sets the colour aside, which a colour field cannot leave empty."""
    kept = {field.name: " ".join(given.get(field.name, "").split()) for field in fields(WidgetSettings)}
    kept["color"] = "" if given.get("builtin") else kept["color"].lower()
    kept["open"] = "true" if kept["open"] else ""
    return WidgetSettings(**kept)


def problems(settings: WidgetSettings) -> dict[str, Wrong]:
    """What is wrong, by the name of the setting; empty when all can be used."""
    found: dict[str, Wrong] = {}
    if settings.locale and settings.locale not in LANGUAGES:
        found["locale"] = "locale"
    if settings.color and not _COLOR.fullmatch(settings.color):
        found["color"] = "color"
    if settings.position not in ("", "left", "right"):
        found["position"] = "position"
    for name in ("logo", "privacy"):
        if not _is_address(getattr(settings, name)):
            found[name] = "address"
    if len(settings.title) > LONGEST_TITLE or not settings.title.isprintable():
        found["title"] = "title"
    target = settings.target
    if target and (len(target) > LONGEST_SELECTOR or not _SELECTOR.fullmatch(target)):
        found["target"] = "selector"
    return found


def without(settings: WidgetSettings, names: Mapping[str, object]) -> WidgetSettings:
    """The settings as if those with these names had not been given."""
    return replace(settings, **dict.fromkeys(names, ""))


def attributes(settings: WidgetSettings) -> list[tuple[str, str]]:
    """Names and values of the script's data- attributes: only what differs from what the chat does by itself."""
    unneeded = {"color"} if settings.color == BUILT_IN_COLOR else set()
    if settings.position == "right":
        unneeded.add("position")
    if settings.target:
        # A chat that fills an element has no corner and is never closed.
        unneeded |= {"position", "open"}
    named = [(field.name, getattr(settings, field.name)) for field in fields(settings)]
    return [(name, value) for name, value in named if value and name not in unneeded]


def snippet(origin: str, settings: WidgetSettings) -> str:
    """The script tag for a site. `origin` is Huilu's own, such as https://chat.example.com."""
    given = "".join(f' data-{name}="{escape(value)}"' for name, value in attributes(settings))
    return f'<script async src="{escape(origin)}/widget.js"{given}></script>'


def policy_lines(origin: str, settings: WidgetSettings) -> str:
    """What the site's Content-Security-Policy must allow, one directive a line."""
    lines = [f"script-src {origin};", f"connect-src {origin};"]
    if settings.logo:
        source = origin_of(settings.logo) or "'self'"
        lines.append(f"img-src {source};")
    return "\n".join(lines)


def query(settings: WidgetSettings) -> str:
    """The settings as the query of an address, from which `settings_of` reads the same; empty without any."""
    given = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return urlencode({name: value for name, value in given.items() if value})


def chat_address(origin: str, locale: str) -> str:
    """The address of the chat as a page of its own, in a language or in the visitor's."""
    return f"{origin}/chat?language={locale}" if locale in LANGUAGES else f"{origin}/chat"


def only_here(origin: str) -> bool:
    """Whether only the computer itself finds this address, and no customer."""
    host = urlsplit(origin).hostname or ""
    return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")


def origin_of(address: str) -> str:
    """Scheme, host and port of a whole http(s) address, as a policy writes them; empty for anything else."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return ""
    usable = parts.scheme in ("http", "https") and not parts.username and _HOST.fullmatch(host)
    return f"{parts.scheme}://{host}{port}" if usable else ""


def _is_address(text: str) -> bool:
    if not text:
        return True
    if len(text) > LONGEST_ADDRESS or _NO_ADDRESS.search(text):
        return False
    return bool(origin_of(text)) or (text.startswith("/") and not text.startswith("//"))
