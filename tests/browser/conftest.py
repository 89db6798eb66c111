"""A real Chromium for the browser tests, with axe and pictures of every step."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.conftest import leave_out
from tests.running import REPOSITORY, RunningServers

NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(os.environ.get("HUILU_HOME") or REPOSITORY / "var") / "screenshots"
# An empty style attribute, and the one that hides the text cursor.
STYLES_OF_PICTURES = (
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "sha256-LCYO6aZgIIKUnjcSr4gFsHQ6Y4vrxnN7Ev5la8a4W4Y=",
)
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 375, "height": 740}
# What should be seen at once is waited for as long as a page is: on a busy machine nothing else is promised.
PATIENCE_MILLISECONDS = 15_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as installed on this machine.

    Closed with its module: while Playwright's synchronous API is open, its event loop counts as running in this
    thread, and no test could run one of its own.
    """
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        leave_out("Chromium is not installed, so nothing was tested in a browser")
    with sync_playwright() as playwright:
        chromium = _launch(playwright, str(program))
        yield chromium
        chromium.close()


def _launch(playwright: Playwright, program: str) -> Browser:
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])


class Visitor:
    """One person at one browser: a page, its console, and pictures."""

    def __init__(self, context: BrowserContext, address: str, name: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.address = address
        self.name = name
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _listen(self, message: Any) -> None:
        # Nothing of ours may be refused by the content security policy or fail. Taking a picture is the exception:
        # it hides the text cursor for a moment, by a style that these hashes stand for, and is complained about later.
        if message.type == "error" and not any(style in message.text for style in STYLES_OF_PICTURES):
            self.complaints.append(message.text)

    def go(self, path: str) -> Page:
        """Open a page of ours."""
        self.page.goto(self.address + path)
        return self.page

    def picture(self, step: str) -> None:
        """Keep a picture of what is seen now."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{self.name}-{step}.png")

    def check_accessibility(self, part: str = "") -> None:
        """Nothing that axe finds against WCAG 2.2 AA, on the page as it stands, or on a part of it (a selector)."""
        if not AXE.exists():
            leave_out("axe-core is not installed (`make test` installs it)")
        # Through the debugger, because the page's own policy rightly lets no foreign script in.
        self.page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        run = "([part, tags]) => axe.run(part || document, {runOnly: {type: 'tag', values: tags}})"
        found = self.page.evaluate(run, [part, tags])
        assert found["passes"], "axe looked at nothing"
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


@pytest.fixture
def visit(browser: Browser, servers: RunningServers) -> Iterator[Callable[..., Visitor]]:
    """A function that brings another person with a browser of their own; `address` is the website they visit."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def bring(
        name: str, language: str = "en", size: dict[str, int] | None = None, address: str = "", **more: Any
    ) -> Visitor:
        context = browser.new_context(viewport=size or WIDE, locale=language, **more)  # type: ignore[arg-type]
        contexts.append(context)
        visitor = Visitor(context, address or servers.address, name)
        visitors.append(visitor)
        return visitor

    yield bring
    complaints = {visitor.name: visitor.complaints for visitor in visitors if visitor.complaints}
    for context in contexts:
        context.close()
    assert complaints == {}


def sign_in(visitor: Visitor, servers: RunningServers, role: str, then: str) -> Page:
    """Sign a role of the demo in."""
    email = servers.email(role)
    page = visitor.go(f"/sign-in?next={then}")
    page.locator("#email").fill(email)
    page.locator("#password").fill(servers.sign_ins[email])
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"**{then}**")
    return page
