"""The app put together: services, routes, middleware, and what runs beside the requests."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.memory import MemoryChannelsBackend
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.response import Redirect
from litestar.static_files import create_static_files_router

from actions.base import Services as ActionServices
from actions.base import bind
from demo.load import load_demo
from knowledge_base.decision import Manner
from knowledge_base.encoder_change import EncoderChange
from knowledge_base.encoder_setting import EncoderSetting
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from storage.migrate import upgrade
from storage.purging import Purge
from storage.settings import Settings, settings
from support.files.store import FileStore
from support.mail.mailing import use_mail
from support.turns.direct import answer_directly
from support.turns.operations import give_up_all
from support.turns.rasa import RasaClient
from support.turns.runner import TurnRunner
from support.turns.work import Settled
from web.actions_webhook import WithActions
from web.api.routes import OPENAPI, api_router
from web.beside import beside_the_requests
from web.border import cors, guarded
from web.chat.files import receive_file
from web.chat.limits import Limits
from web.chat.privacy import PrivacyController
from web.chat.reading import fresh_news
from web.chat.routes import ConversationController, start_conversation
from web.desk.routes import desk_router
from web.editor.routes import editor_router
from web.files import file
from web.hub import Hub
from web.mail import PostOffice, mailing_for
from web.page import template_config
from web.pages.health import health, ready
from web.pages.mailbox import mailbox, write_mail
from web.pages.routes import chat_page, help_article, home, widget, widget_words
from web.problems import HANDLERS
from web.security import add_security_headers
from web.services import Services
from web.setup.routes import integrations_router, setup_router
from web.sign_in import sign_in_router
from web.solved_cases import SolvedCases
from web.staff_access import SignInNeeded, StaffAuthentication
from web.website.routes import website_router

ASSETS = Path(__file__).parent / "assets"
LARGEST_BODY = 256 * 1024
SWITCH_SECONDS = 0.0005
# Nothing is ever sent from there (RFC 2606).
DEMO_SENDER = ("Lanting Electronics", "help@lanting.example")


ROUTES: list[Any] = [
    start_conversation,
    ConversationController,
    receive_file,
    file,
    PrivacyController,
    sign_in_router,
    desk_router,
    api_router,
    editor_router,
    website_router,
    setup_router,
    integrations_router,
    home,
    chat_page,
    help_article,
    widget,
    widget_words,
    mailbox,
    write_mail,
    health,
    ready,
    create_static_files_router("/assets", [ASSETS], name="assets"),
]
# What other sites load and call carries no cookie, and so needs no protection for one.
WITHOUT_COOKIES = [r"^/api/", r"^/widget", r"^/assets/", r"^/files/", r"^/schema", r"^/health$", r"^/ready$"]
# Streams must not wait for a compressor's buffer, the API's answers are small, and files are packed already.
UNCOMPRESSED = ["/api", "/desk", "^/files/"]


def create_app(chosen: Settings | None = None) -> Litestar:
    """The app with the given settings, or those of the environment."""
    channels = ChannelsPlugin(backend=MemoryChannelsBackend(history=0), arbitrary_channels_allowed=True)
    services = _services(chosen or settings(), channels)
    allowed = cors(services.settings.allowed_origins)
    app = Litestar(
        route_handlers=ROUTES,
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        plugins=[channels],
        middleware=[DefineMiddleware(StaffAuthentication)],
        before_send=[add_security_headers],
        exception_handlers=HANDLERS | {SignInNeeded: _to_sign_in},
        template_config=template_config(),
        cors_config=allowed,
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=6, exclude=UNCOMPRESSED),
        csrf_config=CSRFConfig(
            secret=services.settings.secret, cookie_secure=services.settings.secure_cookies, exclude=WITHOUT_COOKIES
        ),
        request_max_body_size=LARGEST_BODY,
        openapi_config=OPENAPI,
        lifespan=[_running],
        logging_config=None,
    )
    app.state.services = services
    return guarded(app, allowed)


def create_server() -> WithActions:
    """What is served: the app, and beside it the actions that the dialogue server calls."""
    return WithActions(create_app(), settings().secret)


def _services(chosen: Settings, channels: ChannelsPlugin) -> Services:
    chosen.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(chosen.database_url)
    encoder = EncoderChange(chosen.home, EncoderSetting.of(chosen))
    manner = Manner(chosen.careful, chosen.helpful)
    knowledge_base = KnowledgeBase(database, encoder.first(), cache=chosen.home / "vectors", manner=manner)
    rasa = RasaClient(chosen.rasa_url, chosen.secret)
    hub = Hub(channels, database)

    async def publish(settled: Settled) -> None:
        typing = settled.following is not None
        told = fresh_news(settled.conversation, settled.messages, typing) if settled.stored else b""
        await hub.conversation_changed(settled.conversation.id, told)

    runner = TurnRunner(database, rasa, lambda work: answer_directly(database, knowledge_base, work), publish)
    files = FileStore(chosen.home / "files")
    limits = Limits(chosen.limits_store, chosen.limits)
    post = PostOffice(chosen, database, files, hub)
    solved = SolvedCases(database, knowledge_base)
    made = Services(
        chosen, database, knowledge_base, rasa, runner, hub, encoder, files, Purge(database), limits, solved, post
    )
    if mailing := mailing_for(chosen, DEMO_SENDER, made.streams.is_open):
        use_mail(database, mailing)
    return made


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    """Prepare the database and the index, then keep the index in step and the turns moving."""
    services: Services = app.state.services
    await asyncio.to_thread(_prepare, services)
    bind(ActionServices(services.database, services.knowledge_base))
    # What was made up to here stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    # Threads wait for the database and the encoder, and then only want a moment: measured, 10 % more turns a second.
    sys.setswitchinterval(SWITCH_SECONDS)
    beside = [asyncio.create_task(work) for work in beside_the_requests(services)]
    services.encoder.begin(services.knowledge_base)
    try:
        yield
    finally:
        services.encoder.end()
        services.solved_cases.stop()
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await services.runner.stop()
        await services.rasa.close()
        services.database.close()


def _prepare(services: Services) -> None:
    upgrade(services.database)
    if services.database.is_sqlite:
        # Only one process works on such a database, so whatever is being answered was left behind by a dead one.
        with services.database.writing() as session:
            give_up_all(session)
    if services.settings.demo:
        load_demo(services.database, services.settings.home)
    services.encoder.load(services.knowledge_base)
    # The first search loads the encoder; better now than under the first customer's question.
    services.knowledge_base.search("hello", "en")


def _to_sign_in(request: Request[Any, Any, Any], _: SignInNeeded) -> Response[Any]:
    """Send whoever is not signed in to the sign-in page, also out of a part of a page."""
    if request.headers.get("HX-Request"):
        return Response("", status_code=401, headers={"HX-Redirect": "/sign-in"})
    return Redirect(f"/sign-in?next={request.url.path}")
