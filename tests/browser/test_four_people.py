"""Two customers, an agent and a supervisor at once, each at a browser of their own, in Chinese and English.

Queue, an offer declined, the next one accepted, files both ways, passed on, a supervisor who steps in, handed back,
handed off again, resolved and rated - and the timeline tells exactly that.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, Visitor, sign_in
from tests.people import Staff
from tests.running import RunningServers

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]

AGENT, SUPERVISOR = "Mei Lin", "Ada Wong"
WHY = "In a meeting"
NOTE = "Knows the order number already"
# What happened, by whom, as the timeline of each case has to tell it.
TOLD = [
    ("opened", None),
    ("offered", AGENT),
    ("offer_refused", AGENT),
    ("offered", SUPERVISOR),
    ("taken", SUPERVISOR),
    ("transferred", SUPERVISOR),
    ("stepped_in", SUPERVISOR),
    ("stepped_out", SUPERVISOR),
    ("handed_back", AGENT),
    ("offered", AGENT),
    ("taken", AGENT),
    ("resolved", AGENT),
]


@dataclass(frozen=True)
class Words:
    """What is said in one language of the tale."""

    person: str
    question: str
    hello: str
    beside: str
    comment: str


TALES = {
    "zh-CN": Words("转人工", "我的包裹坏了", "您好，我看一下。", "我也来帮忙。", "很快很好"),
    "en": Words("let me speak to a human", "My parcel is broken", "Hello, let me see.", "Let me help too.", "Quick"),
}


@dataclass
class Customer:
    """One of the two customers."""

    visitor: Visitor
    words: Words
    number: str = ""
    case: str = ""

    @property
    def page(self) -> Page:
        return self.visitor.page

    def says(self, text: str) -> None:
        self.page.locator("[data-role=input]").fill(text)
        self.page.locator("[data-role=input]").press("Enter")

    def sees(self, status: str, name: str = "") -> None:
        shown = self.page.locator("[data-role=status]")
        expect(shown).to_have_attribute("data-status", status)
        if name:
            expect(shown).to_contain_text(name)

    def last_of(self, author: str) -> Locator:
        return self.page.locator(f"[data-role=message][data-author={author}]").last


def settled(member: Staff, case: str) -> bool:
    """Resolve a case; refused while its chat is a colleague's."""
    member.post(f"/api/tickets/{case}/take")
    resolution = {"category": "service", "note": "From an earlier test."}
    return member.post(f"/api/tickets/{case}/resolve", resolution).status_code == 200


@pytest.fixture
def nothing_left(servers: RunningServers) -> None:
    """Whoever worked in an earlier test has gone, and every case they left is settled: none is offered before these."""
    with httpx.Client(base_url=servers.address, timeout=30) as http:
        emails = [servers.email(role) for role in ("supervisor", "agent")]
        everybody = [Staff(http, email, servers.sign_ins[email]) for email in emails]
        while left := everybody[0].get("/api/tickets", view="all").json()["tickets"]:
            for each in left:
                assert any(settled(member, each["id"]) for member in everybody), each
    with sqlite3.connect(servers.home / "huilu.db", timeout=20) as connection:
        connection.execute("UPDATE staff_member SET seen_at = NULL")


def picture_file() -> dict[str, Any]:
    made = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(made, "PNG")
    return {"name": "parcel.png", "mimeType": "image/png", "buffer": made.getvalue()}


def offer_of(desk: Page, customer: Customer) -> Locator:
    return desk.locator(f".offer[data-number='{customer.number}']")


def open_case(desk: Page, customer: Customer) -> None:
    """Open a case unless it is open already."""
    if f"/desk/tickets/{customer.case}" not in desk.url:
        desk.goto(desk.url.split("/desk")[0] + f"/desk/tickets/{customer.case}")
    expect(desk.locator("#case-title")).to_contain_text(customer.number)


def reply(desk: Page, customer: Customer, text: str) -> None:
    open_case(desk, customer)
    desk.locator("#reply-text").fill(text)
    desk.locator("#reply-text").press("Control+Enter")
    expect(customer.last_of("agent")).to_contain_text(text)


@pytest.mark.usefixtures("nothing_left")
def test_four_people_at_once(visit: Visit, servers: RunningServers) -> None:
    agent, supervisor = visit("four-agent"), visit("four-supervisor")
    mei = sign_in(agent, servers, "agent", "/desk")
    ada = sign_in(supervisor, servers, "supervisor", "/desk")
    # Supervisors keep their last choice when they sign in, and this one takes chats.
    ada.locator("#presence-online").click()
    customers = [
        Customer(visit("four-zh", "zh-CN"), TALES["zh-CN"]),
        Customer(visit("four-en", "en", NARROW), TALES["en"]),
    ]
    for each in customers:
        wait_in_the_queue(each)
    for each in customers:
        declined_then_accepted(mei, ada, each)
    agent.picture("1-after-declining")
    supervisor.picture("1-two-chats")
    for each in customers:
        files_both_ways(ada, each)
    for each in customers:
        pass_on(ada, mei, each)
    agent.picture("2-passed-on")
    for each in customers:
        step_in_and_out(supervisor, mei, each)
    for each in customers:
        hand_back(mei, each)
    for each in customers:
        hand_off_again(agent, each)
    for each in customers:
        resolve_and_rate(mei, each)
    for each in customers:
        each.visitor.picture("rated")
        each.visitor.check_accessibility()
        open_case(mei, each)
        expect(mei.locator("main")).to_contain_text(each.words.comment)
    agent.picture("3-resolved")
    agent.check_accessibility()
    supervisor.check_accessibility()
    the_timeline_tells_exactly_that(servers, customers)


def wait_in_the_queue(customer: Customer) -> None:
    page = customer.visitor.go("/chat")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    customer.says(customer.words.person)
    customer.sees("queued")
    told = page.locator("[data-role=ticket-number]").last.inner_text()
    customer.number = told[told.index("T-") :].split()[0].rstrip(".。,，")
    customer.says(customer.words.question)
    expect(customer.last_of("customer")).to_contain_text(customer.words.question)


def declined_then_accepted(mei: Page, ada: Page, customer: Customer) -> None:
    offered = offer_of(mei, customer)
    expect(offered).to_be_visible()
    offered.locator("input[name=why]").fill(WHY)
    offered.get_by_role("button", name="Decline").click()
    expect(offered).to_have_count(0)
    next_one = offer_of(ada, customer)
    expect(next_one).to_be_visible()
    next_one.get_by_role("button", name="Accept").click()
    ada.wait_for_url("**/desk/tickets/**")
    expect(ada.locator("#case-title")).to_contain_text(customer.number)
    customer.case = ada.url.split("/tickets/")[1].split("?")[0]
    customer.sees("agent", SUPERVISOR)
    reply(ada, customer, customer.words.hello)


def files_both_ways(ada: Page, customer: Customer) -> None:
    open_case(ada, customer)
    customer.page.locator("[data-role=file]").set_input_files(files=[picture_file()])
    expect(ada.locator("#messages .by-customer .entry-picture img").last).to_be_visible()
    ada.locator("#attach summary").click()
    ada.locator("#attach-file").set_input_files(files=[picture_file()])
    ada.locator("#attach button[type=submit]").click()
    expect(customer.last_of("agent").locator("canvas, img")).to_be_visible()
    expect(ada.locator("#attach")).not_to_have_attribute("open", "")


def pass_on(ada: Page, mei: Page, customer: Customer) -> None:
    open_case(ada, customer)
    ada.locator("#pass-on summary").click()
    # Beside the name stands how many chats they have.
    named = ada.locator("#transfer-to option", has_text=f"{AGENT} (")
    expect(named).to_contain_text("of 4 chats")
    ada.locator("#transfer-to").select_option(named.get_attribute("value"))
    ada.locator("#transfer-note").fill(NOTE)
    ada.locator("#pass-on button[type=submit]").click()
    customer.sees("agent", AGENT)
    expect(mei.locator(f"#chats [data-chat='{customer.case}']")).to_be_visible()
    open_case(mei, customer)
    expect(mei.locator("#messages")).to_contain_text(NOTE)


def step_in_and_out(supervisor: Visitor, mei: Page, customer: Customer) -> None:
    ada = supervisor.page
    open_case(mei, customer)
    open_case(ada, customer)
    notices = customer.page.locator("[data-role=message][data-author=system]").count()
    ada.get_by_role("button", name="Step in").click()
    expect(mei.locator("#compose-live")).to_contain_text(SUPERVISOR)
    reply(ada, customer, customer.words.beside)
    expect(customer.last_of("agent")).to_contain_text(SUPERVISOR)
    assert customer.page.locator("[data-role=message][data-author=system]").count() == notices
    customer.sees("agent", AGENT)
    supervisor.picture(f"stepped-in-{customer.number}")
    ada.get_by_role("button", name="Step out").click()
    expect(ada.get_by_role("button", name="Step in")).to_be_visible()


def hand_back(mei: Page, customer: Customer) -> None:
    open_case(mei, customer)
    said = customer.page.locator("[data-role=message][data-author=bot]").count()
    mei.locator("#hand-back summary").click()
    mei.locator("#hand-back-note").fill(NOTE)
    mei.locator("#hand-back button[type=submit]").click()
    customer.sees("bot")
    expect(customer.page.locator("[data-role=message][data-author=bot]")).to_have_count(said + 1)
    expect(customer.last_of("bot")).to_contain_text(AGENT)


def hand_off_again(agent: Visitor, customer: Customer) -> None:
    mei = agent.page
    customer.says(customer.words.person)
    customer.sees("queued")
    expect(offer_of(mei, customer)).to_be_visible()
    # By keyboard this time; a letter pressed in a field is only a letter.
    mei.locator("#main").focus()
    mei.keyboard.press("a")
    mei.wait_for_url(f"**/desk/tickets/{customer.case}**")
    customer.sees("agent", AGENT)


def resolve_and_rate(mei: Page, customer: Customer) -> None:
    open_case(mei, customer)
    mei.locator("#resolve summary").click()
    mei.locator("#category").select_option("delivery")
    mei.locator("#note").fill("Sent again.")
    mei.locator("#resolve button[type=submit]").click()
    survey = customer.page.locator("[data-role=survey]").last
    expect(survey).to_be_visible()
    survey.locator("[data-score='5']").check(force=True)
    survey.locator("[data-role=survey-comment]").fill(customer.words.comment)
    survey.locator("[data-role=survey-send]").click()
    expect(customer.page.locator("[data-role=survey-thanks]").last).to_be_visible()


def the_timeline_tells_exactly_that(servers: RunningServers, customers: list[Customer]) -> None:
    email = servers.email("supervisor")
    with httpx.Client(base_url=servers.address, timeout=30, trust_env=False) as http:
        staff = Staff(http, email, servers.sign_ins[email])
        for each in customers:
            case = staff.get(f"/api/tickets/{each.case}").json()
            assert [(line["kind"], line["name"]) for line in case["timeline"]] == TOLD
            details = {line["kind"]: line["details"] for line in case["timeline"]}
            assert details["offer_refused"]["why"] == WHY
            assert (details["transferred"]["to"], details["transferred"]["why"]) == (AGENT, NOTE)
            assert details["handed_back"]["why"] == NOTE
            assert [rating["comment"] for rating in case["ratings"]] == [each.words.comment]
