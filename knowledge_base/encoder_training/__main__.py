"""Train the Chinese encoder: python -m knowledge_base.encoder_training DATA [--out FOLDER]"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from knowledge_base.articles.importing import FileUnreadable, ImportRefused
from knowledge_base.encoder_training.corpus import Corpus, read_corpus
from knowledge_base.encoder_training.distil import EPOCHS, Training
from knowledge_base.encoder_training.lessons import lessons
from knowledge_base.encoder_training.measure import QuestionSet, Student, figures, question_sets
from knowledge_base.encoder_training.saving import load_model, save_model
from knowledge_base.encoder_training.start import starting_vectors, word_vectors
from knowledge_base.encoder_training.teacher import Teacher
from knowledge_base.encoder_training.vocabulary import (
    CHINESE_WORDS,
    Frequencies,
    general_frequencies,
    pieces_of,
    tokenizer_of,
)
from knowledge_base.minilm import load_minilm
from storage.settings import settings

_OUT = Path(__file__).parent.parent.parent / "models" / "chinese-encoder"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write the model and say how good it is; returns the exit code: 0, or 1 when the data cannot be read."""
    options = _parser().parse_args(arguments)
    report = _clock()
    try:
        sets = question_sets(options.sets) if options.sets else []
        corpus = read_corpus(options.data)
    except FileUnreadable as reason:
        print(reason, file=sys.stderr)
        return 1
    except ImportRefused as refusal:
        print(f"{options.sets}: {refusal.problems[0].reason}", file=sys.stderr)
        return 1
    report(f"{len(corpus.pairs):,} pairs, {len(corpus.dictionary):,} words, {len(corpus.passages):,} passages")
    teacher = Teacher(load_minilm(), settings().home / "encoder-training", report)
    student = train(corpus, general_frequencies(), teacher, options, report)
    tell(student, teacher, corpus, sets, options.out, report)
    return 0


def train(
    corpus: Corpus,
    frequencies: Frequencies,
    teacher: Teacher,
    options: argparse.Namespace,
    report: Callable[[str], None],
) -> Student:
    """Train an encoder.

    Args:
        options: `words`, `seed` and `epochs`, as the command line has them.
    """
    pieces = pieces_of(corpus, frequencies, options.words)
    tokenizer = tokenizer_of(pieces)
    report(f"{len(pieces):,} pieces")
    words = word_vectors(corpus, teacher)
    start = starting_vectors(pieces, words, teacher)
    training = Training(start, lessons(corpus, words, tokenizer, teacher), options.seed, report)
    return Student(tokenizer, training.run(options.epochs))


def tell(
    student: Student,
    teacher: Teacher,
    corpus: Corpus,
    sets: Sequence[QuestionSet],
    folder: Path,
    report: Callable[[str], None],
) -> None:
    """Write the model, and report how good it is before and after its numbers are rounded to 8 bits."""
    save_model(folder, student.tokenizer, student.vectors)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    report(f"{folder}: {size:,} bytes with all that lies there")
    report("as trained:\n" + figures(student, teacher, corpus.held_out, sets))
    report("as written:\n" + figures(Student(*load_model(folder)), teacher, corpus.held_out, sets))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m knowledge_base.encoder_training", description="Train the Chinese encoder."
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="folder with the sentences, dictionary and passages")
    parser.add_argument("--out", type=Path, default=_OUT, metavar="FOLDER", help="where the model goes (%(default)s)")
    parser.add_argument("--sets", type=Path, metavar="FOLDER", help="measure on the sets of questions there, too")
    parser.add_argument("--seed", type=int, default=1, help="another one gives another, equally good model")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="how often everything is learned (%(default)s)")
    parser.add_argument(
        "--words", type=int, default=CHINESE_WORDS, help="Chinese words in the vocabulary (%(default)s: 20 MB)"
    )
    return parser


def _clock() -> Callable[[str], None]:
    """Prints lines with the seconds since now before them."""
    began = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)

    return report


if __name__ == "__main__":
    sys.exit(main())
