"""Programs from the shell: `python -m support.integrations add warehouse --as mei@example.com --scope tickets:read`."""

import argparse
import sys
from datetime import datetime, timedelta

from storage.base import now
from storage.engine import Database
from storage.migrate import upgrade
from storage.settings import settings
from support.integrations import queries
from support.integrations.operations import add_integration, revoke
from support.integrations.scopes import SCOPES
from support.staff.queries import by_email


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = _parser().parse_args(arguments)
    database = Database(settings().database_url)
    try:
        upgrade(database)
        _run(database, given)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m support.integrations", description="Programs with a token.")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add a program; prints its token, which is shown only this once")
    add.add_argument("name")
    add.add_argument("--as", dest="email", required=True, metavar="E-MAIL", help="the colleague in whose name it works")
    add.add_argument("--scope", action="append", required=True, choices=SCOPES, help="may be given several times")
    add.add_argument("--days", type=int, help="for how many days the token is good; for ever when nothing is said")
    commands.add_parser("list", help="show all programs")
    commands.add_parser("revoke", help="make a program's token useless at once").add_argument("name")
    return parser


def _run(database: Database, given: argparse.Namespace) -> None:
    if given.command == "list":
        _list(database)
    elif given.command == "revoke":
        _revoke(database, given.name)
    else:
        _add(database, given)


def _list(database: Database) -> None:
    with database.reading() as session:
        for each, member in queries.everything(session):
            state = "revoked" if each.revoked_at else "expired" if _expired(each.expires_at) else "in use"
            used = each.used_at.isoformat(timespec="minutes") if each.used_at else "never used"
            print(f"{each.name}\t{member.email}\t{' '.join(each.scopes)}\t{state}\t{used}")


def _add(database: Database, given: argparse.Namespace) -> None:
    if given.days is not None and given.days < 1:
        raise ValueError("--days must be 1 or more.")
    ends = now() + timedelta(days=given.days) if given.days else None
    with database.writing() as session:
        member = by_email(session, given.email.strip().lower())
        _, token = add_integration(session, given.name, member, given.scope, ends)
    print(token)
    print("Keep it now: it is not shown again.", file=sys.stderr)


def _revoke(database: Database, name: str) -> None:
    with database.writing() as session:
        known = queries.by_name(session, name)
        if known is None:
            raise ValueError(f"There is no integration called {name}.")
        revoke(session, known)
    print(f"Done: {name}")


def _expired(ends: datetime | None) -> bool:
    return ends is not None and ends <= now()


if __name__ == "__main__":
    sys.exit(main())
