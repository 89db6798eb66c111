"""How customers steer a form: skip a question, change an earlier answer, go back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from support.understanding.patterns import patterns
from texts.language import fold


@dataclass(frozen=True)
class Steering:
    """What a customer wants of the form.

    Attributes:
        kind: "skip" the question that was asked, or "change" the answer of `field`.
    """

    kind: str
    field: str = ""


def steering_in(
    text: str, asked: str, fields: Sequence[str], filled: Sequence[str], unnamed: str | None = None
) -> Steering | None:
    """Whether a message steers the form rather than answers it.

    Args:
        asked: The field that was asked for.
        fields: All fields of the form in their order.
        filled: Those that have been answered.
        unnamed: The field that is meant when words of change name none.
    """
    plain, words = fold(text).strip().strip("。.!！?？ ,，~～"), patterns("form_words")
    if words["skip"].search(plain):
        return Steering("skip")
    before = [field for field in fields[: fields.index(asked)] if field in filled] if asked in fields else []
    if words["back"].search(plain):
        return Steering("change", before[-1] if before else asked)
    if not words["change"].search(plain):
        return None
    named = next((field for field in filled if field in fields and words[field].search(plain)), None)
    if named is None and unnamed in filled:
        named = unnamed
    return Steering("change", named) if named else None


def gives_up(text: str) -> bool:
    """Whether somebody wants to fill in no more, whatever else they say."""
    return _holds("cancel", text)


def without_giving_up(text: str) -> str:
    """What else is said by somebody who gives a form up."""
    return patterns("form_words")["cancel"].sub(" ", fold(text)).strip(" ,.!，。！")


def looks_like_question(text: str) -> bool:
    """Whether words that may be anything are meant as a question."""
    return text.rstrip().endswith(("?", "？")) or _holds("asking", text)


def wants_reopening(text: str) -> bool:
    """Whether somebody wants a case opened again."""
    return _holds("reopen", text)


def did_not_help(text: str) -> bool:
    """Whether somebody says that the answer before did not help."""
    return _holds("unhelpful", text)


def _holds(name: str, text: str) -> bool:
    return bool(patterns("form_words")[name].search(fold(text).strip()))
