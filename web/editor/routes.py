"""All routes of the editor, pages and API."""

from litestar import Router

from web.editor.api import editor_api
from web.editor.pages import editor_pages

editor_router = Router(path="/", route_handlers=[editor_pages, editor_api])
