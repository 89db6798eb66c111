"""The line for a website: what was chosen, and nothing that could be read as more than that."""

from html.parser import HTMLParser

import pytest

from web.website.snippet import (
    LONGEST_TITLE,
    WidgetSettings,
    attributes,
    chat_address,
    only_here,
    origin_of,
    policy_lines,
    problems,
    query,
    settings_of,
    snippet,
    without,
)

pytestmark = pytest.mark.fast
ORIGIN = "https://chat.example.com"


class Tags(HTMLParser):
    """The tags of a text as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def read(line: str) -> list[tuple[str, dict[str, str | None]]]:
    tags = Tags()
    tags.feed(line)
    return tags.found


def test_without_a_wish_the_line_is_the_shortest_one() -> None:
    assert snippet(ORIGIN, WidgetSettings()) == '<script async src="https://chat.example.com/widget.js"></script>'


def test_what_is_chosen_stands_in_the_line() -> None:
    chosen = WidgetSettings(
        locale="zh-Hant",
        color="#0b6e4f",
        position="left",
        logo="/logo.svg",
        title="Ask Lumen",
        privacy="https://www.example.com/privacy",
        open="true",
    )
    assert read(snippet(ORIGIN, chosen)) == [
        (
            "script",
            {
                "async": None,
                "src": "https://chat.example.com/widget.js",
                "data-locale": "zh-Hant",
                "data-color": "#0b6e4f",
                "data-position": "left",
                "data-logo": "/logo.svg",
                "data-title": "Ask Lumen",
                "data-privacy": "https://www.example.com/privacy",
                "data-open": "true",
            },
        )
    ]


def test_what_the_chat_does_by_itself_is_left_out() -> None:
    assert attributes(WidgetSettings(color="#0d6b62", position="right")) == []


def test_a_chat_that_fills_an_element_has_no_corner_and_is_always_open() -> None:
    chosen = WidgetSettings(target="#help", position="left", open="true")
    assert attributes(chosen) == [("target", "#help")]


def test_words_cannot_leave_their_attribute() -> None:
    title = '"></script><script>alert(1)</script>'
    assert read(snippet(ORIGIN, WidgetSettings(title=title))) == [
        ("script", {"async": None, "src": f"{ORIGIN}/widget.js", "data-title": title})
    ]


def test_a_query_brings_the_settings_and_they_make_the_same_query() -> None:
    chosen = settings_of({"locale": "en", "color": "#ABCDEF", "title": "  Ask   us ", "open": "true", "else": "x"})
    assert chosen == WidgetSettings(locale="en", color="#abcdef", title="Ask us", open="true")
    assert settings_of({"color": "#abcdef", "builtin": "yes"}) == WidgetSettings()
    assert query(chosen) == "locale=en&color=%23abcdef&title=Ask+us&open=true"
    assert query(WidgetSettings()) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("locale", "fr"),
        ("color", "red"),
        ("color", "#12345"),
        ("color", "#123456;}*{display:none"),
        ("position", "top"),
        ("logo", "javascript:alert(1)"),
        ("logo", "data:image/svg+xml,x"),
        ("logo", "//elsewhere.example.com/logo.svg"),
        ("logo", "https://"),
        ("logo", "https://exa mple.com/logo.svg"),
        ("logo", "https://example.com;script-src/logo.svg"),
        ("logo", "https://someone@example.com/logo.svg"),
        ("logo", "https://example.com:port/logo.svg"),
        ("logo", "https://example.com/" + "x" * 500),
        ("privacy", "privacy.html"),
        ("privacy", "ftp://example.com/privacy"),
        ("privacy", '/privacy"onload="x'),
        ("title", "x" * (LONGEST_TITLE + 1)),
        ("title", "Ask\u202eus"),
        ("target", "#1"),
        ("target", "#help,"),
        ("target", "<help>"),
        ("target", "help {}"),
        ("target", "a" * 201),
    ],
)
def test_what_cannot_be_used_is_told_and_can_be_left_out(name: str, value: str) -> None:
    chosen = settings_of({name: value})
    wrong = problems(chosen)
    assert list(wrong) == [name]
    assert without(chosen, wrong) == WidgetSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("logo", "/pictures/logo.svg?size=2"),
        ("logo", "http://localhost:8080/logo.png"),
        ("privacy", "https://例子.测试/隐私"),
        ("title", "联系我们"),
        ("target", "#help"),
        ("target", ".side > .chat"),
        ("target", "main #帮助"),
        ("target", 'section[data-place="chat"]'),
        ("target", "huilu-place"),
    ],
)
def test_what_can_be_used_is_taken(name: str, value: str) -> None:
    assert problems(settings_of({name: value})) == {}


def test_a_strict_site_is_told_what_to_allow() -> None:
    assert policy_lines(ORIGIN, WidgetSettings()) == f"script-src {ORIGIN};\nconnect-src {ORIGIN};"
    elsewhere = WidgetSettings(logo="https://pictures.example.com/logo.svg")
    assert policy_lines(ORIGIN, elsewhere).endswith("img-src https://pictures.example.com;")
    assert policy_lines(ORIGIN, WidgetSettings(logo="/logo.svg")).endswith("img-src 'self';")


def test_an_origin_is_written_as_policies_write_it() -> None:
    assert origin_of("HTTPS://Example.com:8443/a?b#c") == "https://example.com:8443"
    assert origin_of("https://例子.测试/") == "https://xn--fsqu00a.xn--0zwm56d"
    assert origin_of("/logo.svg") == ""


def test_the_chat_page_opens_in_the_chosen_language() -> None:
    assert chat_address(ORIGIN, "zh-Hant") == f"{ORIGIN}/chat?language=zh-Hant"
    assert chat_address(ORIGIN, "") == chat_address(ORIGIN, "fr") == f"{ORIGIN}/chat"


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_an_address_that_no_customer_finds_is_known_as_one(origin: str) -> None:
    assert only_here(origin)
    assert not only_here(ORIGIN)
