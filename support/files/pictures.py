"""Pictures are decoded and written anew, so that nothing but what is seen is kept.

Where a photo was taken, with what, its preview of an uncut version, comments, and whatever somebody hid in the file:
none of it comes through. Of a moving picture the first frame is kept.
"""

import io
from contextlib import suppress
from dataclasses import dataclass

from PIL import Image, ImageOps

from support.files.rules import MEGABYTE, FileRefused, check_pixels, kept_size, too_many_pixels

JPEG_QUALITY = 88
WEBP_QUALITY = 88
# A photograph saved as PNG is many times as large as it need be.
LARGEST_PNG = 3 * MEGABYTE
# Each pass over a progressive JPEG decodes the whole picture again; cameras and programs write about ten.
MOST_SCANS = 100
_START_OF_SCAN = b"\xff\xda"
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


@dataclass(frozen=True)
class Picture:
    """A picture written anew; width and height in pixels, the right way up."""

    content: bytes
    media_type: str
    width: int
    height: int


def rewrite(content: bytes, media_type: str) -> Picture:
    """Decode a picture and write it anew, upright, without metadata and no larger than it need be.

    This is slow and takes memory: not for the event loop.

    Raises:
        FileRefused: `pixels` when it has too many, `damaged` when it cannot be decoded.
    """
    if media_type == "image/jpeg" and content.count(_START_OF_SCAN) > MOST_SCANS:
        raise FileRefused("damaged")
    try:
        return _written(_decoded(content, media_type), media_type)
    except FileRefused:
        raise
    except Image.DecompressionBombError as error:
        raise too_many_pixels(media_type) from error
    # Decoders raise nearly anything for bytes that somebody made up.
    except Exception as error:
        raise FileRefused("damaged") from error


def _decoded(content: bytes, media_type: str) -> Image.Image:
    """The first frame, upright, in the size in which it is kept."""
    with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        check_pixels(*opened.size, media_type)
        # A JPEG can be decoded at half or a quarter of its size at once.
        opened.draft(None, kept_size(*opened.size))
        opened.load()
        _turn_upright(opened)
        plain = _plain(opened)
        size = kept_size(*plain.size)
        # Either makes a picture of its own, so that the large one can go.
        kept = plain.copy() if plain.size == size else plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    kept.info.clear()
    return kept


def _turn_upright(picture: Image.Image) -> None:
    """Turn it as the camera was held; when what the camera noted cannot be read it stays as it is."""
    with suppress(Exception):
        ImageOps.exif_transpose(picture, in_place=True)


def _plain(picture: Image.Image) -> Image.Image:
    """In colours that every browser shows."""
    transparent = picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in picture.info
    grey = picture.mode in {"1", "L"} or picture.mode.startswith("I;16")
    mode = "RGBA" if transparent else "L" if grey else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _written(picture: Image.Image, media_type: str) -> Picture:
    if media_type == "image/jpeg":
        # Neither optimized nor progressive: for that the library would hold up every other thread a third of a second.
        return _as("JPEG", picture, quality=JPEG_QUALITY)
    if media_type == "image/webp":
        return _as("WEBP", picture, quality=WEBP_QUALITY, method=4)
    drawn = _as("PNG", picture)
    return drawn if len(drawn.content) <= LARGEST_PNG else _as("WEBP", picture, quality=WEBP_QUALITY, method=4)


def _as(kind: str, picture: Image.Image, **options: object) -> Picture:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return Picture(written.getvalue(), f"image/{kind.lower()}", *picture.size)
