"""When an answer takes long, the customer is told so in words, and the words go when the answer comes."""

import os
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Visitor
from tests.running import RunningServers
from tests.servers.test_rasa_down import rasa_process

pytestmark = pytest.mark.browser

WORDS = {
    "en": ("where's my parcel", "longer than usual"),
    "zh-CN": ("怎么退货", "久一点"),
    "zh-TW": ("包裹在哪裡", "久一點"),
}


def test_a_slow_answer_is_announced_in_each_language(visit: Callable[..., Visitor], servers: RunningServers) -> None:
    pages = {}
    for locale in WORDS:
        visitor = visit(f"waiting-{locale}", locale)
        page = visitor.go("/chat")
        page.set_viewport_size(NARROW)
        expect(page.locator("[data-role=message][data-author=bot]")).to_have_count(1)
        pages[locale] = visitor
    hung = rasa_process(servers)
    os.kill(hung, signal.SIGSTOP)
    try:
        for locale, (question, _) in WORDS.items():
            box = pages[locale].page.locator("[data-role=input]")
            box.fill(question)
            box.press("Enter")
        for locale, (_, words) in WORDS.items():
            expect(pages[locale].page.locator("[data-role=typing]")).to_contain_text(words, timeout=6000)
            pages[locale].picture("1-slow")
            pages[locale].check_accessibility()
        for locale in WORDS:
            expect(pages[locale].page.locator("[data-role=message][data-author=bot]")).to_have_count(2)
            expect(pages[locale].page.locator("[data-role=typing]")).to_be_hidden()
    finally:
        os.kill(hung, signal.SIGCONT)
