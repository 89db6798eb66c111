"""Mail with real servers: the whole tale of a case by mail, a server that was down, mails that come twice."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from storage.base import now
from storage.engine import Database
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.mail.reading import MOST_BOUNDARIES
from support.mail.rules import new_header_id
from support.mail.tables import OutgoingMail, ReceivedMail
from support.mail.writing import Letter, written
from support.staff.operations import add_staff
from support.tickets.queries import of_conversation, timeline
from support.tickets.tables import Ticket
from tests.web.door_fixtures import API, Visitors, message, running
from tests.web.mail_servers import Mailbox, Outside, answer_to, mailbox
from web.services import Services

PASSWORD = "correct horse battery"
ZOE = "zoe@example.com"
# Nobody listens there.
UNUSED = "smtp+plain://127.0.0.1:9"


@dataclass
class Company:
    """The app with a mailbox, and everything around it."""

    visitors: Visitors
    outside: Outside
    box: Mailbox

    @property
    def services(self) -> Services:
        services: Services = self.visitors.app.state.services
        return services

    async def send(self, minutes: int = 2) -> int:
        """Send what is due within so many minutes."""
        return await self.services.post.send_due(now() + timedelta(minutes=minutes))

    async def ticket(self, ticket_id: str) -> Ticket:
        return await self.services.database.read(lambda session: session.get_one(Ticket, ticket_id))

    async def events(self, ticket_id: str) -> list[str]:
        return await self.services.database.read(lambda session: [each.kind for each in timeline(session, ticket_id)])

    async def mails(self) -> list[OutgoingMail]:
        query = select(OutgoingMail).order_by(OutgoingMail.created_at, OutgoingMail.id)
        return await self.services.database.read(lambda session: list(session.scalars(query)))

    async def came(self) -> list[ReceivedMail]:
        return await self.services.database.read(lambda session: list(session.scalars(select(ReceivedMail))))


@asynccontextmanager
async def company(home: Path, **values: str) -> AsyncIterator[Company]:
    outside = Outside()
    outside.start()
    try:
        async with mailbox() as box:
            given = {"HUILU_MAIL_FROM": "Lanting <help@shop.example>", "HUILU_SMTP": outside.url, "HUILU_IMAP": box.url}
            async with running(home, HUILU_MAIL_SECONDS="3600", **given, **values) as visitors:
                made = Company(visitors, outside, box)
                with made.services.database.writing() as session:
                    add_staff(session, "mei@shop.example", "Mei", "agent", PASSWORD)
                    add_staff(session, "ada@shop.example", "Ada", "supervisor", PASSWORD)
                yield made
    finally:
        outside.stop()


@pytest.fixture
async def shop(tmp_path: Path, database: Database) -> AsyncIterator[Company]:
    """On both databases."""
    url = database.engine.url.render_as_string(hide_password=False)
    async with company(tmp_path / "home", DATABASE_URL=url) as made:
        yield made


@dataclass
class Customer:
    """Somebody at the chat, who can leave."""

    client: httpx.AsyncClient
    path: str
    headers: dict[str, str]

    @property
    def conversation_id(self) -> str:
        return self.path.rpartition("/")[2]

    async def words(self) -> list[tuple[str, str]]:
        """Who said what, as the chat shows it."""
        answer = await self.client.get(f"{self.path}/messages", headers=self.headers)
        return [(each["author"], each["text"]) for each in answer.json()["messages"]]


async def offline_customer(shop: Company) -> tuple[Customer, str]:
    """A customer who asked for a person at night and left an address; with the case's id."""
    client = shop.visitors.at("127.0.0.1")
    opened = (await client.post(API, json={"language": "en"})).json()
    customer = Customer(client, f"{API}/{opened['id']}", {"Authorization": f"Bearer {opened['token']}"})
    sent = await client.post(f"{customer.path}/messages", json=message("My lamp flickers"), headers=customer.headers)
    assert sent.status_code == 202
    facts = CaseFacts(contact=ZOE)
    await shop.services.database.write(lambda session: handoff.request(session, opened["id"], "request", None, facts))
    tickets = await shop.services.database.read(lambda session: of_conversation(session, opened["id"]))
    return customer, tickets[0].id


@dataclass
class Agent:
    client: httpx.AsyncClient
    token: str

    async def do(self, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        given: dict[str, Any] = {} if body is None else {"json": body}
        answer = await self.client.post(f"/api/tickets/{path}", headers=headers, **given)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


async def agent(shop: Company) -> Agent:
    client = shop.visitors.at("127.0.0.1")
    answer = await client.post("/api/sessions", json={"email": "mei@shop.example", "password": PASSWORD})
    return Agent(client, answer.json()["token"])


def words_of(mail: Any) -> str:
    return str(mail.get_body().get_content())


async def test_a_case_goes_all_its_way_by_mail(shop: Company) -> None:
    customer, case = await offline_customer(shop)
    number = (await shop.ticket(case)).number

    confirmation = await shop.outside.next()
    assert (confirmation["To"], confirmation["From"]) == (ZOE, "Lanting <help@shop.example>")
    assert f"[{number}]" in confirmation["Subject"]
    assert confirmation["Auto-Submitted"] == "auto-replied"
    assert confirmation["Precedence"] is None

    mei = await agent(shop)
    await mei.do(f"{case}/take")
    told = await mei.do(f"{case}/replies", {"text": "Which lamp is it?"})
    assert told["mails"][-1]["state"] == "waiting"
    await shop.send()
    reply = await shop.outside.next()
    assert words_of(reply).startswith("Which lamp is it?")
    assert "Mei" in words_of(reply)
    assert reply["In-Reply-To"] == confirmation["Message-ID"]
    assert reply["Auto-Submitted"] is None

    await shop.box.put(answer_to(reply, "The blue one."))
    assert await shop.services.post.fetch() == 1
    assert await shop.box.unseen() == 0
    assert (await shop.ticket(case)).waiting_since is not None
    # Back on the site, the same words are in the chat.
    assert (await customer.words())[-2:] == [("agent", "Which lamp is it?"), ("customer", "The blue one.")]

    await mei.do(f"{case}/resolve", {"category": "product", "note": "Sent a new one."})
    await shop.send()
    notice = await shop.outside.next()
    assert number in words_of(notice)
    assert "Sent a new one" not in words_of(notice)

    await shop.box.put(answer_to(notice, "It flickers again."))
    await shop.services.post.fetch()
    again = await shop.ticket(case)
    assert (again.state, again.staff_id) == ("in_progress", None)
    assert (await customer.words())[-1] == ("customer", "It flickers again.")

    await mei.do(f"{case}/take")
    await mei.do(f"{case}/resolve", {"category": "product", "note": "Repaid."})
    await shop.send()
    assert (await shop.outside.next())["In-Reply-To"]
    await mei.do(f"{case}/close", {})
    assert (await shop.ticket(case)).state == "closed"
    exported = (await customer.client.get(f"{customer.path}/export", headers=customer.headers)).json()
    assert [each["kind"] for each in exported["mails"]] == ["confirmation", "resolved", "resolved"]
    assert await shop.events(case) == ["opened", "taken", "resolved", "reopened", "taken", "resolved", "closed"]
    assert {each.outcome for each in await shop.came()} == {"threaded"}


async def test_who_has_the_chat_open_gets_no_mail(shop: Company) -> None:
    customer, case = await offline_customer(shop)
    await shop.outside.next()
    mei = await agent(shop)
    await mei.do(f"{case}/take")
    with shop.services.streams.opened(customer.conversation_id, "local"):
        told = await mei.do(f"{case}/replies", {"text": "Hello!"})
        assert told["reply_mailed_to"] is None
    assert await shop.send() == 0
    assert shop.outside.is_empty()


async def test_a_server_that_was_down_gets_each_mail_once_when_it_is_back(shop: Company) -> None:
    shop.outside.stop()
    await offline_customer(shop)
    # Whoever is first, we or what runs beside the requests, finds nobody there.
    while not (mails := await shop.mails()) or mails[0].error is None:
        await shop.send(0)
    assert (mails[0].state, shop.services.post.sending.error != "") == ("waiting", True)
    shop.outside.start()
    assert await shop.send(2) == 1
    await shop.outside.next()
    assert await shop.send(60) == 0
    assert shop.outside.is_empty()
    assert [(each.state, each.attempts >= 2) for each in await shop.mails()] == [("sent", True)]
    assert shop.services.post.sending.error == ""


async def test_an_address_that_nobody_has_is_given_up_at_once_and_shown(shop: Company) -> None:
    shop.outside.refused.add(ZOE)
    _, case = await offline_customer(shop)
    while (await shop.mails())[0].state != "failed":
        await shop.send(0)
    assert "550" in str((await shop.mails())[0].error)
    assert ZOE not in str((await shop.mails())[0].error)
    assert (await shop.events(case))[-1] == "mail_failed"


def queue(shop: Company, recipient: str, subject: str) -> None:
    mail = OutgoingMail(
        kind="test",
        recipient=recipient,
        subject=subject,
        text="x",
        language="en",
        header_id=new_header_id(recipient),
        due_at=now() + timedelta(minutes=1),
    )
    with shop.services.database.writing() as session:
        session.add(mail)


async def test_an_address_that_cannot_be_written_is_given_up_at_once_and_the_others_go(shop: Company) -> None:
    for recipient in ("x@a.b.", "x@a..b", "x y@a.b", "x@", ".x@a.b"):
        queue(shop, recipient, "bad")
    queue(shop, ZOE, "good")
    assert await shop.send() == 1
    assert (await shop.outside.next())["Subject"] == "good"
    states = [(each.state, each.attempts) for each in await shop.mails()]
    assert states == [("failed", 1)] * 5 + [("sent", 1)]


async def test_a_mail_that_fails_as_nobody_thought_of_holds_up_no_other(
    shop: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(letter: Letter, *given: str) -> EmailMessage:
        if letter.subject == "bad":
            raise RuntimeError("Nobody thought of zoe@example.com.")
        return written(letter, *given)

    monkeypatch.setattr("web.mail.written", failing)
    queue(shop, ZOE, "bad")
    queue(shop, ZOE, "good")
    assert await shop.send() == 1
    bad, good = await shop.mails()
    assert (bad.state, bad.attempts, good.state) == ("waiting", 1, "sent")
    assert bad.error
    assert ZOE not in bad.error


async def test_a_mail_that_the_server_shows_twice_is_taken_once(shop: Company) -> None:
    customer, _ = await offline_customer(shop)
    mail = answer_to(await shop.outside.next(), "The blue one.")
    await shop.box.put(mail)
    await shop.box.put(mail)
    assert await shop.services.post.fetch() == 2
    assert [words for who, words in await customer.words() if who == "customer"] == [
        "My lamp flickers",
        "The blue one.",
    ]
    assert (len(await shop.came()), await shop.box.unseen()) == (1, 0)


async def test_a_mail_of_too_many_parts_is_noted_and_not_fetched_again(shop: Company) -> None:
    head = f"From: {ZOE}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    await shop.box.put(head.encode() + b"--b\r\n\r\n" * (MOST_BOUNDARIES + 1))
    assert await shop.services.post.fetch() == 1
    assert [(each.outcome, each.sender) for each in await shop.came()] == [("unreadable", ZOE)]
    assert await shop.box.unseen() == 0
    assert await shop.services.post.fetch() == 0


async def test_a_mail_that_could_not_be_kept_stays_on_the_server_until_it_can(
    shop: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    await offline_customer(shop)
    await shop.box.put(answer_to(await shop.outside.next(), "The blue one."))

    def broken(*_: object, **__: object) -> None:
        raise OSError("The disk is full.")

    with monkeypatch.context() as trouble:
        trouble.setattr("web.mail.inbox.take_in", broken)
        assert await shop.services.post.fetch() == 0
    assert await shop.box.unseen() == 1
    assert await shop.services.post.fetch() == 1
    assert await shop.box.unseen() == 0


async def test_pictures_and_other_files_in_a_mail_are_kept_or_named(shop: Company) -> None:
    from tests.support.files_made import PDF

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Zoe <{ZOE}>", "help@shop.example", "Invoice"
    mail["Message-ID"] = f"<{uuid.uuid4()}@example.com>"
    mail.set_content("Here it is.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="invoice.pdf")
    mail.add_attachment(b"MZ\x90\x00", maintype="application", subtype="octet-stream", filename="setup.exe")
    taken = await shop.services.post.take(mail.as_bytes())
    assert taken.ticket is not None
    mei = await agent(shop)
    told = await mei.do(f"{taken.ticket.id}/take")
    payloads = [each["payload"] or {} for each in told["transcript"]]
    assert payloads[0]["mail"] == {"subject": "Invoice", "left_out": ["setup.exe"]}
    assert payloads[1]["file"]["name"] == "invoice.pdf"
    assert (told["channel"], told["subject"], told["reply_mailed_to"]) == ("mail", "Invoice", "z***@example.com")


async def test_a_wrong_password_is_told_without_the_password(tmp_path: Path) -> None:
    async with mailbox() as box:
        wrong = box.url.replace("secret", "wrong-word")
        async with running(
            tmp_path, HUILU_MAIL_FROM="help@shop.example", HUILU_SMTP=UNUSED, HUILU_IMAP=wrong
        ) as visitors:
            services: Services = visitors.app.state.services
            assert await services.post.fetch() == 0
            assert "sign-in refused" in services.post.receiving.error
            assert "wrong-word" not in services.post.receiving.error
