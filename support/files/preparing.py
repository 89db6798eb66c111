"""Getting a file that arrived ready to be kept: what it is, what it is called, and pictures written anew."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO

from storage.base import new_id
from support.files.contents import media_type_of
from support.files.pictures import rewrite
from support.files.rules import LARGEST_FILE, check_size, clean_name, is_picture

# Threads of their own, and few: an opened picture takes much memory, and searching must not wait for it.
AT_ONCE = 2
_WORKERS = ThreadPoolExecutor(AT_ONCE, "files")


@dataclass(frozen=True)
class Prepared:
    """A file as it will be kept. `width` and `height` are a picture's, in pixels."""

    id: str
    name: str
    media_type: str
    content: bytes
    width: int | None = None
    height: int | None = None


async def prepared(name: str, file: IO[bytes]) -> Prepared:
    """What `prepare` answers, worked out in a thread; no more than AT_ONCE files at a time.

    Raises:
        FileRefused: When it cannot be sent.
    """
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, prepare, name, file)


def prepare(name: str, file: IO[bytes]) -> Prepared:
    """Read a file and make it ready to be kept.

    Args:
        name: As its sender calls it.

    Raises:
        FileRefused: When it cannot be sent.
    """
    file.seek(0)
    content = file.read(LARGEST_FILE + 1)
    check_size(len(content))
    media_type = media_type_of(content)
    if not is_picture(media_type):
        return Prepared(new_id(), clean_name(name, media_type), media_type, content)
    picture = rewrite(content, media_type)
    called = clean_name(name, picture.media_type)
    return Prepared(new_id(), called, picture.media_type, picture.content, picture.width, picture.height)
