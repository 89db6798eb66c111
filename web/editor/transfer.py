"""Articles as a file: download all that is published, upload a file as a whole or not at all."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Template

from knowledge_base.articles.exporting import export_text
from knowledge_base.articles.importing import ImportRefused, check_lines, import_checked
from storage.base import now
from support.staff.tables import StaffMember
from web.editor import labels
from web.editor.rendering import editor_page
from web.editor.saving import show_customers
from web.languages import request_language
from web.services import Services

NamedServices = NamedDependency[Services]

LARGEST_FILE = 32 * 1024 * 1024
# A file of another format has something wrong on every line.
MOST_PROBLEMS = 200


class Upload(msgspec.Struct):
    """The upload form."""

    file: UploadFile | None = None


@get("/export")
async def export_articles(services: NamedServices) -> Response[bytes]:
    """Every published article as JSON lines."""
    text = await services.database.read(export_text)
    name = f"articles-{now():%Y-%m-%d}.jsonl"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type="application/jsonl; charset=utf-8", headers=headers)


@get("/import")
async def import_page(request: Request[Any, Any, Any]) -> Template:
    """The upload form."""
    return _page(request)


@post("/import", status_code=200, request_max_body_size=LARGEST_FILE)
async def import_articles(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: NamedDependency[StaffMember],
    data: Annotated[Upload, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Template:
    """Import a file; with a single bad line nothing of it."""
    if data.file is None or not data.file.filename:
        return _page(request, 422, trouble="no_file")
    name = data.file.filename
    try:
        text = (await data.file.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        return _page(request, 422, trouble="not_text", name=name)
    try:
        checked = await asyncio.to_thread(check_lines, text)
        report = await services.database.write(
            lambda session: import_checked(session, checked, member.name, f"import of {name[:100]}")
        )
    except ImportRefused as refused:
        language = request_language(request)
        problems = [(problem.line, labels.reason_text(language, problem.reason)) for problem in refused.problems]
        return _page(request, 422, name=name, problems=problems[:MOST_PROBLEMS], total=len(problems))
    found = await show_customers(services) if report.new or report.changed else True
    return _page(request, name=name, report=report, found=found)


def _page(request: Request[Any, Any, Any], status: int = 200, **context: Any) -> Template:
    blank = {"trouble": "", "name": "", "problems": (), "total": 0, "report": None, "found": True}
    return editor_page(request, "import.html", status, **(blank | context))
