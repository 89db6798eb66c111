"""The public pages on small screens: nothing sticks out, and the chat page can be written in."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Visitor

pytestmark = pytest.mark.browser
SMALLEST = {"width": 320, "height": 568}
WIDTH = "document.documentElement.scrollWidth"


@pytest.mark.parametrize("size", [NARROW, SMALLEST], ids=["375", "320"])
def test_the_shops_name_and_its_languages_share_one_line(visit: Callable[..., Visitor], size: dict[str, int]) -> None:
    customer = visit(f"small-shop-{size['width']}", size=size)
    page = customer.go("/")
    name, languages = page.locator(".brand").bounding_box(), page.locator(".languages").bounding_box()
    assert name and languages
    assert name["x"] + name["width"] <= languages["x"]
    assert languages["y"] < name["y"] + name["height"]
    assert page.evaluate(WIDTH) == size["width"]
    customer.picture("1-shop")
    customer.check_accessibility()


@pytest.mark.parametrize("height", [568, 256], ids=["phone", "with-a-keyboard"])
def test_the_chat_page_holds_at_320_pixels(visit: Callable[..., Visitor], height: int) -> None:
    customer = visit(f"small-chat-{height}", size={"width": 320, "height": height})
    page = customer.go("/chat")
    expect(page.locator("[data-role=message][data-author=bot]")).to_have_count(1)
    page.locator("[data-role=input]").click()
    expect(page.locator("[data-role=input]")).to_be_in_viewport(ratio=1)
    expect(page.locator("[data-role=send]")).to_be_in_viewport(ratio=1)
    assert page.evaluate(WIDTH) == 320
    customer.picture("1-chat")
    customer.check_accessibility()
