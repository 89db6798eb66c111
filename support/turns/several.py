"""One answer to several short messages that came before the first answer."""

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge_base.decision import MAX_CHOICES
from knowledge_base.search import SearchResult
from knowledge_base.service import KnowledgeBase
from support.handoff.rules import asks_for_person
from support.understanding.follow_ups import is_follow_up
from texts.language import HAN

MOST_ANSWERS = 3


def answers_beside(knowledge_base: KnowledgeBase, parts: Sequence[str], language: str) -> list[SearchResult]:
    """What else was asked in the same breath as a wish for a person, as far as articles answer it."""
    if len(parts) < 2:
        return []
    results = [knowledge_base.search(part, language) for part in parts if not asks_for_person(part)]
    found = {result.candidates[0].article_id: result for result in results if result.decision == "answer"}
    return list(found.values())[:MOST_ANSWERS]


def search_all(
    knowledge_base: KnowledgeBase, parts: Sequence[str], language: str, context: str | None = None
) -> list[SearchResult]:
    """What to say to a customer's messages; at least one result.

    When two or more of them are each answered by an article of their own, all these answers; else what is found
    for the messages read as one, which is how people break up a single question ("hi" "my headphones" "are broken").

    Args:
        context: An earlier question, which words that say nothing by themselves are read together with.
    """
    whole = knowledge_base.search("\n".join(parts), language)
    if len(parts) < 2:
        if whole.decision == "none" and context and is_follow_up(parts[0]):
            return [knowledge_base.search(parts[0], language, context)]
        return [_by_clauses(knowledge_base, whole)]
    answers: dict[str, SearchResult] = {}
    for part in parts:
        result = knowledge_base.search(part, language)
        if result.decision == "answer":
            answers.setdefault(result.candidates[0].article_id, result)
    if len(answers) > 1 or (answers and whole.decision != "answer"):
        return list(answers.values())[:MOST_ANSWERS]
    return [whole]


# Stories are told in clauses, of which one or two hold the question; the others only blur it.
_BETWEEN = re.compile(
    rf"[。！？!?；;，,\n]+|(?<=[{HAN}])\s+(?=[{HAN}])|\.\s|\s(?:and|but|so|because|anyway|well)\s|但是|不过|不過|然后|然後|所以|结果|結果"
)
FEWEST_CHARACTERS, MOST_CLAUSES = 4, 8
# A clause answers for the whole, or is offered, only when it is surer than a whole message has to be.
CLAUSE_SURE, CLAUSE_LIKELY = 0.8, 0.5


def _by_clauses(knowledge_base: KnowledgeBase, whole: SearchResult) -> SearchResult:
    """What is found for the clause of a story that an article fits best, when none fits the whole."""
    clauses = [each.strip() for each in _BETWEEN.split(whole.query) if len(each.strip()) >= FEWEST_CHARACTERS]
    if whole.decision == "answer" or len(clauses) < 2:
        return whole
    results = [knowledge_base.search(clause, whole.language) for clause in clauses[:MOST_CLAUSES]]
    best = max(results, key=_sureness)
    if _sureness(best) <= max(_sureness(whole), CLAUSE_LIKELY):
        return whole
    others = [each for each in results if _sureness(each) >= CLAUSE_SURE and not _same_article(each, best)]
    if best.decision == "answer" and (others or _sureness(best) < CLAUSE_SURE):
        best = replace(best, decision="choices", answer="", offered=1)
    if best.decision == "choices":
        best = replace(best, offered=1)
        for each in (whole, *others):
            best = _with_choices_of(each, best)
    return replace(best, query=whole.query)


def _same_article(one: SearchResult, other: SearchResult) -> bool:
    return one.candidates[0].article_id == other.candidates[0].article_id


def _with_choices_of(whole: SearchResult, clause: SearchResult) -> SearchResult:
    """A clause's choices beside those of the whole message, which may be meant just as well."""
    known = {each.article_id for each in clause.choices}
    offered = [*clause.choices, *(each for each in whole.choices if each.article_id not in known)][:MAX_CHOICES]
    keys = {each.article_id for each in offered}
    others = [each for each in clause.candidates if each.article_id not in keys]
    return replace(clause, candidates=(*offered, *others), offered=len(offered))


def _sureness(result: SearchResult) -> float:
    return result.candidates[0].probability if result.candidates else 0.0
