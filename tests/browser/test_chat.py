"""What the chat can do for customers and for the site around it, in Chromium against the real servers."""

import hashlib
import hmac
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Visitor, sign_in
from tests.browser.foreign import ForeignPage, strict_policy, website
from tests.browser.test_accessibility import open_chat
from tests.browser.test_tale import ask
from tests.people import Customer, Staff
from tests.running import RunningServers
from tests.support.files_made import photo, picture

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
STEPS = """To change the **filter** of the lamp:

1. Switch it *off*.
2. Turn the lid.

![The lid, seen from above]({picture})

3. See [the manual](https://example.com/manual) or [bad](javascript:alert(1)).

<script>alert("never")</script>
"""


@pytest.fixture
def http(servers: RunningServers) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=servers.address) as client:
        yield client


@pytest.fixture(scope="module")
def strict(servers: RunningServers) -> Iterator[str]:
    """Another company's website, with the strictest policy."""
    with website({"/": ForeignPage("en", policy=strict_policy(servers.address))}, servers.address) as address:
        yield address


def publish(servers: RunningServers, http: httpx.Client, key: str, question: str, answer: str) -> None:
    """An article, live for customers when this returns."""
    email = servers.email("editor")
    editor = Staff(http, email, servers.sign_ins[email])
    body = {"question": question, "answer": answer, "category": "", "tags": [], "variants": [], "state": "published"}
    stored = editor.put(f"/api/articles/{key}/en", body)
    assert stored.status_code in {200, 201}, stored.text
    deadline = time.monotonic() + 15
    while editor.get("/api/search", q=question, language="en").json()["candidates"][:1] == []:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def sent_file(customer: Customer, name: str, content: bytes, kind: str) -> str:
    """Send a file as a customer; its address."""
    files = {"file": (name, content, kind)}
    path, body = f"{customer.path}/files", {"client_id": str(uuid.uuid4())}
    stored = customer.http.post(path, data=body, files=files, headers=customer.headers)
    assert stored.status_code == 202, stored.text
    return str(customer.read(stored.json()["seq"] - 1)["messages"][0]["payload"]["file"]["address"])


def test_an_answer_in_markdown_shows_steps_a_picture_and_links_and_runs_nothing(
    visit: Visit, servers: RunningServers, http: httpx.Client, strict: str
) -> None:
    address = sent_file(Customer(http), "lid.png", picture("PNG", (600, 300)), "image/png")
    question = "How do I change the dust filter of the Glow lamp?"
    publish(servers, http, "change-lamp-filter", question, STEPS.format(picture=address))
    visitor = visit("markdown", address=strict)
    answer = ask(open_chat(visitor), question)
    expect(answer.locator("strong")).to_have_text("filter")
    assert answer.locator("ol li").all_inner_texts()[:2] == ["Switch it off.", "Turn the lid."]
    expect(answer.locator("ol[start='3']")).to_have_count(1)
    expect(answer.get_by_role("img", name="The lid, seen from above")).to_be_visible()
    link = answer.get_by_role("link", name="the manual")
    assert (link.get_attribute("rel"), link.get_attribute("target")) == ("noopener noreferrer", "_blank")
    expect(answer.locator("[data-role=text]")).to_contain_text('<script>alert("never")</script>')
    assert answer.locator("script, a[href^='javascript']").count() == 0
    visitor.picture("answer")
    visitor.check_accessibility("huilu-chat")


def test_a_long_answer_folds_and_shows_all_when_asked(
    visit: Visit, servers: RunningServers, http: httpx.Client
) -> None:
    question = "What is in the long list of spare parts for the vacuum?"
    publish(servers, http, "spare-parts", question, "\n".join(f"- Part number {number}" for number in range(1, 60)))
    visitor = visit("long", size=NARROW)
    page = visitor.go("/chat")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    answer = ask(page, question)
    folded = answer.locator("[data-role=text]")
    assert folded.evaluate("(each) => each.scrollHeight > each.clientHeight + 100")
    visitor.picture("folded")
    answer.locator("[data-role=more]").click()
    assert folded.evaluate("(each) => each.scrollHeight <= each.clientHeight + 2")
    expect(answer.locator("[data-role=more]")).to_have_count(0)
    visitor.check_accessibility()


def test_files_go_both_ways_and_are_seen_without_being_loaded_by_the_page(
    visit: Visit, servers: RunningServers, strict: str, tmp_path: Path
) -> None:
    desk = sign_in(visit("agent-files"), servers, "agent", "/desk")
    visitor = visit("files", address=strict)
    page = open_chat(visitor)
    ask(page, "let me speak to a human")
    number = page.locator("[data-role=ticket-number]").last.inner_text()
    photographed = tmp_path / "损坏的灯.jpg"
    photographed.write_bytes(photo())
    page.locator("[data-role=file]").set_input_files(photographed)
    expect(page.get_by_role("img", name="损坏的灯.jpg")).to_be_visible()
    desk.locator(".row-link", has_text=number[number.index("T-") :]).click()
    expect(desk.get_by_role("img", name="损坏的灯.jpg")).to_be_visible()
    desk.locator("form[action$='/take'] button").click()
    guide = tmp_path / "guide.txt"
    guide.write_text("Turn it off and on again.")
    desk.locator("form[action$='/files']").locator("xpath=ancestor::details/summary").click()
    desk.locator("form[action$='/files'] input[type=file]").set_input_files(guide)
    desk.locator("form[action$='/files'] button").click()
    sent = page.locator("[data-role=message][data-author=agent]").last.get_by_role("link", name="guide.txt")
    expect(sent).to_be_visible()
    got = httpx.get(str(sent.get_attribute("href")))
    assert got.text == "Turn it off and on again." and got.headers["content-disposition"].startswith("attachment")
    visitor.picture("both-ways")
    visitor.check_accessibility("huilu-chat")


def test_a_file_that_cannot_be_sent_says_why_in_the_customers_language_and_can_be_removed(
    visit: Visit, tmp_path: Path
) -> None:
    visitor = visit("refused-file", "zh-CN")
    page = visitor.go("/chat")
    expect(page.locator("[data-role=message]")).to_have_count(1)
    drawing = tmp_path / "x.png"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    page.locator("[data-role=file]").set_input_files(drawing)
    state = page.locator("[data-role=message]").last.locator("[data-role=state]")
    expect(state).to_contain_text("没有发送成功")
    visitor.check_accessibility()
    page.locator("[data-role=dismiss]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    # Chromium tells of each refused request in its console.
    visitor.complaints.clear()


def test_everything_kept_can_be_saved_and_forget_me_leaves_a_receipt_and_nothing_else(
    visit: Visit, http: httpx.Client
) -> None:
    visitor = visit("forget")
    page = open_chat(visitor)
    ask(page, "my name is Wilhelmina Quill and my lamp is broken")
    page.locator("[data-role=menu]").click()
    with page.expect_download() as saving:
        page.locator("[data-role=menu-export]").click()
    with zipfile.ZipFile(saving.value.path()) as archive:
        told = json.loads(archive.read("data.json"))
        assert "Wilhelmina Quill" in archive.read("conversation.html").decode()
    assert any("Wilhelmina" in message["text"] for message in told["messages"])
    conversation = stored(page)
    page.locator("[data-role=menu]").click()
    page.locator("[data-role=menu-forget]").click()
    visitor.check_accessibility("huilu-chat")
    page.locator("[data-role=confirm]").click()
    expect(page.locator("[data-role=receipt]")).to_contain_text("E-")
    expect(page.locator("[data-role=message]")).to_have_count(0)
    visitor.picture("receipt")
    visitor.check_accessibility("huilu-chat")
    headers = {"Authorization": f"Bearer {conversation['token']}"}
    assert http.get(f"/api/chat/conversations/{conversation['id']}/messages", headers=headers).status_code == 404
    page.locator("[data-role=restart]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    assert stored(page)["id"] != conversation["id"]


def stored(page: Page) -> dict[str, Any]:
    """What the chat keeps on this device, by name."""
    return dict(
        page.evaluate(
            """Object.fromEntries(Object.keys(localStorage).filter((key) => key.startsWith("huilu:"))
                .map((key) => [key.split(":").slice(4).join(":"), JSON.parse(localStorage[key])]))"""
        )
    )


def signed(customer: str, name: str) -> dict[str, Any]:
    """A customer as the company's site signs them."""
    moment, nonce = int(time.time()), uuid.uuid4().hex
    secret = b"identity-secret-of-the-tests"
    signature = hmac.new(secret, f"{customer}.{moment}.{nonce}".encode(), hashlib.sha256).hexdigest()
    return {"id": customer, "name": name, "time": moment, "nonce": nonce, "signature": signature}


def test_what_was_asked_before_signing_in_joins_the_customer_and_goes_on_on_another_device(visit: Visit) -> None:
    customer = f"c-{uuid.uuid4().hex[:8]}"
    page = open_chat(visit("device-one"))
    ask(page, "where's my parcel")
    with page.expect_response(lambda answer: answer.url.endswith("/customer")) as joined:
        page.evaluate("(customer) => Huilu.setUser(customer)", signed(customer, "Lee"))
    assert joined.value.status == 200
    other = visit("device-two")
    other.page.add_init_script(f"window.huiluSettings = {{ customer: {json.dumps(signed(customer, 'Lee'))} }}")
    elsewhere = other.go("/")
    elsewhere.locator("[data-role=launcher]").click()
    expect(elsewhere.locator("[data-role=message]")).to_have_count(3)
    expect(elsewhere.locator("[data-role=log]")).to_contain_text("where's my parcel")
    ask(elsewhere, "and how do I return it")
    expect(page.locator("[data-role=log]")).to_contain_text("and how do I return it")


def test_a_wrong_signature_keeps_nobody_from_asking(visit: Visit) -> None:
    visitor = visit("wrongly-signed")
    wrong = signed("c-1", "Lee") | {"signature": "0" * 64}
    visitor.page.add_init_script(f"window.huiluSettings = {{ customer: {json.dumps(wrong)} }}")
    page = visitor.go("/")
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    expect(ask(page, "where's my parcel").locator("[data-role=source]")).to_have_count(1)
    assert any("422" in each for each in visitor.complaints)
    visitor.complaints.clear()


def test_the_page_can_steer_the_chat_and_hears_what_happens(visit: Visit, servers: RunningServers) -> None:
    desk = sign_in(visit("agent-context"), servers, "agent", "/desk")
    visitor = visit("steering")
    page = visitor.go("/")
    page.locator("[data-role=launcher]").wait_for()
    page.evaluate(
        """() => { window.heard = [];
            for (const name of ["ready", "message", "handoff", "rated"])
            Huilu.on(name, (it) => window.heard.push([name, it?.author ?? it?.status ?? it?.kind])); }"""
    )
    page.evaluate("Huilu.setContext({ order: 'A-77', cart: 3 }); Huilu.toggle()")
    expect(page.locator("[data-role=panel]")).to_be_visible()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    answer = ask(page, "where's my parcel")
    answer.locator("[data-role=helpful-yes]").click()
    ask(page, "let me speak to a human")
    expect(page.locator("[data-role=status]")).to_have_attribute("data-status", "queued")
    number = page.locator("[data-role=ticket-number]").last.inner_text()
    desk.locator(".row-link", has_text=number[number.index("T-") :]).click()
    expect(desk.locator("#facts")).to_contain_text("A-77")
    page.evaluate("Huilu.setLocale('zh-TW')")
    expect(page.locator("[data-role=send]")).to_have_text("傳送")
    heard = page.evaluate("window.heard")
    assert ["ready", None] in heard and ["rated", "helpful"] in heard and ["handoff", "queued"] in heard
    assert ["message", "customer"] in heard and ["message", "bot"] in heard
    page.evaluate("Huilu.reset()")
    expect(page.locator("[data-role=panel]")).to_be_hidden()
    assert not {"id", "token", "previous"} & set(stored(page))


def test_colours_side_sign_and_words_of_the_site_are_used_and_nonsense_is_not(visit: Visit) -> None:
    visitor = visit("own-looks")
    settings = {
        "color": "#b00020",
        "position": "left",
        "logo": "/assets/favicon.svg",
        "title": "Garden help",
        "texts": {"en": {"intro": "We know <b>spades</b>."}},
    }
    visitor.page.add_init_script(f"window.huiluSettings = {json.dumps(settings)}")
    page = visitor.go("/")
    launcher = page.locator("[data-role=launcher]")
    launcher.click()
    expect(page.locator("[data-role=panel] h2")).to_have_text("Garden help")
    expect(page.locator("[data-role=intro]")).to_contain_text("We know <b>spades</b>.")
    assert launcher.evaluate("(each) => getComputedStyle(each).backgroundColor") == "rgb(176, 0, 32)"
    box = launcher.bounding_box()
    assert box is not None and box["x"] < 100
    visitor.picture("looks")
    visitor.check_accessibility("huilu-chat")
    other = visit("nonsense")
    other.page.add_init_script("window.huiluSettings = { color: 'url(evil)', position: 'up', texts: 7 }")
    page = other.go("/")
    page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    other.check_accessibility("huilu-chat")


def test_days_stand_between_messages_of_different_days(visit: Visit) -> None:
    visitor = visit("days")
    page = open_chat(visitor)
    ask(page, "where's my parcel")
    expect(page.locator("[data-role=day]")).to_have_count(0)
    page.clock.install(time=time.time() + 24 * 3600)
    page.reload()
    expect(page.locator("[data-role=day]")).to_have_count(1)
    visitor.check_accessibility("huilu-chat")


def test_a_low_rating_asks_why_and_a_person_takes_over(visit: Visit) -> None:
    visitor = visit("low-rating")
    page = open_chat(visitor)
    ask(page, "where's my parcel")
    page.locator("[data-role=menu]").click()
    page.locator("[data-role=menu-rate]").click()
    survey = page.locator("[data-role=survey][data-kind=csat]")
    survey.locator("[data-score='1']").check()
    survey.locator("input[value=wrong_answer]").check()
    visitor.picture("why")
    visitor.check_accessibility("huilu-chat")
    survey.locator("[data-role=survey-send]").click()
    expect(page.locator("[data-role=survey-thanks]")).to_be_visible()
    expect(page.locator("[data-role=ticket-number]")).to_be_visible()
