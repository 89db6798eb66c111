"""A mail as it came over the wire, read with distrust: whatever stands in it was written by anybody.

Only what is needed is decoded, and no more than that much of it; a mail that cannot be read has no words, but never
stops the others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from itertools import islice

from support.conversations.rules import visible
from support.mail.headers import decoded, from_of, headers_of, text_of, usable_address
from support.mail.html_words import words_of
from support.mail.quoting import own_words
from support.mail.rules import gave_up, ids_in, one_line, own_id

# Longer words are cut, and the case says so.
LONGEST_WORDS = 8000
LONGEST_READ = 100_000
MOST_PARTS = 100
DEEPEST = 10
MOST_ATTACHMENTS = 10
# More than any real mail has; the library takes seconds and hundreds of megabytes for a crafted one of many parts, and
# looks at each line once for each multipart around it.
MOST_BOUNDARIES = 2000
MOST_LINES = 1_000_000
MOST_LOOKS = 3_000_000
LONGEST_HEAD = 64_000

_END_OF_HEAD = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_AROUND_LINES = re.compile(rb"multipart/|message/delivery-status", re.IGNORECASE)
# What a mail library can raise for a crafted mail.
_TROUBLE = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Attachment:
    """A file in a mail, as its sender calls it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Incoming:
    """What is known of a mail.

    Attributes:
        header_id: Its Message-ID, or a digest of it.
        sender, sender_name: From whom it says it is; empty when it says nothing that can be used.
        text: What its sender wrote, without what they quote.
        cut: Whether there was more.
        unreadable: Whether only its head could be read.
        thread_ids: The mails that it answers, the nearest first.
        headers: By name in small letters.
        left_out: The names of files beyond the first MOST_ATTACHMENTS.
        bounced: Whether it reports that mails could not be delivered; `bounced_ids` names them.
    """

    header_id: str
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    cut: bool = False
    unreadable: bool = False
    thread_ids: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    left_out: tuple[str, ...] = ()
    bounced: bool = False
    bounced_ids: tuple[str, ...] = ()


def read_mail(raw: bytes) -> Incoming:
    """What a mail says; what cannot be read is left empty."""
    if not takes_too_long(raw):
        try:
            return _read(message_from_bytes(raw), raw)
        except _TROUBLE:
            pass
    try:
        head = _END_OF_HEAD.split(raw[:LONGEST_HEAD], maxsplit=1)[0]
        return replace(_read(message_from_bytes(head + b"\n\n"), raw), unreadable=True)
    except _TROUBLE:
        return Incoming(own_id("", raw), unreadable=True)


def takes_too_long(raw: bytes) -> bool:
    """Whether a mail has more parts or lines than any real one, so that it must not be given to the library."""
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    around = sum(1 for _ in islice(_AROUND_LINES.finditer(raw), MOST_BOUNDARIES))
    # Without anything around it a line that begins with two dashes is like any other.
    if around and raw.count(b"\n--") + raw.count(b"\r--") > MOST_BOUNDARIES:
        return True
    return lines > MOST_LINES or lines * around > MOST_LOOKS


def _read(mail: "Message[str, str]", raw: bytes) -> Incoming:
    headers = headers_of(mail)
    found = list(islice(_leaves(mail), MOST_PARTS + 1))
    parts = found[:MOST_PARTS]
    whole = _plain(parts)
    words = visible(_own_words(whole[:LONGEST_READ])).strip()
    name, address = from_of(mail)
    sender = usable_address(address)
    bounced = _bounced(mail, parts, address.lower(), headers, whole)
    attachments, left_out = _attachments(parts)
    named = [headers.get("in-reply-to", ""), headers.get("references", "")]
    return Incoming(
        header_id=own_id(headers.get("message-id", ""), raw),
        sender=sender,
        sender_name=one_line(decoded(name), 100) if sender else "",
        subject=one_line(headers.get("subject", ""), 300),
        text=words[:LONGEST_WORDS].rstrip(),
        cut=len(words) > LONGEST_WORDS or len(whole) > LONGEST_READ or len(found) > MOST_PARTS,
        thread_ids=tuple(ids_in(named[1], named[0])),
        headers=headers,
        attachments=tuple(attachments),
        left_out=tuple(left_out),
        bounced=bounced,
        bounced_ids=tuple(ids_in(*named, whole, *_original(parts))) if bounced else (),
    )


def _leaves(mail: "Message[str, str]", depth: int = 0) -> Iterator["Message[str, str]"]:
    """The parts that hold something; mails within the mail are not opened."""
    if depth > DEEPEST:
        return
    if not mail.is_multipart() or mail.get_content_maintype() == "message":
        yield mail
        return
    for part in mail.get_payload():
        if isinstance(part, Message):
            yield from _leaves(part, depth + 1)


def _plain(parts: list["Message[str, str]"]) -> str:
    """The words of a mail: its plain text, else the words of its page."""
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        texts = [_part_text(part) for part in shown if part.get_content_type() == kind]
        words = "\n".join(words_of(text) if kind == "text/html" else text for text in texts)
        if words.strip():
            return words
    return ""


def _part_text(part: "Message[str, str]") -> str:
    content = part.get_payload(decode=True)
    return text_of(content, part.get_content_charset() or "") if isinstance(content, bytes) else ""


def _attachments(parts: list["Message[str, str]"]) -> tuple[list[Attachment], list[str]]:
    """The first files of a mail, and the names of the others."""
    kept: list[Attachment] = []
    left_out: list[str] = []
    for part in parts:
        name = part.get_filename()
        inline_words = part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
        if (not name and part.get_content_maintype() in ("text", "message", "multipart")) or (
            inline_words and not name
        ):
            continue
        called = one_line(decoded(name or ""), 200) or part.get_content_type()
        if len(kept) == MOST_ATTACHMENTS:
            left_out.append(called)
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            kept.append(Attachment(called, content))
    return kept, left_out


def _own_words(text: str) -> str:
    try:
        return own_words(text)
    except Exception:
        # Words with a quote among them are better than none.
        return text


def _bounced(
    mail: "Message[str, str]", parts: list["Message[str, str]"], address: str, headers: dict[str, str], words: str
) -> bool:
    """Whether a mail system reports that it gave up; that it will try again is no such report."""
    if mail.get_content_type() == "multipart/report":
        status = [part for part in parts if part.get_content_type() == "message/delivery-status"]
        blocks = [each for part in status for each in part.get_payload() if isinstance(each, Message)]
        return any(str(block.get("Action", "")).strip().lower() == "failed" for block in blocks)
    if not address.startswith("mailer-daemon@") or headers.get("auto-submitted", "").startswith("auto-replied"):
        return False
    return gave_up(headers.get("subject", ""), words)


def _original(parts: list["Message[str, str]"]) -> Iterator[str]:
    """The Message-ID of the mail that a report is about."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            for inner in part.get_payload():
                if isinstance(inner, Message):
                    yield str(inner.get("Message-ID", ""))
        elif part.get_content_type() == "text/rfc822-headers":
            yield _part_text(part)
