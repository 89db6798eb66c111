"""What counts as feedback. Pure."""

import re

from support.understanding.telling import says_more_than

KINDS = ("suggestion", "praise")
LONGEST_TEXT = 4000
# Each is read by somebody within these days: as the blue of support/tickets/priority.py.
READ_WITHIN_DAYS = 7

_ANNOUNCING = re.compile(
    r"我|你们|你|们|要|想|有|个|条|点|一|些|提|给|说|下|几|小|的|吧|呢|啊|可以|能|吗|对|跟|和|请|这|是|建议|意见|想法|反馈|提议|表扬|夸|点赞|赞|好评|称赞"
)
_ENGLISH_ANNOUNCING_TEXT = """
i a an the have got would like want to make leave give some suggestion suggestions idea ideas feedback praise compliment
for you your of my do can may please here is s ve d i've i'd here's shop team us positive just
"""
_ENGLISH_ANNOUNCING = frozenset(_ENGLISH_ANNOUNCING_TEXT.split())
LEAST_CHARACTERS, LEAST_WORDS = 3, 2


def says_something(text: str) -> bool:
    """Whether a message holds the suggestion or the praise itself, and does not only announce one."""
    return says_more_than(text, _ANNOUNCING, _ENGLISH_ANNOUNCING, LEAST_CHARACTERS, LEAST_WORDS)
