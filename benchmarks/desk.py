"""How long the desk's pages take with many cases: lists, filters, search and whole cases, on both databases."""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from benchmarks.desk_cases import AGENT, COMMON, PASSWORD, PHRASE, RARE, fill
from benchmarks.servers import temporary_folder
from benchmarks.tables import table
from storage.engine import Database
from storage.migrate import upgrade
from storage.settings import read_settings
from tests.postgresql import NoPostgreSQL, make_database, postgresql_server
from tests.running import StartFailed

LIMIT_MILLISECONDS = 150.0
READY_SECONDS = 60.0
REST_SECONDS = 900.0
QUIET_SECONDS = 3.0
# A share of one processor.
RESTING = 0.1
WARMING = 3

# What is asked for, by what it is called in the table.
LISTS: dict[str, dict[str, str]] = {
    "queue": {"view": "queue"},
    "mine": {"view": "mine"},
    "team": {"view": "team"},
    "mentions": {"view": "mentions"},
    "all": {"view": "all"},
    "all, page 10": {"view": "all", "page": "10"},
    "all, newest": {"view": "all", "sort": "newest"},
    "snoozed": {"view": "snoozed"},
    "resolved": {"view": "resolved"},
    "resolved, page 200": {"view": "resolved", "page": "200"},
    "resolved, newest": {"view": "resolved", "sort": "newest"},
    "everything": {"view": "found"},
    "everything, latest change": {"view": "found", "sort": "changed"},
    "filter: red, waits for us": {"view": "all", "priority": "red", "waiting": "us"},
    "filter: resolved, a rare tag": {"view": "resolved", "tag": "rare"},
    "filter: resolved, team and language": {"view": "resolved", "team": "team-1", "written_in": "zh-Hant"},
    "search: a rare word": {"q": RARE},
    "search: a word in every other case": {"q": COMMON},
    "search: the same, newest": {"q": COMMON, "sort": "newest"},
    "search: the same, latest change, red": {"q": COMMON, "sort": "changed", "priority": "red"},
    "search: the same, a rare tag": {"q": COMMON, "tag": "rare"},
    "search: Chinese, in every fourth case": {"q": "退款"},
    "search: a Chinese phrase": {"q": PHRASE},
    "search: one Chinese character": {"q": "款"},
    "search: a number": {"q": "T-51234"},
    "search: words in quotes": {"q": f'"my {COMMON}"'},
}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Fill a database of each kind, and ask for each page again and again."""
    figures: dict[str, Any] = {"open": options.open_cases, "settled": options.settled_cases}
    for name in ("sqlite", "postgresql"):
        with ExitStack() as stack:
            folder = stack.enter_context(temporary_folder())
            try:
                url = stack.enter_context(_database(name, folder))
            except NoPostgreSQL as reason:
                figures[name] = {"left out": str(reason)}
                continue
            print(f"filling {name} ...", flush=True)
            begun = time.monotonic()
            database = Database(read_settings({"DATABASE_URL": url, "HUILU_SECRET": "x"}).database_url)
            upgrade(database)
            long_case = fill(database, options.open_cases, options.settled_cases)
            size = database.file_size()
            database.close()
            print(f"  {time.monotonic() - begun:.0f} s", flush=True)
            with _app(folder, url, options.port) as (client, app):
                _wait_for_rest(app)
                figures[name] = {"pages": _pages(client, long_case, options.repeats), "file": size}
    return figures


def show(figures: dict[str, Any]) -> str:
    """The figures as a table."""
    lines = [f"{figures['open']} open cases, {figures['settled']} settled ones; milliseconds a page"]
    for name in ("sqlite", "postgresql"):
        found = figures[name]
        if "pages" not in found:
            lines.append(f"\n{name}: {found['left out']}")
            continue
        rows = [(page, each["p50"], each["p95"], each["bytes"]) for page, each in found["pages"].items()]
        slow = [page for page, p50, _, _ in rows if p50 >= LIMIT_MILLISECONDS]
        verdict = f"slower than {LIMIT_MILLISECONDS:.0f} ms: {', '.join(slow)}" if slow else "all fast enough"
        size = f", {found['file'] / 2**20:.0f} MiB" if found["file"] else ""
        lines += ["", table((f"{name}{size}", "p50", "p95", "bytes"), rows), verdict]
    return "\n".join(lines)


def _pages(client: httpx.Client, long_case: str, repeats: int) -> dict[str, dict[str, float]]:
    paths = {f"{name}": f"/desk?{urlencode(asked)}" for name, asked in LISTS.items()}
    paths["renewed list: all"] = "/desk/list?view=all"
    paths["API: search"] = f"/api/tickets?{urlencode({'q': COMMON})}"
    first = client.get("/api/tickets", params={"view": "mine"}).json()["tickets"][0]["id"]
    paths["a case"] = f"/desk/tickets/{first}?view=mine"
    paths["a case of 500 messages"] = f"/desk/tickets/{long_case}?view=all"
    return {name: _timed(partial(client.get, path), repeats) for name, path in paths.items()}


def _timed(ask: Callable[[], httpx.Response], repeats: int) -> dict[str, float]:
    taken: list[float] = []
    for number in range(WARMING + repeats):
        begun = time.perf_counter()
        answer = ask()
        if number >= WARMING:
            taken.append((time.perf_counter() - begun) * 1000)
        answer.raise_for_status()
    ninetieths = statistics.quantiles(taken, n=20)
    return {"p50": statistics.median(taken), "p95": ninetieths[-1], "bytes": len(answer.content)}


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'huilu.db'}"
        return
    with postgresql_server() as server:
        yield make_database(server, "huilu_desk")


@contextmanager
def _app(folder: Path, url: str, port: int) -> Iterator[tuple[httpx.Client, int]]:
    """The app alone with the number of its process, and somebody signed in to it."""
    given = {"HUILU_HOME": str(folder), "DATABASE_URL": url, "PORT": str(port), "HUILU_ENCODER": "none"}
    given |= {"HUILU_RASA_URL": "http://127.0.0.1:9", "HUILU_SECRET": "secret-of-the-benchmark"}
    with (folder / "app.log").open("wb") as log:
        running = subprocess.Popen([sys.executable, "-m", "web"], env=os.environ | given, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _wait(client, running)
            answer = client.post("/api/sessions", json={"email": AGENT, "password": PASSWORD})
            token = answer.raise_for_status().json()["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            client.cookies.set("huilu_session", token)
            yield client, running.pid
    finally:
        running.terminate()
        running.wait(30)


def _wait_for_rest(process: int) -> None:
    """Until the app has caught up with what was written while it was not there: chats to close, cases to index.

    Raises:
        StartFailed: When it still works after minutes.
    """
    deadline = time.monotonic() + REST_SECONDS
    while time.monotonic() < deadline:
        before = _processor_seconds(process)
        time.sleep(QUIET_SECONDS)
        if _processor_seconds(process) - before < QUIET_SECONDS * RESTING:
            return
    raise StartFailed(f"The app was not at rest after {REST_SECONDS:.0f} s.")


def _processor_seconds(process: int) -> float:
    """What a process has used of the processor so far; see proc(5), `stat`."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _wait(client: httpx.Client, running: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            client.get("/sign-in")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise StartFailed("The app did not start.")
