"""What texts say, as features that can be compared: words, characters and parts of words.

Works on folded texts, so Simplified and Traditional Chinese meet. Chinese counts by characters and pairs of
neighbours, Latin by words with their endings cut off, and by parts of words so that misspellings still match.
"""

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.glue_words import GLUE_WORDS
from texts.language import HAN, fold

_RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+(?:'[^\\W_{HAN}]+)?")
_IS_HAN = re.compile(f"[{HAN}]")

# What a feature counts for, by its kind (its first letter).
WEIGHTS = {"w": 1.0, "g": 0.3, "p": 1.0, "c": 0.7}
# Words that hold sentences together say little about what is asked, however rare they are among the articles.
GLUE_WEIGHT = 0.5
_GLUE_CHARACTERS = frozenset(
    "的了吗呢吧啊呀哦嘛我你您他她它们这那是在有和就都也还要会能可以请问一下个么着过给把被让跟与及几怎什哪谁啥今天明帮"
)


def analyse(text: str) -> list[str]:
    """The features of a text, repeated as often as they occur.

    "w:" a Latin word or number, "g:" three or four letters in a row of a word, "c:" a Chinese character,
    "p:" two Chinese characters in a row.
    """
    features: list[str] = []
    for run in _RUNS.findall(fold(text).replace("\u2019", "'")):
        if _IS_HAN.match(run):
            features.extend(f"c:{character}" for character in run)
            features.extend(f"p:{run[start : start + 2]}" for start in range(len(run) - 1))
        else:
            word = stem(run)
            features.append(f"w:{word}")
            if word not in GLUE_WORDS:
                features.extend(f"g:{part}" for part in _parts(word))
    return features


def stem(word: str) -> str:
    """Cut the commonest English endings off: returns, returned and returning become return."""
    word = word.removesuffix("'s").replace("'", "")
    for ending, least in (("ies", 3), ("ing", 4), ("ed", 4), ("es", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            root = word[: -len(ending)]
            return root + "y" if ending == "ies" else _undoubled(root).removesuffix("e")
    return word.removesuffix("e") if len(word) > 4 else word


def _undoubled(root: str) -> str:
    return root[:-1] if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz" else root


def _parts(word: str) -> Iterable[str]:
    if len(word) < 4:
        return
    bounded = f"^{word}$"
    for size in (3, 4):
        for start in range(len(bounded) - size + 1):
            yield bounded[start : start + size]


def weight_of(feature: str) -> float:
    """What a feature counts for, by its kind, and less when it only holds sentences together."""
    kind, body = feature[0], feature[2:]
    weight = WEIGHTS[kind]
    if kind == "w" and body in GLUE_WORDS:
        return weight * GLUE_WEIGHT
    if kind in "cp" and all(character in _GLUE_CHARACTERS for character in body):
        return weight * GLUE_WEIGHT
    return weight


@dataclass(frozen=True)
class Analysed:
    """A text with its features, analysed once for all who score it.

    Attributes:
        often: 1 + the logarithm of how often the text has each of its features.
    """

    text: str
    often: Mapping[str, float]


def analysed(text: str | Analysed) -> Analysed:
    """The text with its features; one that was analysed already is returned as it is."""
    if isinstance(text, Analysed):
        return text
    return Analysed(text, {feature: 1 + math.log(count) for feature, count in Counter(analyse(text)).items()})


class TextFeatures:
    """The features of texts as numbers, kept from one index to the next: only new texts are analysed.

    `number` only grows, so that an index made earlier can go on using it: what is beyond its end it does not know.
    """

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        self._weights = array("d")
        self._known: dict[str, tuple[array[int], array[float]]] = {}

    @property
    def weights(self) -> NDArray[np.float64]:
        """What each feature counts for, by its number; see `weight_of`."""
        # By way of a list: an array of numpy's would for a moment forbid another thread to add features.
        return np.array(self._weights.tolist())

    def of(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """The features of all texts one after the other: number, position of the text, 1 + logarithm of the count."""
        each = [self._known.get(text) or self._known.setdefault(text, self._analysed(text)) for text in texts]
        lengths = [len(numbers) for numbers, _ in each]
        if not sum(lengths):
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        numbers = np.concatenate([np.frombuffer(found, np.int64) for found, _ in each if found])
        often = np.concatenate([np.frombuffer(counts) for _, counts in each if counts])
        return numbers, np.repeat(np.arange(len(texts)), lengths), often

    def forget_all_but(self, texts: Iterable[str]) -> None:
        """Forget the features of all other texts; their numbers stay."""
        self._known = {text: self._known[text] for text in texts if text in self._known}

    def _analysed(self, text: str) -> "tuple[array[int], array[float]]":
        numbers, counts = array("q"), array("d")
        for feature, often in analysed(text).often.items():
            number = self.number.setdefault(feature, len(self.number))
            if number == len(self._weights):
                self._weights.append(weight_of(feature))
            numbers.append(number)
            counts.append(often)
        return numbers, counts
