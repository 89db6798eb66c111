"""Nothing is lost, doubled, out of order, stuck or told twice while servers are killed, stopped and cut off."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.faults.__main__ import report_file
from tests.faults.check import check
from tests.faults.compare import KINDS
from tests.faults.records import count_by_kind
from tests.faults.report import examples, table
from tests.running import StartFailed

CONVERSATIONS = int(os.environ.get("HUILU_FAULT_CONVERSATIONS") or 150)
SEED = int(os.environ.get("HUILU_FAULT_SEED") or 7)


@pytest.mark.servers
@pytest.mark.timeout(360 + 3 * CONVERSATIONS)
def test_whatever_breaks_customers_lose_nothing_and_hear_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print()
        try:
            result = asyncio.run(check(CONVERSATIONS, SEED, tmp_path, lambda line: print(f"  {line}", flush=True)))
        except StartFailed as reason:
            pytest.fail(str(reason))
        told = table(result)
        print(told)
    shown = examples(result)
    report_file().write_text(f"{told}\n\n{shown}\n", encoding="utf-8")
    counts = count_by_kind(result.violations)
    assert {kind: counts.get(kind, 0) for kind in KINDS} == dict.fromkeys(KINDS, 0), f"\n{told}\n\n{shown}"
    assert result.left == [], "Ctrl-C must leave no process behind"
