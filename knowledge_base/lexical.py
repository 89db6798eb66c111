"""Finding texts by their words: a cosine between 0 and 1 over words, characters and parts of words.

Works on folded texts, so Simplified and Traditional Chinese meet. Chinese counts by characters and pairs of
neighbours, Latin by words with their endings cut off, and by parts of words so that misspellings still match.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from texts.language import HAN, fold

_RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+(?:'[^\\W_{HAN}]+)?")
_IS_HAN = re.compile(f"[{HAN}]")

# What a feature counts for, by its kind (its first letter).
WEIGHTS = {"w": 1.0, "g": 0.3, "p": 1.0, "c": 0.7}
# Words that hold sentences together say little about what is asked, however rare they are among the articles.
GLUE_WEIGHT = 0.5
# Negations and question words stay: "cannot pay" is not "pay".
_TELLING_TEXT = """
not no never cannot cant without bill call cancel name computer system show full empty move part top bottom back front
fill find found interest serious sincere when where who how much many why
"""
_GLUE_WORDS = (frozenset(ENGLISH_STOP_WORDS) | {"hi", "hello", "please", "thanks"}) - frozenset(_TELLING_TEXT.split())
_GLUE_CHARACTERS = frozenset(
    "的了吗呢吧啊呀哦嘛我你您他她它们这那是在有和就都也还要会能可以请问一下个么着过给把被让跟与及几怎什哪谁啥今天明"
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
            if word not in _GLUE_WORDS:
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


def _weight(feature: str) -> float:
    kind, body = feature[0], feature[2:]
    weight = WEIGHTS[kind]
    if kind == "w" and body in _GLUE_WORDS:
        return weight * GLUE_WEIGHT
    if kind in "cp" and all(character in _GLUE_CHARACTERS for character in body):
        return weight * GLUE_WEIGHT
    return weight


class LexicalMatrix:
    """Immutable: the weighted features of some texts, ready to be compared with queries."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.size = len(texts)
        analysed = [analyse(text) for text in texts]
        self._vocabulary: dict[str, int] = {}
        self._weights = np.zeros(0, dtype=np.float32)
        self._by_feature = sparse.csr_matrix((0, self.size), dtype=np.float32)
        # A feature no text has is at least as telling as one that a single text has.
        self._unknown_idf = float(np.log(1 + self.size)) + 1
        if any(analysed):
            self._fit(analysed)

    def _fit(self, analysed: list[list[str]]) -> None:
        vectorizer = TfidfVectorizer(analyzer=_as_is, sublinear_tf=True, norm=None, dtype=np.float32)
        counts = vectorizer.fit_transform(analysed)
        self._vocabulary = vectorizer.vocabulary_
        names = vectorizer.get_feature_names_out()
        kinds = np.array([_weight(name) for name in names], dtype=np.float32)
        self._weights = (vectorizer.idf_ * kinds).astype(np.float32)
        weighted = counts.multiply(kinds).tocsr()
        lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        lengths[lengths == 0] = 1
        self._by_feature = sparse.diags_array(1 / lengths).dot(weighted).T.tocsr().astype(np.float32)

    def scores(self, query: str) -> NDArray[np.float32]:
        """The cosine of a query with every text, 0 to 1. Features that no text has make the query longer: they cost."""
        columns: list[int] = []
        weights: list[float] = []
        unknown = 0.0
        for feature, count in Counter(analyse(query)).items():
            often = 1 + float(np.log(count))
            column = self._vocabulary.get(feature)
            if column is None:
                unknown += (often * self._unknown_idf * _weight(feature)) ** 2
            else:
                columns.append(column)
                weights.append(often * float(self._weights[column]))
        known = sum(weight * weight for weight in weights)
        if not columns:
            return np.zeros(self.size, dtype=np.float32)
        values = np.array(weights, dtype=np.float32) / np.float32(np.sqrt(known + unknown))
        cosine: NDArray[np.float32] = self._by_feature[columns].T @ values
        return np.clip(cosine, 0, 1).astype(np.float32)


def _as_is(features: list[str]) -> list[str]:
    return features
