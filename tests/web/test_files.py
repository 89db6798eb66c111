"""Files through the chat: taken or refused, kept once, and told."""

import asyncio
import io
import json
import uuid
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from PIL import Image

from support.conversations.tokens import hash_token
from support.files.rules import LARGEST_FILE
from tests.support.files_made import PDF, document, photo, picture
from tests.web.desk_fixtures import client
from tests.web.file_fixtures import Visitor, kept, on_both, visitor
from web.chat.stream import events
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["client", "on_both", "visitor"]


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
