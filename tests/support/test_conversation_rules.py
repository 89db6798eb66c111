"""What a customer may send, who is in charge, and which moves are allowed."""

import uuid

import pytest

from support.conversations.context import printable
from support.conversations.rules import (
    LONGEST_TEXT,
    MessageRefused,
    check_client_id,
    check_payload,
    clean_text,
    in_one_line,
    payload_title,
)
from support.conversations.states import MOVES, MoveRefused, bot_in_charge, check_move, person_in_charge, public_status

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("text", ["", "   ", "\n\t ", "\u200b\u200d", "\x00\x01", "\u3000"])
def test_a_text_without_anything_to_read_is_refused_as_empty(text: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        clean_text(text)
    assert refused.value.code == "empty"


def test_a_text_that_is_too_long_is_refused_with_both_lengths() -> None:
    with pytest.raises(MessageRefused) as refused:
        clean_text("退" * 20_000)
    assert (refused.value.code, dict(refused.value.values)) == ("too_long", {"limit": LONGEST_TEXT, "length": 20_000})


def test_control_characters_and_lone_surrogates_are_taken_out_and_line_breaks_kept() -> None:
    assert clean_text("a\x00b\x1b[31m\r\nc\td\ud800") == "ab[31m\nc\td"


def test_a_reason_is_told_on_one_line_and_no_longer_than_may_be() -> None:
    assert in_one_line(" sent\r\n back\x00\tto  us ", 100) == "sent back to us"
    assert in_one_line("a" * 30, 20) == "a" * 20


def test_what_a_site_tells_is_put_on_one_line_however_its_lines_end() -> None:
    assert printable("lamp\r\nblue\x1b\rlarge\tx\n") == "lamp blue large x"


@pytest.mark.parametrize("text", ["😀😀", "???", "怎么return这个item", "<script>alert(1)</script>", "/restart"])
def test_unusual_texts_are_kept_as_they_are(text: str) -> None:
    assert clean_text(text) == text


def test_a_client_id_is_brought_into_one_spelling() -> None:
    own = uuid.uuid4()
    assert check_client_id(own.hex.upper()) == str(own)


def test_a_client_id_that_is_no_uuid_is_refused() -> None:
    with pytest.raises(MessageRefused, match="client_id"):
        check_client_id("1")


def test_a_payload_keeps_only_the_fields_we_know() -> None:
    assert check_payload({"kind": "choice", "article_id": "refund-time", "title": "x", "ticket": {}}) == {
        "kind": "choice",
        "article_id": "refund-time",
    }


@pytest.mark.parametrize(
    "payload", [{}, {"kind": "hand_off"}, {"kind": "choice"}, {"kind": "choice", "article_id": 3}, {"kind": ["person"]}]
)
def test_a_payload_that_customers_cannot_send_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(MessageRefused, match="payload"):
        check_payload(payload)


def test_the_words_on_a_button_are_kept_and_anything_else_is_no_title() -> None:
    assert payload_title({"title": " 怎么退货？ "}) == "怎么退货？"
    assert payload_title({"title": 7}) == ""
    assert payload_title({"title": "\x00"}) == ""


def test_bot_and_person_are_never_both_in_charge() -> None:
    for status in MOVES:
        assert not (bot_in_charge(status) and person_in_charge(status))


def test_the_bot_is_silent_in_the_queue_and_while_a_person_has_the_chat() -> None:
    assert not bot_in_charge("queued")
    assert not bot_in_charge("agent")


def test_the_bot_goes_on_answering_while_nobody_is_on_duty() -> None:
    assert bot_in_charge("offline")
    assert bot_in_charge("collecting_contact")


def test_a_closed_conversation_cannot_be_taken_by_an_agent_directly() -> None:
    with pytest.raises(MoveRefused):
        check_move("closed", "agent")


def test_staying_where_one_is_is_always_allowed() -> None:
    for status in MOVES:
        check_move(status, status)


def test_customers_are_told_four_statuses_only() -> None:
    assert {public_status(status) for status in MOVES} == {"bot", "queued", "agent", "closed"}
