"""Addresses that are called when something happens: adding them, trying them, and what became of each call."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from storage.base import now
from support.integrations import queries, webhooks
from support.integrations.addresses import LONGEST_URL, AddressRefused
from support.integrations.tables import Webhook
from support.integrations.webhooks import LONGEST_NAME, WebhookRefused, Wish
from texts.catalogue import translate
from web.desk.pages import NamedServices
from web.languages import request_language
from web.numbers import MOST_MESSAGES, PageNumber
from web.page import page
from web.services import Services
from web.setup import webhook_labels as labels
from web.setup.integrations import ticked

State = Annotated[str, Parameter(query="state")]

# How far back calls that were given up can be made again, in hours.
SPANS = (2, 24, 72, 720)


class WebhookForm(msgspec.Struct):
    """A webhook as the form sends it. A single ticked box comes as a word, several as a list."""

    name: str = ""
    url: str = ""
    events: Any = None
    active: str = ""

    @property
    def chosen(self) -> list[str]:
        """The events that were ticked."""
        return ticked(self.events)

    @property
    def wish(self) -> Wish:
        """What is wanted."""
        return Wish(self.name, self.url, self.chosen)


class SpanForm(msgspec.Struct):
    """How far back, in hours."""

    hours: str = "24"


Form = Annotated[WebhookForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
Span = Annotated[SpanForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/setup/webhooks", include_in_schema=False)
async def webhooks_page(request: Request[Any, Any, Any], services: NamedServices, done: str = "") -> Template:
    """All webhooks, and the form for another one."""
    return await _list(request, services, notice=labels.done(request_language(request), done))


@post("/setup/webhooks", include_in_schema=False, status_code=200)
async def add_webhook(request: Request[Any, Any, Any], services: NamedServices, data: Form) -> Template:
    """Add a webhook and show its secret, which no page shows again."""
    private = services.settings.webhook_private
    try:
        made = await services.database.write(lambda session: webhooks.add_webhook(session, data.wish, private))
    except (WebhookRefused, AddressRefused) as error:
        return await _list(request, services, 422, form=data, refused=error.code)
    return await _one(request, services, made.id, secret=made.secret)


@get("/setup/webhooks/{webhook_id:str}", include_in_schema=False)
async def webhook_page(
    request: Request[Any, Any, Any],
    services: NamedServices,
    webhook_id: str,
    call_state: State = "",
    number: PageNumber = 1,
    done: str = "",
    count: Annotated[int, Parameter(ge=0, le=MOST_MESSAGES)] = 0,
) -> Template:
    """One webhook with the log of its calls."""
    notice = labels.done(request_language(request), done, count=count)
    return await _one(request, services, webhook_id, state=call_state, number=number, notice=notice)


@post("/setup/webhooks/{webhook_id:str}", include_in_schema=False, status_code=200)
async def change_webhook(
    request: Request[Any, Any, Any], services: NamedServices, webhook_id: str, data: Form
) -> Template | Redirect:
    """Change a webhook, or switch it on or off."""
    private, active = services.settings.webhook_private, data.active == "yes"
    try:
        await services.database.write(
            lambda session: webhooks.change_webhook(session, webhook_id, data.wish, active, private)
        )
    except (WebhookRefused, AddressRefused) as error:
        return await _one(request, services, webhook_id, status=422, form=data, refused=error.code)
    return _back(webhook_id, "changed")


@post("/setup/webhooks/{webhook_id:str}/ping", include_in_schema=False)
async def ping(services: NamedServices, webhook_id: str) -> Redirect:
    """Make a call that says nothing."""
    await services.database.write(lambda session: webhooks.ping(session, webhook_id))
    return _back(webhook_id, "pinged")


@post("/setup/webhooks/{webhook_id:str}/secret", include_in_schema=False, status_code=200)
async def roll_secret(request: Request[Any, Any, Any], services: NamedServices, webhook_id: str) -> Template:
    """Make a new secret and show it."""
    rolled = await services.database.write(lambda session: webhooks.roll_secret(session, webhook_id))
    return await _one(request, services, webhook_id, secret=rolled.secret)


@post("/setup/webhooks/{webhook_id:str}/remove", include_in_schema=False)
async def remove(services: NamedServices, webhook_id: str) -> Redirect:
    """Never call again."""
    await services.database.write(lambda session: webhooks.remove_webhook(session, webhook_id))
    return Redirect("/setup/webhooks?done=removed", status_code=303)


@post("/setup/webhooks/{webhook_id:str}/calls/{call_id:str}/replay", include_in_schema=False)
async def replay(
    request: Request[Any, Any, Any], services: NamedServices, webhook_id: str, call_id: str
) -> Template | Redirect:
    """Make one call again."""

    def work(session: Session) -> int:
        webhooks.replay(session, webhook_id, call_id)
        return 1

    return await _replayed(request, services, webhook_id, work)


@post("/setup/webhooks/{webhook_id:str}/replay", include_in_schema=False)
async def replay_failed(
    request: Request[Any, Any, Any], services: NamedServices, webhook_id: str, data: Span
) -> Template | Redirect:
    """Make all calls again that were given up lately."""
    hours = int(data.hours) if data.hours in {str(each) for each in SPANS} else SPANS[0]
    since = now() - timedelta(hours=hours)
    return await _replayed(
        request, services, webhook_id, lambda session: webhooks.replay_failed(session, webhook_id, since)
    )


async def _replayed(
    request: Request[Any, Any, Any], services: Services, webhook_id: str, work: Callable[[Session], int]
) -> Template | Redirect:
    """Make calls again and say how many those are, or why not."""
    try:
        count = await services.database.write(work)
    except WebhookRefused as error:
        return await _one(request, services, webhook_id, status=409, refused=error.code)
    return _back(webhook_id, f"replayed&count={count}")


def _back(webhook_id: str, done: str) -> Redirect:
    return Redirect(f"/setup/webhooks/{webhook_id}?done={done}", status_code=303)


async def _list(
    request: Request[Any, Any, Any],
    services: Services,
    status: int = 200,
    *,
    form: WebhookForm | None = None,
    refused: str = "",
    notice: str = "",
) -> Template:
    found = await services.database.read(queries.webhooks)
    shown = {
        "webhooks": found,
        "form": form or WebhookForm(),
        "notice": notice,
        **labels.refused(request_language(request), refused),
    }
    return page(request, "staff/setup/webhooks.html", status, **shown, **_common(request))


async def _one(
    request: Request[Any, Any, Any],
    services: Services,
    webhook_id: str,
    *,
    status: int = 200,
    state: str = "",
    number: int = 1,
    form: WebhookForm | None = None,
    refused: str = "",
    notice: str = "",
    secret: str = "",
) -> Template:
    wanted = state if state in labels.STATES else ""

    def read(session: Session) -> tuple[Webhook, Any, dict[str, int]]:
        found = queries.webhook(session, webhook_id)
        if found is None:
            raise webhooks.WebhookNotFound(webhook_id)
        return found, queries.deliveries(session, webhook_id, wanted, number), queries.counts(session, webhook_id)

    found, calls, counts = await services.database.read(read)
    kept = WebhookForm(found.name, found.url, found.events, "yes" if found.active else "")
    return page(
        request,
        "staff/setup/webhook.html",
        status,
        webhook=found,
        calls=calls[: queries.PAGE],
        more=len(calls) > queries.PAGE,
        number=number,
        state=wanted,
        counts=counts,
        spans=SPANS,
        form=form or kept,
        notice=notice,
        **labels.refused(request_language(request), refused),
        secret=secret,
        **_common(request),
        path=f"/setup/webhooks/{webhook_id}",
    )


def _common(request: Request[Any, Any, Any]) -> dict[str, Any]:
    language = request_language(request)
    return {
        "events": [(each, translate(language, words)) for each, words in labels.EVENT_WORDS.items()],
        "ticket_events": labels.TICKET_EVENTS,
        "states": {each: translate(language, words) for each, words in labels.STATES.items()},
        "troubles": {each: translate(language, words) for each, words in labels.TROUBLES.items()},
        "longest": LONGEST_NAME,
        "longest_url": LONGEST_URL,
    }


ROUTES = [
    webhooks_page,
    add_webhook,
    webhook_page,
    change_webhook,
    ping,
    roll_secret,
    remove,
    replay,
    replay_failed,
]
