"""Ready replies that all share, for supervisors."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template

from support.macros import operations
from web.desk.macro_pages import MacroFormBody, Place, save_page, show_form, show_list
from web.desk.pages import NamedServices

ADDRESS = "/setup/macros"
SHARED = Place(ADDRESS, None)


@get(ADDRESS, include_in_schema=False)
async def macro_list(request: Request[Any, Any, Any], services: NamedServices) -> Template:
    """All of them."""
    return await show_list(request, services, SHARED)


@get(ADDRESS + "/new", include_in_schema=False)
async def macro_new(request: Request[Any, Any, Any], services: NamedServices) -> Template:
    """An empty form."""
    return await show_form(request, services, SHARED)


@get(ADDRESS + "/{macro_id:str}", include_in_schema=False)
async def macro_form(request: Request[Any, Any, Any], services: NamedServices, macro_id: str) -> Template:
    """The form of one."""
    return await show_form(request, services, SHARED, macro_id)


@post(ADDRESS, include_in_schema=False)
async def macro_add(
    request: Request[Any, Any, Any], services: NamedServices, data: MacroFormBody
) -> Template | Redirect:
    """Keep a new one."""
    return await save_page(request, services, SHARED, data)


@post(ADDRESS + "/{macro_id:str}", include_in_schema=False)
async def macro_change(
    request: Request[Any, Any, Any], services: NamedServices, macro_id: str, data: MacroFormBody
) -> Template | Redirect:
    """Keep what was changed."""
    return await save_page(request, services, SHARED, data, macro_id)


@post(ADDRESS + "/{macro_id:str}/remove", include_in_schema=False)
async def macro_remove(services: NamedServices, macro_id: str) -> Redirect:
    """Remove one."""
    await services.database.write(lambda session: operations.remove(session, macro_id, None))
    return Redirect(ADDRESS, status_code=303)


ROUTES: list[Any] = [macro_list, macro_new, macro_form, macro_add, macro_change, macro_remove]
