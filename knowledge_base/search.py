"""Finding the articles that answer a query: both matchers, best variant an article, probability, decision."""

import re
import time
from dataclasses import dataclass, replace
from typing import Any

from knowledge_base.decision import BALANCED, MAX_CHOICES, SAME, SAME_SURE, Decision, Kind, Manner, decide, settled
from knowledge_base.encoders import Encoder
from knowledge_base.framing import without_frame
from knowledge_base.index import IndexSnapshot
from knowledge_base.matching import find_matches
from texts.language import HAN, detect, fold, has_han

MAX_QUERY = 1_000
# Words around a thing that ask nothing about it.
_VAGUE = re.compile(
    r"有点(?:小)?(?:问题|怪|状况)|(?:出了?|有)(?:点|些|个)?(?:问题|状况|毛病)|怪怪的?|的(?:事情?|问题|方面)|(?:我)?(?:想)?(?:问|咨询|了解)(?:一下|下|问)?"
    r"|好像|我的?|关于|那个|请问|这个|一下|有事|啊|呢|吧|了"
    r"|\b(?:something|smth|sth|anything|question|questions|problem|problems|issue|issues|trouble|about|with|regarding|my|the|a|an|i|have|got|some|your|is|it|hi|hello|please|got)\b"
)
# Two Chinese characters are about a word.
_WORD = re.compile(f"[{HAN}]{{1,2}}|[^\\W_{HAN}]+")


@dataclass(frozen=True)
class Candidate:
    """An article that may answer the query.

    Attributes:
        article_id: The article's key.
        language: Of the text to be shown: the query's own, if the article exists in it.
        title: The article's question.
        probability: That this article answers the query, 0 to 1.
        dense, lexical: Cosines of the best variant; `dense` is None when the query has no vector.
        variant: The phrasing that matched best.
    """

    article_id: str
    language: str
    title: str
    category: str
    probability: float
    dense: float | None
    lexical: float
    variant: str


@dataclass(frozen=True)
class SearchResult:
    """What was found and decided.

    Attributes:
        candidates: Best first; at most ten.
        offered: How many of the candidates are to be shown: 1 for an answer, up to 3 choices.
        answer: The article's words when the decision is "answer", else empty.
        index_version: The state of the knowledge base that was searched.
    """

    query: str
    language: str
    decision: Kind
    candidates: tuple[Candidate, ...]
    offered: int
    answer: str
    index_version: int
    milliseconds: float

    @property
    def choices(self) -> tuple[Candidate, ...]:
        """The candidates to be shown."""
        return self.candidates[: self.offered]

    def as_trail(self) -> dict[str, Any]:
        """The result as JSON values, to be kept with the message."""
        return {
            "query": self.query,
            "language": self.language,
            "decision": self.decision,
            "offered": self.offered,
            "index_version": self.index_version,
            "milliseconds": round(self.milliseconds, 2),
            "candidates": [
                {
                    "article_id": candidate.article_id,
                    "language": candidate.language,
                    "title": candidate.title,
                    "category": candidate.category,
                    "probability": round(candidate.probability, 4),
                    "dense": None if candidate.dense is None else round(candidate.dense, 4),
                    "lexical": round(candidate.lexical, 4),
                    "variant": candidate.variant,
                }
                for candidate in self.candidates
            ],
        }


def search(
    snapshot: IndexSnapshot,
    encoder: Encoder,
    text: str,
    language: str,
    context: str | None = None,
    manner: Manner = BALANCED,
) -> SearchResult:
    """Find the articles for a query; see `KnowledgeBase.search`."""
    started = time.perf_counter()
    query = " ".join(text[:MAX_QUERY].split())
    keyword = is_keyword(query)
    named = (keyword and _named(query)) or without_frame(query)
    # A sentence model reads polite words as they are meant; a sum of words takes them for part of the question.
    meant = named if keyword or (has_han(query) and detect(query) != "en") else query
    candidates = _candidates(snapshot, encoder, named, language, meant)
    keyword = keyword or _is_common_name(query, candidates)
    if not keyword:
        candidates = _word_for_word(candidates)
    decision = decide([candidate.probability for candidate in candidates], manner)
    if keyword:
        candidates, decision = _about(candidates, decision)
    if context and decision.kind != "answer":
        candidates, decision = _with_context(snapshot, encoder, query, language, context, candidates, decision, manner)
    answer = ""
    if decision.kind == "answer":
        article = snapshot.article(candidates[0].article_id, language)
        answer = article.answer if article else ""
    milliseconds = (time.perf_counter() - started) * 1000
    return SearchResult(
        query, language, decision.kind, candidates, decision.offered, answer, snapshot.version, milliseconds
    )


def is_keyword(query: str) -> bool:
    """Whether a query names a thing and asks nothing ("account", "something about my parcel"): a single word is left.

    Better to offer what there is about it than to guess.
    """
    return len(_WORD.findall(_named(query))) <= 1


def _word_for_word(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Somebody wrote exactly these words for one article: then it is that one, however well others fit."""
    same = [each for each in candidates if each.lexical >= SAME]
    if len(same) != 1:
        return candidates
    sure = replace(same[0], probability=max(SAME_SURE, same[0].probability))
    others = (each for each in candidates if each is not same[0])
    return (sure, *(replace(each, probability=min(1 - SAME_SURE, each.probability)) for each in others))


# So near to its phrasings, a name stands in that many articles at least when it is theirs in common.
_COMMON_NEAR, _COMMON = 0.6, 3
_ASKS = re.compile(r"[吗呢么几哪谁何多咋啥怎?？]|\b(?:how|what|when|where|why|which|who|can|do|does|is|are)\b")
_LONGEST_NAME = 3
# From so near a phrasing on, an article is about the thing that a keyword names.
_ABOUT = 0.35


def _is_common_name(query: str, candidates: tuple[Candidate, ...]) -> bool:
    """Whether a short query is no more than a name that several articles share ("robot vacuum")."""
    plain = fold(query)
    if _ASKS.search(plain) or len(_WORD.findall(plain)) > _LONGEST_NAME:
        return False
    return sum(each.lexical >= _COMMON_NEAR for each in candidates) >= _COMMON


def _about(candidates: tuple[Candidate, ...], decision: Decision) -> tuple[tuple[Candidate, ...], Decision]:
    """All that there is about what a keyword names is offered, however well one of the articles fits."""
    about = tuple(each for each in candidates if each.lexical >= _ABOUT)
    if len(about) < 2:
        return candidates, decision
    others = tuple(each for each in candidates if each.lexical < _ABOUT)
    return about + others, Decision("choices", min(MAX_CHOICES, len(about)))


def _named(query: str) -> str:
    """What a query names, without the words around it that ask nothing."""
    return " ".join(_VAGUE.sub(" ", fold(query)).split())


def _with_context(
    snapshot: IndexSnapshot,
    encoder: Encoder,
    query: str,
    language: str,
    context: str,
    alone: tuple[Candidate, ...],
    decision: Decision,
    manner: Manner,
) -> tuple[tuple[Candidate, ...], Decision]:
    """Read a follow-up ("and to Taiwan?") together with what it follows; never more than choices come of it.

    Only when the two together lead to another article than the earlier words by themselves: else the follow-up
    added nothing, and the old answer would be repeated.
    """
    before = " ".join(context[:MAX_QUERY].split())
    together = _candidates(snapshot, encoder, f"{before} {query}", language)
    earlier = _candidates(snapshot, encoder, before, language)
    if not together or (earlier and earlier[0].article_id == together[0].article_id):
        return alone, decision
    joined = decide([candidate.probability for candidate in together], manner)
    if joined.kind == "none" or (alone and alone[0].probability >= together[0].probability):
        return alone, decision
    return together, replace(joined, kind="choices")


def _candidates(
    snapshot: IndexSnapshot, encoder: Encoder, query: str, language: str, meant: str = ""
) -> tuple[Candidate, ...]:
    found = []
    matches = find_matches(snapshot, encoder, query, meant or query)
    unknown = snapshot.lexical.unknown_share(query)
    sure = settled([snapshot.calibration.probability(match.features, unknown) for match in matches])
    for match, probability in zip(matches, sure, strict=True):
        article = snapshot.article(snapshot.keys[match.article], language)
        if article is None:
            continue
        features = match.features
        found.append(
            Candidate(
                article_id=article.key,
                language=article.language,
                title=article.question,
                category=article.category,
                probability=probability,
                dense=None if features.ground == "words" else features.dense,
                lexical=features.lexical,
                variant=snapshot.entries[match.entry].text,
            )
        )
    return tuple(found)
