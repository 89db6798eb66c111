"""Signing in and out at awkward moments, and browsers that keep nothing: no words are lost or shown to others."""

import json
import time
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import Visitor
from tests.browser.test_accessibility import open_chat
from tests.browser.test_chat import signed, stored
from tests.browser.test_tale import ask

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


def hold_opening(page: Page) -> list[Route]:
    """Let the request that opens a conversation wait; the list holds it."""
    held: list[Route] = []
    page.route("**/api/chat/conversations", lambda route: held.append(route))
    return held


def let_go(page: Page, held: list[Route]) -> None:
    """The answer of the server comes now, too late."""
    deadline = time.monotonic() + 10
    while not held and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    held[0].continue_()
    page.unroute("**/api/chat/conversations")
    page.wait_for_timeout(1500)


def hold_the_word_of_signing_in(page: Page) -> Callable[[], None]:
    """Customers are signed in on the server at once; the page hears of it only when the function is called."""
    held: list[tuple[Route, APIResponse]] = []
    told = False

    def hold(route: Route) -> None:
        if told:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    def tell() -> None:
        nonlocal told
        page.wait_for_timeout(1000)
        told = True
        for route, answer in held:
            route.fulfill(response=answer)

    page.route("**/customer", hold)
    return tell


def test_signing_out_while_the_chat_opens_leaves_nothing_for_the_next_person(visit: Visit) -> None:
    page = visit("reset-while-opening").go("/")
    page.locator("[data-role=launcher]").wait_for()
    held = hold_opening(page)
    page.evaluate("(customer) => Huilu.setUser(customer)", signed(f"c-{uuid.uuid4().hex[:8]}", "Alice"))
    page.locator("[data-role=launcher]").click()
    page.wait_for_timeout(500)
    page.evaluate("Huilu.reset()")
    let_go(page, held)
    assert not {"id", "token", "opening", "customerId"} & set(stored(page))
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    expect(page.locator("[data-role=log]")).not_to_contain_text("Alice")


def test_signing_in_while_the_chat_opens_still_signs_in(visit: Visit) -> None:
    page = visit("user-while-opening").go("/")
    page.locator("[data-role=launcher]").wait_for()
    held = hold_opening(page)
    page.locator("[data-role=launcher]").click()
    page.wait_for_timeout(500)
    customer = f"c-{uuid.uuid4().hex[:8]}"
    with page.expect_response(lambda answer: answer.url.endswith("/customer")) as joined:
        page.evaluate("(customer) => Huilu.setUser(customer)", signed(customer, "Bob"))
        let_go(page, held)
    assert joined.value.status == 200
    expect(page.locator("[data-role=message]")).to_have_count(1)
    assert stored(page)["customerId"] == customer


def test_a_page_that_comes_back_signed_in_joins_what_was_asked_before(visit: Visit) -> None:
    visitor = visit("signed-in-by-reload")
    page = open_chat(visitor)
    ask(page, "where's my parcel")
    customer = signed(f"c-{uuid.uuid4().hex[:8]}", "Lee")
    page.add_init_script(f"window.huiluSettings = {{ customer: {json.dumps(customer)} }}")
    with page.expect_response(lambda answer: answer.url.endswith("/customer")) as joined:
        page.reload()
    assert joined.value.status == 200
    expect(page.locator("[data-role=message]")).to_have_count(3)
    ask(page, "and how do I return it")
    assert stored(page)["customerId"] == customer["id"]


def test_another_customer_on_the_same_device_begins_with_nothing_of_the_one_before(visit: Visit) -> None:
    page = open_chat(visit("other-customer"))
    page.evaluate("(customer) => Huilu.setUser(customer)", signed(f"a-{uuid.uuid4().hex[:8]}", "Alice"))
    ask(page, "where's my parcel")
    page.evaluate("(customer) => Huilu.setUser(customer)", signed(f"b-{uuid.uuid4().hex[:8]}", "Bob"))
    expect(page.locator("[data-role=message]")).to_have_count(1)
    expect(page.locator("[data-role=log]")).to_contain_text("Bob")
    page.evaluate("Huilu.setUser(null)")
    expect(page.locator("[data-role=panel]")).to_be_hidden()
    assert "id" not in stored(page)


def test_what_is_written_while_signing_in_takes_long_stays_in_the_conversation(visit: Visit) -> None:
    page = open_chat(visit("slow-signing-in"))
    ask(page, "where's my parcel")
    tell = hold_the_word_of_signing_in(page)
    alice = signed(f"a-{uuid.uuid4().hex[:8]}", "Alice")
    page.evaluate("(customer) => Huilu.setUser(customer)", alice)
    page.locator("[data-role=input]").fill("and how do I return it")
    page.locator("[data-role=input]").press("Enter")
    tell()
    expect(page.locator("[data-role=message][data-author=customer]")).to_have_count(2)
    expect(page.locator("[data-role=message]").last).to_have_attribute("data-author", "bot")
    assert stored(page)["customerId"] == alice["id"]


def test_signing_in_waits_for_what_was_asked_before_so_that_nothing_comes_with_a_dead_token(visit: Visit) -> None:
    page = visit("asked-before").go("/")
    held: list[Route] = []
    page.route("**/messages?after=*", lambda route: held.append(route))
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    page.wait_for_timeout(500)
    joined: list[str] = []
    page.on("request", lambda request: request.url.endswith("/customer") and joined.append(request.url))
    page.evaluate("(customer) => Huilu.setUser(customer)", signed(f"c-{uuid.uuid4().hex[:8]}", "Carol"))
    page.wait_for_timeout(1000)
    assert held, "what was said is being asked for"
    assert not joined, "and signing in waits for it"
    with page.expect_response(lambda answer: answer.url.endswith("/customer")) as signing_in:
        held[0].continue_()
        page.unroute("**/messages?after=*")
    assert signing_in.value.status == 200


def test_deleting_while_signing_in_takes_long_deletes_the_conversation_that_was_signed_in_to(visit: Visit) -> None:
    page = open_chat(visit("deleted-while-signing-in"))
    ask(page, "where's my parcel")
    tell = hold_the_word_of_signing_in(page)
    page.evaluate("(customer) => Huilu.setUser(customer)", signed(f"c-{uuid.uuid4().hex[:8]}", "Dan"))
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleting:
        delete(page)
        tell()
    assert deleting.value.status == 200
    expect(page.locator("[data-role=receipt]")).to_contain_text("E-")


def test_while_the_word_of_signing_in_is_lost_nothing_is_said_to_be_deleted_that_is_not(visit: Visit) -> None:
    visitor = visit("deleted-word-lost")
    page = open_chat(visitor)
    ask(page, "where's my parcel")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/customer", lose_the_answer)
    eve = signed(f"c-{uuid.uuid4().hex[:8]}", "Eve")
    page.evaluate("(customer) => Huilu.setUser(customer)", eve)
    page.wait_for_timeout(500)
    delete(page)
    expect(page.locator("[role=alert]")).to_contain_text("did not work")
    page.unroute("**/customer")
    # Signing in is tried again by itself until the word of it comes.
    while stored(page).get("customerId") != eve["id"]:
        page.wait_for_timeout(100)
    page.locator("[data-role=menu]").click()
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleting:
        delete(page)
    assert deleting.value.status == 200
    expect(page.locator("[data-role=receipt]")).to_contain_text("E-")
    # Chromium tells of the answers that were lost.
    visitor.complaints.clear()


def delete(page: Page) -> None:
    """Press what deletes the conversation, and that it is meant."""
    page.locator("[data-role=menu]").click()
    page.locator("[data-role=menu-erase]").click()
    page.locator("[data-role=confirm]").click()


def test_deleting_pressed_twice_is_done_once_and_keeps_its_receipt(visit: Visit) -> None:
    page = open_chat(visit("deleted-twice"))
    ask(page, "where's my parcel")
    page.locator("[data-role=menu]").click()
    page.locator("[data-role=menu-erase]").click()
    asked: list[str] = []
    page.on("request", lambda request: request.method == "DELETE" and asked.append(request.url))
    page.locator("[data-role=confirm]").evaluate("(button) => { button.click(); button.click(); }")
    expect(page.locator("[data-role=receipt]")).to_contain_text("E-")
    page.wait_for_timeout(500)
    expect(page.locator("[data-role=receipt]")).to_contain_text("E-")
    assert len(asked) == 1


def test_once_signed_out_nothing_more_is_asked_of_the_server(visit: Visit) -> None:
    visitor = visit("asks-no-more")
    page = visitor.go("/")
    # Without a stream, the chat looks for the answer by itself some time after each message.
    page.route("**/events", lambda route: route.abort())
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/messages")):
        page.locator("[data-role=input]").fill("where's my parcel")
        page.locator("[data-role=input]").press("Enter")
    page.evaluate("Huilu.reset()")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []
    # Chromium tells of the streams that were cut off.
    visitor.complaints.clear()


def test_who_signs_in_while_another_still_does_begins_with_nothing_of_theirs(visit: Visit) -> None:
    page = open_chat(visit("quick-change"))
    ask(page, "where's my parcel")
    tell = hold_the_word_of_signing_in(page)
    alice, bob = (signed(f"{name}-{uuid.uuid4().hex[:8]}", name) for name in ("Alice", "Bob"))
    page.evaluate("(customer) => Huilu.setUser(customer)", alice)
    page.evaluate("(customer) => Huilu.setUser(customer)", bob)
    tell()
    expect(page.locator("[data-role=log]")).to_contain_text("Bob")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    assert stored(page)["customerId"] == bob["id"]


def test_a_site_that_empties_the_storage_begins_a_new_talk_and_hides_the_old_one(visit: Visit) -> None:
    page = open_chat(visit("emptied"))
    ask(page, "where's my parcel")
    page.evaluate("localStorage.clear()")
    page.locator("[data-role=input]").fill("how do I return an item")
    page.locator("[data-role=input]").press("Enter")
    expect(page.locator("[data-role=source]")).to_contain_text("return an item")
    expect(page.locator("[data-role=log]")).not_to_contain_text("where's my parcel")


def test_a_full_storage_loses_no_message(visit: Visit) -> None:
    visitor = visit("full")
    visitor.page.add_init_script(
        "Storage.prototype.setItem = function () { throw new DOMException('full', 'QuotaExceededError'); }"
    )
    page = open_chat(visitor)
    expect(ask(page, "where's my parcel").locator("[data-role=source]")).to_have_count(1)
    expect(page.locator("[data-role=message][data-author=customer]")).to_have_count(1)


def test_a_rating_changed_while_it_is_sent_is_the_one_that_counts(visit: Visit) -> None:
    page = open_chat(visit("changed-rating"))
    answer = ask(page, "where's my parcel")
    sent: list[str] = []
    held: list[Route] = []

    def note(route: Route) -> None:
        sent.append(str(json.loads(route.request.post_data or "{}")["score"]))
        held.append(route) if len(sent) == 1 else route.continue_()

    page.route("**/ratings", note)
    answer.locator("[data-role=helpful-yes]").click()
    page.wait_for_timeout(500)
    answer.locator("[data-role=helpful-no]").click()
    held[0].continue_()
    page.wait_for_timeout(1500)
    assert sent == ["1", "0"]
    expect(answer.locator("[data-role=helpful-no]")).to_have_attribute("aria-pressed", "true")


def test_words_that_were_begun_are_still_there_after_a_reload(visit: Visit) -> None:
    page = open_chat(visit("draft"))
    page.locator("[data-role=input]").fill("I was about to say")
    page.reload()
    expect(page.locator("[data-role=input]")).to_have_value("I was about to say")
    page.evaluate("Huilu.reset()")
    page.reload()
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=input]")).to_have_value("")


def test_a_wrong_place_for_the_chat_still_gives_the_round_button(visit: Visit) -> None:
    visitor = visit("wrong-place")
    visitor.page.add_init_script("window.huiluSettings = { target: '##' }")
    open_chat(visitor)


def test_signing_in_on_a_bad_line_loses_nothing_though_the_answer_was_lost(visit: Visit) -> None:
    visitor = visit("join-answer-lost")
    page = open_chat(visitor)
    ask(page, "where's my parcel")
    lost: list[Route] = []

    def lose(route: Route) -> None:
        lost.append(route)
        if len(lost) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()

    page.route("**/customer", lose)
    customer = signed(f"c-{uuid.uuid4().hex[:8]}", "Lee")
    page.evaluate("(customer) => Huilu.setUser(customer)", customer)
    expect(page.locator("[data-role=message]")).to_have_count(3, timeout=20_000)
    deadline = time.monotonic() + 15
    while stored(page).get("customerId") != customer["id"] and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    ask(page, "how do I return an item")
    expect(page.locator("[data-role=log]")).to_contain_text("where's my parcel")
    assert stored(page)["customerId"] == customer["id"]
    # Chromium tells of the lost and the refused request in its console.
    visitor.complaints.clear()


def test_a_mistake_of_the_site_in_what_it_tells_of_the_visit_keeps_nobody_from_asking(visit: Visit) -> None:
    visitor = visit("bad-context")
    page = visitor.go("/")
    page.locator("[data-role=launcher]").wait_for()
    page.evaluate("Huilu.setContext({ product: 'x'.repeat(300) })")
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    expect(ask(page, "where's my parcel").locator("[data-role=source]")).to_have_count(1)
    # Chromium tells of the refused request in its console.
    assert all("422" in each for each in visitor.complaints)
    visitor.complaints.clear()


def test_a_customer_signed_by_the_page_stays_who_they_are_when_they_begin_anew(visit: Visit) -> None:
    visitor = visit("anew")
    customer = signed(f"c-{uuid.uuid4().hex[:8]}", "Lee")
    visitor.page.add_init_script(f"window.huiluSettings = {{ customer: {json.dumps(customer)} }}")
    page = open_chat(visitor)
    ask(page, "where's my parcel")
    before = stored(page)["id"]
    page.locator("[data-role=menu]").click()
    page.locator("[data-role=menu-restart]").click()
    page.locator("[data-role=confirm]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    expect(page.locator("[data-role=log]")).to_contain_text("Lee")
    ask(page, "how do I return an item")
    assert stored(page)["id"] != before and stored(page)["customerId"] == customer["id"]
