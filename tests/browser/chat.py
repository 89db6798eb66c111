"""The chat on a page as a test reads it, and what the server has of the same conversation."""

import time
import uuid
from typing import Any

import httpx
from playwright.sync_api import Page

SHOWN = """() => [...document.querySelector("huilu-chat").shadowRoot.querySelectorAll("[data-role=message]")]
    .map((node) => [Number(node.dataset.seq ?? 0), node.dataset.author,
                    node.querySelector("[data-role=text]")?.textContent ?? ""])"""
KEPT = """() => Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.startsWith("huilu:"))
    .map(([key, value]) => [key.split(":").pop(), JSON.parse(value)]))"""
# Notes whatever is announced, and every time that the notice of a lost connection comes or goes.
WATCH = """() => {
    const root = document.querySelector("huilu-chat").shadowRoot;
    const [spoken, notice] = ["announcement", "connection"].map((role) => root.querySelector(`[data-role=${role}]`));
    window.heard = [];
    window.moves = [];
    new MutationObserver(() => spoken.textContent && heard.push(spoken.textContent)).observe(spoken, {childList: true});
    new MutationObserver(() => notice.hidden !== (moves.at(-1) ?? false) || moves.push(!notice.hidden))
        .observe(notice, {attributeFilter: ["hidden"]});
}"""


def shown(page: Page) -> list[tuple[int, str, str]]:
    """Number, author and words of every message in the log, from top to bottom; 0 for what is not sent yet."""
    return [tuple(each) for each in page.evaluate(SHOWN)]


class Stored:
    """The conversation of a page, read and written past the page, as from another device."""

    def __init__(self, address: str, page: Page) -> None:
        kept: dict[str, Any] = page.evaluate(KEPT)
        self.id: str = kept["id"]
        self._path = f"{address}/api/chat/conversations/{self.id}/messages"
        self._headers = {"Authorization": f"Bearer {kept['token']}"}

    def read(self) -> tuple[list[dict[str, Any]], bool]:
        """All messages, and whether another is on its way."""
        found: list[dict[str, Any]] = []
        while True:
            params = {"after": found[-1]["seq"] if found else 0}
            told = httpx.get(self._path, params=params, headers=self._headers, timeout=20, trust_env=False).json()
            if not told["messages"]:
                return found, told["typing"]
            found += told["messages"]

    def write(self, words: str) -> None:
        """Say something as the customer."""
        body = {"client_id": str(uuid.uuid4()), "text": words}
        sent = httpx.post(self._path, json=body, headers=self._headers, timeout=20, trust_env=False)
        assert sent.status_code == 202, sent.text

    def by_customer(self) -> list[str]:
        """What the customer said, in the server's order."""
        return [each["text"] for each in self.read()[0] if each["author"] == "customer"]

    def wait_until_shown(self, *pages: Page, seconds: float = 20) -> None:
        """Wait until every page shows each message once, in order, and nothing else, and no answer is on its way.

        Raises:
            AssertionError: When that does not come about in time; tells the numbers.
        """
        deadline = time.monotonic() + seconds
        while True:
            stored, typing = self.read()
            numbers = [each["seq"] for each in stored]
            seen = [[seq for seq, _, _ in shown(page)] for page in pages]
            if not typing and all(each == numbers for each in seen):
                return
            assert time.monotonic() < deadline, f"stored {numbers[-20:]}, shown {[each[-20:] for each in seen]}"
            time.sleep(0.3)
