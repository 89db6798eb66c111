"""Whoever puts the chat on a website chooses how it looks, sees it at once, and asks it something."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, expect

from tests.browser.conftest import NARROW, PICTURES, Visitor, sign_in
from tests.running import RunningServers

pytestmark = pytest.mark.browser

ACCENT = "chat => getComputedStyle(chat).getPropertyValue('--accent').trim()"


def line(servers: RunningServers, settings: str = "") -> str:
    """The line that the page is to show."""
    return f'<script async src="{servers.address}/widget.js"{settings}></script>'


def ask(preview: FrameLocator, words: str) -> None:
    """Ask in the preview's chat and wait for the answer."""
    before = preview.locator("[data-role=message][data-author=bot]").count()
    preview.locator("[data-role=input]").fill(words)
    preview.locator("[data-role=input]").press("Enter")
    expect(preview.locator("[data-role=message][data-author=bot]")).to_have_count(before + 1)


def test_a_chosen_look_is_seen_at_once_and_the_chat_answers(
    visit: Callable[..., Visitor], servers: RunningServers
) -> None:
    ada = visit("website")
    page = sign_in(ada, servers, "supervisor", "/website")
    snippet, preview = page.locator("#snippet"), page.frame_locator("#preview")
    expect(snippet).to_have_value(line(servers))
    ada.check_accessibility()

    page.locator("#color").fill("#aa3366")
    page.locator("#locale").select_option("zh-Hans")
    page.locator("#title").fill("流明商店")
    expect(page.locator("#builtin")).not_to_be_checked()
    chosen = line(servers, ' data-locale="zh-Hans" data-color="#aa3366" data-title="流明商店"')
    expect(snippet).to_have_value(chosen)
    chat = preview.locator("huilu-chat")
    expect(chat).to_have_attribute("lang", "zh-Hans")
    assert chat.evaluate(ACCENT) == "#aa3366"
    page.locator("#preview").evaluate("frame => frame.scrollIntoView({block: 'end'})")
    preview.locator("[data-role=launcher]").click()
    expect(preview.locator("[data-role=panel]")).to_contain_text("流明商店")
    expect(preview.locator("[data-role=message][data-author=bot]")).to_have_count(1)
    ask(preview, "怎么退货")
    expect(preview.locator("[data-role=source]").last).to_be_visible()
    page.screenshot(path=PICTURES / "website-1-chosen.png", full_page=True)
    ada.check_accessibility()

    page.reload()
    expect(snippet).to_have_value(chosen)
    expect(page.locator("#color")).to_have_value("#aa3366")


def test_a_bad_address_is_told_at_its_field_as_one_types(
    visit: Callable[..., Visitor], servers: RunningServers
) -> None:
    page = sign_in(visit("website-wrong"), servers, "supervisor", "/website")
    logo = page.locator("#logo")
    logo.fill("logo.svg")
    expect(page.locator("#logo-problem")).to_contain_text("https://")
    expect(logo).to_have_attribute("aria-invalid", "true")
    expect(logo).to_be_focused()
    logo.fill("/logo.svg")
    expect(page.locator("#logo-problem")).to_be_hidden()
    expect(logo).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#snippet")).to_have_value(line(servers, ' data-logo="/logo.svg"'))


def test_the_line_is_copied_by_keyboard_and_the_page_says_so(
    visit: Callable[..., Visitor], servers: RunningServers
) -> None:
    ada = visit("website-narrow", size=NARROW)
    ada.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = sign_in(ada, servers, "supervisor", "/website")
    page.locator("#target").fill("#help")
    expect(page.locator("#snippet")).to_have_value(line(servers, ' data-target="#help"'))
    page.locator("#snippet").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#copied")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#snippet").input_value()
    preview = page.frame_locator("#preview")
    expect(preview.locator("#example-place [data-role=panel]")).to_be_visible()
    expect(preview.locator("[data-role=message][data-author=bot]")).to_have_count(1)
    ask(preview, "where's my parcel")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.screenshot(path=PICTURES / "website-narrow-1-whole.png", full_page=True)
    ada.check_accessibility()
