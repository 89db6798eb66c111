"""Consent to the privacy notice, where the company asks for it before anything is said."""

from support.customers import operations as customers
from texts.catalogue import marked
from web.problems import Problem
from web.services import Services


async def require_consent(services: Services, conversation_id: str) -> None:
    """See that the customer agreed, if they have to (HUILU_CONSENT).

    Raises:
        Problem: 403 `consent` when they did not.
    """
    if not services.settings.consent_required:
        return
    if await services.database.read(lambda session: customers.has_consented(session, conversation_id)):
        return
    detail = marked("Please agree to the privacy notice first. Nothing was sent or kept.")
    raise Problem(403, "Consent needed", detail, "consent")
