"""What a mail is about, whose answer it is, what must not be answered, and when to try again. Pure."""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

# After each failure it is tried again that much later; after the last it is given up.
RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
)
# What an agent writes within this time goes in one mail.
GATHERED_WITHIN = timedelta(seconds=60)
CONFIRMED_WITHIN = timedelta(minutes=10)
MOST_CONFIRMED_A_DAY = 5
# Mails of one address that open cases, and those that go on with one: somebody who answers in short mails is no flood.
MOST_RECEIVED_AN_HOUR = 5
MOST_ABOUT_CASES_AN_HOUR = 60
LONGEST_SUBJECT = 200
MOST_REFERENCES = 20

Alone = Literal["bounce", "automatic", "loop", "unknown", "empty", "unreadable"]

_TAG = re.compile(r"\[\s*(T-\d{1,12})\s*\]", re.IGNORECASE)
_ID = re.compile(r"<[!-;=?-~]{1,248}>")
# "Re", "Fw" and what Chinese programs write in their place, each with either colon.
_ANSWER_MARKS = re.compile(r"^(?:\s*(?:re|fw|fwd|aw|回复|回覆|答复|答覆|转发|轉發|轉寄)\s*[:：])+\s*", re.IGNORECASE)
_AWAY = re.compile(
    r"^\s*(?:re\s*[:：]\s*)?(?:"
    r"automatic reply|auto(?:matic)?[- ]?(?:reply|response|responder)|out of (?:the )?office(?: (?:auto)?reply)?|"
    r"vacation (?:reply|notice|response)|away from (?:my|the) (?:mail|office|desk)|"
    r"自动(?:回复|答复|应答|回信)|自動(?:回覆|回复|答覆|回應|回信)|"
    r"(?:不在|外出)(?:办公室|辦公室)?(?:通知|自动回复|自動回覆)?|(?:休假|外出|请假|請假)(?:通知|回复|回覆|中)"
    r")\s*(?:$|[:：(（\[【,，\-–—]|until\b|till\b|from\b|re\b)",
    re.IGNORECASE,
)
_MAIL_SYSTEMS = ("mailer-daemon", "postmaster")
_LONGEST_REPORT = 4000
_COPY_BELOW = re.compile(
    r"below this line|copy of (?:the|your) (?:\w+ )?(?:message|mail)|^[-=_]{3}|"
    r"原始邮件|原始郵件|原邮件|原郵件",
    re.IGNORECASE | re.MULTILINE,
)
_GAVE_UP = re.compile(
    r"permanent(?:ly)? (?:fatal )?(?:error|fail)|failed permanently|giv(?:en|ing) up|undeliver(?:able|ed)|"
    r"deliver(?:y|ing)\b.{0,60}\bfail(?:ed|ure)|fail(?:ed|ure)\b.{0,60}\bdeliver|returned (?:mail|to (?:the )?sender)|"
    r"(?:could|can) ?not be delivered|(?:unable|wasn't able) to deliver|no such user|user unknown|does not exist|"
    r"退信|(?:无法|無法|未能)(?:投递|投遞|送达|送達|传送|傳送|发送|發送)|(?:投递|投遞|发送|發送|传送|傳送)失[败敗]",
    re.IGNORECASE,
)
_TRIES_AGAIN = re.compile(
    r"\bwarning\b|\bdelayed\b|not yet\b|not (?:been )?delivered yet|"
    r"\bretr(?:y(?! time)|ied|ies|ying)\b|try(?:ing)? again|"
    r"(?:keep|continue|still) (?:on )?(?:to )?try|no action is required|temporar(?:y|ily)|"
    r"暂时|暫時|稍后|稍後|延迟|延遲|重试|重試|(?:继续|繼續|再次)(?:尝试|嘗試)",
    re.IGNORECASE,
)
# They answer nothing a person wrote, whoever they are.
_NEVER_READS = re.compile(r"(?:no|do-?not)-?_?reply(?:[+@-]|$)", re.IGNORECASE)


def one_line(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """A text without line breaks and signs that nobody sees, so that it cannot become another header."""
    seen = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    kept = "".join(sign for sign in seen if unicodedata.category(sign) not in {"Cs", "Cf"})
    return " ".join(kept.split())[:longest].rstrip()


def plain_subject(subject: str) -> str:
    """A subject without marks of answering and without our tags."""
    return _ANSWER_MARKS.sub("", one_line(_TAG.sub(" ", one_line(subject, 1000)), 1000))[:LONGEST_SUBJECT].strip()


def subject_of(words: str, number: str, answer: bool) -> str:
    """The subject of a mail about a case: "Re: Broken lamp [T-1001]"."""
    return f"{'Re: ' if answer else ''}{plain_subject(words)} [{number}]".strip()


def tag_in(subject: str) -> str | None:
    """The number of the case that a subject names; None for none."""
    found = _TAG.search(subject)
    return found.group(1).upper() if found else None


def new_header_id(sender: str) -> str:
    """A Message-ID that nobody can guess, so that whoever names it was sent the mail."""
    return f"<{secrets.token_hex(20)}@{sender.rpartition('@')[2]}>"


def ids_in(*headers: str) -> list[str]:
    """The Message-IDs in headers such as References, the last named first."""
    found = [each for header in headers for each in _ID.findall(header)]
    return list(dict.fromkeys(reversed(found)))[:MOST_REFERENCES]


def own_id(header: str, raw: bytes) -> str:
    """A mail's Message-ID; a digest of it as a whole where it has none, or one that is too long."""
    found = _ID.findall(header)
    return found[0] if found else f"<{hashlib.sha256(raw).hexdigest()}@without.id>"


def references(before: Sequence[str]) -> str:
    """The References header of a mail after these (the first and the newest of them, when there are many)."""
    known = list(dict.fromkeys(before))
    if len(known) > MOST_REFERENCES:
        known = [known[0], *known[-(MOST_REFERENCES - 1) :]]
    return " ".join(known)


def left_alone(headers: Mapping[str, str], sender: str, own: str, bounced: bool) -> Alone | None:
    """Why a mail is not taken as a customer's words; None when it is.

    Args:
        headers: By name in small letters.
        sender: The address in its From; empty for none.
        own: The address that our mail comes from.
        bounced: Whether it is a mail system's report that a mail was not delivered.
    """
    if bounced:
        return "bounce"
    if sender and sender.lower() == own.lower():
        return "loop"
    local = sender.partition("@")[0].lower()
    if local in _MAIL_SYSTEMS or headers.get("return-path", "").strip() == "<>":
        return "automatic"
    if not sender:
        return "unknown"
    return "automatic" if _is_automatic(headers) or _NEVER_READS.match(sender) else None


def _is_automatic(headers: Mapping[str, str]) -> bool:
    """Whether a program wrote it (RFC 3834, and what programs write that do not keep to it)."""
    submitted = headers.get("auto-submitted", "").partition(";")[0].strip().lower()
    if submitted not in {"", "no"}:
        return True
    if headers.get("precedence", "").strip().lower() in {"bulk", "list", "junk", "auto_reply"}:
        return True
    if headers.get("x-auto-response-suppress", "").strip().lower() not in {"", "none"}:
        return True
    if any(name in headers for name in ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "feedback-id")):
        return True
    return _AWAY.match(headers.get("subject", "")) is not None


def gave_up(subject: str, text: str) -> bool:
    """Whether a mail system's own words say that a mail will never be delivered, not that it tries again."""
    # Below stands the mail that it is about, with words of its own.
    said = f"{subject}\n{_COPY_BELOW.split(text[:_LONGEST_REPORT], maxsplit=1)[0]}"
    return _GAVE_UP.search(said) is not None and _TRIES_AGAIN.search(said) is None


def next_try(attempts: int, moment: datetime) -> datetime | None:
    """When a mail is tried again after so many attempts; None when it is given up."""
    return moment + RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None


def masked_address(address: str) -> str:
    """An address of which only the beginning and the domain show: "zo***@example.com"."""
    local, _, domain = address.rpartition("@")
    return f"{local[: 2 if len(local) > 3 else 1]}***@{domain}"
