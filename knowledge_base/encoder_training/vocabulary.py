"""The pieces that texts are cut into: words, characters, Latin words, marks, and how frequent each is."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import wordfreq
from tokenizers import Regex, Tokenizer
from tokenizers.models import Unigram
from tokenizers.normalizers import NFKC, Lowercase
from tokenizers.normalizers import Sequence as Normalizers
from tokenizers.pre_tokenizers import Sequence as PreTokenizers
from tokenizers.pre_tokenizers import Split, WhitespaceSplit

from knowledge_base.encoder_training.corpus import Corpus
from texts.language import HAN, fold

# What 20 MB hold at 8 bits a number, with characters and Latin words.
CHINESE_WORDS = 37_000
LATIN_WORDS = 4_000

UNKNOWN = "[UNK]"
_UNKNOWN_LOG_PROBABILITY = -25.0

_LONGEST_WORD = 5
_LONGEST_LATIN = 14
# Words of the dictionary that the frequency list lacks, and characters that only the corpus has.
_RARE_WORD, _RARE_CHARACTER = 2e-8, 1e-8
_LEAST = 1e-9
_USED_CHARACTER = 1e-7
# One more piece costs this much, so that a word is preferred to its characters.
_CHARACTER_PENALTY = 1.0
# And one more Latin word this much: "iphone" is not "ip" and "hone".
_LATIN_PENALTY = 3.0
# Fewer occurrences than these in the corpus are chance.
_LEAST_COUNT = 3
_LEAST_LATIN_COUNT = 5
# The corpus is small and about software; the frequency list is large and general.
_CORPUS_SHARE = 0.5
# What Latin words in Chinese texts, in English ones and in the corpus count; Chinese texts name the products.
_LATIN_IN_CHINESE, _LATIN_IN_ENGLISH, _LATIN_IN_CORPUS = 30.0, 0.3, 0.1
_MARK_LOG_PROBABILITY = -14.0
# As frequent as the most frequent words: marks say little.
_MARK_FREQUENCY = 1e-2
_ASCII = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
_MARKS = [*_ASCII, *"。、“”‘’《》「」『』【】·—…￥〈〉"]

_HAN_RUN = re.compile(f"[{HAN}]+")
_LATIN_RUN = re.compile("[a-z]{2,}")
_LATIN_WORD = re.compile(f"[a-z]{{2,{_LONGEST_LATIN}}}")


@dataclass(frozen=True)
class Frequencies:
    """How often words are used, each as a share of all words: folded Chinese text, and English."""

    chinese: Mapping[str, float]
    english: Mapping[str, float]


@dataclass(frozen=True)
class Piece:
    """Something that texts are cut into.

    Attributes:
        log_probability: Decides between ways to cut a text: the sum over the pieces is greatest for the one taken.
        frequency: Share of all pieces; frequent ones count less for the meaning.
    """

    text: str
    log_probability: float
    frequency: float


def general_frequencies() -> Frequencies:
    """The frequencies of wordfreq's large lists (R. Speer, 2022), made from subtitles, news, books and the web."""
    chinese: defaultdict[str, float] = defaultdict(float)
    for word, share in wordfreq.get_frequency_dict("zh", "large").items():
        chinese[fold(word)] += share
    return Frequencies(chinese, wordfreq.get_frequency_dict("en", "large"))


def is_chinese(text: str) -> bool:
    """Whether the text is of Chinese characters only, and has one."""
    return _HAN_RUN.fullmatch(text) is not None


def pieces_of(
    corpus: Corpus, frequencies: Frequencies, words: int = CHINESE_WORDS, latin: int = LATIN_WORDS
) -> list[Piece]:
    """Choose the pieces: the most frequent words, all usual characters, frequent Latin words, marks.

    Args:
        words: How many Chinese words of two characters and more.
        latin: How many Latin words.
    """
    texts = list(corpus.chinese_texts())
    runs = Counter(run for text in texts for run in _HAN_RUN.findall(text))
    shares = {word: share for word, share in frequencies.chinese.items() if is_chinese(word)}
    shares |= {word: _RARE_WORD for word in corpus.dictionary if is_chinese(word) and word not in shares}
    characters = _characters(shares, runs)
    chosen = [*_chinese_words(corpus, shares, runs, characters)[:words], *characters]
    chosen += _latin_words(texts, frequencies)[:latin]
    known = {piece.text for piece in chosen}
    return chosen + [Piece(mark, _MARK_LOG_PROBABILITY, _MARK_FREQUENCY) for mark in _MARKS if mark not in known]


def tokenizer_of(pieces: Iterable[Piece]) -> Tokenizer:
    """The tokenizer that cuts folded texts into these pieces; piece n has id n + 1, what is none of them has 0.

    No piece has characters of two kinds: Latin letters, digits and Chinese are parted first, so "iphone充不了电" and
    "iphone 充不了电" are cut alike.
    """
    vocabulary = [(UNKNOWN, _UNKNOWN_LOG_PROBABILITY)] + [(piece.text, piece.log_probability) for piece in pieces]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = Normalizers([NFKC(), Lowercase()])
    han = "".join(character if character == "-" else f"\\x{{{ord(character):x}}}" for character in HAN)
    kinds = Regex(f"[a-z]+|[0-9]+|[{han}]+|[^a-z0-9{han}]")
    tokenizer.pre_tokenizer = PreTokenizers([WhitespaceSplit(), Split(kinds, "isolated")])
    return tokenizer


def _characters(shares: Mapping[str, float], runs: Counter[str]) -> list[Piece]:
    """Every character of the national standard, of the corpus, and others that are used now and then."""
    used = {character for run in runs for character in run}
    found = used | {word for word in shares if len(word) == 1}
    return [
        Piece(
            character, _rounded(shares.get(character, 0), _RARE_CHARACTER, _CHARACTER_PENALTY), shares.get(character, 0)
        )
        for character in sorted(found)
        if character in used or shares[character] > _USED_CHARACTER or _is_standard(character)
    ]


def _is_standard(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _chinese_words(
    corpus: Corpus, shares: Mapping[str, float], runs: Counter[str], characters: Sequence[Piece]
) -> list[Piece]:
    """Words that have a gloss or stand in the corpus, most frequent first."""
    candidates = [word for word in shares if 2 <= len(word) <= _LONGEST_WORD]
    everything = [Piece(word, _rounded(shares[word]), shares[word]) for word in candidates]
    counts = _counts(runs, tokenizer_of([*everything, *characters]))
    total = sum(counts.values())
    scores = {
        word: max(shares[word], _CORPUS_SHARE * counts[word] / total if counts[word] >= _LEAST_COUNT else 0)
        for word in candidates
        if word in corpus.dictionary or counts[word] >= _LEAST_COUNT
    }
    ordered = sorted(scores, key=lambda word: (-scores[word], word))
    return [Piece(word, _rounded(scores[word]), scores[word]) for word in ordered]


def _counts(runs: Counter[str], tokenizer: Tokenizer) -> Counter[str]:
    """How often each piece occurs in the corpus."""
    counts: Counter[str] = Counter()
    for run, encoding in zip(runs, tokenizer.encode_batch(list(runs)), strict=True):
        for token in encoding.tokens:
            counts[token] += runs[run]
    return counts


def _latin_words(texts: Iterable[str], frequencies: Frequencies) -> list[Piece]:
    """Latin words of Chinese texts, most frequent first."""
    counts = Counter(word for text in texts for word in _LATIN_RUN.findall(text))
    total = sum(counts.values())
    scores: defaultdict[str, float] = defaultdict(float)
    for shares, weight in ((frequencies.chinese, _LATIN_IN_CHINESE), (frequencies.english, _LATIN_IN_ENGLISH)):
        for word, share in shares.items():
            if _LATIN_WORD.fullmatch(word):
                scores[word] += weight * share
    for word, count in counts.items():
        if count >= _LEAST_LATIN_COUNT and _LATIN_WORD.fullmatch(word):
            scores[word] += _LATIN_IN_CORPUS * count / total
    whole = sum(scores.values())
    ordered = sorted(scores, key=lambda word: (-scores[word], word))
    return [Piece(word, _rounded(scores[word] / whole, 0, _LATIN_PENALTY), scores[word] / whole) for word in ordered]


def _rounded(share: float, least: float = _LEAST, penalty: float = 0.0) -> float:
    # Two digits keep the tokenizer's file small; rounded before training, they cost nothing after it.
    return round(math.log(max(share, least, _LEAST)) - penalty, 2)
