"""Hiding what tells who somebody is from lines of a log: addresses, numbers and tokens. Pure.

Nothing that customers write is meant to be logged. This is the second net: an exception's own words, or a library's.
It needs nothing but Python, because the supervisor uses it too (see deploy/processes.py).
"""

import re

# Most lines hold nothing that could be hidden, and are let through after one look.
_WORTH_A_LOOK = re.compile(r"@|\d[\d ().+-]{5,}\d|[Bb][Ee][Aa][Rr][Ee][Rr]\s|DETAIL:|CONTEXT:")

_BEARER = re.compile(r"\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9.+_-])[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
)
# Looked for by its first sign, and then: not within a word or an id, no part of a longer number, no number of JSON.
_NUMBER = re.compile(r"""[+(\d](?<![A-Za-z0-9_.-].)(?<!":.)(?<!":\ .)[\d ().-]{5,24}\d(?![A-Za-z0-9_-])""")
# What databases add to an error are the values of a row.
_VALUES = re.compile(r"^((?:DETAIL|CONTEXT):).*$", re.MULTILINE)

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d)?")
_DECIMAL = re.compile(r"\d+\.\d+")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")


def masked(text: str) -> str:
    """A text with e-mail addresses, phone and card numbers, bearer tokens and the values of database rows hidden."""
    if _WORTH_A_LOOK.search(text) is None:
        return text
    if "DETAIL" in text or "CONTEXT" in text:
        text = _VALUES.sub(r"\1 [hidden]", text)
    if "earer" in text or "EARER" in text:
        text = _BEARER.sub(r"\1 [token]", text)
    if "@" in text:
        text = _EMAIL.sub("[e-mail]", text)
    return _NUMBER.sub(_hidden, text)


def _hidden(found: "re.Match[str]") -> str:
    words = found.group()
    plain = words.strip()
    if _DATE.match(plain) or _DECIMAL.fullmatch(plain) or _ADDRESS.match(plain):
        return words
    digits = sum(sign.isdigit() for sign in plain)
    if digits >= 13 and _is_card("".join(sign for sign in plain if sign.isdigit())):
        return "[card]"
    # Short numbers without a sign of being a phone's are counts, ports and processes.
    least = 7 if plain[0] == "+" or not plain.isdigit() else 8
    return "[phone]" if least <= digits <= 15 else words


def _is_card(digits: str) -> bool:
    """Whether the last digit of a card number fits the others (ISO/IEC 7812, by Luhn)."""
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [int(sign) * (1 + position % 2) for position, sign in enumerate(reversed(digits))]
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0
