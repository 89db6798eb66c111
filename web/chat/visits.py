"""What a request says about a visit, checked at the border."""

from typing import Any

from litestar import Request

from storage.settings import Settings
from support.conversations.context import check_context, printable
from support.conversations.opening import Visit
from support.conversations.rules import MessageRefused, check_client_id
from support.conversations.tokens import Secrets
from support.customers.operations import CustomerDetails
from texts.catalogue import known_language, marked
from web.chat.schemas import ConversationIn, CustomerIn
from web.languages import request_language
from web.problems import Problem

LONGEST = {"id": 100, "name": 100, "email": 254, "phone": 40, "signature": 128, "nonce": 64}
LONGEST_PAGE = 500


def visit_of(request: Request[Any, Any, Any], data: ConversationIn) -> Visit:
    """The visit that a request for a conversation tells of.

    Raises:
        Problem: For a field that is too long, or an id that is none.
        ContextRefused: For a context that cannot be taken.
    """
    return Visit(
        language=known_language(data.language, request_language(request)),
        details=details_of(data.customer) if data.customer else None,
        page=printable(data.page or "")[:LONGEST_PAGE] or None,
        client_id=request_id_of(data.client_id),
        previous=(data.previous.id, data.previous.token) if data.previous else None,
        context=check_context(data.context or {}),
        consented=data.consent,
    )


def secrets_of(settings: Settings) -> Secrets:
    """What opening a conversation has to know of the settings."""
    return Secrets(identity=settings.identity_secret, tokens=settings.secret)


def details_of(customer: CustomerIn) -> CustomerDetails:
    """What a page says about its user.

    Raises:
        Problem: 422 when something is longer than it can be.
    """
    given = {key: printable(getattr(customer, key) or "") for key in LONGEST}
    for key, limit in LONGEST.items():
        if len(given[key]) > limit:
            detail = marked("customer.{field} has more than {limit} characters.")
            raise Problem(422, "Conversation not started", detail, "customer", field=key, limit=limit)
    return CustomerDetails(**given, time=customer.time)


def request_id_of(client_id: str | None) -> str | None:
    """The client's own id of a request in one spelling.

    Raises:
        Problem: 422 when it is no UUID.
    """
    if client_id is None:
        return None
    try:
        return check_client_id(client_id)
    except MessageRefused as error:
        detail = marked("client_id must be a UUID, made anew for each request.")
        raise Problem(422, "Request not accepted", detail, "client_id") from error
