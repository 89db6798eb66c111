"""How much memory and processor time processes take, read from /proc (Linux)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_FIELD = re.compile(r"^(PPid|VmRSS|VmHWM):\s+(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Use:
    """What a process takes.

    Attributes:
        resident: Memory held now (RSS), in KiB.
        peak: The most it ever held, in KiB.
        cpu: Processor time so far, in seconds.
    """

    resident: int = 0
    peak: int = 0
    cpu: float = 0.0

    def __add__(self, other: Use) -> Use:
        return Use(self.resident + other.resident, self.peak + other.peak, self.cpu + other.cpu)


@dataclass(frozen=True)
class Process:
    """A process: the number of the one that started it, and what it takes."""

    parent: int
    use: Use


def parse_process(status: str, stat: str, ticks: int) -> Process:
    """Read the texts of /proc/<pid>/status and /proc/<pid>/stat.

    A process without memory (a zombie, a kernel thread) holds 0.

    Args:
        ticks: Of processor time in a second.
    """
    fields = {name: int(value) for name, value in _FIELD.findall(status)}
    # The command, in parentheses, may hold spaces; the times are the 14th and 15th field of the line.
    after_command = stat.rpartition(")")[2].split()
    cpu = (int(after_command[11]) + int(after_command[12])) / ticks
    return Process(fields.get("PPid", 0), Use(fields.get("VmRSS", 0), fields.get("VmHWM", 0), cpu))


def use_of_tree(root: int, processes: Mapping[int, Process]) -> Use:
    """What a process takes together with all it started; shared pages count in each."""
    total = processes[root].use if root in processes else Use()
    for pid, process in processes.items():
        if process.parent == root:
            total += use_of_tree(pid, processes)
    return total


def all_processes(proc: Path = PROC) -> dict[int, Process]:
    """Every process of this machine by its number; empty where there is no /proc."""
    ticks = os.sysconf("SC_CLK_TCK")
    found = {}
    for folder in proc.glob("[0-9]*"):
        try:
            texts = (folder / "status").read_text(), (folder / "stat").read_text()
        except OSError:
            continue  # It ended meanwhile.
        found[int(folder.name)] = parse_process(*texts, ticks)
    return found


def busy_seconds(proc: Path = PROC) -> float | None:
    """Processor time that all cores together spent on anything since the machine started; None without /proc.

    What the host took away from a virtual machine counts too.
    """
    try:
        first = (proc / "stat").read_text().splitlines()[0].split()
    except (OSError, IndexError):
        return None
    user, nice, system, _idle, _waiting, *interrupts = (int(ticks) for ticks in first[1:9])
    return float(user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def children_by_name(supervisor: int, names: Mapping[str, str], proc: Path = PROC) -> dict[str, Use]:
    """What each child of the supervisor takes, with all it started; children not named are left out.

    Args:
        names: What to call a child -> the Python module it runs (the word after `-m`).
    """
    processes = all_processes(proc)
    modules = {
        _module(proc / str(pid) / "cmdline"): pid for pid, each in processes.items() if each.parent == supervisor
    }
    return {name: use_of_tree(modules[module], processes) for name, module in names.items() if module in modules}


def _module(cmdline: Path) -> str:
    try:
        words = cmdline.read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return ""
    return words[words.index("-m") + 1] if "-m" in words[:-1] else ""
