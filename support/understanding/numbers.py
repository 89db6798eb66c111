"""Numbers that customers name: of orders, of cases, of feedback. Pure."""

import re
import unicodedata

from texts.language import fold

# An order's number holds at least five digits, and may hold letters and hyphens: 20261120-8841, LT-88412.
_ORDER = re.compile(r"(?<![A-Za-z0-9@.+-])(?:[A-Za-z]{1,4}-?)?[0-9](?:[0-9-]{3,20})[0-9](?![A-Za-z0-9@])")
# A day is no order: 2026-11-02, 02-11-2026.
_DATE = re.compile(r"(?:19|20)\d\d-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-(?:19|20)\d\d")
_ORDER_WORD = re.compile(r"order|订单|单号|编号|\bno\.?\b|#", re.IGNORECASE)
_CASE = re.compile(r"(?<![A-Za-z0-9-])([tf])\s*[-–—_ ]?\s*(\d{4,9})(?![A-Za-z0-9-])", re.IGNORECASE)
_BARE_CASE = re.compile(r"^\D{0,12}?(\d{4,6})\D{0,6}$")
FEWEST_DIGITS, MOST_DIGITS = 5, 20
# So many digits by themselves are a phone number rather than an order, unless the word "order" stands beside them.
_PHONE_DIGITS = (10, 11)


def order_number_in(text: str, asked: bool = True) -> str | None:
    """The order number in a text.

    Args:
        asked: Whether it was asked for, so that any long number is meant as one. Else numbers that may be phone numbers
            count only beside the word "order".
    """
    plain = unicodedata.normalize("NFKC", text)
    for found in _ORDER.finditer(plain):
        digits = sum(character.isdigit() for character in found.group())
        if _DATE.fullmatch(found.group()):
            continue
        if not FEWEST_DIGITS <= digits <= MOST_DIGITS:
            continue
        if not asked and not (
            _ORDER_WORD.search(fold(plain)) or ("-" in found.group() and digits not in _PHONE_DIGITS)
        ):
            continue
        return found.group().upper()
    return None


def case_number_in(text: str, asked: bool = False) -> str | None:
    """The number of a case or receipt in a text, as T-1001 or F-1001; when it was asked for, digits alone do."""
    plain = unicodedata.normalize("NFKC", text)
    found = _CASE.search(plain)
    if found:
        return f"{found.group(1).upper()}-{found.group(2)}"
    bare = _BARE_CASE.match(plain.strip()) if asked else None
    return f"T-{bare.group(1)}" if bare else None
