"""Answers in Markdown: what editors write comes out as steps, bold words and links, and nothing can become code."""

import pytest
from jinja2 import Environment

from support.conversations.tables import Message
from web.chat.schemas import content_of
from web.markdown import allowed_address, inner_text, tree
from web.page import template_config

pytestmark = pytest.mark.fast


def test_steps_are_a_list_and_the_line_after_them_a_paragraph_of_its_own() -> None:
    assert tree("Do this:\n1. Open it.\n2. Close it.\nThat is all.") == [
        ["p", {}, "Do this:"],
        ["ol", {}, ["li", {}, "Open it."], ["li", {}, "Close it."]],
        ["p", {}, "That is all."],
    ]


def test_steps_that_go_on_after_a_picture_keep_their_number() -> None:
    blocks = tree("1. Open.\n\n![The lid](/files/k/lid.png)\n\n2. Close.")
    assert blocks[1] == ["p", {}, ["img", {"src": "/files/k/lid.png", "alt": "The lid"}]]
    assert blocks[2] == ["ol", {"start": 2}, ["li", {}, "Close."]]


def test_lines_stay_lines() -> None:
    assert tree("one\ntwo\n    three") == [["p", {}, "one", ["br", {}], "two", ["br", {}], "three"]]


@pytest.mark.parametrize(
    "words", ["**注意：**请先备份", "请**「先备份」**再升级", "價格**（含稅）**不變", "**先备份**再升级"]
)
def test_bold_words_are_bold_without_spaces_around_them_as_chinese_is_written(words: str) -> None:
    (paragraph,) = tree(words)
    assert ["strong", {}, words.split("**")[1]] in paragraph


@pytest.mark.parametrize("words", ["5 * 3 * 2 = 30", "my_file_name", "2 ** 3"])
def test_stars_and_lines_that_mean_nothing_stay_as_they_are(words: str) -> None:
    assert tree(words) == [["p", {}, words]]


def test_html_is_shown_as_the_words_it_consists_of() -> None:
    text = "<script>alert(1)</script> <b onclick=x>bold</b> &lt;i&gt;"
    assert inner_text(tree(text)) == "<script>alert(1)</script> <b onclick=x>bold</b> <i>"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_could_run_or_mislead_is_no_link(address: str) -> None:
    assert allowed_address(address) is None


@pytest.mark.parametrize(
    "address", ["https://a.example/x?y=1", "mailto:a@b.example", "tel:+123", "/help/a?language=en"]
)
def test_links_on_the_web_to_mail_telephone_and_our_own_pages_are_links(address: str) -> None:
    assert tree(f"[look]({address})") == [["p", {}, ["a", {"href": address}, "look"]]]


def test_a_picture_from_elsewhere_is_a_link_so_that_no_stranger_learns_who_reads() -> None:
    assert tree("![Map](https://elsewhere.example/map.png)") == [
        ["p", {}, ["a", {"href": "https://elsewhere.example/map.png"}, "Map"]]
    ]


def test_tables_headings_and_quotes_are_kept() -> None:
    tags = [node[0] for node in tree("# Prices\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said")]
    assert tags == ["h3", "table", "blockquote"]


def test_only_allowed_elements_come_out_of_whatever_is_written() -> None:
    text = "# a\n***b***\n~~~html\n<x>\n~~~\n- c\n  - d\n\n---\n`e` ![f](g) [h](i 'j') <k@l.m> &amp; \\*\n\n    n"
    allowed = {*"p h3 strong em code pre ul ol li blockquote br hr a img table thead tbody tr th td".split()}  # noqa: SIM905

    def tags(nodes: list) -> set[str]:
        return {tag for node in nodes if isinstance(node, list) for tag in {node[0]} | tags(node[2:])}

    assert tags(tree(text)) <= allowed


def test_the_pages_show_the_same_tree_with_everything_escaped() -> None:
    environment = template_config().engine_instance.engine
    assert isinstance(environment, Environment)
    page = '{% from "content.html" import content with context %}{{ content(text | markdown) }}'
    shown = environment.from_string(page).render(text="**a<b>** [x](https://y.example/?a=1&b=2)", _=str)
    assert "<strong>a&lt;b&gt;</strong>" in shown
    assert '<a href="https://y.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x' in shown


def answer(text: str, language: str, spoken: str) -> Message:
    payload = {"answer": {"article_id": "a", "title": "A", "language": language}}
    return Message(author="bot", text=text, language=spoken, payload=payload)


def test_an_answer_in_another_language_is_marked_as_such_after_the_notice_in_the_customers() -> None:
    content = content_of(answer("We only have this in English:\n\nSend **it**.", "en", "zh-Hans"))
    assert content == [
        ["div", {"lang": "zh-Hans"}, ["p", {}, "We only have this in English:"]],
        ["div", {"lang": "en"}, ["p", {}, "Send ", ["strong", {}, "it"], "."]],
    ]


def test_words_of_customers_and_agents_are_never_read_as_markdown() -> None:
    for author in ("customer", "agent", "system"):
        assert content_of(Message(author=author, text="**a**", language="en", payload=None)) is None
    assert content_of(Message(author="bot", text="**a**", language="en", payload=None)) is None
