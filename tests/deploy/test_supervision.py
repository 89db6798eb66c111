"""run.py with two small programs: it restarts what dies, and leaves nothing behind however it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.layout import REPOSITORY

pytestmark = pytest.mark.timeout(60)

APP = """
import http.server, os, pathlib, subprocess, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass
helper = subprocess.Popen(["sleep", "600"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {helper.pid}")
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

DEAF = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
while True:
    time.sleep(1)
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(what: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return sys.platform != "linux"
    # Ended, and only not yet collected by the process it was handed to.
    return state != "Z"


class Stage:
    """A running supervisor over toy programs, and the numbers of all processes they wrote down."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.rasa_port = folder, free_port(), free_port()
        self.ready = folder / "ready.json"
        self.seen: set[int] = set()

    def start(self, rasa: str, *options: str) -> subprocess.Popen[str]:
        for name, source in (("app", APP), ("deaf", DEAF)):
            (self.folder / f"{name}.py").write_text(source)
        python = sys.executable
        procfile = self.folder / "Procfile"
        procfile.write_text(f"app: {python} {self.folder}/app.py {self.folder}/app.pid\nrasa: {rasa}\n")
        self.process = subprocess.Popen(
            [python, "deploy/run.py", "--procfile", str(procfile), "--ready-file", str(self.ready), *options],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "PORT": str(self.port),
                "RASA_PORT": str(self.rasa_port),
                "HUILU_HOME": str(self.folder / "home"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.process

    def pids(self, name: str) -> list[int]:
        try:
            pids = [int(word) for word in (self.folder / f"{name}.pid").read_text().split()]
        except OSError:
            return []
        self.seen |= set(pids)
        return pids

    def finish(self) -> str:
        output, _ = self.process.communicate(timeout=30)
        return output

    def left_over(self) -> list[int]:
        return [pid for pid in self.seen if is_running(pid)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    if stage.process.poll() is None:
        stage.process.kill()
        stage.process.wait()
    for pid in stage.left_over():
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_with_code_0(stage: Stage, number: signal.Signals) -> None:
    process = stage.start("sleep 600")
    wait_for(stage.ready.exists)
    assert json.loads(stage.ready.read_text())["port"] == stage.port
    assert len(stage.pids("app")) == 2
    process.send_signal(number)
    output = stage.finish()
    assert process.returncode == 0
    assert f"http://127.0.0.1:{stage.port}/desk" in output
    assert "Traceback" not in output
    assert not stage.left_over()
    assert not stage.ready.exists()


def test_what_dies_is_started_again(stage: Stage) -> None:
    process = stage.start("sleep 600")
    wait_for(stage.ready.exists)
    first, helper = stage.pids("app")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: stage.pids("app") not in ([], [first, helper]))
    assert not is_running(helper), "a helper of the dead process would hold its port"
    process.send_signal(signal.SIGINT)
    assert "app was ended by SIGKILL; starting it again in 1 s." in stage.finish()
    assert not stage.left_over()


def test_a_second_ctrl_c_does_not_wait_for_the_deaf(stage: Stage) -> None:
    process = stage.start(f"{sys.executable} {stage.folder}/deaf.py {stage.folder}/deaf.pid")
    wait_for(lambda: stage.ready.exists() and stage.pids("deaf") and stage.pids("app"))
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert stage.left_over()
    asked_again = time.monotonic()
    process.send_signal(signal.SIGINT)
    stage.finish()
    assert time.monotonic() - asked_again < 3
    assert process.returncode == 0
    assert not stage.left_over()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed parent")
def test_a_killed_supervisor_leaves_no_server(stage: Stage) -> None:
    process = stage.start(f"{sys.executable} {stage.folder}/deaf.py {stage.folder}/deaf.pid")
    wait_for(lambda: stage.ready.exists() and stage.pids("deaf"))
    servers = [stage.pids("app")[0], *stage.pids("deaf")]
    process.kill()
    wait_for(lambda: not any(is_running(pid) for pid in servers), 3)


def test_without_restart_one_death_ends_all(stage: Stage) -> None:
    process = stage.start("sh -c 'echo no model here; exit 4'", "--no-restart")
    output = stage.finish()
    assert process.returncode == 1
    assert "rasa stopped with exit code 4." in output
    assert "no model here" in output
    stage.pids("app")
    assert not stage.left_over()


def test_a_command_that_is_not_there_is_named(stage: Stage) -> None:
    stage.start("./nowhere/python -m rasa", "--no-restart")
    assert "cannot start ./nowhere/python" in stage.finish()


def test_a_taken_port_is_told_before_anything_starts(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", stage.rasa_port)):
        process = stage.start("sleep 600")
        output = stage.finish()
    assert process.returncode == 1
    assert f"Port {stage.rasa_port} is already in use, and Rasa needs it." in output
    assert not (stage.folder / "app.pid").exists()
