"""Fits the decision's coefficients and prints them beside those in use: python -m knowledge_base.fitting FOLDER

FOLDER holds, for each set, NAME.articles.jsonl.gz and NAME.questions.jsonl.gz in the format of import and evaluate; the
demo shop is a set as well. The sets the coefficients in use were fitted to are named in `sureness.py`. All are asked
twice: with the built-in encoders, and by words alone. Nothing is written: what is to be used is set in `decision.py`.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from knowledge_base.decision import SCORE_WEIGHTS, SURENESS, Ground, ScoreWeights, Sureness
from knowledge_base.encoders import NoEncoder, load_encoder
from knowledge_base.fitting.corrections import IN_USE, Tried, hardness_grid, outcomes, own_corrections
from knowledge_base.fitting.order import FAMILIES, Choices, Family, choices_of, hit, learn
from knowledge_base.fitting.questions import AskedSet, ask_sets, sets_in
from knowledge_base.fitting.sureness import FACTOR_SETS, fit_sureness
from knowledge_base.metrics import all_metrics, calibration_error
from knowledge_base.report import aligned, percent

_SHOWN = {
    "hit@1": "hit@1",
    "hit@3": "hit@3",
    "refused_at_5pct_false": "refused at 5 %",
    "refused_at_10pct_false": "refused at 10 %",
    "coverage_at_95pct_precision": "covered at 95 %",
}
_BEST_POINTS = 12


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask the sets, fit, and print. Raises what `ask_sets` raises."""
    parser = argparse.ArgumentParser(
        prog="python -m knowledge_base.fitting", description="Fit the coefficients of the decision."
    )
    parser.add_argument("folder", type=Path, help="the development sets")
    parser.add_argument("--weights", action="store_true", help="also search for the weights of the score")
    parser.add_argument("--hardness", action="store_true", help="also try out the constants of calibration.py")
    options = parser.parse_args(arguments)
    files = sets_in(options.folder)
    if missing := {name for names in FACTOR_SETS.values() for name in names} - files.keys():
        print(f"fitting: not in {options.folder}: {', '.join(sorted(missing))}.", file=sys.stderr)
    meaning, words = ask_sets(files, load_encoder()), ask_sets(files, NoEncoder())
    fitted: dict[Ground, Sureness] = {
        ground: fit_sureness(ground, words if ground == "words" else meaning) for ground in SURENESS
    }
    parts = [coefficients(fitted)]
    for title, sets in (("Built-in encoders", meaning), ("By words alone", words)):
        parts += [
            quality(f"{title}, coefficients in use", sets, SURENESS),
            quality(f"{title}, as fitted", sets, fitted),
        ]
    if options.weights:
        parts += [weights(name, family, words if name == "words" else meaning) for name, family in FAMILIES.items()]
    if options.hardness:
        parts.append(hardness([asked.name for asked in meaning], hardness_grid(meaning)))
    print("\n\n".join(parts))
    return 0


def coefficients(fitted: Mapping[Ground, Sureness]) -> str:
    """The coefficients of each ground, those of `decision.py` above those fitted now."""
    rows = [["", *(each.name for each in fields(Sureness))]]
    for ground, found in fitted.items():
        rows.append([f"{ground}, in use", *(f"{value:.2f}" for value in astuple(SURENESS[ground]))])
        rows.append([f"{ground}, fitted", *(f"{value:.2f}" for value in astuple(found))])
    notes = (
        "which_share is not fitted: it was chosen by hand, and the rest is fitted to it. For aligned, dense,\n"
        "lexical and aligned are fitted as one: how they stand to each other was set by hand."
    )
    return "\n".join(["How sure a match is", *aligned(rows), notes])


def quality(title: str, sets: Sequence[AskedSet], sureness: Mapping[Ground, Sureness]) -> str:
    """A row a set: its figures after its own correction, the calibration error also before."""
    rows = [["", "questions", *_SHOWN.values(), "calibration error", "before correction"]]
    for asked in sets:
        corrected = all_metrics(outcomes(asked, sureness, own_corrections(asked, sureness)))
        before = calibration_error(outcomes(asked, sureness, {}))
        figures = [percent(corrected[name]) for name in (*_SHOWN, "calibration_error")]
        rows.append([asked.name, str(len(asked.questions)), *figures, percent(before)])
    note = "All figures but the last are those after the knowledge base's own correction."
    return "\n".join([title, *aligned(rows), note])


def weights(name: str, family: Family, sets: Sequence[AskedSet]) -> str:
    """What is found from all sets and from all but one; of that one, how often it is right with this and in use."""
    in_use = SCORE_WEIGHTS[family.grounds[0]]
    rows = [["", *ScoreWeights._fields, "hit@1", "hit@3", "hit@1 in use", "hit@3 in use"]]
    chosen = {each.name: choices for each in sets if (choices := choices_of(each, family)) is not None}
    rows.append(["in use", *_weights_row(in_use), *[""] * 4])
    if chosen:
        rows.append(["from all", *_weights_row(learn(list(chosen.values()), family.searched)), *[""] * 4])
    for left_out, asked in chosen.items() if len(chosen) > 1 else ():
        found = learn([choices for each, choices in chosen.items() if each != left_out], family.searched)
        rows.append([f"without {left_out}", *_weights_row(found), *_hits(asked, found), *_hits(asked, in_use)])
    notes = (
        "hit@1 and hit@3 are those of the set that was left out. The weights in use were rounded by hand from such a\n"
        "search, on a coarse grid, by hit@1 of the sets (cic: hit@3); they are not what it finds."
    )
    return "\n".join([f"Weights of the score on the grounds of {name}", *aligned(rows), notes])


def _weights_row(found: ScoreWeights) -> list[str]:
    return [f"{value:.2f}" for value in found]


def _hits(choices: Choices, found: ScoreWeights) -> list[str]:
    return [percent(hit(choices, found, depth)) for depth in (1, 3)]


def hardness(names: Sequence[str], tried: Sequence[Tried]) -> str:
    """The best points of the grid and the one in use, with the calibration error of each set."""
    rows = [["", "left out", "others", "offset", "slope", *names, "greatest"]]
    for place, each in enumerate(tried):
        in_use = each.constants == IN_USE
        if place < _BEST_POINTS or in_use:
            point = [f"{value:.2f}" for value in each.constants]
            errors = [percent(error) for error in (*each.errors, each.greatest)]
            rows.append(["in use" if in_use else str(place + 1), *point, *errors])
    title = "Calibration error by the shares and the hardness of calibration.py, the lowest greatest one first"
    note = "greatest: of the sets whose error they change; the others have no phrasings to be corrected by."
    return "\n".join([title, *aligned(rows), note])


if __name__ == "__main__":
    sys.exit(main())
