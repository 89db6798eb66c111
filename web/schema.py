"""Every table in one place, and the command that writes a migration: `python -m web.schema "what changed"`."""

import sys
import tempfile
from pathlib import Path

import knowledge_base.articles.tables
import support.conversations.tables
import support.customers.tables
import support.feedback.tables
import support.files.tables
import support.hours.tables
import support.integrations.tables
import support.macros.tables
import support.mail.tables
import support.privacy.tables
import support.routing.tables
import support.satisfaction.tables
import support.staff.tables
import support.tickets.tables
import support.turns.tables
from storage.base import Base
from storage.engine import Database
from storage.migrate import upgrade, write_migration

TABLE_MODULES = (
    knowledge_base.articles.tables,
    support.conversations.tables,
    support.customers.tables,
    support.feedback.tables,
    support.files.tables,
    support.hours.tables,
    support.integrations.tables,
    support.macros.tables,
    support.mail.tables,
    support.privacy.tables,
    support.routing.tables,
    support.satisfaction.tables,
    support.staff.tables,
    support.tickets.tables,
    support.turns.tables,
)
METADATA = Base.metadata


def main() -> None:
    """Write a migration from the newest schema to the tables as they stand in the code."""
    if len(sys.argv) != 2:
        sys.exit('Say what changed: python -m web.schema "add ..."')
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'schema.db'}")
        upgrade(database)
        write_migration(database, sys.argv[1], METADATA)
        database.close()


if __name__ == "__main__":
    main()
