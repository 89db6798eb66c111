"""What a file really is, told by its content. Its name and the type its sender declares are not asked."""

import io
import re
import zipfile
from collections.abc import Iterable

from support.files.rules import FileRefused

PICTURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
# The part that makes an archive a document, and how the document's list of contents calls it.
_DOCUMENTS = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
}
_CONTENT_TYPES = "[Content_Types].xml"
_END_OF_ARCHIVE = b"PK\x05\x06"
_END_BYTES = 22
MOST_PARTS = 5000
MOST_UNPACKED = 500 * 1024 * 1024
LARGEST_LIST = 1024 * 1024
# A PDF ends with this mark, but programs leave a few bytes after it.
_PDF_TAIL = 2048
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
# As browsers do, only the beginning is looked at to see whether a text is a page or a script.
_HEAD = 4096
_MARKUP = re.compile(
    r"<!doctype|<\?(?:xml|php)|<%|<\s*(?:html|head|body|script|svg|iframe|object|embed|style|meta|link|img)\b", re.I
)
_SCRIPT = re.compile(r"\s*(?:#!|@echo off\b|windows registry editor)", re.I)


def media_type_of(content: bytes) -> str:
    """The type of a file that may be sent.

    Raises:
        FileRefused: `heic`, `macros`, `damaged`, or `kind` for everything else that cannot be sent.
    """
    for beginning, media_type in PICTURES.items():
        if content.startswith(beginning):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise FileRefused("heic")
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"PK\x03\x04"):
        return _document(content)
    if _is_text(content):
        return "text/plain"
    raise FileRefused("kind")


def _pdf(content: bytes) -> str:
    """A PDF that is complete and is not an archive as well."""
    if content[-_END_BYTES:].startswith(_END_OF_ARCHIVE) or _opens_as_archive(content):
        raise FileRefused("kind")
    if b"%%EOF" not in content[-_PDF_TAIL:]:
        raise FileRefused("damaged")
    return "application/pdf"


def _opens_as_archive(content: bytes) -> bool:
    return _END_OF_ARCHIVE in content[-65_557:] and zipfile.is_zipfile(io.BytesIO(content))


def _document(content: bytes) -> str:
    """A Word or Excel document: an archive with the right parts, nothing before or after it, and no macros."""
    if content[-_END_BYTES : -_END_BYTES + 4] != _END_OF_ARCHIVE:
        raise FileRefused("kind")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            parts = {each.filename: each for each in entries}
            sound = len(parts) == len(entries) and _sound(parts)
            types = archive.read(_CONTENT_TYPES).decode() if sound else ""
    except FileRefused:
        raise
    # A crafted archive makes the library raise nearly anything.
    except Exception as error:
        raise FileRefused("damaged") from error
    if _has_macros(types, parts):
        raise FileRefused("macros")
    for part, media_type in _DOCUMENTS.items():
        if part in parts and f"{media_type}.main+xml" in types:
            return media_type
    raise FileRefused("kind")


def _sound(parts: dict[str, zipfile.ZipInfo]) -> bool:
    """Whether an archive can be a document at all.

    Raises:
        FileRefused: `kind` when it would unpack to more than any document does, or is locked.
    """
    if _CONTENT_TYPES not in parts or parts[_CONTENT_TYPES].file_size > LARGEST_LIST:
        return False
    unpacked = sum(each.file_size for each in parts.values())
    first = min(each.header_offset for each in parts.values())
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or first != 0:
        raise FileRefused("kind")
    return not any(each.flag_bits & 1 for each in parts.values())


def _has_macros(types: str, parts: Iterable[str]) -> bool:
    """Whether a document carries programs, or writes its list of contents in a way that could hide them."""
    if "macroEnabled" in types or "&" in types:
        return True
    return any(name.lower().endswith("vbaproject.bin") or "macrosheets/" in name.lower() for name in parts)


def _is_text(content: bytes) -> bool:
    """Whether it is plain words: valid UTF-8 without control characters, and no page, drawing or script."""
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if _UNSEEN.search(words):
        return False
    return not (_MARKUP.search(words[:_HEAD]) or _SCRIPT.match(words))
