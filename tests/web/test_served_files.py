"""Files are served safely, and to nobody without their key."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.support.files_made import PDF, commented_png, document
from tests.web.desk_fixtures import Person, client, mei
from tests.web.file_fixtures import Visitor, visitor

# Fixtures are found by being imported.
__all__ = ["client", "mei", "visitor"]

SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
    "referrer-policy": "no-referrer",
    "cache-control": "private, max-age=86400, immutable",
}


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
