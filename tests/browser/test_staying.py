"""The chat stays: over a reload, in a second tab, asleep, an hour offline, and without storage."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route, expect

from tests.browser.chat import WATCH, Stored, shown
from tests.running import RunningServers

pytestmark = [pytest.mark.browser, pytest.mark.servers]
OFFLINE = "No connection at the moment. What you write is kept and sent once it is back."
KEPT = "Kept here. It goes out by itself once the connection is back."
NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});"""


class Customer:
    """One browser of a customer, with as many tabs as they like."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.errors: list[str] = []
        self._streams: dict[Request, Page] = {}
        context.on("request", self._note)
        context.on("requestfinished", lambda request: self._streams.pop(request, None))
        context.on("requestfailed", lambda request: self._streams.pop(request, None))

    def _note(self, request: Request) -> None:
        if request.url.endswith("/events") and request.method == "GET":
            self._streams[request] = request.frame.page

    def tab(self) -> Page:
        """Open the chat in another tab, whose clock the test can put forward."""
        page = self.context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.clock.install()
        page.goto(f"{self.address}/chat")
        expect(page.locator("[data-role=message][data-author=bot]").first).to_be_visible()
        return page

    def stored(self, page: Page) -> Stored:
        """The conversation at the server."""
        return Stored(self.address, page)

    def listening(self) -> list[Page]:
        """The tabs that have an event stream open."""
        return [page for page in self._streams.values() if not page.is_closed()]

    def wait_for_one_stream(self, seconds: float = 8) -> Page:
        """The tab that listens, once it is the only one."""
        deadline = time.monotonic() + seconds
        while len(self.listening()) != 1:
            assert time.monotonic() < deadline, f"{len(self.listening())} streams"
            self.context.pages[0].wait_for_timeout(100)
        return self.listening()[0]


@pytest.fixture
def customer(browser: Browser, servers: RunningServers) -> Iterator[Customer]:
    context = browser.new_context(locale="en")
    person = Customer(context, servers.address)
    yield person
    context.close()
    assert person.errors == []


def say(page: Page, words: str) -> None:
    box = page.locator("[data-role=input]")
    box.fill(words)
    box.press("Enter")


def waiting(page: Page) -> Locator:
    """What is not sent yet."""
    return page.locator(".message.waiting")


def wait_for_request(page: Page, held: list[Route]) -> Route:
    """The request that was stopped on its way, once the page has sent it."""
    while not held:
        page.wait_for_timeout(50)
    return held[0]


def fall_asleep(page: Page) -> None:
    """Let a tab be to its neighbours as one asleep: it holds its locks, its timers stand still, and it says nothing.

    Browsers put no tab to sleep that is on the screen, as all of a test's are.
    """
    page.evaluate("() => { BroadcastChannel.prototype.postMessage = () => {}; }")
    page.clock.pause_at(time.time() + 1)


def test_a_reload_keeps_the_conversation_and_what_is_not_sent_yet(customer: Customer) -> None:
    page = customer.tab()
    say(page, "hello")
    stored = customer.stored(page)
    stored.wait_until_shown(page)
    before = shown(page)
    page.route("**/messages", lambda route: route.abort())
    say(page, "where is my parcel")
    say(page, "it should be here by now")
    expect(waiting(page)).to_have_count(2)
    page.reload()
    expect(waiting(page)).to_have_count(2)
    expect(page.locator("[data-role=message]")).to_have_count(len(before) + 2)
    assert shown(page)[: len(before)] == before
    page.unroute("**/messages")
    stored.wait_until_shown(page)
    assert customer.stored(page).id == stored.id
    assert stored.by_customer() == ["hello", "where is my parcel", "it should be here by now"]


def test_two_tabs_are_in_step_over_one_stream_and_one_takes_over_from_the_other(customer: Customer) -> None:
    first, second = customer.tab(), customer.tab()
    stored = customer.stored(first)
    assert customer.stored(second).id == stored.id
    say(first, "hello")
    say(second, "where is my parcel")
    stored.wait_until_shown(first, second)
    listening = customer.wait_for_one_stream()
    other = second if listening is first else first
    listening.close()
    stored.write("how long does a refund take")
    stored.wait_until_shown(other, seconds=8)
    assert customer.wait_for_one_stream() is other
    say(other, "thanks")
    stored.wait_until_shown(other)


def test_what_a_closed_tab_left_unsent_goes_out_from_the_other(customer: Customer) -> None:
    first, second = customer.tab(), customer.tab()
    stored = customer.stored(first)
    customer.wait_for_one_stream()
    first.route("**/messages", lambda route: route.abort())
    say(first, "where is my parcel")
    expect(waiting(second)).to_have_count(1)
    first.close()
    second.clock.fast_forward("00:30")
    stored.wait_until_shown(second)
    assert stored.by_customer() == ["where is my parcel"]


def test_an_hour_offline_is_told_calmly_and_nothing_is_lost(customer: Customer) -> None:
    page = customer.tab()
    stored = customer.stored(page)
    customer.wait_for_one_stream()
    page.evaluate(WATCH)
    customer.context.set_offline(True)
    notice = page.locator("[data-role=connection]")
    expect(notice).to_be_visible()
    expect(notice).to_have_text(OFFLINE)
    written = ["where is my parcel", "how long does a refund take", "are you there"]
    for words in written:
        say(page, words)
    expect(page.locator(".message.waiting [data-role=state]")).to_have_text([KEPT] * 3)
    stored.write("hello")
    for _ in range(12):
        page.clock.fast_forward("05:00")
        page.wait_for_timeout(50)
    expect(notice).to_be_visible()
    expect(page.locator("[data-role=typing]")).to_be_hidden()
    expect(page.locator("[data-role=announcement]")).to_have_attribute("role", "status")
    assert page.evaluate("[heard, moves]") == [[OFFLINE], [True]], "told once, and the notice stands still"
    customer.context.set_offline(False)
    stored.wait_until_shown(page, seconds=30)
    expect(notice).to_be_hidden()
    assert stored.by_customer() == ["hello", *written]


def test_after_three_hours_the_customer_is_asked_before_anything_is_sent(customer: Customer) -> None:
    page = customer.tab()
    stored = customer.stored(page)
    customer.context.set_offline(True)
    say(page, "where is my parcel")
    say(page, "never mind that")
    page.clock.fast_forward("03:00:00")
    customer.context.set_offline(False)
    asked = page.locator(".message.waiting", has_text="Do you still want to send it?")
    expect(asked).to_have_count(2)
    page.wait_for_timeout(2000)
    assert stored.by_customer() == []
    asked.nth(1).locator("[data-role=dismiss]").click()
    expect(waiting(page)).to_have_count(1)
    asked.first.locator("[data-role=retry]").click()
    stored.wait_until_shown(page)
    assert stored.by_customer() == ["where is my parcel"]


def test_what_came_while_the_page_slept_is_there_when_it_wakes(customer: Customer) -> None:
    page = customer.tab()
    stored = customer.stored(page)
    customer.wait_for_one_stream()
    page.clock.pause_at(time.time() + 60)
    stored.write("hello")
    time.sleep(1)
    page.clock.fast_forward("30:00")
    page.clock.resume()
    stored.wait_until_shown(page)
    say(page, "where is my parcel")
    stored.wait_until_shown(page)


def test_a_tab_whose_listening_neighbour_is_asleep_hears_within_a_minute(customer: Customer) -> None:
    first, second = customer.tab(), customer.tab()
    stored = customer.stored(first)
    asleep = customer.wait_for_one_stream()
    awake = second if asleep is first else first
    fall_asleep(asleep)
    stored.write("hello")
    awake.clock.fast_forward("01:00")
    stored.wait_until_shown(awake)
    say(awake, "where is my parcel")
    stored.wait_until_shown(awake)
    asleep.clock.resume()
    stored.wait_until_shown(first, second)


def test_a_tab_that_fell_asleep_while_sending_holds_nobody_up(customer: Customer) -> None:
    first, second = customer.tab(), customer.tab()
    stored = customer.stored(first)
    customer.wait_for_one_stream()
    held: list[Route] = []
    first.route("**/messages", lambda route: held.append(route))
    say(first, "where is my parcel")
    wait_for_request(first, held)
    fall_asleep(first)
    say(second, "how long does a refund take")
    for _ in range(4):
        # The first tab queues again, as one really asleep would not, so it has to be waited for more than once.
        second.clock.fast_forward("00:30")
        second.wait_for_timeout(1000)
    stored.wait_until_shown(second)
    assert stored.by_customer() == ["where is my parcel", "how long does a refund take"]
    held[0].continue_()
    first.clock.resume()
    stored.wait_until_shown(first, second)
    assert stored.by_customer() == ["where is my parcel", "how long does a refund take"]


def test_the_notice_that_an_answer_comes_begins_with_sending_and_ends_with_the_answer(customer: Customer) -> None:
    page = customer.tab()
    typing = page.locator("[data-role=typing]")
    held: list[Route] = []
    page.route("**/messages", lambda route: held.append(route))
    say(page, "where is my parcel")
    expect(typing).to_be_visible(timeout=500)
    wait_for_request(page, held).continue_()
    customer.stored(page).wait_until_shown(page)
    expect(typing).to_be_hidden(timeout=1000)


def test_the_notice_that_an_answer_comes_ends_by_itself_when_none_comes(customer: Customer) -> None:
    page = customer.tab()
    typing = page.locator("[data-role=typing]")
    page.route("**/messages", lambda route: route.fulfill(status=202, json={"id": "m", "seq": 2}))
    say(page, "where is my parcel")
    expect(waiting(page)).to_have_count(0)
    expect(typing).to_be_visible(timeout=500)
    page.clock.fast_forward("00:16")
    expect(typing).to_be_hidden()


def test_without_storage_the_chat_works_in_its_tab(customer: Customer) -> None:
    customer.context.add_init_script(NO_STORAGE)
    page = customer.tab()
    say(page, "where is my parcel")
    expect(page.locator("[data-role=source]")).to_be_visible()
    say(page, "how long does a refund take")
    expect(page.locator("[data-role=source]")).to_have_count(2)
    assert [seq for seq, _, _ in shown(page)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("trouble", [lambda route: route.abort(), lambda route: route.fulfill(status=503, json={})])
def test_the_launcher_comes_once_the_server_can_be_reached(customer: Customer, trouble: Callable[[Route], Any]) -> None:
    page = customer.context.new_page()
    page.route("**/widget/*", trouble)
    page.goto(customer.address)
    page.wait_for_timeout(2500)
    expect(page.locator("[data-role=launcher]")).to_have_count(0)
    page.unroute("**/widget/*")
    expect(page.locator("[data-role=launcher]")).to_be_visible(timeout=10_000)
    expect(page.locator("[data-role=launcher]")).to_have_attribute("title", "Open the chat")
