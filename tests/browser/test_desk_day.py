"""A day at the desk in a browser: a chat that is passed on is heard, snoozing says its times, offers leave room."""

import sqlite3
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, Visitor, sign_in
from tests.browser.test_four_people import nothing_left
from tests.people import Customer, Staff
from tests.running import RunningServers

# Fixtures are found by being imported.
__all__ = ["nothing_left"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("nothing_left")]

# Counts what would be heard, and lets it be wanted.
EARS = """
window.heard = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.heard += 1; return start.apply(this, given); };
localStorage.setItem("huilu-alert-sound", "yes");
"""


@pytest.fixture
def http(servers: RunningServers) -> Iterator[httpx.Client]:
    """What customers' browsers and programs send."""
    with httpx.Client(base_url=servers.address, timeout=30) as client:
        yield client


@pytest.fixture
def agent(visit: Callable[..., Visitor], servers: RunningServers) -> Visitor:
    """An agent at the desk who wants to hear what comes."""
    visitor: Visitor = visit("desk-day")
    visitor.page.add_init_script(EARS)
    sign_in(visitor, servers, "agent", "/desk")
    return visitor


def heard(page: Page) -> int:
    return int(page.evaluate("window.heard"))


def waits(http: httpx.Client) -> None:
    customer = Customer(http, "en")
    customer.ask("let me speak to a human")


def passed_on(http: httpx.Client, servers: RunningServers) -> str:
    """A supervisor takes the only case there is, and passes it to the agent."""
    email = servers.email("supervisor")
    supervisor = Staff(http, email, servers.sign_ins[email])
    (case,) = supervisor.get("/api/tickets", view="all").json()["tickets"]
    supervisor.post(f"/api/tickets/{case['id']}/take")
    with sqlite3.connect(servers.home / "huilu.db", timeout=20) as connection:
        query = "SELECT id FROM staff_member WHERE email = ?"
        (agent_id,) = connection.execute(query, (servers.email("agent"),)).fetchone()
    done = supervisor.post(f"/api/tickets/{case['id']}/transfer", {"staff_id": agent_id})
    assert done.status_code == 200, done.text
    return str(case["id"])


def test_a_chat_that_is_passed_on_is_heard_and_snoozing_it_says_day_and_time(
    agent: Visitor, servers: RunningServers, http: httpx.Client
) -> None:
    page = agent.page
    waits(http)
    expect(page.locator(".offer")).to_have_count(1)
    expect(page.locator("#chats-state")).to_be_attached()
    page.wait_for_timeout(1000)
    before = heard(page)
    case = passed_on(http, servers)
    expect(page.locator("[data-passed]").last).to_be_visible()
    assert heard(page) > before
    agent.go(f"/desk/tickets/{case}")
    page.locator("#snooze-step > summary").click()
    expect(page.locator("#snooze-step")).to_contain_text("Answer first")
    page.locator("#reply-text").fill("I look into it.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#snooze-tomorrow")).to_contain_text("9:00")
    expect(page.locator("#snooze-hour")).to_contain_text(":")
    page.locator("#snooze-tomorrow").click()
    expect(page.locator("#wake")).to_be_visible()


def test_of_several_offers_on_a_small_screen_the_first_is_told_and_the_others_are_a_line_each(
    agent: Visitor, http: httpx.Client
) -> None:
    page, offers = agent.page, agent.page.locator(".offer")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for _ in range(3):
        waits(http)
    expect(offers).to_have_count(3)
    agent.picture("1-three-offers")
    expect(offers.nth(0).get_by_role("button", name="Accept")).to_be_in_viewport()
    for place in (1, 2):
        box = offers.nth(place).bounding_box()
        assert box is not None and box["height"] < 60
        expect(offers.nth(place).get_by_role("button", name="Accept")).to_be_hidden()
    whole = page.locator("#offers").bounding_box()
    assert whole is not None and whole["height"] <= NARROW["height"] * 0.6
    agent.check_accessibility("#offers")
    offers.nth(1).get_by_role("button", name="Show offer").click()
    expect(offers.nth(1).get_by_role("button", name="Accept")).to_be_focused()
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    expect(offers.nth(2).get_by_role("button", name="Accept")).to_be_visible()
