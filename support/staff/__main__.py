"""Staff accounts from the shell: `python -m support.staff add mei@example.com --name "Mei Lin" --role agent`."""

import argparse
import getpass
import sys

from sqlalchemy.exc import IntegrityError

from storage.engine import Database
from storage.migrate import upgrade
from storage.settings import settings
from support.staff import queries
from support.staff.operations import add_staff, set_active, set_password
from support.staff.roles import ROLES


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = _parser().parse_args(arguments)
    database = Database(settings().database_url)
    try:
        upgrade(database)
        return _run(database, given)
    except ValueError as error:
        print(error, file=sys.stderr)
    except IntegrityError:
        print(f"There is already an account for {given.email}.", file=sys.stderr)
    finally:
        database.close()
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m support.staff", description="Staff accounts.")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="create an account; asks for the password")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument("--role", required=True, choices=ROLES)
    for name, text in (
        ("password", "set a new password; ends the account's sessions"),
        ("off", "switch an account off; ends its sessions"),
        ("on", "switch an account on again"),
    ):
        commands.add_parser(name, help=text).add_argument("email")
    commands.add_parser("list", help="show all accounts")
    return parser


def _run(database: Database, given: argparse.Namespace) -> int:
    if given.command == "list":
        with database.reading() as session:
            for member in queries.everybody(session):
                print(f"{member.email}\t{member.role}\t{member.name}\t{'on' if member.active else 'off'}")
        return 0
    password = _ask_password() if given.command in {"add", "password"} else ""
    with database.writing() as session:
        if given.command == "add":
            add_staff(session, given.email, given.name, given.role, password)
        elif given.command == "password":
            set_password(session, given.email, password)
        else:
            set_active(session, given.email, given.command == "on")
    print(f"Done: {given.email}")
    return 0


def _ask_password() -> str:
    """From the terminal, twice; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise ValueError("The two passwords are not the same. Nothing was changed.")
    return password


if __name__ == "__main__":
    sys.exit(main())
