"""Plays the scripted conversations: python -m tests.dialogues [--kind complaint] [--language en] [--name words]"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.dialogues.playing import pass_rates, play_all
from tests.dialogues.scripts import LANGUAGES, ScriptUnreadable, read_all
from tests.running import StartFailed, start_servers

ENOUGH = 0.95


def main() -> int:
    """Play, print the pass rate by kind and every failure; 0 when enough passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.dialogues", description=__doc__)
    parser.add_argument("--kind", help="only this kind (the name of a file)")
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--name", help="only those whose name holds these words")
    parser.add_argument("--talk", action="store_true", help="also print what was said where all is well")
    chosen = parser.parse_args()
    try:
        scripts = [
            script
            for script in read_all()
            if chosen.kind in (None, script.kind)
            and chosen.language in (None, script.language)
            and (chosen.name or "") in script.name
        ]
        with tempfile.TemporaryDirectory(prefix="huilu-dialogues-") as folder:
            servers = start_servers(Path(folder))
            try:
                played = play_all(servers, scripts)
            finally:
                servers.stop()
    except (ScriptUnreadable, StartFailed) as reason:
        print(reason, file=sys.stderr)
        return 2
    for each in played:
        if chosen.talk or not each.passed:
            print(f"\n{each.script.language}/{each.script.kind}: {each.script.name}")
            print("\n".join((*each.said, *each.problems)))
    share = sum(each.passed for each in played) / max(1, len(played))
    print(f"\n{pass_rates(played)}\n\n{share:.1%} of {len(played)} conversations passed; {ENOUGH:.0%} are asked for.")
    return 0 if played and share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
