"""Made-up cases for the desk's benchmark, written many at a time."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from storage.base import Base, new_id, now
from storage.engine import Database
from support.conversations.tables import Conversation, Message
from support.customers.tables import Customer
from support.staff.operations import add_staff
from support.staff.tables import Team, TeamMember
from support.tickets.documents import write_documents
from support.tickets.priority import PRIORITIES
from support.tickets.states import CATEGORIES, REASONS
from support.tickets.tables import Mention, Ticket, TicketEvent, TicketNote, TicketTag
from support.tickets.words import tokens, ts_vector

AGENT, PASSWORD = "agent@example.com", "a long password"
COMMON, RARE, PHRASE = "parcel", "quastenflosser", "退款什么时候到账"
MESSAGES_OF_LONG_CASE = 500
AT_ONCE = 2_000

_ENGLISH = [
    f"Hello, my {COMMON} has not arrived yet and the tracking page shows nothing new since Monday",
    "I was charged twice for the same order, please look into it",
    "The left earbud of my headphones stopped working after two weeks",
    "Could you tell me how to change the address of an order that has not been sent",
    "Thank you, that is all I wanted to know",
]
_CHINESE = [
    f"你好，我想问一下{PHRASE}，已经等了一个星期了",
    "我的包裹一直没有更新物流信息，麻烦帮我查一下",
    "耳机左边没有声音，可以换一个新的吗",
    "請問怎麼修改收貨地址，訂單還沒有出貨",
    "好的，谢谢，没有别的问题了",
]


def fill(database: Database, open_cases: int, settled_cases: int) -> str:
    """Write staff and cases; the id of an open case with a long conversation."""
    chance = random.Random(7)
    with database.writing() as session:
        staff = [add_staff(session, AGENT, "Mei Lin", "agent", PASSWORD)]
        staff += [add_staff(session, f"a{n}@example.com", f"Agent {n}", "agent", PASSWORD) for n in range(5)]
        ids = [each.id for each in staff]
        session.add_all(Team(id=f"team-{number}", name=f"Team {number}") for number in range(5))
        session.flush()
        session.add(TeamMember(team_id="team-1", staff_id=ids[0]))
    made = _cases(chance, ids, open_cases, settled_cases)
    long_case = ""
    batch: dict[type[Base], list[dict[str, Any]]] = {}
    number = 0
    for number, rows in enumerate(made):
        for kind, row in rows:
            batch.setdefault(kind, []).append(row)
        if number == 0:
            long_case = next(row["id"] for kind, row in rows if kind is Ticket)
        if number % AT_ONCE == AT_ONCE - 1:
            _write(database, batch)
            batch = {}
    _write(database, batch)
    with database.writing() as session:
        write_documents(session, [long_case])
        session.execute(text("ANALYZE")) if not database.is_sqlite else None
    return long_case


def _write(database: Database, batch: dict[type[Base], list[dict[str, Any]]]) -> None:
    with database.writing() as session:
        for kind, rows in batch.items():
            session.execute(insert(kind), rows)
        _write_documents(session, batch)


def _write_documents(session: Session, batch: dict[type[Base], list[dict[str, Any]]]) -> None:
    """What `write_documents` does, without reading anything back."""
    said: dict[str, list[str]] = {}
    for message in batch.get(Message, []):
        said.setdefault(message["conversation_id"], []).append(message["text"])
    rows = []
    for ticket in batch.get(Ticket, []):
        words = [*tokens(ticket["number"]), *tokens(ticket["summary"])]
        for each in said[ticket["conversation_id"]]:
            words += tokens(each)
        own = {"id": int(ticket["number"][2:]), "ticket": ticket["id"], "at": ticket["updated_at"]}
        rows.append(own | {"words": words})
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        told = [row | {"words": " ".join(row["words"]), "at": row["at"].strftime("%F %T.%f")} for row in rows]
        into = (
            "INSERT INTO case_document (id, ticket_id, words, case_at, said_at) VALUES (:id, :ticket, :words, :at, :at)"
        )
        session.execute(text(into), told)
        session.execute(text("INSERT INTO case_search (rowid, words) VALUES (:id, :words)"), told)
    else:
        told = [row | {"words": ts_vector(row["words"])} for row in rows]
        into = (
            "INSERT INTO case_document (id, ticket_id, words, case_at, said_at)"
            " VALUES (:id, :ticket, CAST(:words AS tsvector), :at, :at)"
        )
        session.execute(text(into), told)
        session.execute(text("SELECT setval('case_document_id_seq', (SELECT max(id) FROM case_document))"))


def _cases(
    chance: random.Random, staff: list[str], open_cases: int, settled_cases: int
) -> Iterator[list[tuple[type[Base], dict[str, Any]]]]:
    begun = now() - timedelta(days=700)
    step = timedelta(days=699) / (open_cases + settled_cases)
    open_ones = set(chance.sample(range(settled_cases // 2, open_cases + settled_cases), open_cases)) | {0}
    for number in range(open_cases + settled_cases):
        yield _case(chance, staff, number, begun + number * step, number in open_ones)


def _case(
    chance: random.Random, staff: list[str], number: int, at: datetime, is_open: bool
) -> list[tuple[type[Base], dict[str, Any]]]:
    language = chance.choice(("en", "zh-Hans", "zh-Hant"))
    phrases = _ENGLISH if language == "en" else _CHINESE
    customer, conversation, ticket = new_id(), new_id(), new_id()
    count = MESSAGES_OF_LONG_CASE if number == 0 else chance.randint(4, 8)
    queued = is_open and chance.random() < 0.05
    owner = None if queued or (is_open and chance.random() < 0.5) else chance.choice(staff)
    texts = [chance.choice(phrases) for _ in range(count)]
    if language == "en":
        texts.append(f"The code of my {COMMON} is x{number}" if chance.random() < 0.9 else "That is all")
    elif chance.random() < 0.2:
        texts.append(COMMON)
    if number % 30_000 == 5:
        texts.append(f"It is a {RARE}")
    times = {"created_at": at, "updated_at": at}
    rows: list[tuple[type[Base], dict[str, Any]]] = [
        (Customer, {"id": customer, "name": f"Customer {number}", "language": language, "created_at": at}),
        (
            Conversation,
            {
                "id": conversation, "token_hash": "x", "customer_id": customer, "language": language,
                "page_language": language, "status": "queued" if queued else "offline" if is_open else "closed",
                "queued_at": at if queued else None, "last_seq": len(texts), "outcome": None if is_open else "answered",
                "closed_at": None if is_open else at, "closed_by": None if is_open else "idle", **times,
            },
        ),
    ]  # fmt: skip
    for seq, each in enumerate(texts, 1):
        author = "customer" if seq % 2 else "bot"
        row = {"id": new_id(), "conversation_id": conversation, "seq": seq, "author": author, "text": each}
        rows.append((Message, row | {"language": language, "created_at": at}))
    row = {
        "id": ticket, "number": f"T-{1001 + number}", "conversation_id": conversation, "customer_id": customer,
        "state": "in_progress" if is_open else "resolved", "reason": chance.choice(REASONS),
        "priority": chance.choices(PRIORITIES, (1, 4, 10, 1))[0], "summary": "› " + texts[0], "language": language,
        "category": None if is_open else chance.choice(CATEGORIES), "staff_id": owner,
        "team_id": f"team-{chance.randrange(5)}" if chance.random() < 0.5 else None,
        "waiting_since": at if is_open and chance.random() < 0.7 else None,
        "snoozed_until": now() + timedelta(days=1) if is_open and chance.random() < 0.05 else None,
        "resolved_at": None if is_open else at + timedelta(hours=4), "revision": 4, **times,
    }  # fmt: skip
    rows.append((Ticket, row))
    for position, kind in enumerate(("opened", "taken", "handed_back"), 1):
        event = {"id": new_id(), "ticket_id": ticket, "position": position, "kind": kind, "details": {}}
        rows.append((TicketEvent, event | {"created_at": at}))
    tag = "rare" if number % 5_000 == 7 else chance.choice(("vip", "return", "check"))
    rows.append((TicketTag, {"ticket_id": ticket, "name": tag}))
    if number % 500 == 3:
        note = new_id()
        rows.append((TicketNote, {"id": note, "ticket_id": ticket, "staff_id": staff[1], "text": "See", "seq": 1}))
        rows.append((Mention, {"note_id": note, "staff_id": staff[0], "ticket_id": ticket}))
    return rows
