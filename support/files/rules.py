"""What files may be sent, how they are named, and how large a picture is kept. Pure."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

MEGABYTE = 1024 * 1024
LARGEST_FILE = 10 * MEGABYTE
MOST_FILES = 30
MOST_BYTES = 100 * MEGABYTE
# What stays free on the disk: the database and the logs lie there too, and writing the database anew needs room.
LEAST_FREE = 1024 * MEGABYTE
# Opening a picture costs memory by its pixels, however small the file is. A JPEG is decoded at half its size at once,
# so that what a camera of 50 megapixels takes still fits; of the others every pixel lies in memory several times over.
MOST_PIXELS_OF_JPEG = 8192 * 6144
MOST_PIXELS = 30_000_000
LONGEST_SIDE = 2560
# A screenshot of a whole page is many times as long as wide; made smaller than this, nobody could read it.
READABLE_WIDTH = 1080
# WebP takes no more.
LONGEST_SIDE_OF_ANY = 16_000
LONGEST_NAME = 200
LONGEST_SUFFIX = 5

# What each type may be called; the first suffix is given to a file that has none of them.
SUFFIXES: dict[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "text/plain": (".txt", ".csv", ".log", ".md"),
}
# What may be sent, for a file dialog. A GIF is kept as a PNG.
ACCEPTED = (*SUFFIXES, "image/gif")
_PICTURE_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif")


@dataclass
class FileRefused(Exception):
    """A file that cannot be taken. `code` names the reason, `values` fill its text."""

    code: str
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return self.code


def check_size(size: int) -> None:
    """Refuse what holds nothing or too much.

    Args:
        size: In bytes.

    Raises:
        FileRefused: `empty` or `too_large`.
    """
    if size == 0:
        raise FileRefused("empty")
    if size > LARGEST_FILE:
        raise too_large()


def too_large() -> FileRefused:
    """The refusal of a file past the limit, which it names in megabytes."""
    return FileRefused("too_large", (("limit", LARGEST_FILE // MEGABYTE),))


def check_room(files: int, total: int, size: int = 0) -> None:
    """Refuse one more file where a conversation holds as many as it may.

    Args:
        files: How many there are.
        total: Bytes of all of them.
        size: Bytes of the new one.

    Raises:
        FileRefused: `full`.
    """
    if files >= MOST_FILES or total + size > MOST_BYTES:
        raise FileRefused("full", (("files", MOST_FILES), ("megabytes", MOST_BYTES // MEGABYTE)))


def check_disk(free: int, size: int) -> None:
    """Refuse a file that would leave the disk too little room for everything else.

    Args:
        free: Bytes that are free on the disk.
        size: Bytes of the file.

    Raises:
        FileRefused: `no_room`.
    """
    if free - size < LEAST_FREE:
        raise FileRefused("no_room")


def check_pixels(width: int, height: int, media_type: str) -> None:
    """Refuse a picture that would take too much memory to open.

    Raises:
        FileRefused: `pixels`.
    """
    if width * height > _most_pixels(media_type):
        raise too_many_pixels(media_type)


def too_many_pixels(media_type: str) -> FileRefused:
    """The refusal of a picture past the limit, which it names in millions of pixels."""
    return FileRefused("pixels", (("limit", _most_pixels(media_type) // 1_000_000),))


def _most_pixels(media_type: str) -> int:
    return MOST_PIXELS_OF_JPEG if media_type == "image/jpeg" else MOST_PIXELS


def kept_size(width: int, height: int) -> tuple[int, int]:
    """The size in which a picture is kept: at most LONGEST_SIDE, but a long screenshot stays readable."""
    longest, shortest = max(width, height), min(width, height)
    factor = max(LONGEST_SIDE / longest, READABLE_WIDTH / shortest)
    factor = min(factor, LONGEST_SIDE_OF_ANY / longest, 1.0)
    return max(1, round(width * factor)), max(1, round(height * factor))


def clean_name(name: str, media_type: str) -> str:
    """A file's name as it is shown and offered for saving.

    Left out are the folders of the sender's machine, and characters that nobody sees or that turn the reading
    direction, because they can hide what a file is. The suffix always tells what is really in it.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each)[0] not in "C")
    words = " ".join(visible.split()).strip(". ")
    suffixes = SUFFIXES[media_type]
    stem, suffix = _split(words)
    if suffix.lower() not in suffixes:
        # Another picture's suffix is replaced; anything else may be part of the name and stays in it.
        both_pictures = media_type.startswith("image/") and suffix.lower() in _PICTURE_SUFFIXES
        stem = stem if both_pictures else words
        suffix = suffixes[0]
    default = "picture" if media_type.startswith("image/") else "file"
    return (stem.rstrip(". ") or default)[: LONGEST_NAME - LONGEST_SUFFIX] + suffix


def address(key: str, name: str) -> str:
    """Where a file is served, below Huilu's own address."""
    return f"/files/{key}/{quote(name, safe='')}"


def is_picture(media_type: str) -> bool:
    """Whether it was decoded and written anew here, and so may be shown in a page."""
    return media_type.startswith("image/")


def _split(words: str) -> tuple[str, str]:
    """Stem and suffix; a name that is nothing but a suffix has no stem."""
    stem, dot, end = words.rpartition(".")
    return (stem, dot + end) if dot else (words, "")
