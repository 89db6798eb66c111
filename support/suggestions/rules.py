"""What is to be searched for a case. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from support.tickets.summary import LOOKED_INTO, Said, can_be_searched, is_chit_chat, says_something, summarise


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
        said, details, language: As for `support.tickets.summary.summarise`; as there, LOOKED_INTO characters of each
            message count.
    """
    summary = summarise(said, details, language)
    whole = " ".join(wish.words for wish in summary.wishes)
    told = {str(words) for words in details.values()}
    own = [each.text[:LOOKED_INTO] for each in said if each.author == "customer" and each.text not in told]
    telling = _last_two(own, can_be_searched) or _last_two(own, says_something)
    if not telling:
        return OpenQuestion(whole, "", whole)
    return OpenQuestion(telling[0], telling[1] if len(telling) > 1 else "", whole)


def _last_two(texts: Sequence[str], telling: Callable[[str], bool]) -> list[str]:
    """The last of the texts that tell enough, and the one before."""
    # "Thanks" and "got it" leave standing what was asked before.
    return list(islice((text for text in reversed(texts) if telling(text) and not is_chit_chat(text)), 2))
