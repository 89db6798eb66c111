"""Files of every kind, made for the tests."""

import io
import zipfile

from PIL import Image, PngImagePlugin

OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = f"{OFFICE}.wordprocessingml.document"
XLSX = f"{OFFICE}.spreadsheetml.sheet"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
GPS_INFO = 0x8825
ORIENTATION = 0x0112
SOFTWARE = 0x0131


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    made = Image.new("RGB", size, "blue")
    made.paste("red", (0, 0, size[0] // 2, size[1]))
    written = io.BytesIO()
    made.convert(mode).save(written, kind, **options)
    return written.getvalue()


def photo(orientation: int = 6) -> bytes:
    """A photo lying on its side, with the place where it was taken, a comment and a colour profile."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[SOFTWARE] = "Secret Camera 5"
    exif.get_ifd(GPS_INFO)[1] = "N"
    exif.get_ifd(GPS_INFO)[2] = (25.0, 2.0, 1.0)
    return picture("JPEG", exif=exif, comment=b"secret comment", icc_profile=b"secret profile")


def commented_png() -> bytes:
    """A PNG with words beside the picture."""
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "secret comment")
    told.add_itxt("Author", "secret author")
    return picture("PNG", pnginfo=told)


def moving(kind: str) -> bytes:
    """Two frames: red, then blue."""
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=100)
    return written.getvalue()


def archive(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return written.getvalue()


def document(media_type: str = DOCX, more: dict[str, str | bytes] | None = None, types: str = "") -> bytes:
    """A Word or Excel document, as small as can be."""
    part = "word/document.xml" if media_type == DOCX else "xl/workbook.xml"
    listed = types or f'<Types><Override PartName="/{part}" ContentType="{media_type}.main+xml"/></Types>'
    return archive({"[Content_Types].xml": listed, "_rels/.rels": "<r/>", part: "<d/>"} | (more or {}))
