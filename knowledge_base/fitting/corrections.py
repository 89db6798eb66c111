"""What a knowledge base's own correction makes of the probabilities, and which hardness and shares suit it best."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from knowledge_base.calibration import (
    _HARDER_OFFSET,
    _HARDER_SLOPE,
    _LEAST_QUESTIONS,
    LEFT_OUT_SHARE,
    OTHER_SHARE,
    Example,
    correction,
    steepened,
)
from knowledge_base.decision import NO_CORRECTION, SURENESS, Correction, Ground, Sureness
from knowledge_base.fitting.questions import Asked, AskedSet, OwnPhrasing
from knowledge_base.fitting.sureness import all_odds
from knowledge_base.metrics import Outcome, calibration_error

_LEFT_OUT_SHARES, _OTHER_SHARES = (0.0, 0.02), (0.05, 0.1)
_OFFSETS, _SLOPES = (0.15, 0.3, 0.5, 0.7), (1.0, 1.15, 1.3, 1.5)

Corrections = Mapping[Ground, Correction]


class Constants(NamedTuple):
    """Those of `calibration.py`: the shares of the weight, and how much harder a phrasing left out is to find."""

    left_out_share: float
    other_share: float
    harder_offset: float
    harder_slope: float

    def weight(self, own: OwnPhrasing) -> float:
        """What a phrasing of the knowledge base itself counts."""
        return self.left_out_share if own.without_article else 1 - self.left_out_share - self.other_share


IN_USE = Constants(LEFT_OUT_SHARE, OTHER_SHARE, _HARDER_OFFSET, _HARDER_SLOPE)


class Tried(NamedTuple):
    """A point of the grid, the calibration error of each set there, and the greatest of those that the grid changes."""

    constants: Constants
    errors: tuple[float, ...]
    greatest: float


def own_corrections(
    asked: AskedSet, sureness: Mapping[Ground, Sureness], constants: Constants = IN_USE
) -> dict[Ground, Correction]:
    """What `calibration.calibrated` corrects for each ground, with other coefficients or constants than in use."""
    found = {}
    for ground in sureness:
        own = [each for each in asked.own if each.features.ground == ground]
        others = [features for features in asked.others if features.ground == ground]
        if len(own) < 2 * _LEAST_QUESTIONS:
            continue
        odds = all_odds([each.features for each in own], sureness).tolist()
        other_odds = all_odds(others, sureness).tolist()
        examples = [Example(value, each.right, constants.weight(each)) for value, each in zip(odds, own, strict=True)]
        weight = constants.other_share * len(own) / 2
        examples += [Example(value, False, weight / len(others)) for value in other_odds]
        found[ground] = _with_hardness(correction(examples), constants)
        if ground == "words":
            rights = [example.odds for example in examples if example.right]
            found[ground] = steepened(found[ground], rights, other_odds)
    return found


def outcomes(asked: AskedSet, sureness: Mapping[Ground, Sureness], corrections: Corrections) -> list[Outcome]:
    """What became of each question, for `metrics`; nothing is decided."""
    found = [each for each in asked.questions if each.features]
    odds = all_odds([each.features[0] for each in found], sureness)
    own = [corrections.get(each.features[0].ground, NO_CORRECTION) for each in found]
    final = np.array([each.offset for each in own]) + np.array([each.slope for each in own]) * odds
    probabilities = (1 / (1 + np.exp(-np.clip(final, -60, 60)))).tolist()
    return [
        *(_outcome(each, probability) for each, probability in zip(found, probabilities, strict=True)),
        *(_outcome(each, 0.0) for each in asked.questions if not each.features),
    ]


def hardness_grid(sets: Sequence[AskedSet]) -> list[Tried]:
    """Every point of the grid and the one in use: the lowest greatest calibration error first.

    A set that corrects nothing, for want of phrasings like its questions, has the same error everywhere and has no say.
    """
    points = {Constants(*each) for each in product(_LEFT_OUT_SHARES, _OTHER_SHARES, _OFFSETS, _SLOPES)} | {IN_USE}
    errors = {
        constants: tuple(
            calibration_error(outcomes(asked, SURENESS, own_corrections(asked, SURENESS, constants))) or 0.0
            for asked in sets
        )
        for constants in sorted(points)
    }
    changed = [place for place in range(len(sets)) if len({each[place] for each in errors.values()}) > 1]
    tried = [
        Tried(constants, each, max((each[place] for place in changed), default=0.0))
        for constants, each in errors.items()
    ]
    return sorted(tried, key=lambda point: point.greatest)


def _outcome(question: Asked, probability: float) -> Outcome:
    return Outcome(question.expected, question.keys, probability, "none", 0, 0.0)


def _with_hardness(found: Correction, constants: Constants) -> Correction:
    """A correction with another hardness in place of the one that `calibration.correction` adds."""
    slope = found.slope / _HARDER_SLOPE * constants.harder_slope
    return Correction(found.offset - _HARDER_OFFSET + constants.harder_offset, slope)
