"""Serve Huilu on this machine: python3 deploy/run.py

Reads PORT, HOST, RASA_PORT, HUILU_HOME, HUILU_SECRET, HUILU_DEMO and VERBOSE from the environment, starts the
processes of the Procfile, says when they are ready and ends them all on Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import contextlib

from deploy.layout import REPOSITORY, home_directory
from deploy.model import model_path
from deploy.ports import PortTrouble, check_free, port_from
from deploy.processes import LogFile, Managed
from deploy.procfile import Entry, ProcfileError, parse
from deploy.readiness import Readiness
from deploy.supervisor import StopWish, Supervisor

EVERYWHERE = ("0.0.0.0", "::")


def complete_environ(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the environment of the processes: what is set, and a value for all that is not.

    Raises PortTrouble when PORT or RASA_PORT is not a port.
    """
    port = port_from(environ, "PORT", 8000)
    rasa_port = port_from(environ, "RASA_PORT", port + 5)
    if port == rasa_port:
        raise PortTrouble(f"PORT and RASA_PORT are both {port}; they have to differ.")
    host = environ.get("HOST") or "127.0.0.1"
    defaults = {
        "HUILU_DEMO": "1",
        "HUILU_ACTIONS_URL": f"http://{reachable(host)}:{port}/internal/actions",
        "RASA_MODEL": str(model_path(home)),
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
    }
    fixed = {"HUILU_HOME": str(home), "HOST": host, "PORT": str(port), "RASA_PORT": str(rasa_port)}
    # An empty value means the default, and a PYTHONHOME or PYTHONPATH belongs to some other Python than ours.
    unwanted = {*(name for name in defaults if not environ.get(name)), "PYTHONHOME", "PYTHONPATH"}
    chosen = {name: value for name, value in environ.items() if name not in unwanted}
    return {**defaults, **chosen, **fixed, "HUILU_SECRET": environ.get("HUILU_SECRET") or kept_secret(home)}


def reachable(host: str) -> str:
    """Return the address at which this machine reaches a server listening on `host`."""
    if host in EVERYWHERE:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def kept_secret(home: Path) -> str:
    """Return the secret in <home>/secret, made at the first call and readable for its owner only."""
    path = home / "secret"
    home.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def ready_text(host: str, port: int, seconds: float, home: Path, demo: bool = True) -> str:
    """Return what a person reads once everything is up: addresses, demo sign-ins, logs, how to stop."""
    base = f"http://{reachable(host)}:{port}"
    shop = (("Shop with the chat", "/"),) if demo else ()
    mailbox = (("The demo's mailbox", "/mail"),) if demo else ()
    pages = (
        *shop,
        ("Chat on a full page", "/chat"),
        ("Agents' desk", "/desk"),
        ("Article editor", "/editor"),
        ("On your website", "/website"),
        ("Set-up", "/setup"),
        *mailbox,
    )
    lines = ["", f"Huilu is ready ({seconds:.0f} s).", *(f"  {title:<20} {base}{path}" for title, path in pages)]
    if host in EVERYWHERE:
        lines.append(f"  Other machines reach it too, at this machine's own address and port {port}.")
    try:
        sign_ins = (home / "demo-sign-ins.txt").read_text(encoding="utf-8").strip()
    except OSError:
        sign_ins = ""
    if sign_ins:
        lines += ["", "Demo sign-ins:", *(f"  {line}" for line in sign_ins.splitlines())]
    return "\n".join([*lines, "", f"Logs are in {home / 'log'}. Ctrl-C stops everything.", ""])


def say(text: str) -> None:
    """Print a line at once; a terminal that has gone is no reason to stop."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def read_entries(procfile: Path, environ: Mapping[str, str]) -> list[Entry]:
    """Return the processes to start. Raises ProcfileError when the file is missing, wrong, or the model not trained."""
    try:
        text = procfile.read_text(encoding="utf-8")
    except OSError as trouble:
        raise ProcfileError(f"{procfile} cannot be read: {trouble.strerror}") from None
    if "RASA_MODEL" in text and not Path(environ["RASA_MODEL"]).exists():
        raise ProcfileError(f"There is no trained dialogue model at {environ['RASA_MODEL']}. Run: make train")
    return parse(text, environ)


def serve(arguments: argparse.Namespace, stop: StopWish) -> int:
    """Check, start, keep up and end everything; return the exit code. Raises PortTrouble and ProcfileError."""
    home = home_directory()
    # What customers say is written below home: nobody else on the machine may read it.
    os.umask(0o077)
    environ = complete_environ(os.environ, home)
    home.chmod(0o700)
    host, port, rasa_port = environ["HOST"], int(environ["PORT"]), int(environ["RASA_PORT"])
    check_free(port, host, "PORT", "the website")
    check_free(rasa_port, "127.0.0.1", "RASA_PORT", "Rasa")
    everything = os.environ.get("VERBOSE", "0") not in ("", "0")
    processes = [
        Managed(entry, environ, LogFile(home / "log" / f"{entry.name}.log"), say, everything)
        for entry in read_entries(arguments.procfile, environ)
    ]
    ready_file: Path | None = arguments.ready_file

    def on_ready(seconds: float) -> None:
        say(ready_text(host, port, seconds, home, environ["HUILU_DEMO"] in ("1", "true", "yes", "on")))
        if ready_file:
            fresh = ready_file.with_name(ready_file.name + ".new")
            fresh.write_text(
                json.dumps({"port": port, "rasa_port": rasa_port, "seconds": round(seconds, 1)}), encoding="utf-8"
            )
            fresh.replace(ready_file)

    say(f"Starting Huilu at http://{reachable(host)}:{port} ...")
    try:
        readiness = Readiness(reachable(host).strip("[]"), port)
        code = Supervisor(processes, readiness, stop, say, restart=not arguments.no_restart).run(on_ready)
    finally:
        if ready_file:
            ready_file.unlink(missing_ok=True)
    say("Stopped." if code == 0 else f"Huilu has stopped. The logs are in {home / 'log'}")
    return code


def main(arguments: list[str] | None = None) -> int:
    """Read the options and serve until a signal comes; return the exit code."""
    parser = argparse.ArgumentParser(description="Serve Huilu on this machine.")
    parser.add_argument("--procfile", type=Path, default=REPOSITORY / "Procfile", help="the processes to start")
    parser.add_argument("--ready-file", type=Path, help="JSON with the ports, there while Huilu is ready")
    parser.add_argument("--no-restart", action="store_true", help="stop everything when one process ends")
    chosen = parser.parse_args(arguments)
    stop = StopWish()
    stop.listen()
    try:
        return serve(chosen, stop)
    except (PortTrouble, ProcfileError) as trouble:
        print(trouble, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
