"""Answering a question that only makes sense after another one, from the article before it or one beside that."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.decision import MAX_CHOICES
from knowledge_base.search import Candidate, SearchResult
from knowledge_base.service import KnowledgeBase
from support.turns.replies import BotMessage, answer_message, in_its_language
from support.understanding.follow_ups import is_bare, is_follow_up, is_half, says_the_same, telling_sentences
from texts.catalogue import translate

# From this strength on an article says something about a question (see knowledge_base/decision.py), and so far must a
# related article be ahead of the one that is talked about. Tried on the follow-ups in tests/conversations.
LEAST_STRENGTH = 0.5
AHEAD = 1.25


@dataclass(frozen=True)
class Topic:
    """What is talked about: the article that was answered last, and the question it answered."""

    article_id: str
    question: str

    def as_slot(self) -> dict[str, str]:
        """The topic as the dialogue server keeps it."""
        return {"article_id": self.article_id, "question": self.question}

    @staticmethod
    def from_slot(value: object) -> "Topic | None":
        """What `as_slot` gave; None for anything else."""
        if isinstance(value, dict) and value.get("article_id"):
            return Topic(str(value["article_id"]), str(value.get("question") or ""))
        return None


@dataclass(frozen=True)
class FollowUp:
    """The answer to a follow-up, and the article it is from."""

    message: BotMessage
    article_id: str


def follow_up(knowledge_base: KnowledgeBase, text: str, language: str, topic: Topic | None) -> FollowUp | None:
    """The answer to a follow-up; None when the text is none, or when neither article says anything about it.

    A related article answers when it is clearly nearer to the question than the one before; else the sentences of the
    one before that tell what is asked for.
    """
    if topic is None or not is_follow_up(text):
        return None
    before = knowledge_base.article(topic.article_id, language)
    alone = knowledge_base.search(text, language)
    if before is None:
        return None
    told = telling_sentences(text, before.answer)
    if told and (is_half(text) or is_bare(text)):
        return _excerpt(alone, before, topic, told, language)
    if alone.decision == "answer" and not is_bare(text):
        return None
    strengths = dict(knowledge_base.nearest_of(text, {before.key, *before.related}))
    own = strengths.get(before.key, 0.0)
    others = [key for key in strengths if key != before.key]
    nearest = others[0] if others else None
    # A number of days alone, with none of the words asked about, may be about anything.
    ahead = AHEAD if says_the_same(text, told) else 1.0
    if nearest is not None and strengths[nearest] >= LEAST_STRENGTH and strengths[nearest] > own * ahead:
        other = knowledge_base.article(nearest, language)
        if other is not None:
            return FollowUp(answer_message(_found(alone, other, topic, other.answer)), other.key)
    return _excerpt(alone, before, topic, told, language) if told else None


def _excerpt(alone: SearchResult, article: PublishedArticle, topic: Topic, told: list[str], language: str) -> FollowUp:
    lead = translate(language, "From “{title}”:", title=article.question)
    words = in_its_language(f"{lead}\n" + "\n".join(told), article.language, language)
    message = answer_message(_found(alone, article, topic, ""))
    return FollowUp(replace(message, text=words), article.key)


def _found(alone: SearchResult, article: PublishedArticle, topic: Topic, answer: str) -> SearchResult:
    """The search as it is kept for staff: both questions, and the article that was answered from."""
    candidate = _candidate(alone, article, topic)
    others = tuple(each for each in alone.candidates if each.article_id != article.key)
    return replace(
        alone,
        query=f"{topic.question} › {alone.query}",
        decision="answer",
        candidates=(candidate, *others),
        offered=1,
        answer=answer,
    )


def _candidate(result: SearchResult, article: PublishedArticle, topic: Topic) -> Candidate:
    """The article as the search found it, or as one that it did not find."""
    known = next((each for each in result.candidates if each.article_id == article.key), None)
    return known or Candidate(
        article.key, article.language, article.question, article.category, 0.0, None, 0.0, topic.question
    )


def with_topic_offered(result: SearchResult, article: PublishedArticle, topic: Topic) -> SearchResult:
    """A search that found no answer for a question that points back: the article it points to is offered first."""
    if result.decision == "answer" or article.key in {each.article_id for each in result.choices}:
        return result
    offered = [_candidate(result, article, topic), *result.choices][:MAX_CHOICES]
    others = tuple(each for each in result.candidates if each not in offered)
    return replace(result, decision="choices", candidates=(*offered, *others), offered=len(offered), answer="")


# What people ask next is mostly about the same thing. So an article that is talked about, or one beside it, is offered
# from this probability on where nothing else fits, and beside another that is less than sure.
TOPIC_FROM = 0.10
SURE = 0.75


def with_topic(result: SearchResult, topic: Topic, related: Collection[str]) -> SearchResult:
    """A search result with what was talked about taken into account; an answer that is sure stays as it is."""
    best = result.candidates[0] if result.candidates else None
    family = {topic.article_id, *related}
    near = next(
        (each for each in result.candidates if each.article_id in family and each.probability >= TOPIC_FROM), None
    )
    if best is None or near is None or near.probability < TOPIC_FROM or best.article_id in family:
        return result
    if best.probability >= SURE:
        return result
    if result.decision == "none":
        others = tuple(each for each in result.candidates if each is not near)
        return replace(result, decision="choices", candidates=(near, *others), offered=1, answer="")
    others = tuple(each for each in result.candidates if each not in (best, near))
    return replace(result, decision="choices", candidates=(best, near, *others), offered=2, answer="")
