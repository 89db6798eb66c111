"""The editor in memory: an app with a few articles, and people signed in to it."""

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from knowledge_base.articles.importing import import_text
from storage.settings import read_settings
from support.staff.operations import open_session
from support.staff.tables import StaffMember
from web.app import create_app
from web.services import Services

REFUND = {
    "id": "refund-time",
    "language": "en",
    "question": "How long does a refund take?",
    "variants": ["when do I get my money back", "refund duration"],
    "answer": "A refund takes three days.\nYour bank may add two more.",
    "category": "returns",
    "tags": ["refund"],
}
REFUND_CHINESE = REFUND | {
    "language": "zh-Hans",
    "question": "退款多久到账？",
    "variants": ["钱什么时候退给我"],
    "answer": "三天内到账。",
}
STORES = {
    "id": "stores",
    "language": "en",
    "question": "Where are your stores?",
    "variants": ["shop near me"],
    "answer": "In Nanjing and Taipei.",
    "category": "contact",
    "tags": [],
}
ARTICLES = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (REFUND, REFUND_CHINESE, STORES))


@dataclass
class Editor:
    """Somebody's browser on the running app."""

    client: TestClient[Litestar]

    @property
    def services(self) -> Services:
        return self.client.app.state.services

    def page(self, address: str, part: str = "") -> Response:
        headers = {"HX-Request": "true", "HX-Target": part} if part else {}
        return self.client.get(address, headers=headers)

    def send(self, address: str, form: dict[str, str], **more: Any) -> Response:
        token = self.client.cookies.get("csrftoken") or ""
        return self.client.post(address, data=form, headers={"x-csrftoken": token}, follow_redirects=False, **more)

    def form(self, key: str, language: str = "en") -> dict[str, str]:
        """The article form as a browser would send it back untouched."""
        shown = self.page(f"/editor/articles/{key}?in={language}")
        assert shown.status_code == 200
        return fields_on(shown)

    def finds(self, question: str, language: str = "en") -> str:
        """The answer a customer gets now; empty when there is none."""
        return self.services.knowledge_base.search(question, language).answer


class _Fields(HTMLParser):
    """Collects what the article form holds; only its own names, of which the other forms of the page have none."""

    NAMES = (
        "key",
        "text_language",
        "revision",
        "question",
        "variants",
        "answer",
        "category",
        "tags",
        "related",
        "reason",
    )

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and name in self.NAMES:
            self.found[name] = given.get("value") or ""
        elif tag == "textarea" and name in self.NAMES:
            self._inside = name
            self.found[name] = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[self._inside] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # A browser drops the line break right after the tag.
            self.found[self._inside] = self.found[self._inside].removeprefix("\n")
            self._inside = ""


def fields_on(response: Response) -> dict[str, str]:
    """The fields of the article form on a page."""
    parser = _Fields()
    parser.feed(response.text)
    return parser.found


def make_app(home: Path) -> Litestar:
    """The app with its own SQLite database, searching by words alone so that it starts in no time."""
    settings = {"HUILU_HOME": str(home), "HUILU_ENCODER": "none", "HUILU_SECRET": "secret for the tests"}
    return create_app(read_settings(settings))


def fill(services: Services) -> dict[str, str]:
    """Load the articles and create one person a role; returns a session token each."""
    tokens = {}
    with services.database.writing() as session:
        import_text(session, ARTICLES, "import")
        for role, name in (("agent", "Mei"), ("editor", "Yun"), ("supervisor", "Ada")):
            # Nobody signs in with a password here, and hashing one takes half a second.
            member = StaffMember(email=f"{role}@example.com", name=name, role=role, password_hash="none")
            session.add(member)
            session.flush()
            tokens[role] = open_session(session, member)
    services.knowledge_base.refresh()
    return tokens
