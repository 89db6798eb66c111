"""What is to be searched for a case. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from support.tickets.summary import Said, can_be_searched, is_chit_chat, says_something, summarise


@dataclass(frozen=True)
class OpenQuestion:
    """What the customer wants to know now.

    Attributes:
        text: Their words; empty when they said nothing that could be searched.
        context: What they asked before, which a short question may only make sense with.
        whole: All that the case is about, in their words: what other cases are compared with.
    """

    text: str
    context: str
    whole: str


def open_question(said: Sequence[Said], details: Mapping[str, object], language: str) -> OpenQuestion:
    """The last of a customer's messages that says enough, or else one that says something, or what a form was told.

    Args:
        said, details, language: As for `support.tickets.summary.summarise`.
    """
    summary = summarise(said, details, language)
    whole = " ".join(wish.words for wish in summary.wishes)
    told = {str(words) for words in details.values()}
    own = [each.text for each in said if each.author == "customer" and each.text not in told]
    # "Thanks" and "got it" leave standing what was asked before.
    own = [text for text in own if not is_chit_chat(text)]
    telling = [text for text in own if can_be_searched(text)] or [text for text in own if says_something(text)]
    if not telling:
        return OpenQuestion(whole, "", whole)
    return OpenQuestion(telling[-1], telling[-2] if len(telling) > 1 else "", whole)
