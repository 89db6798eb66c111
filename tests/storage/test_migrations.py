"""The schema: up and down on both databases, with rows, and equal to the tables in the code."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Table, UniqueConstraint, inspect, text
from sqlalchemy.orm import Session

from knowledge_base.articles import queries as articles
from storage.engine import Database
from storage.migrate import compared, downgrade, upgrade
from support.conversations.opening import Visit, start
from support.conversations.tokens import Secrets
from support.tickets.tables import Ticket
from web.schema import METADATA


def test_the_migrations_make_exactly_the_tables_in_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": compared})
        differences = compare_metadata(context, METADATA)
    assert differences == []


def test_down_and_up_again_with_rows_in_the_tables(database: Database) -> None:
    with database.writing() as session:
        start(session, Visit("zh-Hant", page="/"), Secrets("", "t"))
    downgrade(database)
    with database.engine.connect() as connection:
        assert [name for name in inspect(connection).get_table_names() if name != "alembic_version"] == []
    upgrade(database)
    with database.writing() as session:
        start(session, Visit("en", page="/"), Secrets("", "t"))
        assert session.execute(text("SELECT count(*) FROM conversation")).scalar() == 1


def test_upgrading_again_keeps_every_row(database: Database) -> None:
    with database.writing() as session:
        start(session, Visit("en", page="/"), Secrets("", "t"))
    upgrade(database)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM message")).scalar() == 1


WHEN = "2026-01-02 03:04:05+00:00"


def insert(session: Session, table: str, **values: object) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def rows_of_the_first_schema(database: Database) -> None:
    """An article and a case, as version 0001 stored them."""
    with database.writing() as session:
        times = {"created_at": WHEN, "updated_at": WHEN}
        article = {"id": "a-1", "key": "refund-time", "language": "en", "question": "How long?", "answer": "3 days."}
        insert(session, "article", **article, category="", tags="[]", state="published", revision=1, change=1,
               author="ann", **times)  # fmt: skip
        insert(session, "customer", id="k-1", language="en", created_at=WHEN)
        insert(session, "conversation", id="c-1", token_hash="x", customer_id="k-1", language="en",
               page_language="en", status="bot", last_seq=0, **times)  # fmt: skip
        insert(session, "ticket", id="t-1", number="T-1001", conversation_id="c-1", customer_id="k-1",
               state="received", reason="request", summary="words", language="en", revision=1, **times)  # fmt: skip


def test_the_second_schema_keeps_the_rows_of_the_first_and_fills_what_is_new(database: Database) -> None:
    downgrade(database, "0001")
    rows_of_the_first_schema(database)
    upgrade(database)
    with database.reading() as session:
        (article,) = articles.published_articles(session)
        ticket = session.get_one(Ticket, "t-1")
        assert (article.key, article.answer, article.related) == ("refund-time", "3 days.", ())
        assert (ticket.number, ticket.summary, ticket.priority, ticket.details) == ("T-1001", "words", "green", {})
        assert session.execute(text("SELECT count(*) FROM feedback")).scalar() == 0


def test_going_back_to_the_first_schema_keeps_articles_and_cases(database: Database) -> None:
    downgrade(database, "0001")
    rows_of_the_first_schema(database)
    upgrade(database)
    downgrade(database, "0001")
    with database.reading() as session:
        assert session.execute(text("SELECT answer FROM article")).scalar() == "3 days."
        assert session.execute(text("SELECT number FROM ticket")).scalar() == "T-1001"
    with database.engine.connect() as connection:
        assert "feedback" not in inspect(connection).get_table_names()
    upgrade(database)


def test_the_third_schema_keeps_what_refers_to_the_tables_it_changes(database: Database) -> None:
    """SQLite changes a table by copying it: without care the messages go with the old copy of their conversation."""
    downgrade(database, "0002")
    with database.writing() as session:
        insert(session, "customer", id="k-1", language="en", created_at=WHEN)
        insert(session, "conversation", id="c-1", token_hash="x", customer_id="k-1", language="en",
               page_language="en", status="bot", last_seq=1, created_at=WHEN, updated_at=WHEN)  # fmt: skip
        insert(session, "message", id="m-1", conversation_id="c-1", seq=1, author="bot", text="Hello",
               language="en", created_at=WHEN)  # fmt: skip
    upgrade(database)
    with database.reading() as session:
        assert session.execute(text("SELECT text FROM message")).scalars().all() == ["Hello"]
        assert session.execute(text("SELECT context, client_id FROM conversation")).one()[1] is None


# Tables that a shop fills while it sets itself up.
SET_UP = {"schedule", "staff_member", "team", "team_member", "integration", "webhook", "macro", "saved_view"}
# Accounts are switched off, and cases stay when they are erased: nothing ever looks for what refers to a removed one.
NEVER_REMOVED = {"staff_member", "ticket"}


def begins(table: Table, column: str) -> bool:
    """Whether an index of the table begins with a column."""
    unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return any(column == next(iter(each.columns)).name for each in (*table.indexes, *unique, table.primary_key))


def test_what_refers_to_rows_that_are_removed_is_found_by_an_index_wherever_many_rows_come_together() -> None:
    without = [
        f"{table.name}.{key.parent.name}"
        for table in METADATA.sorted_tables
        if table.name not in SET_UP
        for key in table.foreign_keys
        if key.column.table.name not in NEVER_REMOVED and not begins(table, key.parent.name)
    ]
    assert without == []


def test_of_two_default_opening_hours_the_sixth_schema_keeps_the_one_saved_last(database: Database) -> None:
    downgrade(database, "0005")
    with database.writing() as session:
        for name, day in (("a", "01"), ("b", "03"), ("c", "02")):
            insert(session, "schedule", id=name, name=name, time_zone="UTC", weekly="{}", holidays="[]",
                   is_default=True, updated_at=f"2026-01-{day} 03:04:05+00:00")  # fmt: skip
    upgrade(database)
    with database.reading() as session:
        assert session.execute(text("SELECT id FROM schedule WHERE is_default")).scalars().all() == ["b"]


def test_a_case_that_was_split_off_before_there_was_a_channel_for_it_is_moved_there(database: Database) -> None:
    downgrade(database, "0006")
    with database.writing() as session:
        insert(session, "customer", id="k-1", language="en", created_at=WHEN)
        for chat, channel, status, kind in (
            ("waits", "chat", "queued", "split_from"),
            ("taken", "chat", "agent", "split_from"),
            ("mail", "mail", "offline", "split_from"),
            ("source", "chat", "queued", "split_off"),
        ):
            times = {"created_at": WHEN, "updated_at": WHEN}
            insert(session, "conversation", id=chat, token_hash=chat, customer_id="k-1", language="en", status=status,
                   page_language="en", channel=channel, context="{}", last_seq=0, **times)  # fmt: skip
            insert(session, "ticket", id=chat, number=chat, conversation_id=chat, customer_id="k-1", state="received",
                   reason="request", summary="", language="en", revision=2, **times)  # fmt: skip
            insert(session, "ticket_event", id=chat, ticket_id=chat, position=1, kind=kind, details="{}",
                   created_at=WHEN)  # fmt: skip
    upgrade(database)
    with database.reading() as session:
        rows = session.execute(text("SELECT id, channel, status FROM conversation ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [
            ("mail", "mail", "offline"),
            ("source", "chat", "queued"),
            ("taken", "split", "agent"),
            ("waits", "split", "offline"),
        ]


def test_of_webhooks_with_one_name_the_seventh_schema_leaves_it_to_the_oldest(database: Database) -> None:
    downgrade(database, "0006")
    long = "x" * 100
    with database.writing() as session:
        for hook, name, removed in (
            ("a", "Shop", None),
            ("b", "Shop", None),
            ("c", "Shop (2)", None),
            ("d", "Shop", WHEN),
            ("e", long, None),
            ("f", long, None),
        ):
            insert(session, "webhook", id=hook, name=name, url="https://shop.example", secret="s", events="[]",
                   active=True, created_at=f"2026-01-0{ord(hook) - 96} 03:04:05+00:00", removed_at=removed)  # fmt: skip
    upgrade(database)
    with database.reading() as session:
        names = session.execute(text("SELECT name FROM webhook ORDER BY id")).scalars().all()
    assert names == ["Shop", "Shop (3)", "Shop (2)", "Shop", long, f"{'x' * 96} (2)"]


def test_going_back_to_the_sixth_schema_keeps_received_mails(database: Database) -> None:
    with database.writing() as session:
        insert(session, "received_mail", id="m-1", header_id="<m-1>", sender="zoe@example.com", subject="Lamp",
               outcome="new_case", received_at=WHEN)  # fmt: skip
    downgrade(database, "0006")
    with database.reading() as session:
        assert session.execute(text("SELECT subject, text FROM received_mail")).one() == ("Lamp", "")
    upgrade(database)
    with database.reading() as session:
        assert session.execute(text("SELECT subject FROM received_mail")).scalars().all() == ["Lamp"]
