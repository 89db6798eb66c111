"""Is a port free, and if not, who holds it?"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class PortTrouble(Exception):
    """A port cannot be used; the text says why and how to choose another."""


class Holder(NamedTuple):
    """The process that listens on a port."""

    pid: int
    command: str


def port_from(environ: Mapping[str, str], name: str, default: int) -> int:
    """Return the port number in the environment variable `name`.

    Raises PortTrouble when it is no whole number from 1 to 65535.
    """
    text = environ.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise PortTrouble(
            f"{name}={text} is not a port. Choose a whole number from 1024 to 65535, like this: {name}=8010 make run"
        )
    return int(text)


def check_free(port: int, host: str, variable: str, purpose: str) -> None:
    """Raise PortTrouble when `port` cannot be opened on `host`; `variable` is what a person sets to move it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except PermissionError:
            raise PortTrouble(
                f"Port {port} may only be opened by an administrator. Choose one above 1023: {variable}=8010 make run"
            ) from None
        except socket.gaierror:
            raise PortTrouble(
                f"HOST={host} is not an address of this machine. Try HOST=127.0.0.1 or HOST=0.0.0.0."
            ) from None
        except OSError as trouble:
            if _answers(port, host) or "in use" in str(trouble):
                raise PortTrouble(in_use_message(port, variable, purpose, find_holder(port))) from None
            raise PortTrouble(f"Port {port} on {host} cannot be opened: {trouble.strerror}.") from None


def in_use_message(port: int, variable: str, purpose: str, holder: Holder | None) -> str:
    """Return the message for a taken port: which, who holds it, how to choose another."""
    lines = [f"Port {port} is already in use, and {purpose} needs it."]
    if holder:
        lines.append(f"It is held by process {holder.pid}: {holder.command}")
        if re.search(r"-m (web|rasa)\b", holder.command):
            lines.append("That looks like Huilu itself, started somewhere else.")
    other = port + 10 if port + 15 <= 65535 else 8010
    lines.append(f"Stop that program, or choose another port: {variable}={other} make run")
    return "\n".join(lines)


def _answers(port: int, host: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1" if host == "0.0.0.0" else host, port), timeout=1):
            return True
    except OSError:
        return False


def find_holder(port: int) -> Holder | None:
    """Return the process listening on `port`, or None when the system does not tell (another user's, for one)."""
    return _holder_from_proc(port) if Path("/proc/net/tcp").exists() else _holder_from_lsof(port)


def _holder_from_proc(port: int) -> Holder | None:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            listening = fields[3] == "0A"
            if listening and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    if not inodes:
        return None
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if any(os.readlink(handle) in inodes for handle in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
                return Holder(int(process.name), command[:120])
        except OSError:
            continue
    return None


def _holder_from_lsof(port: int) -> Holder | None:
    lsof = shutil.which("lsof")
    if lsof is None:
        return None
    try:
        answer = subprocess.run(
            [lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=5,
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired):
        return None
    pid = re.search(r"^p(\d+)$", answer, re.M)
    command = re.search(r"^c(.+)$", answer, re.M)
    return Holder(int(pid.group(1)), command.group(1) if command else "?") if pid else None
