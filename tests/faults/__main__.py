"""The fault checker from the shell: python -m tests.faults --conversations 1000 --seed 7"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.faults.check import check
from tests.faults.report import examples, table
from tests.running import REPOSITORY, StartFailed


def report_file() -> Path:
    """Where the last run's report is kept."""
    home = Path(os.environ.get("HUILU_HOME") or REPOSITORY / "var").resolve()
    home.mkdir(parents=True, exist_ok=True)
    return home / "faults.txt"


def main() -> int:
    """Run the check; 0 when nothing was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    number = int(os.environ.get("HUILU_FAULT_CONVERSATIONS") or 1000)
    parser.add_argument("--conversations", type=int, default=number, help=f"how many (default {number})")
    parser.add_argument("--seed", type=int, default=7, help="decides scripts, faults and their moments")
    parser.add_argument("--folder", type=Path, help="where database and logs are kept for looking at")
    chosen = parser.parse_args()
    if chosen.folder and chosen.folder.exists() and any(chosen.folder.iterdir()):
        parser.error(f"{chosen.folder} is not empty")
    with tempfile.TemporaryDirectory(prefix="huilu-faults-") as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            result = asyncio.run(check(chosen.conversations, chosen.seed, folder, lambda line: print(line, flush=True)))
        except StartFailed as reason:
            print(reason, file=sys.stderr)
            return 2
        told = table(result)
        if result.violations:
            told = f"{told}\n\n{examples(result)}"
    report_file().write_text(told + "\n", encoding="utf-8")
    print(told)
    if result.left:
        print("Left behind:", *result.left, sep="\n  ")
    return 1 if result.violations or result.left else 0


if __name__ == "__main__":
    sys.exit(main())
