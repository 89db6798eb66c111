"""What a customer may send. Pure."""

import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any

LONGEST_TEXT = 4000
LONGEST_TITLE = 300
CUSTOMER_PAYLOADS = ("choice", "none_of_these", "person", "back_to_bot", "close")


@dataclass
class MessageRefused(Exception):
    """A message that cannot be taken. `code` names the reason, `values` fill its text."""

    code: str
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return self.code


def visible(text: str) -> str:
    """A text without what no reader would see and no database should keep: control characters and lone surrogates."""
    return "".join(
        character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs"}
    )


def in_one_line(text: str, longest: int) -> str:
    """The visible words of a text on one line, cut at `longest` characters."""
    return " ".join(visible(text).split())[:longest]


def clean_text(text: str) -> str:
    """The visible text of a message, without space around it.

    Raises:
        MessageRefused: `empty` when nothing is left, `too_long` past LONGEST_TEXT characters.
    """
    kept = visible(text).strip()
    # Zero-width characters alone are no message either.
    if not any(unicodedata.category(character) not in {"Cf", "Zs", "Zl", "Zp"} for character in kept):
        raise MessageRefused("empty")
    if len(kept) > LONGEST_TEXT:
        raise MessageRefused("too_long", (("limit", LONGEST_TEXT), ("length", len(kept))))
    return kept


def check_client_id(client_id: str) -> str:
    """The client's id of a message in one spelling.

    Raises:
        MessageRefused: `client_id` when it is no UUID.
    """
    try:
        return str(uuid.UUID(client_id))
    except ValueError as error:
        raise MessageRefused("client_id") from error


def check_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """A pressed button, with only the fields we know.

    Raises:
        MessageRefused: `payload` when it is none of the kinds a customer may send.
    """
    kind = payload.get("kind")
    if kind not in CUSTOMER_PAYLOADS:
        raise MessageRefused("payload")
    checked: dict[str, Any] = {"kind": kind}
    if kind == "choice":
        article_id = payload.get("article_id")
        if not isinstance(article_id, str) or not 0 < len(article_id) <= 200:
            raise MessageRefused("payload")
        checked["article_id"] = article_id
    return checked


def payload_title(payload: dict[str, Any]) -> str:
    """The words on the pressed button, kept as the message's text."""
    title = payload.get("title")
    if not isinstance(title, str):
        return ""
    try:
        return clean_text(title[:LONGEST_TITLE])
    except MessageRefused:
        return ""
