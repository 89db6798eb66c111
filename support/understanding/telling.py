"""Whether a message says anything beyond certain words, such as those that only announce a complaint. Pure."""

import re
from collections.abc import Collection

from texts.language import fold, has_cjk

_WORD = re.compile(r"[a-z']+")


def says_more_than(
    text: str, chinese: re.Pattern[str], english: Collection[str], least_characters: int, least_words: int
) -> bool:
    """Whether enough is left of a text without the given words: characters of a Chinese one, words of another.

    Args:
        chinese: The words to leave out of a Chinese text, in Simplified characters.
        english: Those to leave out of another, in lower case.
    """
    plain = fold(text)
    if has_cjk(plain):
        return len(re.sub(r"[\W_]+", "", chinese.sub("", plain))) >= least_characters
    return sum(word not in english for word in _WORD.findall(plain)) >= least_words
