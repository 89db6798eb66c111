"""Mail on pages: the desk's marks and retries, the supervisors' page, and the demo's mailbox."""

import re
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import update

from storage.settings import read_settings
from support.files.preparing import Prepared
from support.mail.tables import OutgoingMail
from support.mail.troubles import connection_trouble
from support.tickets.tables import Ticket
from tests.support.mail_fixtures import ZOE, arrives, mail_from, outgoing, sent, with_mail
from tests.web.desk_fixtures import SCRIPT, Person, add_everybody, make_app, open_case
from tests.web.door_fixtures import running
from web.app import create_app
from web.desk.mail_words import mail_trouble
from web.services import Services


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    """An app whose units of work write mail that nothing sends, so that a test decides what becomes of it."""
    app = make_app(tmp_path)
    with TestClient(app) as made:
        services: Services = app.state.services
        with_mail(services.database)
        add_everybody(services)
        yield made


def signed_in(client: TestClient[Litestar], name: str) -> Person:
    person = Person(client, name)
    person.sign_in()
    return person


def mail_case(client: TestClient[Litestar], text: str = "It flickers.", subject: str = "Lamp") -> str:
    services: Services = client.app.state.services
    taken = arrives(services.database, mail_from(text=text, subject=subject), left_out=["setup.exe"])
    assert taken.ticket is not None
    return taken.ticket.id


def test_a_mail_case_shows_its_subject_and_where_a_reply_goes(client: TestClient[Litestar]) -> None:
    case = mail_case(client, f"It flickers. {SCRIPT}", f"Lamp {SCRIPT}")
    mei = signed_in(client, "mei")
    page = mei.get(f"/desk/tickets/{case}").text
    assert "By mail" in page
    assert "setup.exe" in page
    assert "This came by mail" in page
    assert SCRIPT not in page
    page = mei.get(mei.post(f"/desk/tickets/{case}/take").headers["location"]).text
    assert "What you write goes to the customer as a mail." in page and "The customer has been told" not in page
    assert "This will go as a mail to z***@example.com." in page
    assert "Hand back to the assistant" not in page


def test_a_mail_of_files_alone_shows_which_could_not_be_taken(client: TestClient[Litestar]) -> None:
    services: Services = client.app.state.services
    file = Prepared("file-1", "invoice.pdf", "application/pdf", b"%PDF-")
    taken = arrives(services.database, mail_from(text=" "), [file], ["setup.exe"])
    assert taken.ticket is not None
    page = signed_in(client, "mei").get(f"/desk/tickets/{taken.ticket.id}").text
    assert "invoice.pdf" in page
    assert "Files that could not be taken: setup.exe" in page


def test_a_reply_shows_what_became_of_its_mail_and_a_failed_one_can_be_sent_again(client: TestClient[Litestar]) -> None:
    services: Services = client.app.state.services
    case = mail_case(client)
    mei = signed_in(client, "mei")
    mei.post(f"/desk/tickets/{case}/take")
    mei.post(f"/desk/tickets/{case}/replies", {"text": "Which lamp?"})
    assert "Mail waits to be sent" in mei.get(f"/desk/tickets/{case}").text
    mail = outgoing(services.database)[-1]
    with services.database.writing() as session:
        session.execute(
            update(OutgoingMail).where(OutgoingMail.id == mail.id).values(state="failed", error="mail refused: 550 no")
        )
    part = mei.get(f"/desk/tickets/{case}/conversation?after=99").text
    assert f'id="mail-{mail.id}" hx-swap-oob="true"' in part
    assert "The server did not take the mail (550 no)" in part
    again = f"/desk/tickets/{case}/mails/{mail.id}/again"
    assert mei.post(again).status_code == 303
    assert mei.post(again).status_code == 409
    assert mei.post(f"/desk/tickets/other/mails/{mail.id}/again").status_code == 404
    assert len(sent(services.database)) == 2
    assert "Sent by mail" in mei.get(f"/desk/tickets/{case}").text


def test_where_a_reply_goes_is_told_anew_when_the_customer_leaves(client: TestClient[Litestar]) -> None:
    services: Services = client.app.state.services
    here = with_mail(services.database)
    case = open_case(client)
    with services.database.writing() as session:
        ticket = session.get_one(Ticket, case)
        ticket.contact_email = "ana@example.com"
        here.open.add(ticket.conversation_id)
    mei = signed_in(client, "mei")
    mei.post(f"/desk/tickets/{case}/take")
    assert '<p class="quiet mail-hint" id="mail-hint"></p>' in mei.get(f"/desk/tickets/{case}").text
    assert 'data-mail-hint=""' in mei.get(f"/desk/chats?ticket={case}").text
    here.open.clear()
    left = mei.get(f"/desk/chats?ticket={case}").text
    assert 'data-mail-hint="The customer does not have the chat open' in left
    assert "data-mail-hint" not in mei.get("/desk/chats").text


@pytest.mark.fast
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("sign-in refused: 535", "伺服器拒絕了使用者名稱或密碼 (535)"),
        ("no connection", "無法連線到伺服器"),
        ("bounced", "遭退回"),
        ("server: 421 later", "伺服器的回應與預期不符 (421 later)"),
        ("SMTPConnectError: [Errno 111] refused", "伺服器的回應與預期不符"),
    ],
)
def test_what_went_wrong_with_mail_is_told_in_the_readers_language(trouble: str, words: str) -> None:
    assert mail_trouble("zh-Hant", trouble) == words


@pytest.mark.fast
def test_what_kept_us_from_a_server_is_told_apart() -> None:
    wrapped = ConnectionError("no")
    wrapped.__cause__ = ssl.SSLError("certificate")
    given = [TimeoutError(), ssl.SSLError(), wrapped, ConnectionRefusedError(), ValueError()]
    assert [connection_trouble(each) for each in given] == ["timeout", "tls", "tls", "no connection", "server"]


def test_supervisors_see_the_connections_and_all_that_went_and_came(client: TestClient[Litestar]) -> None:
    services: Services = client.app.state.services
    mail_case(client)
    arrives(services.database, mail_from("tom@example.com", f"I am away {SCRIPT}", "Automatic reply: x"))
    ada = signed_in(client, "ada")
    page = ada.get("/setup/mail").text
    assert "HUILU_SMTP is not set" in page
    assert "Mail accounts are not set on this page" in page
    assert "筛选" in ada.get("/setup/mail?language=zh-Hans").text
    ada.get("/setup/mail?language=en")
    assert "T-1001" in page
    assert ZOE not in re.sub(r"<td>zoe@example.com</td>", "", page)
    assert SCRIPT not in page
    automatic = ada.get("/setup/mail?outcome=automatic").text
    assert "tom@example.com" in automatic
    assert "<td>zoe@example.com</td>" not in automatic
    assert "No mails here." in ada.get("/setup/mail?went=failed").text
    assert ada.get("/setup/mail?went=strange&outcome=strange&out=7").status_code == 200


def test_a_supervisor_sends_themselves_a_test(client: TestClient[Litestar]) -> None:
    services: Services = client.app.state.services
    ada = signed_in(client, "ada")
    assert ada.post("/setup/mail/test").headers["location"] == "/setup/mail?done=test"
    (mail,) = outgoing(services.database)
    assert (mail.recipient, mail.kind) == ("ada@example.com", "test")
    with services.database.writing() as session:
        session.execute(update(OutgoingMail).values(state="failed"))
    assert ada.post(f"/setup/mail/{mail.id}/again").status_code == 303
    assert ada.post(f"/setup/mail/{mail.id}/again").status_code == 409
    services.database.told.clear()
    assert ada.post("/setup/mail/test").status_code == 409


def visitor(app: Litestar, host: str = "127.0.0.1:8000", address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 40000))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Litestar]:
    async with running(tmp_path_factory.mktemp("demo"), HUILU_DEMO="1") as visitors:
        yield visitors.app


async def send(browser: httpx.AsyncClient, **form: str) -> Any:
    await browser.get("/mail")
    return await browser.post("/mail", data=form | {"_csrf_token": browser.cookies["csrftoken"]})


async def test_a_newcomer_tries_the_whole_tale_without_a_mail_server(demo: Litestar) -> None:
    services: Services = demo.state.services
    async with visitor(demo) as browser:
        assert "/mail" in (await browser.get("/")).text
        answer = await send(browser, sender=ZOE, subject="Lamp", text=f"It flickers. {SCRIPT}")
        assert answer.headers["location"] == "/mail?done=new_case"
        while not any(each.state == "sent" for each in outgoing(services.database)):
            await services.post.send_due()
        page = (await browser.get("/mail?done=new_case")).text
        (confirmation,) = outgoing(services.database)
        assert confirmation.subject in page
        assert "New case" in page
        answered = await send(browser, answers=confirmation.id, text="It is the blue one.")
        assert answered.headers["location"] == "/mail?done=threaded"
        refused = await send(browser, sender="nobody", subject="x", text="My words")
        assert refused.status_code == 422
        assert "My words" in refused.text
        assert SCRIPT not in page
        assert (await browser.post("/mail", data={"text": "x", "sender": ZOE})).status_code == 403


async def test_the_demos_mailbox_is_nobody_elses(demo: Litestar) -> None:
    for host, address in (("127.0.0.1:8000", "203.0.113.9"), ("evil.example", "127.0.0.1")):
        async with visitor(demo, host, address) as stranger:
            assert (await stranger.get("/mail")).status_code == 404
            assert 'href="/mail' not in (await stranger.get("/")).text


async def test_without_the_demo_or_with_a_server_there_is_no_mailbox(tmp_path: Path) -> None:
    server = {"HUILU_SMTP": "smtp+plain://127.0.0.1:9", "HUILU_MAIL_FROM": "help@shop.example"}
    for values in ({"HUILU_DEMO": ""}, {"HUILU_DEMO": "1"} | server, {"HUILU_DEMO": "1", "HOST": "0.0.0.0"}):
        given = {"HUILU_HOME": str(tmp_path), "HUILU_SECRET": "s", "HUILU_ENCODER": "none"}
        async with visitor(create_app(read_settings(given | values))) as browser:
            assert (await browser.get("/mail")).status_code == 404
