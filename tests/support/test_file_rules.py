"""What may be sent, what it is called, and what is left of a picture: no database, no server."""

import io
import struct
import zlib

import pytest
from PIL import Image

from support.files import contents, pictures
from support.files.contents import media_type_of
from support.files.preparing import Prepared, prepare
from support.files.rules import (
    ACCEPTED,
    LARGEST_FILE,
    MOST_BYTES,
    MOST_FILES,
    FileRefused,
    address,
    check_room,
    clean_name,
    kept_size,
)
from tests.support.files_made import DOCX, PDF, XLSX, archive, commented_png, document, moving, photo, picture

pytestmark = pytest.mark.fast


def made(content: bytes, name: str = "file") -> Prepared:
    return prepare(name, io.BytesIO(content))


def refusal(content: bytes, name: str = "file") -> str:
    with pytest.raises(FileRefused) as refused:
        made(content, name)
    return refused.value.code


def opened(file: Prepared) -> Image.Image:
    shown = Image.open(io.BytesIO(file.content))
    shown.load()
    return shown


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width: int, height: int) -> bytes:
    """A tiny PNG that claims to be huge."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("JPEG", mode="CMYK"), "image/jpeg"),
        (picture("JPEG", mode="L"), "image/jpeg"),
        (picture("MPO"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("PNG", mode="P"), "image/png"),
        (picture("PNG", mode="LA"), "image/png"),
        (picture("PNG", mode="1"), "image/png"),
        (picture("GIF"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (moving("GIF"), "image/png"),
        (moving("WEBP"), "image/webp"),
        (PDF, "application/pdf"),
        ("退款单号 20260101，谢谢。\r\n\tLine two".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a byte order mark", "text/plain"),
        (document(DOCX), DOCX),
        (document(XLSX), XLSX),
    ],
)
def test_every_accepted_kind_is_known_by_its_content_alone(content: bytes, media_type: str) -> None:
    file = made(content, "no-suffix")
    assert file.media_type == media_type
    assert file.media_type in ACCEPTED
    assert ((file.width, file.height) != (None, None)) is media_type.startswith("image/")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "kind"),
        (b'<?xml version="1.0"?><svg/>', "kind"),
        (b"<!DOCTYPE html><title>x</title>", "kind"),
        (b"words first, then <ScRiPt src=//x></script>", "kind"),
        (b"\xef\xbb\xbf  <html>", "kind"),
        (b"#!/bin/sh\nrm -rf ~\n", "kind"),
        (b"@echo off\r\ndel *\r\n", "kind"),
        (b"<?php system($_GET['c']);", "kind"),
        (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200), "kind"),
        (b"\x7fELF\x02\x01\x01" + bytes(50), "kind"),
        (archive({"readme.txt": "hello"}), "kind"),
        (archive({"[Content_Types].xml": "<Types/>", "word/document.xml": "<d/>"}), "kind"),
        (b"MZ" + document(), "kind"),
        (document() + b"<script>", "kind"),
        (PDF + document(), "kind"),
        (document(more={"word/vbaProject.bin": b"x"}), "macros"),
        (document(XLSX, more={"xl/macrosheets/sheet1.xml": "x"}), "macros"),
        (document(types="application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "kind"),
        (b"plain\x00binary", "kind"),
        (b"\x1b[31mred", "kind"),
        ("退款".encode("gbk"), "kind"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "heic"),
        (picture("AVIF"), "heic"),
        (picture("BMP"), "kind"),
        (picture("TIFF"), "kind"),
        (b"", "empty"),
        (PDF[:30], "damaged"),
        (picture("JPEG")[:300], "damaged"),
        (picture("PNG")[:60], "damaged"),
        (picture("WEBP")[:40], "damaged"),
        (b"GIF89a", "damaged"),
        (document()[:31] + b"\xff" * 40 + document()[71:], "damaged"),
        (b"PK\x03\x04" + bytes(100) + b"PK\x05\x06" + bytes(18), "kind"),
        (bytes(LARGEST_FILE + 1), "too_large"),
        (bomb(60_000, 60_000), "pixels"),
        (bomb(6_000, 6_000), "pixels"),
        (bomb(5_000, 5_000), "damaged"),
        (bomb(100_000, 1), "damaged"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(content: bytes, code: str) -> None:
    assert refusal(content) == code


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "invoice.pdf", "letter.docx", "notes.txt"])
def test_a_name_makes_nothing_acceptable(name: str) -> None:
    assert refusal(b"<svg onload=alert(1)></svg>", name) == "kind"
    assert refusal(b"<html><script>alert(1)</script></html>", name) == "kind"
    assert refusal(b"MZ\x90\x00" + bytes(200), name) == "kind"


def test_an_archive_that_unpacks_to_far_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_UNPACKED", 100_000)
    assert made(document(more={"word/media/1.bin": bytes(90_000)})).media_type == DOCX
    assert refusal(document(more={"word/media/1.bin": bytes(110_000)})) == "kind"


def test_a_jpeg_of_a_thousand_passes_is_refused_before_it_is_decoded() -> None:
    content = picture("JPEG", progressive=True)
    at = content.rindex(b"\xff\xda")
    assert refusal(content[:at] + content[at:-2] * 1000 + content[-2:]) == "damaged"


def test_a_photo_loses_its_place_its_comments_and_its_profile_and_is_turned_upright() -> None:
    content = photo(orientation=6)
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(0x8825)
    file = made(content, "IMG_1.JPG")
    shown = opened(file)
    assert (file.width, file.height) == shown.size == (40, 60)
    # What was at the left is at the top now.
    assert shown.getpixel((20, 5))[0] > 200
    assert shown.getpixel((20, 55))[2] > 200
    assert not shown.getexif()
    assert not {"exif", "comment", "icc_profile", "photoshop", "xmp"} & set(shown.info)
    for word in (b"Exif", b"secret", b"Secret", b"ICC"):
        assert word not in file.content


def test_a_png_loses_its_comments() -> None:
    file = made(commented_png(), "a.png")
    assert b"secret" not in file.content
    assert {kind for kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"iCCP") if kind in file.content} == set()
    assert opened(file).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_is_hidden_behind_a_picture_does_not_come_through(kind: str) -> None:
    file = made(picture(kind) + b"<script>alert(1)</script>" + archive({"evil.exe": "MZ"}))
    assert b"<script>" not in file.content
    assert b"PK\x03\x04" not in file.content


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    shown = opened(made(moving("GIF")))
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_what_can_be_seen_through_stays_so() -> None:
    see_through = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    written = io.BytesIO()
    see_through.save(written, "PNG")
    assert opened(made(written.getvalue())).getpixel((5, 5))[3] == 0


def test_a_large_picture_is_made_smaller() -> None:
    file = made(picture("JPEG", size=(4000, 3000)))
    assert (file.width, file.height) == (2560, 1920)
    assert opened(file).size == (2560, 1920)


def test_a_photograph_sent_as_png_does_not_stay_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LARGEST_PNG", 20_000)
    written = io.BytesIO()
    Image.effect_noise((200, 200), 100).convert("RGB").save(written, "PNG")
    file = made(written.getvalue(), "photo.png")
    assert (file.media_type, file.name) == ("image/webp", "photo.webp")
    assert len(file.content) < len(written.getvalue())


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((800, 600), (800, 600)),
        ((4000, 3000), (2560, 1920)),
        ((3000, 4000), (1920, 2560)),
        ((1080, 12_000), (1080, 12_000)),
        ((2160, 24_000), (1080, 12_000)),
        ((1, 40_000_000), (1, 16_000)),
    ],
)
def test_a_picture_is_kept_so_that_it_can_be_read(size: tuple[int, int], kept: tuple[int, int]) -> None:
    assert kept_size(*size) == kept


@pytest.mark.parametrize(
    ("name", "media_type", "kept"),
    [
        ("退款截图.png", "image/png", "退款截图.png"),
        ("IMG_1.JPG", "image/jpeg", "IMG_1.JPG"),
        ("C:\\Users\\li\\photo.jpg", "image/jpeg", "photo.jpg"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("a/b/..", "application/pdf", "file.pdf"),
        ("picture.gif", "image/png", "picture.png"),
        ("invoice.exe", "application/pdf", "invoice.exe.pdf"),
        ("run.bat", "text/plain", "run.bat.txt"),
        ("page.html", "text/plain", "page.html.txt"),
        ("orders.csv", "text/plain", "orders.csv"),
        ("a\x00b\r\nc\u202egnp.jpg", "image/jpeg", "abcgnp.jpg"),
        ("  many   spaces .pdf", "application/pdf", "many spaces.pdf"),
        ("", "image/png", "picture.png"),
        ("", "text/plain", "file.txt"),
        ("...", "text/plain", "file.txt"),
        ("résume\u0301.pdf", "application/pdf", "résumé.pdf"),
        ("<script>.png", "image/png", "<script>.png"),
    ],
)
def test_a_name_tells_what_is_in_the_file_and_nothing_of_the_senders_machine(
    name: str, media_type: str, kept: str
) -> None:
    assert clean_name(name, media_type) == kept


def test_a_name_has_at_most_200_characters_and_keeps_its_suffix() -> None:
    name = clean_name("长" * 500 + ".xlsx", XLSX)
    assert len(name) == 200
    assert name.endswith("长.xlsx")


def test_an_address_carries_any_name_safely() -> None:
    assert address("key", 'a/b "退" ?#.txt') == "/files/key/a%2Fb%20%22%E9%80%80%22%20%3F%23.txt"


def test_a_conversation_takes_30_files_and_100_megabytes() -> None:
    check_room(MOST_FILES - 1, MOST_BYTES - 10, 10)
    for files, total, size in ((MOST_FILES, 0, 0), (1, MOST_BYTES - 10, 11)):
        with pytest.raises(FileRefused) as refused:
            check_room(files, total, size)
        assert refused.value.code == "full"


def test_a_gif_is_known_by_either_of_its_marks() -> None:
    assert media_type_of(b"GIF87a...") == media_type_of(b"GIF89a...") == "image/gif"
