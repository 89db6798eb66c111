"""Made-up knowledge bases of any size: vectors that cluster as articles do, and phrasings in Chinese and English."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.encoders import Vectors

PHRASINGS_AN_ARTICLE = 8
_TOPICS = 300
# Vectors made at a time: a million at once would need three times the memory.
_AT_ONCE = 50_000


@dataclass(frozen=True)
class Spread:
    """How far vectors of length 1 lie from what they belong to, before they are brought to length 1 again.

    Attributes:
        article: An article from its topic.
        phrasing: A phrasing from its article; a query as well.
    """

    article: float
    phrasing: float


# Phrasings of one article have a mean cosine of 0.69, as near as a sentence encoder puts them.
CLUSTERED = Spread(0.9, 0.75)
# Of 0.40: what belongs together hardly lies together, which is the hardest for an index that is nearly exact.
LOOSE = Spread(1.5, 1.2)


def clustered(count: int, queries: int, dimension: int, spread: Spread = CLUSTERED) -> tuple[Vectors, Vectors]:
    """Vectors of unit length, shape (count, dimension), and of queries. The same for the same arguments."""
    chance = np.random.default_rng(1)
    topics = _directions(chance, _TOPICS, dimension)
    articles = max(1, count // PHRASINGS_AN_ARTICLE)
    centres = topics[chance.integers(0, _TOPICS, articles)] + spread.article * _directions(chance, articles, dimension)
    centres = _unit(centres)
    vectors = np.empty((count, dimension), dtype=np.float32)
    for start in range(0, count, _AT_ONCE):
        some = vectors[start : start + _AT_ONCE]
        some[:] = _around(chance, centres, chance.integers(0, articles, len(some)), spread)
    return vectors, _around(chance, centres, chance.integers(0, articles, queries), spread)


def _around(chance: np.random.Generator, centres: Vectors, owners: NDArray[np.int64], spread: Spread) -> Vectors:
    return _unit(centres[owners] + spread.phrasing * _directions(chance, len(owners), centres.shape[1]))


def _directions(chance: np.random.Generator, count: int, dimension: int) -> Vectors:
    # Later numbers say less, as they do after training: the vectors fill fewer dimensions than they have.
    fading = (1 / np.sqrt(1 + np.arange(dimension) / 20)).astype(np.float32)
    return _unit(chance.standard_normal((count, dimension), dtype=np.float32) * fading)


def _unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= lengths
    return vectors


_HAN = (
    "退款货物快递发票订单账户密码地址电话优惠券会员积分支付银行卡取消修改查询申请维修保安装配送时间价"
    "格尺寸颜色材料产品型号客服投诉登录注册验证短信邮箱礼补寄破损丢失延迟海关税费国际门店自提营业"
)
_HAN_GLUE = ("怎么", "我的", "可以", "吗", "请问", "在哪", "多久", "想", "的", "了", "能不能", "为什么", "没有", "如何")
_LATIN_GLUE = ("how", "do", "i", "my", "the", "can", "where", "is", "what", "to", "a", "for")
_HAN_WORDS, _LATIN_WORDS = 3_000, 4_000


def articles(phrasings: int) -> Iterator[PublishedArticle]:
    """Articles with so many phrasings in all, every other one in Chinese; some words are far commoner than others."""
    chance = np.random.default_rng(2)
    han = ["".join(_HAN[place] for place in pair) for pair in chance.integers(0, len(_HAN), (_HAN_WORDS, 2))]
    latin = [_syllables(chance) for _ in range(_LATIN_WORDS)]
    for number in range(phrasings // PHRASINGS_AN_ARTICLE):
        chinese = number % 2 == 0
        words, glue = (han, _HAN_GLUE) if chinese else (latin, _LATIN_GLUE)
        core = [words[place] for place in _common_first(chance, len(words), 4)]
        texts = [_phrasing(chance, core, words, glue, "" if chinese else " ") for _ in range(PHRASINGS_AN_ARTICLE)]
        language = "zh-Hans" if chinese else "en"
        yield PublishedArticle(f"article-{number:06}", language, texts[0], "An answer.", "", (), tuple(texts[1:]))


def _syllables(chance: np.random.Generator) -> str:
    consonants, vowels = chance.integers(0, 12, 4), chance.integers(0, 5, 4)
    pairs = ["bcdfglmnprst"[first] + "aeiou"[second] for first, second in zip(consonants, vowels, strict=True)]
    return "".join(pairs[: chance.integers(2, 5)])


def _common_first(chance: np.random.Generator, most: int, count: int) -> list[int]:
    places: list[int] = np.minimum((chance.pareto(0.8, count) * 20).astype(int), most - 1).tolist()
    return places


def _phrasing(
    chance: np.random.Generator, core: Sequence[str], words: Sequence[str], glue: Sequence[str], between: str
) -> str:
    said = [core[place] for place in chance.permutation(len(core))[:3]]
    said += [words[place] for place in _common_first(chance, len(words), int(chance.integers(0, 2)))]
    around = [glue[place] for place in chance.integers(0, len(glue), 3)]
    return between.join([around[0], *said, *around[1:]])


class WordSumEncoder:
    """Stands in for a sentence model at no cost: the sum of a random direction for each word or pair of characters."""

    name = "word-sum"
    dimension = 384

    def __init__(self) -> None:
        self._known: dict[int, Vectors] = {}

    def prepare(self) -> None:
        """Nothing to load."""

    def covers(self, text: str) -> bool:
        """All texts but empty ones."""
        return bool(text.strip())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode`."""
        return _unit(np.stack([self._sum(text) for text in texts]))

    def encode_query(self, text: str) -> Vectors:
        """See `Encoder.encode_query`."""
        return self.encode([text])

    def alignment(self, query: str, texts: Sequence[str]) -> None:
        """Unknown."""

    def _sum(self, text: str) -> Vectors:
        parts = re.findall(r"[a-z]+|[^a-z\s]{1,2}", text.lower())
        vectors: Vectors = sum((self._direction(part) for part in parts), np.full(self.dimension, 1e-3, np.float32))
        return vectors

    def _direction(self, part: str) -> Vectors:
        number = zlib.crc32(part.encode())
        if number not in self._known:
            self._known[number] = _directions(np.random.default_rng(number), 1, self.dimension)[0]
        return self._known[number]
