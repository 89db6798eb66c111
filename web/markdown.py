"""Answers in Markdown as trees of allowed elements. Pure.

There is no HTML on the way: what is not in the tree cannot be shown, and whoever shows it (the chat's script, our
templates) builds elements from it. HTML written into an answer is shown as the words it consists of.

A node is a string, or `[tag, attributes, *children]`. Tags: p h3 strong em code pre ul ol li blockquote br hr a img
table thead tbody tr th td. Attributes: `href` of a, `src` and `alt` of img, `start` of ol.
"""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter, Scanned
from markdown_it.token import Token

Node = str | list[Any]

LINKED = ("http", "https", "mailto", "tel")
# Told from the chat's own headings by being smaller; an answer has no outline of its own.
_HEADING = "h3"
_PLAIN = frozenset({"p", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "br", "hr"})
_TABLE = frozenset({"table", "thead", "tbody", "tr", "th", "td"})
_LIST_ITEM = re.compile(r"\s{0,3}(?:[-*+]|\d{1,9}[.)])\s")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef“”‘’…—·]")


@lru_cache(maxsize=4096)
def tree(text: str) -> list[Node]:
    """The blocks of an answer. Callers must not change what they get: it is kept for the next one."""
    return _nested(_parser().parse(_lists_ended(text)))


def inner_text(nodes: list[Node]) -> str:
    """The words of a tree, without what they look like."""
    return "".join(
        node if isinstance(node, str) else "\n" if node[0] == "br" else inner_text(node[2:]) for node in nodes
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    # A line of dashes under words, four spaces before them or a bracket are nothing that editors mean by it.
    parser.enable("table").disable(["lheading", "code", "reference", "html_block", "html_inline"])
    parser.inline.ruler.at("emphasis", _emphasis)
    return parser


def _lists_ended(text: str) -> str:
    """A line at the margin after a list is a paragraph of its own, not the rest of the last step."""
    lines: list[str] = []
    in_list = in_fence = False
    for line in text.splitlines():
        if _FENCE.match(line):
            in_fence = not in_fence
        if not in_fence and _LIST_ITEM.match(line):
            in_list = True
        elif in_list and line[:1] not in {"", " ", "\t"}:
            lines.append("")
            in_list = False
        lines.append(line)
    return "\n".join(lines)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """The rule of CommonMark, and for Chinese one that works: there no space stands around words.

    By the rule alone the second stars of `**注意：**请` close nothing, because a sign stands before them.
    """
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = _scanned(state, marker)
    for _ in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = marker
        delimiter = Delimiter(
            marker=ord(marker),
            length=scanned.length,
            token=len(state.tokens) - 1,
            end=-1,
            open=scanned.can_open,
            close=scanned.can_close,
        )
        state.delimiters.append(delimiter)
    state.pos += scanned.length
    return True


def _scanned(state: StateInline, marker: str) -> Scanned:
    scanned = state.scanDelims(state.pos, marker == "*")
    end = state.pos + scanned.length
    before = state.src[state.pos - 1] if state.pos else " "
    after = state.src[end] if end < state.posMax else " "
    if marker != "*" or not (_CJK.match(before) or _CJK.match(after)):
        return scanned
    return Scanned(not after.isspace(), not before.isspace(), scanned.length)


def _nested(tokens: list[Token]) -> list[Node]:
    """The flat list of tokens as a tree."""
    root: list[Node] = []
    open_nodes: list[list[Any]] = [root]
    for token in tokens:
        if token.nesting == 1:
            node = _element(token)
            open_nodes[-1].append(node)
            open_nodes.append(node)
        elif token.nesting == -1:
            _close(open_nodes)
        else:
            open_nodes[-1].extend(_leaf(token))
    return root


def _close(open_nodes: list[list[Any]]) -> None:
    """End an element; one that may not be shown leaves only its children."""
    node = open_nodes.pop()
    if node[0] == "":
        parent = open_nodes[-1]
        parent.pop()
        parent.extend(node[2:])


def _element(token: Token) -> list[Any]:
    # A tight list's paragraphs are hidden: the words stand in the item itself.
    if token.hidden:
        return ["", {}]
    if token.type == "heading_open":
        return [_HEADING, {}]
    if token.type == "link_open":
        address = allowed_address(str(token.attrGet("href") or ""))
        return ["a", {"href": address}] if address else ["", {}]
    if token.type == "ordered_list_open" and token.attrGet("start") not in {None, 1, "1"}:
        return ["ol", {"start": int(str(token.attrGet("start")))}]
    return [token.tag, {}] if token.tag in _PLAIN | _TABLE else ["", {}]


def _leaf(token: Token) -> list[Node]:
    if token.type == "inline":
        return _nested(token.children or [])
    if token.type in {"softbreak", "hardbreak"}:
        return [["br", {}]]
    if token.type == "image":
        return [_image(token)]
    if token.type == "code_inline":
        return [["code", {}, token.content]]
    if token.type == "fence":
        return [["pre", {}, token.content]]
    if token.type == "hr":
        return [["hr", {}]]
    return [token.content] if token.content else []


def _image(token: Token) -> Node:
    """A picture of this server; one from elsewhere is a link to it, so that no stranger learns who reads the answer."""
    alt = inner_text(_nested(token.children or []))
    address = allowed_address(str(token.attrGet("src") or ""))
    if address is None or address.startswith(("mailto:", "tel:")):
        return alt
    if urlsplit(address).netloc:
        return ["a", {"href": address}, alt or address]
    return ["img", {"src": address, "alt": alt}]


def allowed_address(address: str) -> str | None:
    """An address that may be followed: on the web, mail, telephone, or a path of this server; None for all others."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    if parts.scheme:
        return address if parts.scheme.lower() in LINKED else None
    # "//host" and "/\host" lead elsewhere than they look.
    return address if re.match(r"/(?![/\\])", address) else None
