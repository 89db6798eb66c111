"""Files at the desk: sent by a colleague through the form or the API, and shown."""

from typing import Any
from urllib.parse import unquote

from litestar import Litestar
from litestar.testing import TestClient

from support.files.rules import LARGEST_FILE
from tests.support.files_made import PDF, picture
from tests.web.desk_fixtures import PASSWORD, Caller, Person, client, mei
from tests.web.file_fixtures import Visitor, attach, case_of, kept, on_both, visitor

# Fixtures are found by being imported.
__all__ = ["client", "mei", "on_both", "visitor"]


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
