"""Words of cases as a full-text index keeps them, and as a search asks for them. Pure.

Databases cut texts at spaces, and so find neither 退款 nor 到账. Here Chinese is cut into pairs of neighbours, the last
character by itself: 退款到账 becomes 退款, 款到, 到账, 账. So what stands together is found as a phrase of pairs,
and one character as the beginning of a pair. Other writing is cut into words. All of it is folded: Traditional
Chinese meets Simplified, capital letters meet small ones, and wide ones narrow ones.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from texts.language import HAN, fold

_RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_IS_HAN = re.compile(f"[{HAN}]")
# Straight and curly quotes, and those that Chinese uses.
_QUOTED = re.compile('["“”„«»「」『』]')
_NUMBER = re.compile(r"[a-z]-\d+", re.IGNORECASE)
_CASE_NUMBER = re.compile(r"#?t-?([0-9]{1,18})")
_LONGEST_TOKEN = 60
# A search looks for no more than this, however much somebody pastes.
_LONGEST_QUERY = 1000
MOST_TERMS = 16
_MOST_TOKENS = 32


@dataclass(frozen=True)
class Term:
    """Words that have to stand together.

    Attributes:
        tokens: As the index keeps them.
        begins: Whether the last of them may also be the beginning of a longer one.
    """

    tokens: tuple[str, ...]
    begins: bool


def tokens(text: str) -> list[str]:
    """What the index keeps of a text, in order."""
    found: list[str] = []
    for run in _RUNS.findall(fold(text)):
        if _IS_HAN.match(run):
            found.extend(run[start : start + 2] for start in range(len(run)))
        else:
            found.append(run[:_LONGEST_TOKEN])
    return found


def terms(query: str) -> tuple[Term, ...]:
    """What a search asks for; a case is found when it holds all of it.

    Every word counts by itself and may go on in the text ("deliver" finds "delivery"); Chinese, addresses and numbers
    are looked for as they stand; so is whatever stands in quotes. Signs alone ask for nothing.
    """
    found: list[Term] = []
    for number, part in enumerate(_QUOTED.split(query[:_LONGEST_QUERY])):
        # What stands behind an odd quote is inside a pair of them.
        pieces = [part] if number % 2 else part.split()
        for piece in pieces:
            cut = _asked(piece)
            if cut:
                exact = bool(number % 2) or _NUMBER.fullmatch(piece) is not None
                found.append(Term(tuple(cut[:_MOST_TOKENS]), begins=_begins(cut[-1], exact)))
    return tuple(dict.fromkeys(found))[:MOST_TERMS]


def case_number(query: str) -> str | None:
    """The number of a case that a search consists of, as cases are numbered: T-1001 for "t1001"; None for others."""
    found = _CASE_NUMBER.fullmatch(fold(query).strip())
    return f"T-{found[1]}" if found else None


def _asked(piece: str) -> list[str]:
    """The tokens of a piece; behind its last character more may follow in the text."""
    found = tokens(piece)
    ends_in_pair = len(found) > 1 and _IS_HAN.match(found[-1]) and len(found[-2]) == 2 and found[-2][1] == found[-1]
    return found[:-1] if ends_in_pair else found


def _begins(last: str, exact: bool) -> bool:
    if _IS_HAN.match(last):
        return len(last) == 1
    return not exact and len(last) > 1


def fts_query(asked: Sequence[Term]) -> str:
    """The search in SQLite's words. Tokens hold letters and digits only, so nothing in them means anything to it."""
    return " AND ".join(f'"{" ".join(each.tokens)}"' + (" *" if each.begins else "") for each in asked)


def ts_query(asked: Sequence[Term]) -> str:
    """The search in PostgreSQL's words (a tsquery)."""
    return " & ".join(
        "(" + " <-> ".join(f"'{token}'" for token in each.tokens) + (":*" if each.begins else "") + ")"
        for each in asked
    )


_MOST_PLACES = 255
_LAST_PLACE = 16_383


def ts_vector(words: Iterable[str]) -> str:
    """Tokens with their places as PostgreSQL reads them (a tsvector).

    It counts places up to 16,383 only, so in a longer text the count begins anew: neighbours stay neighbours.
    """
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        known = places.setdefault(word, [])
        if len(known) < _MOST_PLACES:
            known.append(number % _LAST_PLACE + 1)
    return " ".join(f"'{word}':{','.join(map(str, sorted(set(at))))}" for word, at in places.items())


# Few, because they hold what somebody searched for.
@lru_cache(maxsize=64)
def _pattern(asked: tuple[Term, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_of_term(each) for each in asked))


def _of_term(term: Term) -> str:
    """Finds a term in a folded text."""
    parts: list[str] = []
    before = ""
    for token in term.tokens:
        is_han = _IS_HAN.match(token) is not None
        follows = is_han and len(before) == 2 and _IS_HAN.match(before) is not None and before[1] == token[0]
        if follows:
            parts.append(re.escape(token[1:]))
        else:
            # Before a Latin word stands none of its letters; signs and spaces may stand between two words.
            boundary = "" if is_han else f"(?<![^\\W_{HAN}])"
            parts.append((r"[\W_]*" if before else "") + boundary + re.escape(token))
        before = token
    ends = "" if term.begins or _IS_HAN.match(before) else f"(?![^\\W_{HAN}])"
    return "".join(parts) + ends


def marked_words(text: str, asked: tuple[Term, ...], around: int = 50) -> list[tuple[str, bool]] | None:
    """A piece of a text with the found words in it, cut into parts: the words, and whether they were searched for.

    Args:
        around: How many characters are shown before the first find; three times as many are shown behind it.

    Returns:
        None when nothing of it was found there.
    """
    shown = " ".join(unicodedata.normalize("NFKC", text).split())
    folded = fold(shown)
    if not asked or len(folded) != len(shown):
        return None
    first = _pattern(asked).search(folded)
    if first is None:
        return None
    start, end = max(0, first.start() - around), min(len(shown), first.start() + 3 * around)
    parts = [("… ", False)] if start else []
    for found in _pattern(asked).finditer(folded, first.start(), max(end, first.end())):
        if found.start() > start:
            parts.append((shown[start : found.start()], False))
        parts.append((shown[found.start() : found.end()], True))
        start = found.end()
    if start < end:
        parts.append((shown[start:end], False))
    return [*parts, (" …", False)] if end < len(shown) else parts
