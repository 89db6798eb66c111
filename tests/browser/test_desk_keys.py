"""The desk by keyboard alone: the list, opening, searching, views, the list of keys, and a focus that stays."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Visitor, sign_in
from tests.people import Customer
from tests.running import RunningServers

pytestmark = pytest.mark.browser


@pytest.fixture
def http(servers: RunningServers) -> Iterator[httpx.Client]:
    """What customers' browsers send."""
    with httpx.Client(base_url=servers.address, timeout=30) as client:
        yield client


def focused(page: Page) -> str:
    """Id of what has the focus."""
    return str(page.evaluate("document.activeElement.id"))


@pytest.fixture
def desk(visit: Callable[..., Visitor], servers: RunningServers, http: httpx.Client) -> Visitor:
    """A supervisor at a desk with three cases in the queue."""
    for words in ("Where is the Glockenspiel", "我的退款什么时候到账", "how long does a refund take"):
        customer = Customer(http, "en")
        customer.ask(words)
        customer.ask("let me speak to a human")
    visitor: Visitor = visit("desk-keys")
    sign_in(visitor, servers, "supervisor", "/desk")
    visitor.go("/desk?view=all&sort=newest")
    return visitor


def test_a_case_is_reached_opened_and_left_by_keys_alone(desk: Visitor) -> None:
    page = desk.page
    rows = page.locator(".row-link")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url("**/desk/tickets/**")
    expect(page.locator(".row-link[aria-current]")).to_have_count(1)
    first = page.url
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/desk/tickets/" in url and url != first)
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/desk?view=queue")
    desk.check_accessibility()


def test_a_search_is_begun_and_its_finds_are_reached_by_keys(desk: Visitor) -> None:
    page = desk.page
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("退款什么")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk?q=*")
    expect(page.locator(".row-found mark").first).to_have_text("退款什么")
    expect(page.locator(".row-link").first).to_be_focused()
    desk.check_accessibility()


def test_closing_the_list_of_keys_gives_the_focus_back_although_the_list_of_cases_was_renewed(
    desk: Visitor, http: httpx.Client
) -> None:
    page = desk.page
    page.keyboard.press("j")
    row = focused(page)
    page.keyboard.press("?")
    page.evaluate("document.querySelector('.row-link').dataset.old = 'yes'")
    Customer(http, "en").ask("let me speak to a human")
    expect(page.locator("[data-old]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(f"#{row}")).to_be_focused()


def test_the_list_of_keys_tells_what_is_there_and_switches_letters_off(desk: Visitor) -> None:
    page = desk.page
    page.keyboard.press("j")
    row = focused(page)
    page.keyboard.press("?")
    keys = page.locator("#keys")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Search all cases")
    desk.check_accessibility("#keys")
    desk.picture("keys")
    page.locator("#keys-single").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(page.locator(f"#{row}")).to_be_focused()
    page.keyboard.press("j")
    assert focused(page) == row, "letters are switched off"
    page.reload()
    page.keyboard.press("j")
    assert focused(page) != row
    page.locator("#keys-open").click()
    page.locator("#keys-single").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused(page).startswith("row-")


def test_letters_are_letters_while_one_writes(desk: Visitor) -> None:
    page = desk.page
    page.keyboard.press("/")
    page.keyboard.type("jkgq?")
    expect(page.locator("#search")).to_have_value("jkgq?")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_focus_survives_a_renewal_of_the_list(desk: Visitor) -> None:
    page = desk.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    row = focused(page)
    with page.expect_response(re.compile("/desk/list")):
        page.evaluate("htmx.trigger('#list', 'sse:queue')")
    page.wait_for_function("document.activeElement.id !== ''")
    assert focused(page) == row


def test_on_a_small_screen_a_case_shows_one_part_at_a_time(
    visit: Callable[..., Visitor], desk: Visitor, servers: RunningServers
) -> None:
    narrow: Visitor = visit("desk-narrow", size=NARROW)
    page = sign_in(narrow, servers, "agent", "/desk")
    page.goto(f"{servers.address}/desk?view=all")
    page.locator(".row-link").first.click()
    expect(page.locator("#log")).to_be_visible()
    expect(page.locator("#facts")).to_be_hidden()
    page.locator("[data-pane=facts]").click()
    expect(page.locator("#facts")).to_be_visible()
    expect(page.locator("#log")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    narrow.check_accessibility()


def test_the_way_out_of_the_list_of_keys_is_in_sight_with_a_case_open(desk: Visitor) -> None:
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator(".row-link").first.click()
    expect(page.locator("#log")).to_be_visible()
    for size in ({"width": 1280, "height": 800}, {"width": 1280, "height": 480}, dict(NARROW)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.locator("body").press("?")
        box = page.locator("#keys").bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]
        expect(page.locator("#keys").get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
        expect(page.locator("#keys")).to_contain_text("Link, merge, split or close")
        desk.picture(f"keys-{size['width']}-{size['height']}")
        page.keyboard.press("Escape")


def test_several_tags_are_added_in_a_row_and_the_search_stays_beside_the_case(desk: Visitor) -> None:
    page = desk.page
    desk.go("/desk?q=Glockenspiel")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/tickets/**")
    page.keyboard.press("l")
    for tag in ("late", "toys"):
        expect(page.locator("#tag-name")).to_be_focused()
        page.keyboard.type(tag)
        page.keyboard.press("Enter")
        expect(page.locator(".together .tags")).to_contain_text(tag)
    expect(page.locator("#tag-name")).to_be_focused()
    expect(page.locator("#search")).to_have_value("Glockenspiel")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator("#reply-text")).to_be_focused()
    expect(page.locator("#search")).to_have_value("Glockenspiel")
    expect(page.locator(".row-link[aria-current]")).to_have_count(1)


def test_a_refused_merge_leads_to_the_box_that_allows_it(desk: Visitor) -> None:
    page = desk.page
    rows = page.locator(".row-link")
    other = rows.nth(1).locator(".row-number").inner_text()
    rows.nth(0).click()
    page.locator("body").press("t")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    expect(page.locator("#link-number")).to_be_focused()
    page.locator("#merge-number").fill(other)
    page.keyboard.press("Enter")
    box = page.locator("#merge-other-customer")
    expect(box).to_be_focused()
    expect(box).to_be_in_viewport()
    assert all("409" in each for each in desk.complaints), desk.complaints
    desk.complaints.clear()
    page.keyboard.press("Space")
    page.locator("#merge-number").press("Enter")
    expect(page.locator("#case-title")).to_contain_text(other)
