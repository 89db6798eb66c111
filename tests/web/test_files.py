"""Files through the chat and the desk: sent, seen by the other side, and served safely."""

import asyncio
import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from PIL import Image

from storage.engine import Database
from support.conversations.tokens import hash_token
from support.files.rules import LARGEST_FILE
from support.handoff import operations as handoff
from support.tickets.queries import open_for
from tests.support.files_made import PDF, commented_png, document, photo, picture
from tests.web.desk_fixtures import PASSWORD, Caller, Person, add_everybody, client, make_app, mei
from web.chat.stream import events
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["client", "mei"]

SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
    "referrer-policy": "no-referrer",
    "cache-control": "private, max-age=86400, immutable",
}


@pytest.fixture
def on_both(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    """The app on either database."""
    app = make_app(tmp_path, database)
    with TestClient(app) as made:
        add_everybody(app.state.services)
        yield made


class Visitor:
    """A customer in the chat."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client
        client.cookies.clear()
        opened = client.post("/api/chat/conversations", json={"language": "en"}).json()
        self.id = opened["id"]
        self.path = f"/api/chat/conversations/{self.id}"
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def send(self, content: bytes, name: str = "photo.jpg", client_id: str | None = None, **more: Any) -> Any:
        self.client.cookies.clear()
        return self.client.post(
            f"{self.path}/files",
            files={"file": (name, content, more.pop("declared", "image/png"))},
            data={"client_id": client_id or str(uuid.uuid4())},
            headers=self.headers | more,
        )

    def messages(self) -> list[dict[str, Any]]:
        found = self.client.get(f"{self.path}/messages?after=1", headers=self.headers).json()
        return list(found["messages"])

    def file(self, position: int = 0) -> dict[str, Any]:
        return dict(self.messages()[position]["payload"]["file"])


@pytest.fixture
def visitor(client: TestClient[Litestar]) -> Visitor:
    return Visitor(client)


def case_of(visitor: Visitor) -> str:
    services: Services = visitor.client.app.state.services
    with services.database.writing() as session:
        handoff.request(session, visitor.id, "request", None)
    with services.database.reading() as session:
        ticket = open_for(session, visitor.id)
        assert ticket is not None
        return ticket.id


def attach(person: Person, ticket: str, content: bytes, name: str, htmx: bool = False, token: bool = True) -> Any:
    """Send the form of the desk."""
    form = {"after": "0"} | ({"_csrf_token": person.cookies["csrftoken"]} if token else {})
    headers = {"HX-Request": "true"} if htmx else {}
    return person.request(
        "POST", f"/desk/tickets/{ticket}/files", files={"file": (name, content)}, data=form, headers=headers
    )


def kept(client: TestClient[Litestar]) -> list[str]:
    return list(client.app.state.services.files.ids())


def test_a_customers_picture_arrives_and_is_served_without_what_it_told_about_the_place(
    on_both: TestClient[Litestar],
) -> None:
    visitor = Visitor(on_both)
    sent = visitor.send(photo(), "退货 照片.jpg")
    assert sent.status_code == 202, sent.text
    message, note = visitor.messages()
    assert sent.json() == {"id": message["id"], "seq": message["seq"]}
    assert (message["author"], message["text"]) == ("customer", "退货 照片.jpg")
    assert (note["author"], note["payload"]) == ("bot", {"offer": ["person"]})
    told = message["payload"]["file"]
    assert (told["width"], told["height"], told["media_type"]) == (40, 60, "image/jpeg")
    served = visitor.client.get(told["address"])
    assert served.status_code == 200
    assert len(served.content) == told["size"]
    shown = Image.open(io.BytesIO(served.content))
    assert shown.size == (40, 60)
    assert not shown.getexif()


def test_the_same_client_id_twice_is_one_message_and_one_file(on_both: TestClient[Litestar]) -> None:
    visitor = Visitor(on_both)
    client_id = str(uuid.uuid4())
    first, again = (visitor.send(PDF, "a.pdf", client_id).json() for _ in range(2))
    assert first == again
    assert len(visitor.messages()) == 2
    assert len(kept(on_both)) == 1


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"<svg onload=alert(1)></svg>", "drawing.png", 422, "kind"),
        (b"<html><script>alert(1)</script></html>", "page.jpg", 422, "kind"),
        (b"MZ\x90\x00" + bytes(100), "setup.exe", 422, "kind"),
        (document(more={"word/vbaProject.bin": b"x"}), "letter.docx", 422, "macros"),
        (b"", "empty.txt", 422, "empty"),
        (bytes(LARGEST_FILE + 1), "large.png", 413, "too_large"),
        (bytes(LARGEST_FILE + 200_000), "larger.png", 413, "too_large"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words_and_leaves_nothing(
    client: TestClient[Litestar], visitor: Visitor, content: bytes, name: str, status: int, code: str
) -> None:
    before = kept(client)
    refused = visitor.send(content, name)
    assert (refused.status_code, refused.json().get("code")) == (status, code), refused.text
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert len(refused.json()["detail"]) > 20
    assert "{" not in refused.json()["detail"]
    assert visitor.messages() == []
    assert kept(client) == before


def test_a_request_without_a_file_or_without_a_proper_id_is_refused(visitor: Visitor) -> None:
    path, headers = f"{visitor.path}/files", visitor.headers
    data = {"client_id": str(uuid.uuid4())}
    # A form whose file field was left empty.
    assert visitor.client.post(path, files={"other": ("", b"")}, data=data, headers=headers).json()["code"] == "no_file"
    assert visitor.send(PDF, "a.pdf", "no uuid").json()["code"] == "client_id"
    assert visitor.client.post(path, json={"file": "x"}, headers=headers).status_code == 400
    assert visitor.client.post(path, headers=headers).status_code in {400, 422}


def test_a_closed_conversation_takes_no_file(visitor: Visitor) -> None:
    body = {"client_id": str(uuid.uuid4()), "payload": {"kind": "close"}}
    assert visitor.client.post(f"{visitor.path}/messages", json=body, headers=visitor.headers).status_code == 202
    assert visitor.send(PDF, "a.pdf").status_code == 409


def test_nobody_sends_a_file_without_the_conversations_token(client: TestClient[Litestar], visitor: Visitor) -> None:
    other = Visitor(client)
    assert visitor.send(PDF, "a.pdf", Authorization="").status_code == 401
    assert visitor.send(PDF, "a.pdf", Authorization=other.headers["Authorization"]).status_code == 404
    assert visitor.messages() == []


async def _first_messages(services: Services, visitor: Visitor) -> list[dict[str, Any]]:
    stream = events(services, visitor.id, 1, hash_token(visitor.headers["Authorization"].removeprefix("Bearer ")))
    block = await asyncio.wait_for(anext(stream), 5)
    await stream.aclose()  # type: ignore[attr-defined]
    lines = block.decode().splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ") and '"seq"' in line]


def test_a_file_is_told_on_the_stream(client: TestClient[Litestar], visitor: Visitor) -> None:
    visitor.send(picture("WEBP"), "a.webp")
    assert client.blocking_portal is not None
    told = client.blocking_portal.call(_first_messages, client.app.state.services, visitor)
    assert [each["author"] for each in told] == ["customer", "bot"]
    assert told[0]["payload"]["file"]["address"].startswith("/files/")


def test_a_picture_is_served_to_be_shown_and_nothing_else(visitor: Visitor) -> None:
    visitor.send(commented_png(), "图.png")
    address = visitor.file()["address"]
    visitor.client.cookies.clear()
    served = visitor.client.get(address, headers={"Origin": "https://shop.example", "Accept-Encoding": "gzip"})
    assert served.headers["content-type"] == "image/png"
    assert served.headers["content-disposition"] == "inline; filename*=utf-8''%E5%9B%BE.png"
    assert served.headers.get_list("access-control-allow-origin") == ["*"]
    for name, value in SAFE.items():
        assert served.headers[name] == value, name
    assert "content-encoding" not in served.headers
    assert "set-cookie" not in served.headers
    assert b"secret" not in served.content
    head = visitor.client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(served.content))


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "invoice.pdf", "application/pdf"),
        ("你好".encode(), "page.html", "text/plain; charset=utf-8"),
        (document(), "letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_other_files_are_only_offered_for_saving(visitor: Visitor, content: bytes, name: str, media_type: str) -> None:
    visitor.send(content, name, declared="text/html")
    told = visitor.file()
    served = visitor.client.get(told["address"])
    assert served.content == content
    assert served.headers["content-type"] == media_type
    assert served.headers["content-disposition"] == f'attachment; filename="{told["name"]}"'
    assert not told["name"].endswith(".html")
    for header, value in SAFE.items():
        assert served.headers[header] == value, header


def test_nobody_gets_a_file_without_its_key(client: TestClient[Litestar], visitor: Visitor, mei: Person) -> None:
    visitor.send(PDF, "invoice.pdf")
    told = visitor.file()
    key = told["address"].split("/")[2]
    for path in (
        f"/files/{told['id']}/invoice.pdf",
        f"/files/{key[:-1]}/invoice.pdf",
        f"/files/{key.swapcase()}/invoice.pdf",
        "/files/x/invoice.pdf",
        f"/files/{key}/",
        "/files/..%2f..%2fhuilu.db/invoice.pdf",
    ):
        client.cookies.clear()
        assert client.get(path, headers=visitor.headers).status_code == 404, path
        assert mei.get(path).status_code == 404, path
    assert client.get(told["address"]).status_code == 200


def test_a_file_whose_bytes_are_gone_is_not_found(client: TestClient[Litestar], visitor: Visitor) -> None:
    visitor.send(PDF, "invoice.pdf")
    told = visitor.file()
    client.app.state.services.files.delete([told["id"]])
    assert client.get(told["address"]).status_code == 404


def test_an_agents_file_sent_by_the_form_reaches_the_customer(visitor: Visitor, mei: Person) -> None:
    ticket = case_of(visitor)
    mei.post(f"/desk/tickets/{ticket}/take")
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert 'enctype="multipart/form-data"' in page
    sent = attach(mei, ticket, picture("PNG"), "how-to.png")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/desk/tickets/{ticket}?done=file_sent")
    assert "The file was sent." in mei.get(sent.headers["location"]).text
    last = visitor.messages()[-1]
    assert (last["author"], last["name"], last["text"]) == ("agent", "Mei", "how-to.png")
    assert visitor.client.get(last["payload"]["file"]["address"]).status_code == 200


def test_with_htmx_only_what_is_new_comes_back_and_a_refusal_is_told_in_its_place(
    visitor: Visitor, mei: Person
) -> None:
    ticket = case_of(visitor)
    mei.post(f"/desk/tickets/{ticket}/take")
    sent = attach(mei, ticket, PDF, "manual.pdf", htmx=True)
    assert sent.status_code == 200
    assert "manual.pdf" in sent.text
    assert "<html" not in sent.text
    for content, words in ((b"MZ\x90\x00", "This kind of file"), (bytes(LARGEST_FILE + 1), "larger than 10 MB")):
        refused = attach(mei, ticket, content, "x.exe", htmx=True)
        assert refused.status_code == 422
        assert words in refused.text
    far_too_large = attach(mei, ticket, bytes(LARGEST_FILE + 200_000), "x.png", htmx=True)
    assert far_too_large.status_code == 413
    assert "larger than 10 MB" in far_too_large.text


def test_without_scripts_a_refusal_shows_the_case_again(visitor: Visitor, mei: Person) -> None:
    ticket = case_of(visitor)
    assert attach(mei, ticket, PDF, "a.pdf").status_code == 409
    mei.post(f"/desk/tickets/{ticket}/take")
    refused = attach(mei, ticket, b"MZ\x90\x00", "x.exe")
    assert refused.status_code == 422
    assert "This kind of file" in refused.text
    assert "You have this chat." in refused.text


def test_without_the_forms_token_no_file_is_sent(client: TestClient[Litestar], visitor: Visitor, mei: Person) -> None:
    ticket = case_of(visitor)
    mei.post(f"/desk/tickets/{ticket}/take")
    before = kept(client)
    assert attach(mei, ticket, PDF, "a.pdf", token=False).status_code == 403
    assert kept(client) == before


def test_an_agents_file_sent_by_the_api_reaches_the_customer(on_both: TestClient[Litestar]) -> None:
    signed_in = on_both.post("/api/sessions", json={"email": "mei@example.com", "password": PASSWORD})
    api = Caller(on_both, signed_in.json()["token"])
    visitor = Visitor(on_both)
    ticket = case_of(visitor)
    path, headers = f"/api/tickets/{ticket}/files", {"Authorization": f"Bearer {api.token}"}
    given: dict[str, Any] = {"files": {"file": ("invoice.pdf", PDF)}, "headers": headers}
    assert visitor.client.post(path, **given).json()["code"] == "not_in_charge"
    api.call("POST", f"/api/tickets/{ticket}/take")
    sent = visitor.client.post(path, **given)
    assert sent.status_code == 200
    assert sent.json()["transcript"][-1]["payload"]["file"]["name"] == "invoice.pdf"
    assert visitor.messages()[-1]["author"] == "agent"
    refused = visitor.client.post(path, files={"file": ("x.exe", b"MZ\x00")}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "kind")
    assert visitor.client.post("/api/tickets/nothing/files", **given).status_code == 404


def test_the_desk_shows_pictures_and_links_other_files(visitor: Visitor, mei: Person) -> None:
    visitor.send(picture("PNG", size=(300, 200)), '"><img src=x>.png')
    visitor.send(PDF + b"x" * 1500, "invoice.pdf")
    page = mei.get(f"/desk/tickets/{case_of(visitor)}").text
    shown, linked = visitor.file(0), visitor.file(2)
    assert f'<img src="{shown["address"]}" alt="&#34;&gt;&lt;img src=x&gt;.png" width="300" height="200"' in page
    assert unquote(shown["address"]).endswith('/"><img src=x>.png')
    assert f'href="{linked["address"]}"' in page
    assert "2 KB" in page
