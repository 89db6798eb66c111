"""What matching says of the questions of a development set: the examples that the decision is fitted to."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles.importing import check_lines, read_text
from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.calibration import _heads, other_fields, sample_of
from knowledge_base.decision import Features
from knowledge_base.encoders import Encoder
from knowledge_base.evaluate import Question, read_questions
from knowledge_base.framing import without_frame
from knowledge_base.head import is_worth_it
from knowledge_base.index import IndexSnapshot, build_snapshot
from knowledge_base.matching import Match, find_matches, find_matches_without

DEMO = Path(__file__).parent.parent.parent / "demo"
MOST_QUESTIONS = 1_500
_ARTICLES, _QUESTIONS = ".articles.jsonl", ".questions.jsonl"


@dataclass(frozen=True)
class Asked:
    """A customer's question with its candidates, best first, at most ten.

    Attributes:
        expected: The keys of the right articles; none where nothing fits.
        keys, features: Of the candidates.
    """

    expected: frozenset[str]
    keys: tuple[str, ...]
    features: tuple[Features, ...]

    @property
    def right(self) -> bool:
        """Whether the best candidate is a right article."""
        return bool(self.keys) and self.keys[0] in self.expected


@dataclass(frozen=True)
class OwnPhrasing:
    """The best candidate for a phrasing of the knowledge base itself, asked without it or without its whole article."""

    features: Features
    right: bool
    without_article: bool


@dataclass(frozen=True)
class AskedSet:
    """All that was asked of one knowledge base: customers' questions, its own phrasings, questions of other fields.

    Attributes:
        others: Of the best candidates for questions of other fields, all of which are wrong.
    """

    name: str
    questions: tuple[Asked, ...]
    own: tuple[OwnPhrasing, ...]
    others: tuple[Features, ...]


def sets_in(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Articles and questions by the set's name: NAME.articles.jsonl and NAME.questions.jsonl or .gz, and the demo's."""
    found = {"demo": (DEMO / "articles.jsonl", DEMO / "questions.jsonl")}
    for articles in sorted(folder.glob(f"*{_ARTICLES}*")):
        questions = articles.with_name(articles.name.replace(_ARTICLES, _QUESTIONS))
        if questions.exists():
            found[articles.name.split(_ARTICLES)[0]] = (articles, questions)
    return found


def ask_sets(files: dict[str, tuple[Path, Path]], encoder: Encoder) -> list[AskedSet]:
    """Ask all sets. Takes a minute or two for each with the built-in encoder.

    Raises:
        FileUnreadable, ImportRefused: When a file cannot be read or holds a bad line.
    """
    asked = []
    for name, (articles, questions) in files.items():
        print(f"fitting: {name} is asked, {encoder.name} ...", file=sys.stderr, flush=True)
        asked.append(ask_set(name, read_articles(articles), read_questions(questions), encoder))
    return asked


def read_articles(path: Path) -> list[PublishedArticle]:
    """The articles of a file in the format of import. Raises FileUnreadable, ImportRefused."""
    return [
        PublishedArticle(line.key, line.language, line.fields.question, "", "", (), line.fields.variants)
        for line in check_lines(read_text(path))[0]
    ]


def ask_set(
    name: str, articles: Sequence[PublishedArticle], questions: Sequence[Question], encoder: Encoder
) -> AskedSet:
    """Ask the questions as a search does, but for its rules about keywords and for words that stand in an article."""
    snapshot, held_out = _with_head(build_snapshot(0, articles, encoder, {}))
    asked = []
    for question in _thinned(questions):
        matches = find_matches(snapshot, encoder, without_frame(" ".join(question.query.split())))
        keys = tuple(snapshot.keys[match.article] for match in matches)
        asked.append(Asked(question.expected, keys, tuple(match.features for match in matches)))
    own = []
    for entry in sample_of(snapshot):
        article = int(snapshot.article_of[entry])
        without_phrasing, without_article = find_matches_without(snapshot, encoder, entry, held_out.get(entry))
        own += _own(without_phrasing, article, False) + _own(without_article, article, True)
    others = [match.features for text in other_fields() for match in find_matches(snapshot, encoder, text)[:1]]
    return AskedSet(name, tuple(asked), tuple(own), tuple(others))


def _own(matches: list[Match], article: int, without_article: bool) -> list[OwnPhrasing]:
    return [OwnPhrasing(match.features, match.article == article, without_article) for match in matches[:1]]


def _with_head(snapshot: IndexSnapshot) -> tuple[IndexSnapshot, dict[int, NDArray[np.float64]]]:
    """The snapshot with its trained head, and by phrasing what a head says that was not fitted on it."""
    if snapshot.dense is None:
        return snapshot, {}
    covered = snapshot.dense.covered
    if not is_worth_it(len(covered), len(np.unique(snapshot.article_of[covered]))):
        return snapshot, {}
    head, held_out = _heads(snapshot, covered, snapshot.dense.vectors(covered))
    return replace(snapshot, head=head.for_articles(snapshot.keys)), held_out


def _thinned(questions: Sequence[Question]) -> list[Question]:
    """At most so many of the questions, evenly spread over the file."""
    count = min(MOST_QUESTIONS, len(questions))
    return [questions[place * len(questions) // count] for place in range(count)]
