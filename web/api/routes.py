"""The routes for programs, behind one guard, and how the whole API is described."""

from litestar import Router
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag

from web.api.conversations import ConversationApi
from web.api.customers import CustomerApi
from web.api.refusals import REFUSED
from web.api.tickets import list_events
from web.desk.refusals import HANDLERS
from web.staff_access import provide_member, requires

api_router = Router(
    path="/",
    route_handlers=[ConversationApi, CustomerApi, list_events],
    guards=[requires("serve_customers")],
    dependencies={"member": Provide(provide_member)},
    exception_handlers=HANDLERS | REFUSED,
)

OPENAPI = OpenAPIConfig(
    title="Huilu",
    version="1",
    path="/schema",
    description=(
        "Conversations, cases, customers and articles for programs. Send `Authorization: Bearer <token>` with a token "
        "made at /setup/integrations; it acts in the name of a colleague and is held to its scopes: reading (GET) "
        "needs `<area>:read`, everything else `<area>:write`. Refusals are problem details (RFC 9457), 429 comes with "
        "`Retry-After`."
    ),
    use_handler_docstrings=True,
    render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    tags=[
        Tag("Conversations", "What is said, on whatever channel. Scopes conversations:read, conversations:write."),
        Tag("Tickets", "Cases and their timelines. Scopes tickets:read, tickets:write."),
        Tag("Queue", "What is offered to the caller, and whether they take chats. Scopes tickets:read, tickets:write."),
        Tag("Customers", "Who they are. Scopes customers:read, customers:write."),
        Tag("Articles", "What the assistant answers from. Scopes articles:read, articles:write."),
    ],
    components=Components(
        security_schemes={
            "staff": SecurityScheme(
                type="http", scheme="bearer", description="A program's token (huilu_...), or one from /api/sessions."
            )
        }
    ),
)
