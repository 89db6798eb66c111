"""Reading /proc: made-up processes in a folder."""

import os
from pathlib import Path

import pytest

from benchmarks.processes import (
    Process,
    Use,
    all_processes,
    busy_seconds,
    children_by_name,
    parse_process,
    use_of_tree,
)

pytestmark = pytest.mark.fast

STATUS = (
    "Name:\tpython\nPPid:\t{parent}\nVmPeak:\t 9999 kB\nVmHWM:\t  {peak} kB\nVmRSS:\t  {resident} kB\nThreads:\t4\n"
)
STAT = "{pid} (py) thon :) S {parent} 1 1 0 -1 4194304 1 2 3 4 250 50 0 0 20 0 4 0 100 200 300"


def write_process(proc: Path, pid: int, parent: int, command: str, resident: int = 1024) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "status").write_text(STATUS.format(parent=parent, resident=resident, peak=resident * 2))
    (folder / "stat").write_text(STAT.format(pid=pid, parent=parent))
    (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in command.split()))


def test_memory_and_processor_time_are_read() -> None:
    process = parse_process(STATUS.format(parent=7, resident=300, peak=400), STAT.format(pid=9, parent=7), ticks=100)
    assert process == Process(7, Use(300, 400, 3.0))


def test_a_zombie_holds_nothing() -> None:
    process = parse_process("Name:\tgone\nPPid:\t1\n", STAT.format(pid=9, parent=1), ticks=100)
    assert (process.use.resident, process.use.peak) == (0, 0)


def test_a_process_counts_with_all_it_started() -> None:
    one = Use(10, 20, 1.0)
    processes = {1: Process(0, one), 2: Process(1, one), 3: Process(2, one), 4: Process(0, one)}
    assert use_of_tree(1, processes) == Use(30, 60, 3.0)
    assert use_of_tree(99, processes) == Use()


def test_children_are_known_by_the_module_they_run(tmp_path: Path) -> None:
    write_process(tmp_path, 10, 1, "python deploy/run.py")
    write_process(tmp_path, 11, 10, "python -m rasa run --port 8005", 2048)
    write_process(tmp_path, 12, 11, "python -c worker")
    write_process(tmp_path, 13, 10, "python -m web")
    write_process(tmp_path, 14, 1, "python -m web", 9999)
    (tmp_path / "15").mkdir()
    (tmp_path / "meminfo").write_text("")
    found = children_by_name(10, {"rasa": "rasa", "app": "web", "mail": "mail"}, tmp_path)
    assert {name: (use.resident, use.peak) for name, use in found.items()} == {
        "rasa": (3072, 6144),
        "app": (1024, 2048),
    }


def test_waiting_is_not_being_busy(tmp_path: Path) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    (tmp_path / "stat").write_text(f"cpu  {ticks} {ticks} {ticks} 999 999 0 {ticks} {ticks} 5 5\ncpu0 1 1 1 1\n")
    assert busy_seconds(tmp_path) == 5.0
    assert busy_seconds(tmp_path / "missing") is None


def test_without_proc_nothing_is_found(tmp_path: Path) -> None:
    assert all_processes(tmp_path / "missing") == {}
    assert children_by_name(os.getpid(), {"app": "web"}, tmp_path / "missing") == {}
