"""Numbers as they come from outside, in addresses and forms: none larger than any database takes."""

from typing import Annotated

from litestar.params import Parameter

# No list has that many pages, and with the rows of a page it still is a number that databases count to.
MOST_PAGES = 1_000_000
# No conversation is that long.
MOST_MESSAGES = 2**31 - 1
_DIGITS = len(str(MOST_MESSAGES)) - 1

PageNumber = Annotated[int, Parameter(query="page", ge=1, le=MOST_PAGES)]
# The same under whatever name it has in an address.
PageOf = Annotated[int, Parameter(ge=1, le=MOST_PAGES)]
After = Annotated[int, Parameter(ge=0, le=MOST_MESSAGES)]


def message_number(text: str) -> int:
    """The number of a message as a form holds it; 0 for a text that is none."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
