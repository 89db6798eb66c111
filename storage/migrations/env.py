"""How Alembic reaches the database: through the app's own engine, in one transaction."""

import warnings

from alembic import context
from sqlalchemy import text
from sqlalchemy.engine import Connection

from storage.engine import WRITING, Database
from storage.migrate import compared
from storage.settings import settings

# Any fixed number: whoever holds it is the one that migrates.
MIGRATION_LOCK = 726_354


def run() -> None:
    """Run the migrations that were asked for."""
    given = context.config.attributes.get("database")
    database: Database = given or Database(settings().database_url)
    with database.engine.connect() as plain:
        if database.is_sqlite:
            # Batch migrations copy tables; enforced foreign keys would empty what refers to them.
            _enforce_foreign_keys(plain, "OFF")
        connection = plain.execution_options(**{WRITING: True})
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            _migrate(connection, database.is_sqlite)
        if database.is_sqlite:
            _enforce_foreign_keys(plain, "ON")
    if given is None:
        database.close()


def _enforce_foreign_keys(connection: Connection, switch: str) -> None:
    """Past SQLAlchemy, which would begin a transaction first; inside of one SQLite ignores this pragma."""
    connection.connection.cursor().execute(f"PRAGMA foreign_keys={switch}")


def _migrate(connection: Connection, is_sqlite: bool) -> None:
    # SQLite cannot tell of what an index on an expression is made; the migrations that make one say it themselves.
    warnings.filterwarnings("ignore", ".*expression-based index")
    context.configure(
        connection=connection,
        # Only needed to write a new migration: this layer does not know the tables above it.
        target_metadata=context.config.attributes.get("metadata"),
        render_as_batch=is_sqlite,
        compare_type=True,
        include_object=compared,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
