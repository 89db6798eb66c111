"""What is written at the desk while something happens beside it: nothing is overwritten, hidden or told twice."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visitor, sign_in
from tests.people import Customer, Staff
from tests.running import RunningServers

pytestmark = pytest.mark.browser


@pytest.fixture
def http(servers: RunningServers) -> Iterator[httpx.Client]:
    """What customers' browsers and programs send."""
    with httpx.Client(base_url=servers.address, timeout=30) as client:
        yield client


@pytest.fixture
def colleague(servers: RunningServers, http: httpx.Client) -> Staff:
    email = servers.email("supervisor")
    return Staff(http, email, servers.sign_ins[email])


@pytest.fixture
def case(servers: RunningServers, http: httpx.Client, colleague: Staff) -> Iterator[str]:
    """The id of a case that an agent has."""
    customer = Customer(http, "en")
    customer.ask("how long does a refund take")
    customer.ask("let me speak to a human")
    email = servers.email("agent")
    agent = Staff(http, email, servers.sign_ins[email])
    found = agent.get("/api/tickets", view="all", sort="newest").json()["tickets"][0]
    assert agent.post(f"/api/tickets/{found['id']}/take").status_code == 200
    yield found["id"]
    resolution = {"category": "service", "note": "Done."}
    assert agent.post(f"/api/tickets/{found['id']}/resolve", resolution).status_code == 200


@pytest.fixture
def desk(visit: Callable[..., Visitor], servers: RunningServers, case: str) -> Iterator[Page]:
    """The agent's page with that case open."""
    visitor: Visitor = visit("desk-writing")
    sign_in(visitor, servers, "agent", "/desk")
    yield visitor.go(f"/desk/tickets/{case}")
    # Browsers write down every refusal, also those that a test is about.
    visitor.complaints[:] = [each for each in visitor.complaints if "409" not in each]


def test_a_form_begun_before_a_colleague_changed_the_case_is_refused(desk: Page, case: str, colleague: Staff) -> None:
    desk.locator("#state-step > summary").click()
    desk.locator("#step-state").select_option("waiting_for_customer")
    assert colleague.post(f"/api/tickets/{case}/state", {"category": "delivery"}).status_code == 200
    expect(desk.locator("#fact-timeline")).to_contain_text("sorted the case")
    expect(desk.locator("#step-state")).to_have_value("waiting_for_customer")
    desk.locator("#state-step form").first.locator("button[type=submit]").click()
    expect(desk.locator("#case-problem")).to_contain_text("A colleague has changed this case meanwhile")
    expect(desk.locator(".case-state")).to_contain_text("Delivery")


def test_a_suggestion_goes_into_a_reply_that_is_seen_and_is_forgotten_with_its_words(desk: Page) -> None:
    desk.locator("button[data-compose=note]").click()
    expect(desk.locator("#reply-text")).to_be_hidden()
    desk.locator("#insert-1").click()
    reply, article = desk.locator("#reply-text"), desk.locator("[data-reply] [name=article]")
    expect(reply).to_be_focused()
    expect(reply).not_to_have_value("")
    expect(article).not_to_have_value("")
    reply.fill("")
    expect(article).to_have_value("")


def test_whoever_was_chosen_before_the_list_was_renewed_stays_chosen(desk: Page) -> None:
    held: list[Route] = []
    desk.route("**/destinations*", lambda route: held.append(route))
    with desk.expect_request("**/destinations*"):
        desk.locator("#pass-on > summary").click()
    chosen = desk.locator("#transfer-to")
    team = chosen.locator("option[value^='team:']").first.get_attribute("value")
    chosen.select_option(team)
    with desk.expect_response("**/destinations*"):
        held[0].continue_()
    desk.wait_for_timeout(500)
    expect(chosen).to_have_value(str(team))


def test_a_ready_reply_that_is_removed_meanwhile_leaves_its_words(desk: Page) -> None:
    macros = desk.context.new_page()
    macros.goto(desk.url.split("/desk")[0] + "/desk/macros/new")
    macros.locator("#shortcut").fill("zz-greet")
    macros.locator("#macro-name").fill("Greeting")
    macros.locator("#text_en").fill("Good morning.")
    macros.locator(".macro-foot button").click()
    reply, chosen = desk.locator("#reply-text"), desk.locator("[data-macro]")
    reply.press_sequentially("Well /zz-greet")
    expect(desk.locator("#ready [role=option]")).to_have_count(1)
    # With the caret elsewhere there is nothing to put in.
    reply.press("Home")
    reply.press("Enter")
    expect(desk.locator("#ready")).to_be_hidden()
    reply.fill("First.")
    held: list[Route] = []
    desk.route("**/replies", lambda route: held.append(route))
    reply.press("Control+Enter")
    expect(reply).to_have_value("")
    # What is chosen while the last words are under way belongs to the next ones.
    reply.press_sequentially("/zz-greet")
    expect(desk.locator("#ready [role=option]")).to_have_count(1)
    reply.press("Enter")
    held[0].continue_()
    desk.unroute("**/replies")
    expect(desk.locator("#messages > .by-agent")).to_contain_text("First.")
    expect(reply).to_have_value("Good morning.")
    expect(chosen).not_to_have_value("")
    macros.get_by_role("button", name="Remove /zz-greet").click()
    expect(macros.locator("main")).to_contain_text("There is none yet.")
    reply.press("Control+Enter")
    expect(desk.locator("#reply-problem")).to_contain_text("was removed meanwhile")
    expect(reply).to_have_value("Good morning.")
    expect(chosen).to_have_value("")
    reply.press("Control+Enter")
    expect(desk.locator("#messages > .by-agent").last).to_contain_text("Good morning.")
    expect(reply).to_have_value("")


def test_a_note_that_is_kept_leaves_the_focus_with_whoever_writes_elsewhere(desk: Page) -> None:
    desk.locator("button[data-compose=note]").click()
    note = desk.locator("#note-text")
    note.fill("For later.")
    desk.route("**/notes", lambda route: (desk.locator("#tag-name").focus(), route.continue_())[1])
    note.press("Control+Enter")
    expect(desk.locator("#messages > .by-note")).to_contain_text("For later.")
    expect(note).to_have_value("")
    expect(desk.locator("#tag-name")).to_be_focused()


def test_enter_in_the_field_for_a_time_snoozes_until_that_time(desk: Page, case: str, colleague: Staff) -> None:
    desk.locator("#reply-text").fill("I look into it.")
    desk.keyboard.press("Control+Enter")
    desk.locator("#snooze-step > summary").click()
    wanted = (datetime.now() + timedelta(days=9)).strftime("%Y-%m-%dT09:30")  # noqa: DTZ005
    desk.locator("#snooze-until").fill(wanted)
    desk.locator("#snooze-until").press("Enter")
    expect(desk.locator("#wake")).to_be_visible()
    until = datetime.fromisoformat(colleague.get(f"/api/tickets/{case}").json()["snoozed_until"])
    assert until.timestamp() == desk.evaluate("(time) => new Date(time).getTime() / 1000", wanted)


def test_escape_closes_the_account_menu_and_nothing_more(desk: Page) -> None:
    menu = desk.locator("[data-menu] > summary")
    menu.click()
    expect(desk.locator("[data-menu][open]")).to_have_count(1)
    desk.keyboard.press("Escape")
    expect(desk.locator("[data-menu][open]")).to_have_count(0)
    expect(menu).to_be_focused()


def test_where_a_reply_goes_is_renewed_with_the_strip_of_chats(desk: Page) -> None:
    expect(desk.locator("#mail-hint")).to_be_hidden()
    state = '<span id="chats-state" data-unread="0" data-newest="" data-mail-hint="It goes as a mail."></span>'
    desk.route("**/desk/chats?*", lambda route: route.fulfill(body=state, content_type="text/html"))
    desk.evaluate("htmx.trigger('#chats', 'look')")
    expect(desk.locator("#mail-hint")).to_have_text("It goes as a mail.")


OFFER = """<section class="offer" data-offer="{id}" data-number="T-1"><h2 class="offer-title">Waiting</h2>
<p><progress max="60" value="60"></progress><span data-seconds="60" data-words="{{seconds}} s"></span></p>
<form><button type="submit" class="btn btn-primary" id="accept-{id}">Accept</button></form>
<form><input name="why" aria-label="Why"></form></section>"""
# Chrome on Android: the name is there, and cannot be used.
NO_NOTICES = """
localStorage.setItem("huilu-alert-notice", "yes");
window.Notification = class { static permission = "granted"; constructor() { throw new TypeError("no"); } };
document.addEventListener("huilu:offer", ({ detail }) => {
  sessionStorage.setItem("told", (sessionStorage.getItem("told") || "") + detail.id);
});
"""


def test_an_offer_is_told_once_in_a_window_and_passes_the_focus_on_when_it_goes(desk: Page) -> None:
    offered = ["a", "b"]

    def answer(route: Route) -> None:
        route.fulfill(body="".join(OFFER.format(id=each) for each in offered), content_type="text/html")

    address = desk.url
    # The page that is open might be told of the offers before anybody listens.
    desk.goto("about:blank")
    desk.add_init_script(NO_NOTICES)
    desk.route("**/desk/offers*", answer)
    for _ in range(2):
        desk.goto(address)
        expect(desk.locator(".offer")).to_have_count(2)
        # Written when the offers were told.
        expect(desk.locator(".offer [data-seconds]").last).to_have_text(re.compile("[0-9]+ s"))
    assert desk.evaluate("sessionStorage.getItem('told')") == "ab"
    desk.locator("#accept-a").focus()
    for gone, focused in (("a", "#accept-b"), ("b", "#main")):
        offered.remove(gone)
        desk.evaluate("htmx.trigger('#offers', 'sse:offers')")
        expect(desk.locator(f"#accept-{gone}")).to_have_count(0)
        expect(desk.locator(focused)).to_be_focused()
