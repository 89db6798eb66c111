"""Bringing the database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData

from storage.engine import Database

# What begins so is made by hand, because each database searches texts in its own way.
BY_HAND = ("case_search", "ix_case_search")
MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply every migration up to `revision`; does nothing when it is reached already."""
    command.upgrade(_config(database), revision)


def downgrade(database: Database, revision: str = "base") -> None:
    """Undo migrations down to `revision`."""
    command.downgrade(_config(database), revision)


def write_migration(database: Database, message: str, metadata: MetaData) -> None:
    """Write a migration file for the difference between the database and the tables in `metadata`."""
    config = _config(database)
    config.attributes["metadata"] = metadata
    command.revision(config, message=message, autogenerate=True)


def compared(_: object, name: str | None, *rest: object) -> bool:
    """Whether something of the schema is to be the same as in the code."""
    return name is None or not name.startswith(BY_HAND)


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    # Handed over as an object: a URL in an ini file would have its % signs read as placeholders.
    config.attributes["database"] = database
    return config
