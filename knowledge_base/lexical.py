"""Finding texts by their words: a cosine between 0 and 1 over words, characters and parts of words.

Works on folded texts, so Simplified and Traditional Chinese meet. Chinese counts by characters and pairs of
neighbours, Latin by words with their endings cut off, and by parts of words so that misspellings still match.
"""

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

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
        return np.array(self._weights)

    def of(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """The features of all texts one after the other: number, position of the text, 1 + logarithm of the count.

        Texts that are not among these are forgotten.
        """
        self._known = {text: self._known.get(text) or self._analysed(text) for text in texts}
        each = [self._known[text] for text in texts]
        lengths = [len(numbers) for numbers, _ in each]
        if not sum(lengths):
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        numbers = np.concatenate([np.frombuffer(found, np.int64) for found, _ in each if found])
        often = np.concatenate([np.frombuffer(counts) for _, counts in each if counts])
        return numbers, np.repeat(np.arange(len(texts)), lengths), often

    def _analysed(self, text: str) -> "tuple[array[int], array[float]]":
        numbers, often = array("q"), array("d")
        for feature, count in Counter(analyse(text)).items():
            number = self.number.setdefault(feature, len(self.number))
            if number == len(self._weights):
                self._weights.append(weight_of(feature))
            numbers.append(number)
            often.append(1 + math.log(count))
        return numbers, often


class LexicalMatrix:
    """Immutable: the weighted features of some texts, ready to be compared with queries.

    Each text is a vector of its features, of unit length, each by how often the text has it and how few texts do. The
    vectors are kept by feature: `_texts` and `_values` from `_starts[n]` to `_starts[n + 1]` are those of feature n.

    Args:
        features: Where the features of these texts are kept, or are to be.
    """

    def __init__(self, texts: Sequence[str], features: TextFeatures | None = None) -> None:
        self.size = len(texts)
        # A feature no text has is at least as telling as one that a single text has.
        self._unknown_idf = math.log(1 + self.size) + 1
        kept = features or TextFeatures()
        numbers, owners, often = kept.of(texts)
        self._number = kept.number
        self._file_by_feature(numbers, owners, often, kept.weights)

    def _file_by_feature(
        self,
        features: NDArray[np.int64],
        owners: NDArray[np.int64],
        often: NDArray[np.float64],
        kinds: NDArray[np.float64],
    ) -> None:
        having = np.bincount(features, minlength=len(kinds))
        weights = kinds * (np.log((1 + self.size) / (1 + having)) + 1)
        values = often * weights[features]
        lengths = np.sqrt(np.bincount(owners, values**2, minlength=self.size))
        order = np.argsort(features, kind="stable")
        self._having: list[int] = having.tolist()
        self._weights: list[float] = weights.tolist()
        self._starts: list[int] = [0, *np.cumsum(having).tolist()]
        self._texts = owners[order]
        self._values = (values / lengths[owners])[order].astype(np.float32)

    def _known_number(self, feature: str) -> int | None:
        """The number of a feature that at least one of the texts has."""
        number = self._number.get(feature)
        return number if number is not None and number < len(self._having) and self._having[number] else None

    def unknown_share(self, text: str, own: int = 0) -> float:
        """How much of what a text says is in words that the texts do not hold, 0 to 1.

        Args:
            own: Words held by no more texts than this count as unknown: 1 for a text that is among them itself.
        """
        whole = unknown = 0.0
        for feature, count in Counter(analyse(text)).items():
            number = self._known_number(feature)
            often = 1 + math.log(count)
            if number is None or self._having[number] <= own:
                unknown += often * self._unknown_idf * weight_of(feature)
                whole += often * self._unknown_idf * weight_of(feature)
            else:
                whole += often * self._weights[number]
        return unknown / whole if whole else 0.0

    def scores(self, query: str) -> NDArray[np.float32]:
        """The cosine of a query with every text, 0 to 1. Features that no text has make the query longer: they cost."""
        filed: list[slice] = []
        weights: list[float] = []
        squares = 0.0
        for feature, count in Counter(analyse(query)).items():
            often = 1 + math.log(count)
            number = self._known_number(feature)
            if number is None:
                squares += (often * self._unknown_idf * weight_of(feature)) ** 2
            else:
                filed.append(slice(self._starts[number], self._starts[number + 1]))
                weights.append(often * self._weights[number])
                squares += weights[-1] ** 2
        if not filed:
            return np.zeros(self.size, dtype=np.float32)
        texts = np.concatenate([self._texts[place] for place in filed])
        values = np.concatenate([self._values[place] for place in filed])
        each = np.repeat(weights, [place.stop - place.start for place in filed])
        cosines = np.bincount(texts, values * each, minlength=self.size) / math.sqrt(squares)
        return np.minimum(cosines, 1).astype(np.float32)
