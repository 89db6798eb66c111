"""What is kept about a customer as a ZIP: the data, a page to read, and their files."""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator
from typing import IO, Any

import msgspec

from support.files.store import FileStore
from texts.catalogue import translations
from web.page import templates

PART = 256 * 1024
# Above this it is put together on disk, in a file without a name that goes with whoever holds it.
MOST_IN_MEMORY = 4 * 1024 * 1024


def archive(told: dict[str, Any], files: FileStore) -> IO[bytes]:
    """An archive with data.json, conversation.html and files/; runs in a thread, and is read from its beginning."""
    made: IO[bytes] = tempfile.SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 - whoever reads it closes it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("data.json", msgspec.json.format(msgspec.json.encode(told), indent=2))
        folder.writestr("conversation.html", readable(told))
        for record in conversations_in(told):
            for file in record["files"]:
                path = files.path(file["id"])
                if path.is_file():
                    folder.write(path, file["path"], zipfile.ZIP_STORED)
    made.seek(0)
    return made


def readable(told: dict[str, Any]) -> str:
    """The same as a page in the language of the conversation; it loads nothing and runs nothing."""
    language = told["conversation"]["language"]
    template = templates().get_template("public/export.html")
    return template.render(
        _=translations(language).gettext,
        language=language,
        customer=told["customer"],
        exported_at=told["exported_at"],
        conversations=conversations_in(told),
    )


def conversations_in(told: dict[str, Any]) -> list[dict[str, Any]]:
    """This conversation, then the others."""
    return [told, *told["other_conversations"]]


async def in_parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    """A file's bytes, closed at the end, also when nobody listens any more."""
    try:
        while part := await asyncio.to_thread(file.read, PART):
            yield part
    finally:
        file.close()
