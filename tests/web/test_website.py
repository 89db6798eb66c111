"""The page that makes the line for a website: what it shows, what it refuses, and who may frame what."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from support.staff.operations import open_session
from support.staff.tables import StaffMember
from tests.web.desk_fixtures import SCRIPT, Person, make_app
from tests.web.test_access import STREAMS
from web.staff_access import COOKIE


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    with TestClient(make_app(tmp_path_factory.mktemp("website"))) as running:
        yield running


@pytest.fixture(scope="module")
def ada(client: TestClient[Litestar]) -> Person:
    """Somebody who may everything."""
    with client.app.state.services.database.writing() as session:
        member = StaffMember(email="ada@example.com", name="Ada", role="administrator", password_hash="none")
        session.add(member)
        session.flush()
        return Person(client, "ada", {COOKIE: open_session(session, member)})


def line_of(page: Any) -> str:
    """What stands in the field to be copied."""
    found = re.search(r'<textarea[^>]*id="snippet"[^>]*>\n?(.*?)</textarea>', page.text, re.S)
    assert found
    return unescape(found[1])


def test_the_page_shows_the_line_with_the_address_it_was_called_at(ada: Person) -> None:
    page = ada.get("/website", headers={"Host": "chat.example.com"})
    assert page.status_code == 200
    assert line_of(page) == '<script async src="http://chat.example.com/widget.js"></script>'
    assert "http://chat.example.com/chat" in page.text
    assert "only this computer knows" not in page.text
    assert "only this computer knows" in ada.get("/website", headers={"Host": "127.0.0.1:8000"}).text


def test_what_is_chosen_comes_to_stand_in_line_preview_and_form(ada: Person) -> None:
    page = ada.get("/website", params={"locale": "zh-Hant", "color": "#aa3366", "title": "Ask us"})
    assert 'data-locale="zh-Hant" data-color="#aa3366" data-title="Ask us"' in line_of(page)
    assert 'src="/website/preview?locale=zh-Hant&amp;color=%23aa3366&amp;title=Ask+us"' in page.text
    assert 'value="#aa3366"' in page.text
    assert "/chat?language=zh-Hant" in page.text
    # Choosing the chat's language leaves the language of the page alone.
    assert '<html lang="en">' in page.text


def test_a_bad_value_is_told_at_its_field_and_left_out_of_the_line(ada: Person) -> None:
    page = ada.get("/website", params={"logo": "javascript:alert(1)", "title": "Ask us"})
    assert page.status_code == 200
    assert re.search(r'id="logo-problem"[^>]*>Please give an address', page.text)
    assert re.search(r'id="logo"[^>]*value="javascript:alert\(1\)"[^>]*aria-invalid="true"', page.text)
    assert 'data-title="Ask us"' in line_of(page)
    assert "javascript" not in line_of(page)


def test_as_one_types_only_the_result_is_renewed(ada: Person) -> None:
    asked = {"HX-Request": "true", "HX-Target": "result"}
    part = ada.get("/website", params={"title": "Ask us", "color": "red"}, headers=asked)
    assert part.headers["HX-Replace-Url"] == "/website?title=Ask+us"
    assert "<html" not in part.text
    assert 'data-title="Ask us"' in line_of(part)
    assert re.search(r'hx-swap-oob="innerHTML:#color-problem">Please give the colour', part.text)


def test_the_preview_loads_the_chat_with_the_settings(ada: Person) -> None:
    page = ada.get("/website/preview", params={"locale": "zh-Hans", "color": "#aa3366", "position": "left"})
    assert '<html lang="zh-Hans">' in page.text
    assert 'src="/widget.js" data-locale="zh-Hans" data-color="#aa3366" data-position="left"></script>' in page.text


def test_the_preview_runs_nothing_that_was_given_to_it(ada: Person) -> None:
    given = {"title": f'"{SCRIPT}', "logo": "javascript:x", "color": "red;}", "target": "<img>", "origin": "https://x"}
    page = ada.get("/website/preview", params=given)
    assert "<script>alert" not in page.text
    assert re.findall(r"data-(\w+)=", page.text) == ["title"]


def test_in_the_preview_a_place_of_our_own_stands_for_the_sites_element(ada: Person) -> None:
    page = ada.get("/website/preview", params={"target": ".side > .chat"})
    assert 'data-target="#example-place"' in page.text
    assert '<div id="example-place">' in page.text


def test_only_the_page_may_frame_and_only_the_preview_may_be_framed(ada: Person) -> None:
    framed, framing = [], []
    for route in ada.client.app.routes:
        path = re.sub(r"\{[^}]+\}", "something", route.path)
        if "GET" in getattr(route, "methods", ()) and path not in STREAMS:
            policy = ada.get(path).headers["content-security-policy"]
            framed += [path] if "frame-ancestors 'none'" not in policy else []
            framing += [path] if "frame-src" in policy else []
    assert framed == ["/website/preview"]
    assert framing == ["/website"]
    policy = ada.get("/website/preview").headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "img-src 'self';" in policy


def test_the_preview_may_load_a_logo_from_where_it_lies_and_nothing_else(ada: Person) -> None:
    page = ada.get("/website/preview", params={"logo": "https://pictures.example.com/logo.svg"})
    assert 'data-logo="https://pictures.example.com/logo.svg"' in page.text
    assert "img-src 'self' https://pictures.example.com;" in page.headers["content-security-policy"]
    # What lies on the customer's site is not to be found here.
    assert "data-logo" not in ada.get("/website/preview", params={"logo": "/logo.svg"}).text


def test_the_qr_code_is_a_picture_of_the_chats_address(ada: Person) -> None:
    picture = ada.get("/website/qr.svg", params={"language": "zh-Hans"})
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.text.lstrip().startswith("<?xml") and "<path" in picture.text
    assert picture.text != ada.get("/website/qr.svg").text
    assert ada.get("/website/qr.svg", params={"language": "fr"}).text == ada.get("/website/qr.svg").text


def test_nothing_of_the_page_stays_in_a_shared_computers_cache(ada: Person) -> None:
    for path in ("/website", "/website/preview", "/website/qr.svg"):
        assert ada.get(path).headers["cache-control"] == "no-store"


def test_agents_see_no_link_to_the_page_and_do_not_get_in(client: TestClient[Litestar], ada: Person) -> None:
    assert 'href="/website"' in ada.get("/desk").text
    with client.app.state.services.database.writing() as session:
        member = StaffMember(email="mei@example.com", name="Mei", role="agent", password_hash="none")
        session.add(member)
        session.flush()
        mei = Person(client, "mei", {COOKIE: open_session(session, member)})
    assert 'href="/website"' not in mei.get("/desk").text
    assert mei.get("/website").status_code == 403
