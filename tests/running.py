"""The real servers, started the way `make run` starts them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
START_SECONDS = 180
HOW = "Run `make test`, which sets up what is missing."


class StartFailed(Exception):
    """The servers did not become ready; the message holds their last words."""


@dataclass
class RunningServers:
    """The servers under test.

    Attributes:
        address: Where the app answers.
        home: Their HUILU_HOME.
        sign_ins: Passwords of the demo's staff by e-mail address.
    """

    address: str
    home: Path
    sign_ins: dict[str, str]
    process: subprocess.Popen[bytes]

    def stop(self) -> list[str]:
        """End them as Ctrl-C does; returns the commands of processes that were left behind, which should be none."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self.processes()

    def processes(self) -> list[str]:
        """Commands of all processes that belong to these servers."""
        mark = f"HUILU_HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
                except OSError:
                    continue
        return found

    def child(self, words: str) -> int | None:
        """The number of the process that the supervisor keeps up and whose command holds the words; None when dead."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except OSError:
                    continue
                if int(parent) == self.process.pid and words in command:
                    return int(entry.name)
        return None

    def email(self, role: str) -> str:
        """The first demo account with a role."""
        lines = (self.home / "demo-sign-ins.txt").read_text().splitlines()
        return next(line.split()[1] for line in lines if line.split()[0] == role)


def start_servers(folder: Path, port: int | None = None, more: dict[str, str] | None = None) -> RunningServers:
    """Start Rasa and the app in `folder` with a model trained beforehand; `more` are further environment variables.

    Raises:
        StartFailed: When the environments or the model are missing, or the servers are not ready in time.
    """
    sys.path.insert(0, str(REPOSITORY))
    from deploy.model import model_path

    model = model_path(Path(os.environ.get("HUILU_HOME") or REPOSITORY / "var").resolve())
    if not model.exists():
        raise StartFailed(f"There is no trained dialogue model at {model}. {HOW}")
    home = folder / "home"
    ready = folder / "ready.json"
    log = folder / "run.log"
    app_port, rasa_port = port or free_port(), free_port()
    environment = os.environ | {
        "HUILU_HOME": str(home),
        "PORT": str(app_port),
        "RASA_PORT": str(rasa_port),
        "RASA_MODEL": str(model),
        "HUILU_DEMO": "1",
        "HUILU_IDENTITY_SECRET": "identity-secret-of-the-tests",
        **(more or {}),
    }
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, str(REPOSITORY / "deploy" / "run.py"), "--ready-file", str(ready)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=output, stderr=subprocess.STDOUT)
    _wait(process, ready, log, home)
    sign_ins = {
        line.split()[1]: line.split()[2] for line in (home / "demo-sign-ins.txt").read_text().splitlines() if line
    }
    return RunningServers(f"http://127.0.0.1:{app_port}", home, sign_ins, process)


def _wait(process: subprocess.Popen[bytes], ready: Path, log: Path, home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (ready.exists() and json.loads(ready.read_text() or "{}")):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            said = "".join(path.read_text()[-3000:] for path in [log, *home.glob("log/*.log")] if path.exists())
            raise StartFailed(f"The servers did not become ready. {HOW}\n{said}")
        time.sleep(0.2)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
