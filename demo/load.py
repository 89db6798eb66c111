"""Loading the demo shop into an empty installation, once."""

import os
import secrets
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from demo.shop import FOLDER, read_macros, read_shop
from knowledge_base.articles.importing import import_file
from storage.engine import Database
from support.macros import operations as macros
from support.macros.operations import Given
from support.staff.operations import add_staff
from support.staff.queries import anybody, everybody
from support.staff.teams import TeamFacts, save_team

SIGN_INS = "demo-sign-ins.txt"


def load_demo(database: Database, home: Path) -> bool:
    """Create the demo's articles, ready replies and staff, each with an own password, unless there is any account.

    The sign-ins are written to `demo-sign-ins.txt` in `home`, readable by its owner only.

    Returns:
        Whether anything was loaded.
    """
    with database.reading() as session:
        if anybody(session):
            return False
    lines = []
    shop = read_shop()
    with database.writing() as session:
        for person in shop["staff"]:
            password = "-".join(secrets.token_hex(2) for _ in range(3))
            member = add_staff(session, person["email"], person["name"], person["role"], password)
            member.skills, member.languages = person.get("skills", []), person.get("languages", [])
            lines.append(f"{person['role']:<14} {person['email']:<26} {password}")
        _add_teams(session, shop["teams"])
        import_file(session, FOLDER / "articles.jsonl", author="demo")
        for each in read_macros():
            macros.save(session, Given(each["shortcut"], each["name"], each["texts"], each["steps"]), None)
    home.mkdir(parents=True, exist_ok=True)
    path = home / SIGN_INS
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
    return True


def _add_teams(session: Session, teams: list[dict[str, Any]]) -> None:
    ids = {each.email: each.id for each in everybody(session)}
    for team in teams:
        save_team(session, None, TeamFacts(team["name"], team["skills"], [ids[email] for email in team["members"]]))
