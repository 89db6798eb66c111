"""Files as they arrive, from customers and from colleagues alike."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from support.files.preparing import Prepared, prepared
from support.files.rules import LARGEST_FILE, FileRefused, too_large
from web.problems import handle_refusal

# The fields and headers around a file.
LARGEST_UPLOAD = LARGEST_FILE + 64 * 1024


async def prepared_upload(file: object) -> Prepared:
    """The file of a form, ready to be kept.

    Raises:
        FileRefused: When there is none, or it cannot be sent.
    """
    # A form whose field was left empty sends words in its place.
    if not isinstance(file, UploadFile):
        raise FileRefused("no_file")
    try:
        return await prepared(file.filename, file.file)
    finally:
        await file.close()


def _refuse_too_large(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    return handle_refusal(request, too_large())


# Of the routes that take files: what is far too large is refused before it is read.
UPLOAD_HANDLERS: dict[Any, Any] = {RequestEntityTooLarge: _refuse_too_large}
