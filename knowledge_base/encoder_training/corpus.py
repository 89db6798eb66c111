"""What the encoder learns from: sentences in both languages, a dictionary, headings with what stands under them."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from knowledge_base.articles.importing import FileUnreadable, read_text
from knowledge_base.minilm import covers
from texts.language import HAN, fold

HELD_OUT_FROM = "par_tatoeba"
# In this order: it decides what is encoded together and the order of the training.
PAIR_FILES = (
    HELD_OUT_FROM,
    "par_ui_strings",
    "par_tico19",
    "par_convlab2_service_dialogue_mt",
    "par_docs_aligned_en_zh",
)
DICTIONARY_FILE = "dict_cc_cedict"
PASSAGE_FILES = ("mono_docs_heading_body", "mono_taipei_gov_q_a")

HELD_OUT = 1_000
# Of a small file no more than this share is held out.
_HELD_OUT_SHARE = 0.1

_MOST_CHARACTERS = 400
_MOST_OF_A_PASSAGE = 300
_MOST_OF_A_GLOSS = 300
_MOST_GLOSSES = 5
_NO_MEANING = re.compile(
    r"(?:(?:old |erroneous |archaic |euphemistic |nonstandard |Japanese )?variants? of"
    r"|CL:|surname |see |also (?:written|pr|called)|used in |abbr\. for)"
)
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_CHINESE_OR_BAR = re.compile(f"[{HAN}|]+")
_HAN = re.compile(f"[{HAN}]")
_NOT_WORDS = re.compile(r"[^\w]+")


class Pair(NamedTuple):
    """A text in English and in Chinese; the Chinese is folded."""

    english: str
    chinese: str


class Passage(NamedTuple):
    """Two Chinese texts about one thing, folded: a heading or question, and what stands under it."""

    heading: str
    body: str


@dataclass(frozen=True)
class Corpus:
    """All that is learned from, and what is held out to measure on.

    Attributes:
        pairs: For training. None has the English or the Chinese of a held-out pair.
        held_out: No two with the same English or the same Chinese.
        dictionary: Folded Chinese word -> its glosses in English, one text for each entry of the dictionary.
        passages: For training.
    """

    pairs: tuple[Pair, ...]
    held_out: tuple[Pair, ...]
    dictionary: dict[str, tuple[str, ...]]
    passages: tuple[Passage, ...]

    def chinese_texts(self) -> Iterator[str]:
        """All Chinese texts that are learned from, words of the dictionary aside."""
        for pair in self.pairs:
            yield pair.chinese
        for passage in self.passages:
            yield from passage

    def entries(self) -> Iterator[str]:
        """The glosses of all entries of the dictionary, as they come."""
        for glosses in self.dictionary.values():
            yield from glosses


def read_corpus(folder: Path) -> Corpus:
    """Read the files of a folder, packed (NAME.jsonl.gz) or not (NAME.jsonl).

    The sentences that are held out come from Tatoeba. Files of pairs and passages that are not there are passed over.

    Raises:
        FileUnreadable: When Tatoeba or the dictionary is missing, or a line cannot be understood.
    """
    dictionary = _dictionary(folder)
    by_file = {name: _pairs(folder, name) for name in PAIR_FILES}
    if not by_file[HELD_OUT_FROM]:
        raise FileUnreadable(f"There are no sentences: {folder / HELD_OUT_FROM}.jsonl.gz is missing or empty.")
    held_out, english, chinese = hold_out(by_file[HELD_OUT_FROM], dictionary)
    pairs: dict[tuple[str, str], Pair] = {}
    for pair in (pair for each in by_file.values() for pair in each):
        words = (bare(pair.english), bare(pair.chinese))
        if words[0] not in english and words[1] not in chinese:
            pairs.setdefault(words, pair)
    passages = tuple(
        passage
        for name in PASSAGE_FILES
        for passage in _passages(folder, name)
        if bare(passage.heading) not in chinese and bare(passage.body) not in chinese
    )
    return Corpus(tuple(pairs.values()), held_out, dictionary, passages)


def hold_out(
    pairs: Sequence[Pair], dictionary: dict[str, tuple[str, ...]]
) -> tuple[tuple[Pair, ...], frozenset[str], frozenset[str]]:
    """Choose the pairs to measure on, by a checksum, so that they stay the same when others are added.

    A sentence that is a word of the dictionary ("谢谢") is none of them, since it would be learned there.

    Returns:
        The pairs; and what training must not see: their English, and all translations of it, as `bare` words.
    """
    by_english: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_english.setdefault(bare(pair.english), []).append(pair)
    most = min(HELD_OUT, int(len(by_english) * _HELD_OUT_SHARE))
    known = {bare(word) for word in dictionary} | {bare(gloss) for entry in dictionary.values() for gloss in entry}
    chosen: dict[str, Pair] = {}
    seen: set[str] = set()
    for english in sorted(by_english, key=_checksum):
        if len(chosen) == most:
            break
        chinese = bare(by_english[english][0].chinese)
        if len(chinese) >= 2 and chinese not in seen and not {english, chinese} & known:
            chosen[english] = by_english[english][0]
            seen.add(chinese)
    translations = (bare(pair.chinese) for english in chosen for pair in by_english[english])
    return tuple(chosen.values()), frozenset(chosen), frozenset(translations)


def bare(text: str) -> str:
    """The text's words alone, folded: without marks, and with one space between them."""
    return " ".join(_NOT_WORDS.sub(" ", fold(text)).split())


def meaning(glosses: Iterable[str]) -> str:
    """The glosses of a dictionary's entry as one text to encode; empty when none says what the word means.

    Cross references, measure words, notes in brackets and Chinese within the glosses are left out.
    """
    found = []
    for gloss in glosses:
        if not _NO_MEANING.match(gloss):
            plain = _CHINESE_OR_BAR.sub("", _IN_BRACKETS.sub("", gloss))
            found.append(" ".join(plain.split()).strip(" ,;"))
    return "; ".join([gloss for gloss in found if gloss][:_MOST_GLOSSES])[:_MOST_OF_A_GLOSS]


def _checksum(text: str) -> tuple[int, str]:
    return zlib.crc32(f"held {text}".encode()), text


def _dictionary(folder: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _rows(folder, DICTIONARY_FILE, {"simp": str, "en": list}):
        if covers(text := meaning(row["en"])):
            found.setdefault(fold(row["simp"]), []).append(text)
    if not found:
        raise FileUnreadable(f"There is no dictionary: {folder / DICTIONARY_FILE}.jsonl.gz is missing or empty.")
    return {word: tuple(entries) for word, entries in found.items()}


def _pairs(folder: Path, name: str) -> list[Pair]:
    rows = _rows(folder, name, {"a": str, "b": str})
    pairs = [Pair(_cut(row["a"]), fold(_cut(row["b"]))) for row in rows]
    return [pair for pair in pairs if covers(pair.english) and _HAN.search(pair.chinese)]


def _passages(folder: Path, name: str) -> list[Passage]:
    rows = _rows(folder, name, {"a": str, "b": str})
    passages = [Passage(fold(_cut(row["a"])), fold(_cut(row["b"])[:_MOST_OF_A_PASSAGE])) for row in rows]
    return [passage for passage in passages if _HAN.search(passage.heading) and _HAN.search(passage.body)]


def _cut(text: str) -> str:
    return " ".join(text.split())[:_MOST_CHARACTERS]


def _rows(folder: Path, name: str, fields: dict[str, type]) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file; none when it is not there. Raises FileUnreadable."""
    for path in (folder / f"{name}.jsonl.gz", folder / f"{name}.jsonl"):
        if path.exists():
            for number, line in enumerate(read_text(path).split("\n"), start=1):
                if line.strip():
                    yield _row(line, fields, f"{path}, line {number}")
            return


def _row(line: str, fields: dict[str, type], place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise FileUnreadable(f"{place}: not valid JSON") from None
    for name, kind in fields.items():
        if not isinstance(row, dict) or not isinstance(row.get(name), kind):
            raise FileUnreadable(f'{place}: "{name}" is missing or of another kind')
    return dict(row)
