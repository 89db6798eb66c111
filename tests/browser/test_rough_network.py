"""The app goes away and comes back, by itself, and under a conversation of 500 messages over a bad line in two tabs."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chat import WATCH, Stored, shown
from tests.browser.rough_network import EVENT_TROUBLES, REQUEST_TROUBLES, RoughNetwork, rough_network
from tests.faults.wire import Address
from tests.people import Staff
from tests.running import RunningServers, StartFailed, start_servers

pytestmark = [pytest.mark.browser, pytest.mark.servers]
SEED = int(os.environ.get("HUILU_FAULT_SEED") or 7)
EACH = 250
# Five messages a second from both together.
PACE = 0.3
KILLED_AT, RELOADED_AT, SECOND_TAB_AT, RESTARTED_AT = 50, 95, 125, 175
# How much is written while the app is away; then everybody waits for it.
WRITTEN_MEANWHILE = 20
BACK_SECONDS = 180
SETTLE_SECONDS = 90


@pytest.fixture(scope="module")
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServers]:
    """Servers that may be killed without anybody else missing them."""
    try:
        # Nothing is looked up here, and without an encoder the app is back sooner.
        running = start_servers(tmp_path_factory.mktemp("rough"), more={"HUILU_ENCODER": "none"})
    except StartFailed as reason:
        pytest.fail(str(reason))
    yield running
    assert running.stop() == [], "Ctrl-C must leave no process behind"


class Agent:
    """A member of staff who writes at a steady pace, past the rough network.

    Attributes:
        failure: What made them stop before they were done.
    """

    def __init__(self, servers: RunningServers) -> None:
        self.http = httpx.Client(base_url=servers.address, timeout=20, trust_env=False)
        self.failure: Exception | None = None
        self._staff = Staff(self.http, servers.email("agent"), servers.sign_ins[servers.email("agent")])
        self._ticket = ""
        self._thread = threading.Thread(target=self._write, daemon=True)

    def take(self) -> None:
        """Take the only case in the queue."""
        (row,) = self._staff.get("/api/tickets", view="queue").json()["tickets"]
        self._ticket = row["id"]
        assert self._staff.post(f"/api/tickets/{self._ticket}/take").status_code == 200

    def begin(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """Wait until all is said."""
        self._thread.join(BACK_SECONDS)
        assert self.failure is None and not self._thread.is_alive(), self.failure

    def _write(self) -> None:
        try:
            for number in range(EACH):
                began = time.monotonic()
                self._say(f"agent {number}")
                time.sleep(max(0.0, PACE - (time.monotonic() - began)))
        except Exception as error:
            self.failure = error

    def _say(self, words: str) -> None:
        """Say it once, also when the app dies over it: then what has become of it is looked up."""
        deadline = time.monotonic() + BACK_SECONDS
        tried = False
        while time.monotonic() < deadline:
            try:
                case = self._staff.get(f"/api/tickets/{self._ticket}").json() if tried else {"transcript": []}
                if any(entry["text"] == words for entry in case["transcript"]):
                    return
                tried = True
                said = self._staff.post(f"/api/tickets/{self._ticket}/replies", {"text": words})
                assert said.status_code == 200, said.text
                return
            except (httpx.TransportError, ValueError, KeyError):
                time.sleep(0.5)
        raise AssertionError(f"could not say {words!r}")


class Tab:
    """One page of the customer, who writes by the keyboard."""

    def __init__(self, context: BrowserContext, network: RoughNetwork, name: str) -> None:
        self.name = name
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.said: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(network.site)
        self.open()

    def open(self) -> None:
        """Show the chat, which a reloaded page may have done by itself."""
        expect(self.page.locator("[data-role=launcher]")).to_be_visible(timeout=30_000)
        if not self.page.locator("[data-role=panel]").is_visible():
            self.page.locator("[data-role=launcher]").click()
        self.page.locator("[data-role=input]").focus()

    def say(self, words: str) -> None:
        """Type and send."""
        self.said.append(words)
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")

    def check_order(self) -> None:
        """Whatever has come so far stands there once and in order, and what is not sent yet stands below it."""
        numbers = [seq for seq, _, _ in shown(self.page)]
        sent = [seq for seq in numbers if seq]
        assert sent == sorted(set(sent)) and numbers[: len(sent)] == sent, f"{self.name}: {numbers}"


def end_app(servers: RunningServers, how: signal.Signals) -> None:
    """End the app; its supervisor brings it back."""
    process = servers.child("-m web")
    assert process is not None
    os.kill(process, how)


def wait_for_app(servers: RunningServers) -> None:
    """Wait until the app answers again."""
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{servers.address}/health", trust_env=False)
            return
        time.sleep(0.2)
    raise AssertionError("the app did not come back")


def test_while_the_app_is_away_the_customer_is_told_once_and_writes_on(
    browser: Browser, own_servers: RunningServers
) -> None:
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(f"{own_servers.address}/chat")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    conversation = Stored(own_servers.address, page)
    page.evaluate(WATCH)
    end_app(own_servers, signal.SIGKILL)
    written = ["hello", "where is my parcel", "how long does a refund take"]
    for words in written:
        page.locator("[data-role=input]").fill(words)
        page.locator("[data-role=input]").press("Enter")
    notice = page.locator("[data-role=connection]")
    expect(notice).to_be_visible(timeout=10_000)
    expect(page.locator(".message.waiting")).to_have_count(len(written))
    wait_for_app(own_servers)
    conversation.wait_until_shown(page, seconds=40)
    expect(notice).to_be_hidden()
    assert page.evaluate("moves") == [True, False] and len(page.evaluate("heard")) == 1, "told once, without flicker"
    assert conversation.by_customer() == written
    assert Stored(own_servers.address, page).id == conversation.id
    context.close()


@pytest.mark.timeout(600)
def test_over_a_bad_line_every_message_comes_once_and_in_order(
    browser: Browser, own_servers: RunningServers, capsys: pytest.CaptureFixture[str]
) -> None:
    app = urlsplit(own_servers.address)
    agent = Agent(own_servers)
    context = browser.new_context(locale="en")
    with rough_network(Address(str(app.hostname), int(app.port or 0)), SEED) as network:
        began = time.monotonic()
        tabs = [Tab(context, network, "first")]
        first = tabs[0]
        first.say("let me speak to a human")
        expect(first.page.locator("[data-role=status]")).to_have_attribute("data-status", "queued", timeout=30_000)
        agent.take()
        expect(first.page.locator("[data-role=status]")).to_have_attribute("data-status", "agent", timeout=30_000)
        agent.begin()
        for number in range(EACH):
            due = time.monotonic() + PACE
            if number == KILLED_AT:
                end_app(own_servers, signal.SIGKILL)
            if number in (KILLED_AT + WRITTEN_MEANWHILE, RESTARTED_AT + WRITTEN_MEANWHILE):
                wait_for_app(own_servers)
            if number == RELOADED_AT:
                first.page.reload()
                first.open()
            if number == SECOND_TAB_AT:
                tabs.append(Tab(context, network, "second"))
            if number == RESTARTED_AT:
                end_app(own_servers, signal.SIGTERM)
            tab = tabs[number % 3 == 0 and len(tabs) > 1]
            tab.say(f"{tab.name} {number}")
            if number % 25 == 0:
                tab.check_order()
            time.sleep(max(0.0, due - time.monotonic()))
        agent.finish()
        written = time.monotonic()
        conversation = Stored(own_servers.address, first.page)
        conversation.wait_until_shown(*(tab.page for tab in tabs), seconds=SETTLE_SECONDS)
        settled = time.monotonic()
        stored = [(each["seq"], each["author"], each["text"]) for each in conversation.read()[0]]
        logs = {tab.name: shown(tab.page) for tab in tabs}
        with capsys.disabled():
            print(f"\n  {len(stored)} messages, {written - began:.0f} s, settled after {settled - written:.1f} s more")
            print("\n".join(f"  {count:5} {what}" for what, count in sorted(network.counts.items())))
    context.close()
    agent.http.close()

    assert [tab.errors for tab in tabs] == [[], []]
    assert [seq for seq, _, _ in stored] == list(range(1, len(stored) + 1))
    assert [text for _, author, text in stored if author == "agent"] == [f"agent {number}" for number in range(EACH)]
    by_customer = [text for _, author, text in stored if author == "customer"]
    for tab in tabs:
        assert [text for text in by_customer if text in tab.said] == tab.said, tab.name
        assert logs[tab.name] == stored, tab.name
    assert len(by_customer) == sum(len(tab.said) for tab in tabs) == EACH + 1
    troubles = [f"request {trouble}" for trouble in REQUEST_TROUBLES]
    troubles += [f"event {trouble}" for trouble in EVENT_TROUBLES]
    troubles += ["request late", "answer late", "nothing answered while the app was away", "preflights"]
    assert [trouble for trouble in troubles if not network.counts[trouble]] == []
