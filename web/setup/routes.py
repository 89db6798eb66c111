"""All set-up pages. Each module brings its own routes; who may use them is said by its router's guard."""

from litestar import Router, get
from litestar.di import Provide
from litestar.response import Redirect

from web.desk import refusals as desk_refusals
from web.setup import hours, integrations, macros, refusals, staff, teams, webhooks
from web.setup.mail import mail_page, send_mail_again, send_test_mail
from web.staff_access import provide_member, requires


@get("/setup", include_in_schema=False)
async def setup() -> Redirect:
    """The first of the pages."""
    return Redirect("/setup/teams")


setup_router = Router(
    path="/",
    route_handlers=[
        setup,
        *teams.ROUTES,
        *staff.ROUTES,
        *hours.ROUTES,
        *macros.ROUTES,
        mail_page,
        send_test_mail,
        send_mail_again,
    ],
    guards=[requires("oversee")],
    dependencies={"member": Provide(provide_member)},
    exception_handlers=desk_refusals.HANDLERS | refusals.HANDLERS,
)
integrations_router = Router(
    path="/",
    route_handlers=[*integrations.ROUTES, *webhooks.ROUTES],
    guards=[requires("administer")],
    dependencies={"member": Provide(provide_member)},
    exception_handlers=refusals.HANDLERS,
)
