"""Loading the demo shop into an empty installation, once."""

import os
import secrets
from pathlib import Path

from demo.shop import FOLDER, read_shop
from knowledge_base.articles.importing import import_file
from storage.engine import Database
from support.staff.operations import add_staff
from support.staff.queries import anybody

SIGN_INS = "demo-sign-ins.txt"


def load_demo(database: Database, home: Path) -> bool:
    """Create the demo's articles and staff, each with a password of its own, unless there is any account already.

    The sign-ins are written to `demo-sign-ins.txt` in `home`, readable by its owner only.

    Returns:
        Whether anything was loaded.
    """
    with database.reading() as session:
        if anybody(session):
            return False
    lines = []
    with database.writing() as session:
        for person in read_shop()["staff"]:
            password = "-".join(secrets.token_hex(2) for _ in range(3))
            add_staff(session, person["email"], person["name"], person["role"], password)
            lines.append(f"{person['role']:<14} {person['email']:<26} {password}")
        import_file(session, FOLDER / "articles.jsonl", author="demo")
    home.mkdir(parents=True, exist_ok=True)
    path = home / SIGN_INS
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
    return True
