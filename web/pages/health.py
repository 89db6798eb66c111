"""Whether every part works (`/health`), and whether customers can be served (`/ready`)."""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from storage.base import now
from support.turns.queries import oldest_unsettled
from web.services import Services

NamedServices = NamedDependency[Services]
Component = dict[str, Any]

# A database that takes nothing in for so long is locked or stuck.
WRITE_SECONDS = 2.0
READ_SECONDS = 3.0
# A turn ends within six seconds of being asked, and one that a crash left behind is asked again within twenty.
TURN_SECONDS = 40.0


@get("/health")
async def health(services: NamedServices) -> Response[dict[str, Any]]:
    """Whether every part works: 200 when all do, else 503."""
    database, turns, dialogue = await asyncio.gather(_database(services), _turns(services), services.rasa.ready())
    components = {
        "database": database,
        "dialogue_server": _dialogue_server(services, dialogue),
        "knowledge_base": _knowledge_base(services) | _encoder(services),
        "turns": turns,
    }
    well = all(each["status"] == "ok" for each in components.values())
    return Response(
        {"status": "ok" if well else "degraded", "components": components}, status_code=200 if well else 503
    )


@get("/ready")
async def ready(services: NamedServices) -> Response[dict[str, Any]]:
    """Whether customers can be served: 200 or 503. Without the dialogue server they still are, in a plainer way."""
    components = {"database": await _database(services), "knowledge_base": _knowledge_base(services)}
    well = all(each["status"] == "ok" for each in components.values())
    return Response({"ready": well, "components": components}, status_code=200 if well else 503)


async def _database(services: Services) -> Component:
    waited = services.database.longest_write
    try:
        await asyncio.wait_for(asyncio.to_thread(services.database.check), READ_SECONDS)
    except Exception as error:
        return {"status": "down", "reason": type(error).__name__}
    if waited > WRITE_SECONDS:
        return {"status": "locked", "write_waits_seconds": round(waited, 1)}
    return {"status": "ok"}


def _dialogue_server(services: Services, answers: bool) -> Component:
    if not answers:
        return {"status": "down"}
    # It says that it is ready, but did not answer turns a moment ago: the next probe decides.
    return {"status": "recovering" if services.rasa.resting else "ok"}


def _knowledge_base(services: Services) -> Component:
    snapshot = services.knowledge_base.snapshot
    return {"status": "ok", "version": snapshot.version, "articles": len(snapshot.articles)}


def _encoder(services: Services) -> Component:
    """What is added to the knowledge base's part: a chosen encoder that cannot be used leaves the old one in use."""
    encoder = services.encoder
    told: Component = {"encoder": encoder.in_use}
    if encoder.changing:
        told["changing_to"] = encoder.chosen
    if encoder.refused:
        # Everything works, with another encoder than was asked for: no reason to take the service out of use.
        told["encoder_refused"] = encoder.refused
    return told


async def _turns(services: Services) -> Component:
    told: Component = {"answering": services.runner.answering, "waiting": services.runner.waiting}
    try:
        oldest = await asyncio.wait_for(services.database.read(oldest_unsettled), READ_SECONDS)
    except Exception:
        return {"status": "unknown"} | told
    waited = (now() - oldest).total_seconds() if oldest is not None else 0.0
    return {"status": "behind" if waited > TURN_SECONDS else "ok", "oldest_waits_seconds": round(waited, 1)} | told
