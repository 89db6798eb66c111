"""How good the encoder is by itself: translations found among others, and the nearest phrasing's article."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from knowledge_base.articles.importing import check_lines, read_text
from knowledge_base.encoder_training.corpus import Pair
from knowledge_base.encoder_training.lessons import bags
from knowledge_base.encoder_training.teacher import Teacher
from knowledge_base.encoders import Vectors
from knowledge_base.evaluate import read_questions
from knowledge_base.intervals import wilson
from knowledge_base.metrics import Share
from texts.language import fold, has_cjk

ARTICLES, QUESTIONS = ".articles.jsonl.gz", ".questions.jsonl.gz"
_RANKS = (1, 3)


@dataclass(frozen=True)
class Student:
    """A trained encoder, or one that is being trained.

    Attributes:
        vectors: Of the pieces by id, shape (pieces, dimension).
    """

    tokenizer: Tokenizer
    vectors: Vectors

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of Chinese texts, of unit length, shape (len(texts), dimension)."""
        ids, starts = bags(self.tokenizer, [fold(text) for text in texts]).take(np.arange(len(texts)))
        sums = np.add.reduceat(self.vectors[ids], starts, axis=0)
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), dtype=np.float32)


@dataclass(frozen=True)
class QuestionSet:
    """Phrasings with their article's key, and questions with the keys of the right articles."""

    name: str
    phrasings: tuple[tuple[str, str], ...]
    questions: tuple[tuple[str, frozenset[str]], ...]


def question_sets(folder: Path) -> list[QuestionSet]:
    """The sets of a folder with Chinese questions: NAME.articles.jsonl.gz and NAME.questions.jsonl.gz.

    Questions that no article fits are left out.

    Raises:
        FileUnreadable, ImportRefused: When a file cannot be read, or has lines that are none of articles or questions.
    """
    found = []
    for file in sorted(folder.glob(f"*{ARTICLES}")):
        name = file.name.removesuffix(ARTICLES)
        asked = [each for each in read_questions(file.with_name(name + QUESTIONS)) if each.expected]
        if any(has_cjk(each.query) for each in asked):
            articles, _ = check_lines(read_text(file))
            phrasings = (
                (text, each.key) for each in articles for text in (each.fields.question, *each.fields.variants)
            )
            found.append(QuestionSet(name, tuple(phrasings), tuple((each.query, each.expected) for each in asked)))
    return found


def translations_found(student: Student, teacher: Teacher, pairs: Sequence[Pair]) -> Share:
    """How many Chinese sentences are nearer to their own English than to all others' of the pairs."""
    english = teacher.vectors([pair.english for pair in pairs])
    nearest = (student.encode([pair.chinese for pair in pairs]) @ english.T).argmax(axis=1)
    return Share(int((nearest == np.arange(len(pairs))).sum()), len(pairs))


def articles_found(student: Student, teacher: Teacher, asked: QuestionSet) -> dict[int, Share]:
    """For how many questions a right article is the first, and among the first three, by its nearest phrasing."""
    phrasings = _in_one_space(student, teacher, [text for text, _ in asked.phrasings])
    keys = sorted({key for _, key in asked.phrasings})
    number = {key: place for place, key in enumerate(keys)}
    own = np.array([number[key] for _, key in asked.phrasings])
    order = np.argsort(own, kind="stable")
    begins = np.searchsorted(own[order], np.arange(len(keys)))
    counts = dict.fromkeys(_RANKS, 0)
    for vector, (_, expected) in zip(
        _in_one_space(student, teacher, [text for text, _ in asked.questions]), asked.questions, strict=True
    ):
        best = np.maximum.reduceat((phrasings @ vector)[order], begins)
        ranked = [keys[place] for place in np.argsort(-best, kind="stable")[: max(_RANKS)]]
        for rank in _RANKS:
            counts[rank] += bool(expected & set(ranked[:rank]))
    return {rank: Share(count, len(asked.questions)) for rank, count in counts.items()}


def figures(student: Student, teacher: Teacher, held_out: Sequence[Pair], sets: Sequence[QuestionSet]) -> str:
    """All figures with their 95 % intervals, a line each."""
    lines = [_line(f"the translation among {len(held_out):,}", translations_found(student, teacher, held_out))]
    for asked in sets:
        found = articles_found(student, teacher, asked)
        lines += [_line(f"{asked.name}, hit@{rank}", share) for rank, share in found.items()]
    return "\n".join(lines)


def _line(name: str, share: Share) -> str:
    interval = wilson(share)
    if interval is None or share.value is None:
        return f"  {name}: nothing to count"
    return f"  {name}: {share.value:.3f} ({interval[0]:.3f} to {interval[1]:.3f}) of {share.total:,}"


def _in_one_space(student: Student, teacher: Teacher, texts: Sequence[str]) -> Vectors:
    """Chinese by the student, all else by the teacher."""
    chinese = np.array([has_cjk(text) for text in texts])
    vectors = np.zeros((len(texts), teacher.dimension), dtype=np.float32)
    for mask, encode in ((chinese, student.encode), (~chinese, teacher.vectors)):
        if mask.any():
            vectors[mask] = encode([text for text, wanted in zip(texts, mask, strict=True) if wanted])
    return vectors
