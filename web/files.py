"""Serving files to whoever holds their address. The key in it is secret and random; nothing else opens them.

What people send never acts as a page of ours: it is offered for saving, or, where we wrote the picture anew ourselves,
shown as that picture.
"""

import asyncio
from pathlib import Path

from litestar import HttpMethod, route
from litestar.di import NamedDependency
from litestar.response import File

from support.files import queries
from support.files.rules import is_picture
from texts.catalogue import marked
from web.problems import Problem
from web.services import Services

A_DAY = 24 * 3600
HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    # The chat shows pictures on other sites.
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
    "cache-control": f"private, max-age={A_DAY}, immutable",
}


@route("/files/{key:str}/{name:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def file(services: NamedDependency[Services], key: str, name: str) -> File:
    """A file, by the key in its address; its name there is only for people."""
    found = await services.database.read(lambda session: queries.by_key(session, key))
    path = services.files.path(found.id) if found else Path()
    if found is None or not await asyncio.to_thread(path.is_file):
        detail = marked("There is no such file here. It may have been erased with its conversation.")
        raise Problem(404, "File not found", detail, "file")
    return File(
        path=path,
        filename=found.name,
        media_type=found.media_type,
        content_disposition_type="inline" if is_picture(found.media_type) else "attachment",
        headers=HEADERS,
    )
