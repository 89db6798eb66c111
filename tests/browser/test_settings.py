"""What whoever runs Huilu can decide: consent before the first word, and which websites may use the chat."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor
from tests.browser.foreign import ForeignPage, strict_policy, website
from tests.running import RunningServers, StartFailed, free_port, start_servers

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Sites:
    """The servers with both settings, a website that may use the chat and one that may not."""

    servers: RunningServers
    allowed: str
    other: str


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    port = free_port()
    chat = f"http://127.0.0.1:{port}"
    pages = {f"/{each}": ForeignPage(each, policy=strict_policy(chat)) for each in ("en", "zh-Hans", "zh-Hant")}
    with ExitStack() as stack:
        allowed, other = stack.enter_context(website(pages, chat)), stack.enter_context(website(pages, chat))
        # Nothing is searched here, so that nothing need be encoded at the start.
        settings = {"HUILU_CONSENT": "required", "HUILU_ALLOWED_ORIGINS": allowed, "HUILU_ENCODER": "none"}
        try:
            servers = start_servers(tmp_path_factory.mktemp("settings"), port, settings)
        except StartFailed as reason:
            pytest.fail(str(reason))
        stack.callback(servers.stop)
        yield Sites(servers, allowed, other)


@pytest.mark.parametrize(("language", "agree"), [("en", "I agree"), ("zh-Hans", "同意"), ("zh-Hant", "同意")])
def test_nothing_is_kept_before_the_customer_agrees(browser: Browser, sites: Sites, language: str, agree: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 740}, locale=language)
    visitor = Visitor(context, sites.allowed, f"consent-{language}")
    opened: list[str] = []
    visitor.page.on("request", lambda request: opened.append(request.url) if "/api/chat" in request.url else None)
    page = visitor.go(f"/{language}")
    page.locator("[data-role=launcher]").click()
    consent = page.locator("[data-role=consent]")
    expect(consent).to_be_visible()
    expect(page.locator("[data-role=agree]")).to_be_focused()
    expect(page.locator("[data-role=input]")).to_be_hidden()
    visitor.check_accessibility("huilu-chat")
    visitor.picture("asked")
    assert opened == []
    page.get_by_role("button", name=agree).click()
    expect(page.locator("[data-role=message]")).to_have_count(1)
    expect(page.locator("[data-role=input]")).to_be_focused()
    page.locator("[data-role=input]").fill("hello")
    page.locator("[data-role=input]").press("Enter")
    expect(page.locator("[data-role=message][data-author=bot]")).to_have_count(2)
    page.reload()
    page.locator("[data-role=launcher]").wait_for()
    if not page.locator("[data-role=panel]").is_visible():
        page.locator("[data-role=launcher]").click()
    expect(page.locator("[data-role=message]")).to_have_count(3)
    expect(consent).to_be_hidden()
    assert visitor.complaints == []
    context.close()


def test_the_api_takes_nothing_without_consent_either(sites: Sites) -> None:
    with httpx.Client(base_url=sites.servers.address) as http:
        opened = http.post("/api/chat/conversations", json={"language": "en"}).json()
        path, headers = f"/api/chat/conversations/{opened['id']}", {"Authorization": f"Bearer {opened['token']}"}
        words = {"client_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "text": "hello"}
        refused = http.post(f"{path}/messages", json=words, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "consent")
        file = {"file": ("a.txt", b"hello", "text/plain")}
        refused = http.post(f"{path}/files", data={"client_id": words["client_id"]}, files=file, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "consent")
        assert http.post(f"{path}/consent", json={}, headers=headers).status_code == 200
        assert http.post(f"{path}/messages", json=words, headers=headers).status_code == 202


def test_a_website_that_is_not_allowed_gets_no_chat(browser: Browser, sites: Sites) -> None:
    context = browser.new_context()
    visitor = Visitor(context, sites.other, "not-allowed")
    page = visitor.go("/en")
    allowed = page.evaluate(
        """(chat) => fetch(`${chat}/api/chat/conversations`, {method: "POST", body: "{}"})
            .then(() => true, () => false)""",
        sites.servers.address,
    )
    assert allowed is False
    refused = httpx.post(f"{sites.servers.address}/api/chat/conversations", headers={"Origin": sites.other}, json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "origin")
    assert "access-control-allow-origin" not in refused.headers
    context.close()
