"""A day at the desk in a browser: a chat that is passed on is heard, snoozing says its times, offers leave room."""

import sqlite3
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visitor, sign_in
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
    # It sounds when the strip has settled, a moment after it is seen.
    for _ in range(50):
        if heard(page) > before:
            break
        page.wait_for_timeout(100)
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


def offers_told(page: Page, lines: int) -> None:
    """The first offer at length, the others in a line or so, each with a colour in words, a language and a button."""
    offers = page.locator(".offer")
    expect(offers).to_have_count(4)
    expect(offers.nth(0).get_by_role("button", name="Accept")).to_be_in_viewport()
    expect(offers.nth(0).get_by_role("button", name="Decline")).to_be_in_viewport()
    for place in (1, 2, 3):
        later = offers.nth(place)
        for words in ("Green: in its turn", "Asked for a person", "English"):
            expect(later.get_by_text(words, exact=True)).to_be_visible()
        box = later.bounding_box()
        assert box is not None and box["height"] < 22 * lines + 20
        expect(later.get_by_role("button", name="Accept")).to_be_visible()
        expect(later.get_by_role("button", name="Decline")).to_be_hidden()


@pytest.fixture
def room_for_nine(servers: RunningServers) -> Iterator[None]:
    """Whoever works can have nine chats; afterwards as many as before."""
    with sqlite3.connect(servers.home / "huilu.db", timeout=20) as connection:
        before = connection.execute("SELECT capacity, id FROM staff_member").fetchall()
        connection.execute("UPDATE staff_member SET capacity = 9")
    yield
    with sqlite3.connect(servers.home / "huilu.db", timeout=20) as connection:
        connection.executemany("UPDATE staff_member SET capacity = ? WHERE id = ?", before)


@pytest.mark.usefixtures("room_for_nine")
@pytest.mark.parametrize(("size", "lines"), [({"width": 1280, "height": 800}, 1), ({"width": 375, "height": 700}, 3)])
def test_four_offers_leave_the_reply_and_its_button_in_sight(
    agent: Visitor, servers: RunningServers, http: httpx.Client, size: dict[str, int], lines: int
) -> None:
    page = agent.page
    page.set_viewport_size(size)  # type: ignore[arg-type]
    for _ in range(5):
        waits(http)
    expect(page.locator(".offer")).to_have_count(5)
    page.locator(".offer").first.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/desk/tickets/**")
    offers_told(page, lines)
    agent.picture(f"1-four-offers-{size['width']}")
    whole = page.locator("#offers").bounding_box()
    assert whole is not None and whole["height"] <= size["height"] * 0.25 + 2
    # Where a reply goes is filled in a moment later, above the box.
    page.wait_for_timeout(1000)
    page.locator("#reply-text").focus()
    expect(page.locator("#reply-text")).to_be_in_viewport(ratio=1)
    expect(page.locator(".reply-foot button[type=submit]").first).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    agent.check_accessibility("#offers")
    page.locator(".offer").nth(1).get_by_role("button", name="Show offer").focus()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".offer").nth(1).get_by_role("button", name="Accept")).to_be_focused()
    page.locator(".offer").nth(1).get_by_role("button", name="Show offer").click()
    decline = page.locator(".offer").nth(1).get_by_role("button", name="Decline")
    expect(decline).to_be_visible()
    # The pressed button is gone: the focus goes to what was unfolded, of which a small screen hides the reason.
    why = page.locator(".offer").nth(1).locator("[name=why]")
    expect(why if size["width"] > 640 else decline).to_be_focused()


def test_what_is_declined_while_the_offers_are_renewed_is_declined(agent: Visitor, http: httpx.Client) -> None:
    page = agent.page
    waits(http)
    expect(page.locator(".offer")).to_have_count(1)
    held: list[Route] = []
    page.route("**/desk/offers?*", lambda route: held.append(route))
    page.evaluate("htmx.trigger('#offers', 'sse:offers')")
    page.locator(".offer").get_by_role("button", name="Decline").click()
    page.evaluate("htmx.trigger('#offers', 'sse:offers')")
    page.wait_for_timeout(500)
    assert held
    for route in held:
        route.continue_()
    page.unroute("**/desk/offers?*")
    expect(page.locator(".offer")).to_have_count(0)


def test_being_set_to_busy_is_told_without_stretching_the_header(agent: Visitor, servers: RunningServers) -> None:
    # In one go: the page renews this part by itself.
    before, after, header = agent.page.evaluate(
        """() => {
            const size = (part) => {
                const { width, height } = document.querySelector(part).getBoundingClientRect();
                return [width, height];
            };
            const before = size(".presence-choices");
            document.querySelector("#presence").insertAdjacentHTML("beforeend",
                '<p class="presence-missed" role="status">Two offers passed without an answer.</p>');
            return [before, size(".presence-choices"), size(".top")];
        }"""
    )
    assert after == before
    assert header[1] < 90
    agent.picture("2-busy")
