"""The schema: up and down on both databases, with rows, and equal to the tables in the code."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from storage.engine import Database
from storage.migrate import downgrade, upgrade
from support.conversations import operations
from web.schema import METADATA


def test_the_migrations_make_exactly_the_tables_in_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA)
    assert differences == []


def test_down_and_up_again_with_rows_in_the_tables(database: Database) -> None:
    with database.writing() as session:
        operations.start(session, "zh-Hant", None, "/", "")
    downgrade(database)
    with database.engine.connect() as connection:
        assert [name for name in inspect(connection).get_table_names() if name != "alembic_version"] == []
    upgrade(database)
    with database.writing() as session:
        operations.start(session, "en", None, "/", "")
        assert session.execute(text("SELECT count(*) FROM conversation")).scalar() == 1


def test_upgrading_again_keeps_every_row(database: Database) -> None:
    with database.writing() as session:
        operations.start(session, "en", None, "/", "")
    upgrade(database)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM message")).scalar() == 1
