"""A mail as it came over the wire, read with distrust: whatever stands in it was written by anybody.

Only what is needed is decoded, and no more than that much of it; a mail that cannot be read has no words, but never
stops the others.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr

from support.mail.html_words import words_of
from support.mail.quoting import own_words
from support.mail.rules import ids_in, one_line, own_id

# Longer words are cut, and the case says so.
LONGEST_WORDS = 8000
LONGEST_READ = 100_000
LONGEST_HEADER = 8000
MOST_PARTS = 100
DEEPEST = 10
MOST_ATTACHMENTS = 10

# What is declared, and what is really meant with it: the older names are parts of the newer sets.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "us-ascii": "utf-8", "iso-8859-1": "cp1252"}
_TRIED = ("utf-8", "gb18030", "big5hkscs")


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
        thread_ids: The mails that it answers, the nearest first.
        headers: By name in small letters.
        bounced: Whether it reports that mails could not be delivered; `bounced_ids` names them.
    """

    header_id: str
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    cut: bool = False
    thread_ids: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    bounced: bool = False
    bounced_ids: tuple[str, ...] = ()


def read_mail(raw: bytes) -> Incoming:
    """What a mail says; what cannot be read is left empty."""
    # The library raises nearly anything for a crafted mail.
    try:
        return _read(message_from_bytes(raw), raw)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Incoming(own_id("", raw))


def _read(mail: "Message[str, str]", raw: bytes) -> Incoming:
    headers = _headers(mail)
    parts = list(_leaves(mail))
    whole = _plain(parts)
    words = _clean(own_words(whole[:LONGEST_READ]))
    name, address = parseaddr(headers.get("from", ""))
    sender = _usable(address)
    bounced = _bounced(mail, parts, headers)
    named = [headers.get("in-reply-to", ""), headers.get("references", "")]
    return Incoming(
        header_id=own_id(headers.get("message-id", ""), raw),
        sender=sender,
        sender_name=one_line(name, 100) if sender else "",
        subject=one_line(headers.get("subject", ""), 300),
        text=words[:LONGEST_WORDS].rstrip(),
        cut=len(words) > LONGEST_WORDS or len(whole) > LONGEST_READ,
        thread_ids=tuple(ids_in(named[1], named[0])),
        headers=headers,
        attachments=tuple(_attachments(parts)),
        bounced=bounced,
        bounced_ids=tuple(ids_in(*named, whole, *_original(parts))) if bounced else (),
    )


def _headers(mail: "Message[str, str]") -> dict[str, str]:
    """The first of each header, decoded."""
    found: dict[str, str] = {}
    for name, value in mail.raw_items():
        found.setdefault(name.lower(), _decoded(str(value)[:LONGEST_HEADER]))
    return found


def _decoded(value: str) -> str:
    """A header's words, also where somebody sent them without saying how they are written."""
    if not value.isascii():
        value = _text(value.encode("utf-8", "surrogateescape"), "")
    if "=?" not in value:
        return " ".join(value.split())
    try:
        chunks = decode_header(value)
    except (MessageError, ValueError):
        return " ".join(value.split())
    told = [chunk if isinstance(chunk, str) else _text(chunk, charset or "") for chunk, charset in chunks]
    return " ".join("".join(told).split())


def _text(content: bytes, charset: str) -> str:
    """Bytes as words: as declared, else as they can be read."""
    declared = _WIDER.get(charset.lower(), charset.lower())
    for encoding in (declared, *_TRIED):
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    # A sign or two are broken: rather those than none.
    try:
        return content.decode(declared or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _leaves(mail: "Message[str, str]", depth: int = 0) -> Iterator["Message[str, str]"]:
    """The parts that hold something, up to MOST_PARTS of them; mails within the mail are not opened."""
    if depth > DEEPEST:
        return
    if not mail.is_multipart() or mail.get_content_maintype() == "message":
        yield mail
        return
    for part in list(mail.get_payload())[:MOST_PARTS]:
        if isinstance(part, Message):
            yield from _leaves(part, depth + 1)


def _plain(parts: list["Message[str, str]"]) -> str:
    """The words of a mail: its plain text, else the words of its page."""
    shown = [part for part in parts[:MOST_PARTS] if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        texts = [_part_text(part) for part in shown if part.get_content_type() == kind]
        words = "\n".join(words_of(text) if kind == "text/html" else text for text in texts)
        if words.strip():
            return words
    return ""


def _part_text(part: "Message[str, str]") -> str:
    content = part.get_payload(decode=True)
    return _text(content, part.get_content_charset() or "") if isinstance(content, bytes) else ""


def _attachments(parts: list["Message[str, str]"]) -> Iterator[Attachment]:
    count = 0
    for part in parts[:MOST_PARTS]:
        name = part.get_filename()
        inline_words = part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
        if (not name and part.get_content_maintype() in ("text", "message", "multipart")) or (
            inline_words and not name
        ):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content and count < MOST_ATTACHMENTS:
            count += 1
            yield Attachment(one_line(_decoded(name or ""), 200) or part.get_content_type(), content)


def _bounced(mail: "Message[str, str]", parts: list["Message[str, str]"], headers: dict[str, str]) -> bool:
    """Whether a mail system reports that it gave up; that it will try again is no such report."""
    if mail.get_content_type() == "multipart/report":
        status = [part for part in parts if part.get_content_type() == "message/delivery-status"]
        blocks = [each for part in status for each in part.get_payload() if isinstance(each, Message)]
        return any(str(block.get("Action", "")).strip().lower() == "failed" for block in blocks)
    sender = parseaddr(headers.get("from", ""))[1].lower()
    return sender.startswith("mailer-daemon@") and not headers.get("auto-submitted", "").startswith("auto-replied")


def _original(parts: list["Message[str, str]"]) -> Iterator[str]:
    """The Message-ID of the mail that a report is about."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            for inner in part.get_payload():
                if isinstance(inner, Message):
                    yield str(inner.get("Message-ID", ""))
        elif part.get_content_type() == "text/rfc822-headers":
            yield _part_text(part)


def _usable(address: str) -> str:
    """An address in small letters if mail can be sent there; else nothing."""
    local, at, domain = address.strip().lower().rpartition("@")
    plain = address.isascii() and not any(sign.isspace() or sign in '<>",;:\\()' for sign in address)
    return f"{local}@{domain}" if at and local and "." in domain and plain and len(address) <= 254 else ""


def _clean(text: str) -> str:
    """Without signs that nobody sees and that no database keeps."""
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"}).strip()
