"""Questions that only make sense after another one ("那要多久？", "and if it's opened already?"). Pure."""

import re
from collections.abc import Sequence

from knowledge_base.lexical import analyse
from support.understanding.patterns import patterns
from texts.language import fold, has_cjk

MOST_CHARACTERS, MOST_WORDS = 22, 12
# So much of what a question says must stand in a sentence, for it to tell what is asked for.
LEAST_SHARED = 1 / 3
_ENDS = "。.!！?？ ,，"
_THANKS = re.compile(
    r"^(?:(?:thanks|thank you|thx|ty|ok|okay|great|perfect|cool|got it|alright|right)[,.! ]+"
    r"|(?:好的?|谢谢你?|多谢|嗯+|哦+|喔+|了解|明白了?|知道了|收到|行)[,，。!！ ]+)+"
)
_KINDS = ("duration", "cost")
_SENTENCE = re.compile(r"[^。！？；!?\n]+?(?:[。！？；!?]+|\n|(?:\.(?=\s|$))|$)")
_LEADING_NUMBER = re.compile(r"^\s*\d+\.\s+")
MOST_SENTENCES = 2


def _plain(text: str) -> str:
    """The text as it is compared, without the thanks for the answer before."""
    plain = fold(text).strip()
    return _THANKS.sub("", plain).strip().strip(_ENDS) or plain


def is_follow_up(text: str) -> bool:
    """Whether a message is likely to need what was said before: short, and opening or pointing like one that does."""
    plain, words = _plain(text), patterns("follow_ups")
    length = len(plain) <= MOST_CHARACTERS if has_cjk(plain) else len(plain.split()) <= MOST_WORDS
    found = any(words[name].search(plain) for name in ("opening", "dropped", "pointing", "bare", "half"))
    return bool(plain) and length and found


def points_back(text: str) -> bool:
    """Whether a follow-up names or implies what it is about; merely going on ("and could you...?") does not."""
    words = patterns("follow_ups")
    return is_follow_up(text) and any(
        words[name].search(_plain(text)) for name in ("dropped", "pointing", "bare", "half")
    )


def is_bare(text: str) -> bool:
    """Whether a question names nothing at all, like "how long?"."""
    return bool(patterns("follow_ups")["bare"].search(_plain(text)))


def is_half(text: str) -> bool:
    """Whether a question is only the changed half of the one before, like "and the charger?"."""
    return bool(patterns("follow_ups")["half"].search(_plain(text)))


def telling_sentences(question: str, answer: str) -> list[str]:
    """The sentences of an article that answer a follow-up; empty when none is nearer than the others.

    A sentence tells what is asked for by its kind (a duration, a cost) or by words it shares with the question.
    """
    words_of, asked = patterns("follow_ups"), fold(question)
    kinds = [words_of[f"tells_{kind}"] for kind in _KINDS if words_of[f"asks_{kind}"].search(asked)]
    words = _content(question)
    sentences = [_LEADING_NUMBER.sub("", each).strip() for each in _SENTENCE.findall(answer)]
    scored = [(_score(each, kinds, words), each) for each in sentences if each]
    best = max((score for score, _ in scored), default=0.0)
    if best <= 0:
        return []
    return [each for score, each in scored if score == best or (kinds and score >= 1)][:MOST_SENTENCES]


def says_the_same(question: str, sentences: Sequence[str]) -> bool:
    """Whether the sentences hold any of the words that a question says something with."""
    return any(_content(question) & _content(each) for each in sentences)


def _score(sentence: str, kinds: Sequence[re.Pattern[str]], words: frozenset[str]) -> float:
    telling = any(shape.search(fold(sentence)) for shape in kinds)
    if kinds and not telling:
        return 0.0
    shared = len(words & _content(sentence))
    # "那要多久" has hardly a word of its own; a whole question about a duration must be about the same thing.
    if (not kinds or _says_much(words)) and shared < LEAST_SHARED * len(words):
        return 0.0
    return float(telling) + shared / 4


MUCH = 3


def _says_much(words: frozenset[str]) -> bool:
    """Whether a question has words of its own; two Chinese characters are about a word."""
    return sum(0.5 if has_cjk(word) else 1 for word in words) >= MUCH


_GLUE = frozenset("的了吗呢吧啊呀如果要是那已经我你它这个就可以还能会不有是在多久天")
_ENGLISH_GLUE_TEXT = """
and but so if it is its s the a an i my me you your what how about when where why then that this already to of for do
does did can will would be been have has had long much many ok okay not in on at or with was are
"""
_ENGLISH_GLUE = frozenset(_ENGLISH_GLUE_TEXT.split())


def _content(text: str) -> frozenset[str]:
    """The words and Chinese characters of a text that say something."""
    kept = set()
    for feature in analyse(text):
        kind, body = feature[0], feature[2:]
        if (kind == "c" and body not in _GLUE) or (kind == "w" and body not in _ENGLISH_GLUE):
            kept.add(body)
    return frozenset(kept)
