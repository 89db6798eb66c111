"""What goes wrong, told clearly: problem details (RFC 9457) from the API, a page everywhere else."""

import logging
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from sqlalchemy.exc import DataError

from support.conversations.context import LONGEST_NAME, LONGEST_VALUE, MOST_NAMES, ContextRefused
from support.conversations.opening_limit import TooManyConversations
from support.conversations.operations import ConversationClosed
from support.conversations.rules import MessageRefused
from support.customers.identity import SignatureRefused
from support.customers.joining import OtherCustomer
from support.files.rules import FileRefused
from support.satisfaction.operations import SurveyUnknown
from support.satisfaction.rules import RatingRefused
from texts.catalogue import marked, translate
from web.languages import request_language
from web.page import page

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
TOO_MANY = "too_many"
LONGEST_IN_SECONDS = 120
LONGEST_IN_MINUTES = 120


class Problem(Exception):
    """Something a client can mend. `title` and `detail` are English keys of the catalogue."""

    def __init__(self, status: int, title: str, detail: str, code: str = "", **values: object) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
        self.values = values


class TooMany(Problem):
    """More at once than is taken; `detail` may say `{wait}`, the time until it goes on. `seconds` are whole ones."""

    def __init__(self, detail: str, seconds: int) -> None:
        super().__init__(429, "Too many requests", detail, TOO_MANY)
        self.seconds = seconds


# Written out, because the texts are found by reading the source.
_MESSAGE_TEXTS = {
    "empty": marked("The message is empty. Please write something and send it again."),
    "too_long": marked(
        "The message has {length} characters, but at most {limit} fit. "
        "Nothing was lost: please shorten it or send it in parts."
    ),
    "client_id": marked("client_id must be a UUID, made anew for each message."),
    "payload": marked("This payload is none that a customer can send."),
    "text_or_payload": marked("Send either text or payload, and exactly one of them."),
}
_RATING_TEXTS = {
    "kind": marked("kind must be one of {kinds}."),
    "score": marked("The score must be a whole number from {low} to {high}."),
    "comment": marked("The comment is too long; at most {limit} characters fit."),
    "reasons": marked("At most 10 reasons of 50 characters each can be given."),
    "subject": marked("subject_id is no answer, ticket or conversation of this chat."),
    "too_late": marked(
        "This rating is more than 24 hours old and stays as it is. If you see it differently now, just write to us."
    ),
}
_FILE_TEXTS = {
    "no_file": marked("No file came with this. Please choose one and send it again."),
    "empty": marked("The file is empty. Please choose another one."),
    "too_large": marked("The file is larger than {limit} MB. Please send a smaller one, or a picture of it."),
    "kind": marked(
        "This kind of file cannot be sent here. What can be sent: pictures (JPEG, PNG, GIF, WebP), PDF, Word (.docx), "
        "Excel (.xlsx) and plain text (UTF-8)."
    ),
    "heic": marked(
        "This photo is in a format (HEIC or AVIF) that many devices cannot show. Please send it as JPEG, or send a "
        "screenshot of it."
    ),
    "pixels": marked("The picture has more than {limit} million pixels. Please send it in a smaller size."),
    "damaged": marked("The file is damaged or not complete. Please try another copy of it."),
    "macros": marked("The document holds macros, which can do harm. Please save it without them, or send it as PDF."),
    "no_room": marked(
        "The file cannot be kept right now. Please describe in words what you wanted to show, or try again later."
    ),
    "full": marked(
        "This conversation holds all the files it can take ({files} files, or {megabytes} MB in all). Please describe "
        "in words what you wanted to show."
    ),
}
# For whoever makes the site: it is their server that signs.
_SIGNATURE_TEXTS = {
    "signature": marked(
        "The customer's signature does not fit. It must be the HMAC-SHA256, in hex, of id, time and nonce with dots "
        "between them, made with the identity secret that the chat was started with; time is in Unix seconds, and the "
        "nonce has 8 to 64 letters, digits, _ or -. A signature of the id alone is no longer taken."
    ),
    "expired": marked(
        "The customer's signature was not made within the last five minutes. Sign anew whenever the page asks for it, "
        "not once in advance, and check the clock of the server that signs."
    ),
    "used": marked(
        "The customer's signature was used before. Make a new nonce, and with it a new signature, for every request."
    ),
}
_CONTEXT_TEXTS = {
    "names": marked("At most {names} things can be told in context."),
    "name": marked("A name in context has 1 to {longest} characters: {name}"),
    "value": marked("context.{name} must be a text, a number, or yes or no, of at most {longest} characters."),
}


def from_refusal(error: Exception) -> Problem:
    """The problem that a refusal of the lower layers stands for."""
    if isinstance(error, MessageRefused):
        return Problem(422, "Message not accepted", _MESSAGE_TEXTS[error.code], error.code, **dict(error.values))
    if isinstance(error, FileRefused):
        status = {"too_large": 413, "no_room": 503}.get(error.code, 422)
        return Problem(status, "File not accepted", _FILE_TEXTS[error.code], error.code, **dict(error.values))
    if isinstance(error, RatingRefused):
        status = 409 if error.code == "too_late" else 422
        return Problem(status, "Rating not accepted", _RATING_TEXTS[error.code], error.code, **dict(error.values))
    if isinstance(error, SurveyUnknown):
        detail = marked("There is no such survey in this chat that could be skipped.")
        return Problem(422, "Survey not known", detail, "subject")
    if isinstance(error, ConversationClosed):
        detail = marked("This conversation is closed. Please start a new one.")
        return Problem(409, "Conversation closed", detail, "closed")
    if isinstance(error, ContextRefused):
        longest = LONGEST_NAME if error.code == "name" else LONGEST_VALUE
        told = {"names": MOST_NAMES, "name": error.name, "longest": longest}
        return Problem(422, "Context not accepted", _CONTEXT_TEXTS[error.code], "context", **told)
    if isinstance(error, OtherCustomer):
        detail = marked("This conversation belongs to another customer. Please start a new one.")
        return Problem(409, "Another customer's conversation", detail, "other_customer")
    if isinstance(error, TooManyConversations):
        detail = marked(
            "You opened very many chats in a short time. Please try again in {wait}. Chats that are open already go on."
        )
        return TooMany(detail, error.seconds)
    assert isinstance(error, SignatureRefused)
    return Problem(422, "Signature refused", _SIGNATURE_TEXTS[error.code], error.code)


def handle_refusal(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer with a refusal of the lower layers."""
    problem = from_refusal(error)
    return handle_too_many(request, problem) if isinstance(problem, TooMany) else handle_problem(request, problem)


def handle_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Answer with a problem, in the customer's language."""
    language = request_language(request)
    title = translate(language, problem.title)
    detail = translate(language, problem.detail, **problem.values)
    return _respond(request, problem.status, title, detail, problem.code)


def handle_too_many(request: Request[Any, Any, Any], problem: TooMany) -> Response[Any]:
    """The same, with the time until it goes on: in words, and as a header for programs."""
    problem.values["wait"] = _wait(request_language(request), problem.seconds)
    response = handle_problem(request, problem)
    response.headers["Retry-After"] = str(problem.seconds)
    return response


def _wait(language: str, seconds: int) -> str:
    if seconds <= LONGEST_IN_SECONDS:
        return translate(language, "{count} seconds", count=max(2, seconds))
    if seconds <= LONGEST_IN_MINUTES * 60:
        return translate(language, "{count} minutes", count=-(-seconds // 60))
    return translate(language, "{count} hours", count=-(-seconds // 3600))


def handle_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer with what the framework refused: an unknown address, a body that is no JSON, and so on."""
    language = request_language(request)
    title = translate(language, _TITLES.get(error.status_code, marked("This did not work")))
    detail = translate(language, _DETAILS.get(error.status_code, marked("Please check the request and try again.")))
    if isinstance(error, ValidationException) and error.extra:
        detail = f"{detail} {_fields(error.extra)}"
    elif error.status_code == 400 and error.detail:
        detail = f"{detail} ({error.detail})"
    response = _respond(request, error.status_code, title, detail, "")
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def handle_nested(request: Request[Any, Any, Any], _: RecursionError) -> Response[Any]:
    """Answer a body that is nested deeper than anything of ours ever is."""
    detail = marked("The body is nested too deeply.")
    return handle_problem(request, Problem(400, "The request could not be read", detail, "nested"))


def handle_unstorable(request: Request[Any, Any, Any], error: DataError) -> Response[Any]:
    """Answer what the database does not take, such as a null character, where nothing before it refused that."""
    logger.warning("%s %s: the database took a value for none", request.method, request.url.path, exc_info=error)
    detail = marked("The request holds a character or a number that cannot be kept. Nothing was changed.")
    return handle_problem(request, Problem(422, "Not changed", detail, "value"))


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer with an honest word when we failed; the cause goes to the log only."""
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    language = request_language(request)
    title = translate(language, "Something went wrong on our side")
    detail = translate(language, "It was noted. Please try again in a moment.")
    return _respond(request, 500, title, detail, "")


_TITLES = {
    400: marked("The request could not be read"),
    401: marked("Not signed in"),
    403: marked("Not allowed"),
    404: marked("Not found"),
    405: marked("Not possible here"),
    413: marked("Too large"),
    429: marked("Too many requests"),
}
_DETAILS = {
    400: marked("The body must be JSON of the documented form."),
    401: marked("Please sign in, or send the token you were given."),
    403: marked("Your account may not do this, or the page was open for too long. Reload the page and try again."),
    404: marked("There is nothing at this address."),
    405: marked("This address does not take this method."),
    413: marked("The request is larger than what is taken here."),
    429: marked("Please wait a moment and try again."),
}


def _fields(extra: object) -> str:
    if not isinstance(extra, list):
        return ""
    named = [f"{each.get('key', '')}: {each.get('message', '')}" for each in extra if isinstance(each, dict)]
    return "; ".join(named)


def _respond(request: Request[Any, Any, Any], status: int, title: str, detail: str, code: str) -> Response[Any]:
    path = request.url.path
    if path.startswith("/api"):
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        if code:
            body["code"] = code
        return Response(body, status_code=status, media_type=PROBLEM)
    # To refuse what is one too many has to be cheap, so nobody gets a page for it.
    if request.headers.get("HX-Request") or code == TOO_MANY:
        return Response(f"{title} {detail}", status_code=status, media_type=MediaType.TEXT)
    return page(request, "public/error.html", status, title=title, detail=detail)


HANDLERS: dict[Any, Any] = {
    TooMany: handle_too_many,
    Problem: handle_problem,
    MessageRefused: handle_refusal,
    RatingRefused: handle_refusal,
    FileRefused: handle_refusal,
    SurveyUnknown: handle_refusal,
    ConversationClosed: handle_refusal,
    SignatureRefused: handle_refusal,
    ContextRefused: handle_refusal,
    OtherCustomer: handle_refusal,
    TooManyConversations: handle_refusal,
    HTTPException: handle_http,
    RecursionError: handle_nested,
    DataError: handle_unstorable,
    500: handle_unexpected,
}
