"""What a complaint says, out of a customer's words. Pure."""

import re
from dataclasses import dataclass, fields
from pathlib import Path

from support.understanding.patterns import patterns
from support.understanding.telling import says_more_than
from texts.language import fold

_FOLDER = Path(__file__).parent
SEVERITIES = ("minor", "serious", "critical")
LONGEST_FIELD = 2000
# Stands in a field the customer would rather leave out.
SKIPPED = "skipped"
# Stands in every field of a form that was cancelled.
CANCELLED = "cancelled"
# Stands in the field of the contact when it is to be asked for once the case is open.
LATER = "later"

# What only announces a complaint, or shouts, and says nothing of what happened.
_ANNOUNCING = re.compile(
    r"(?:喂|您好|你好|事情?|得|一下|我|你们|你|们|要|想|正式|一下|提出|进行|马上|给我|必须|真的|很|太|了|吧|啊|呀|的|就|都|还|是|有|个|件|请|帮|这|也)"
    r"|投诉|客诉|申诉|抱怨|投素|服务|态度|店铺?|公司|客服|差劲|烂|垃圾|气死|生气|愤怒|火大|失望|不满(?:意)?|过分|离谱|无语|差评|骗子|坑人|恶心|受够|什么|破|超|有够"
)
_ENGLISH_ANNOUNCING_TEXT = """
i a an the to want wish would like d am m i'm im i've have make file lodge raise formal complain complaint complaints
about your you service shop store company is this that so very really my and please need of with it s are us terrible
bad angry furious unacceptable ridiculous worst ever customer support
"""
_ENGLISH_ANNOUNCING = frozenset(_ENGLISH_ANNOUNCING_TEXT.split())
LEAST_CHARACTERS, LEAST_WORDS = 4, 3


@dataclass(frozen=True)
class Complaint:
    """What a customer told in the form; empty fields were left out.

    Attributes:
        what: What happened, in their words.
        order: The order's number.
        severity: One of SEVERITIES.
        wish: What would make it right.
    """

    what: str = ""
    order: str = ""
    severity: str = ""
    wish: str = ""

    def details(self) -> dict[str, str]:
        """The fields that were filled, to be kept with the case."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name))}


def severity_in(text: str) -> str | None:
    """How serious somebody calls it: one of SEVERITIES; None when they do not say."""
    plain = fold(text).strip()
    return next((name for name, pattern in patterns("severity", _FOLDER).items() if pattern.search(plain)), None)


def tells_what_happened(text: str) -> bool:
    """Whether a message says what happened, and does not only announce a complaint."""
    return says_more_than(text, _ANNOUNCING, _ENGLISH_ANNOUNCING, LEAST_CHARACTERS, LEAST_WORDS)


def priority_of(severity: str, angry: bool) -> str:
    """The colour of a complaint's case (see support/tickets/priority.py): the more serious, the sooner."""
    if severity == "critical":
        return "red"
    return "yellow" if severity == "serious" or angry else "green"
