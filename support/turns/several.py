"""One answer to several short messages that came before the first answer."""

from collections.abc import Sequence

from knowledge_base.search import SearchResult
from knowledge_base.service import KnowledgeBase
from support.handoff.rules import asks_for_person

MOST_ANSWERS = 3


def answers_beside(knowledge_base: KnowledgeBase, parts: Sequence[str], language: str) -> list[SearchResult]:
    """What else was asked in the same breath as a wish for a person, as far as articles answer it."""
    if len(parts) < 2:
        return []
    results = [knowledge_base.search(part, language) for part in parts if not asks_for_person(part)]
    found = {result.candidates[0].article_id: result for result in results if result.decision == "answer"}
    return list(found.values())[:MOST_ANSWERS]


def search_all(knowledge_base: KnowledgeBase, parts: Sequence[str], language: str) -> list[SearchResult]:
    """What to say to a customer's messages; at least one result.

    When two or more of them are each answered by an article of their own, all these answers; else what is found
    for the messages read as one, which is how people break up a single question ("hi" "my headphones" "are broken").
    """
    whole = knowledge_base.search("\n".join(parts), language)
    if len(parts) < 2:
        return [whole]
    answers: dict[str, SearchResult] = {}
    for part in parts:
        result = knowledge_base.search(part, language)
        if result.decision == "answer":
            answers.setdefault(result.candidates[0].article_id, result)
    if len(answers) > 1 or (answers and whole.decision != "answer"):
        return list(answers.values())[:MOST_ANSWERS]
    return [whole]
