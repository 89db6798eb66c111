"""Hand-off, ratings, ticket life, identity and roles: rules on plain values."""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

import pytest

from support.conversations.context import ContextRefused, check_context
from support.conversations.opening_limit import TooManyConversations, check_may_open
from support.conversations.tokens import token_of
from support.customers.identity import SignatureRefused, check_signature, contact_in, signature
from support.customers.joining import Known, OtherCustomer, check_may_join, together
from support.handoff.rules import (
    asks_for_person,
    failed_repeatedly,
    rather_a_question,
    rating_needs_person,
    unhelpful_repeatedly,
)
from support.satisfaction.rules import RatingRefused, check_rating
from support.staff.roles import ROLES, may
from support.tickets.states import MOVES, OPEN_STATES, TicketMoveRefused, check_move, is_open

pytestmark = pytest.mark.fast


def test_the_first_failure_hands_nothing_over() -> None:
    assert not failed_repeatedly("none", [])
    assert not failed_repeatedly("none", ["answer", "none"])


def test_the_second_failure_in_a_row_does() -> None:
    assert failed_repeatedly("none", ["none", "answer"])


@pytest.mark.parametrize("decision", ["answer", "choices"])
def test_something_found_is_no_failure_whatever_came_before(decision: str) -> None:
    assert not failed_repeatedly(decision, ["none", "none"])


def test_two_unhelpful_answers_are_enough() -> None:
    assert not unhelpful_repeatedly(1)
    assert unhelpful_repeatedly(2)


@pytest.mark.parametrize(("score", "needed"), [(1, True), (2, True), (3, False), (5, False)])
def test_a_rating_of_one_or_two_needs_a_person(score: int, needed: bool) -> None:
    assert rating_needs_person("csat", score) is needed


def test_other_kinds_of_ratings_hand_nothing_over() -> None:
    assert not rating_needs_person("nps", 0)
    assert not rating_needs_person("helpful", 0)


@pytest.mark.parametrize(
    ("confidence", "decision", "asks", "question"),
    [
        (0.7, "answer", False, True),
        (0.7, "choices", True, False),
        (0.5, "choices", True, True),
        (0.5, "choices", False, False),
        (0.5, "none", True, False),
        (0.97, "answer", False, False),
        (0.85, "answer", True, True),
        (0.97, "answer", True, False),
        (0.97, "choices", True, False),
    ],
)
def test_the_less_sure_another_act_is_the_less_it_takes_to_be_a_question(
    confidence: float, decision: str, asks: bool, question: bool
) -> None:
    assert rather_a_question(confidence, decision, asks) is question


@pytest.mark.parametrize("text", ["转人工", "轉真人客服", "let me speak to a human", "Agent please", "我要客服人员"])
def test_asking_for_a_person_is_heard_without_the_dialogue_server(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text", ["人工费怎么算", "can I pay in person", "怎么退货", "The personal data page", "agent " + "x" * 60]
)
def test_other_words_are_not_taken_for_asking_for_a_person(text: str) -> None:
    assert not asks_for_person(text)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("anna@example.com", {"email": "anna@example.com"}),
        ("我的邮箱是Anna.Li@Example.com，谢谢", {"email": "anna.li@example.com"}),
        ("ａｎｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ", {"email": "anna@example.com"}),
        ("0912 345 678", {"phone": "0912345678"}),
        ("call me: +86 138-0013-8000 please", {"phone": "+8613800138000"}),
        ("(02) 2345-6789", {"phone": "0223456789"}),
        ("my mail is jo@example.com, call 13800138000", {"email": "jo@example.com", "phone": "13800138000"}),
    ],
)
def test_a_contact_is_found_in_what_people_type(text: str, contact: dict[str, str]) -> None:
    assert contact_in(text) == contact


@pytest.mark.parametrize(
    "text", ["anna@", "12345", "", "order 2026-11", "where's my parcel", "1" * 30, "a@b", "where is order 20261122345"]
)
def test_what_is_no_contact_is_not_taken_for_one(text: str) -> None:
    assert contact_in(text) is None


NOW = 1_800_000_000


def refusal(secret: str, external_id: str, time: int | None, nonce: str, given: str) -> str | None:
    """Why a signature is refused now; None when it is taken."""
    try:
        check_signature(secret, external_id, time, nonce, given, NOW)
    except SignatureRefused as refused:
        return refused.code
    return None


def test_only_the_sites_own_signature_vouches_for_a_customer() -> None:
    good = signature("secret", "customer-7", NOW, "nonce-of-today")
    assert refusal("secret", "customer-7", NOW, "nonce-of-today", good) is None
    assert refusal("secret", "customer-7", NOW, "nonce-of-today", good.upper()) is None
    assert refusal("secret", "customer-8", NOW, "nonce-of-today", good) == "signature"
    assert refusal("secret", "customer-7", NOW + 1, "nonce-of-today", good) == "signature"
    assert refusal("secret", "customer-7", NOW, "another-nonce", good) == "signature"
    assert refusal("other", "customer-7", NOW, "nonce-of-today", good) == "signature"
    assert refusal("secret", "customer-7", NOW, "nonce-of-today", "签" * 64) == "signature"


def test_without_a_secret_nobody_is_vouched_for() -> None:
    assert refusal("", "customer-7", NOW, "nonce-of-today", signature("", "customer-7", NOW, "nonce-of-today")) == (
        "signature"
    )


def test_a_signature_of_the_id_alone_is_no_longer_taken() -> None:
    plain = hmac.new(b"secret", b"customer-7", hashlib.sha256).hexdigest()
    assert refusal("secret", "customer-7", None, "", plain) == "signature"
    assert refusal("secret", "customer-7", NOW, "nonce-of-today", plain) == "signature"


@pytest.mark.parametrize(("seconds", "code"), [(-300, None), (300, None), (-301, "expired"), (301, "expired")])
def test_a_signature_counts_for_five_minutes(seconds: int, code: str | None) -> None:
    signed = signature("secret", "c", NOW + seconds, "nonce-of-today")
    assert refusal("secret", "c", NOW + seconds, "nonce-of-today", signed) == code


@pytest.mark.parametrize("nonce", ["", "short", "x" * 65, "with a blank", "punkt.punkt", "非英文非英文非英文"])
def test_a_nonce_has_8_to_64_plain_characters(nonce: str) -> None:
    assert refusal("secret", "c", NOW, nonce, signature("secret", "c", NOW, nonce)) == "signature"


def test_what_the_site_says_goes_before_what_the_visitor_said_and_the_first_consent_counts() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    signed, anonymous = Known("Li", None, "1", late), Known("L.", "l@example.com", "2", early)
    assert together(signed, anonymous) == Known("Li", "l@example.com", "1", early)
    assert together(Known(), Known()) == Known()


def test_an_anonymous_conversation_may_become_a_signed_customers_but_nobody_elses() -> None:
    check_may_join(None, "c-7")
    check_may_join("c-7", "c-7")
    with pytest.raises(OtherCustomer):
        check_may_join("c-8", "c-7")


def test_a_context_is_words_numbers_and_yes_or_no() -> None:
    told = {" order ": "A-1\n\x00", "items": 3, "total": 9.5, "member": True}
    assert check_context(told) == {"order": "A-1", "items": 3, "total": 9.5, "member": True}
    assert check_context({}) == {}


@pytest.mark.parametrize(
    ("context", "code"),
    [
        ({str(number): 1 for number in range(21)}, "names"),
        ({"n" * 51: 1}, "name"),
        ({"\x00": 1}, "name"),
        ({"order": "x" * 201}, "value"),
        ({"order": 10**201}, "value"),
        ({"order": None}, "value"),
        ({"order": ["A-1"]}, "value"),
    ],
)
def test_a_context_that_is_too_much_or_something_else_is_refused(context: dict[str, object], code: str) -> None:
    with pytest.raises(ContextRefused) as refused:
        check_context(context)
    assert refused.value.code == code


def test_a_conversations_token_follows_from_its_id_its_customer_and_the_secret() -> None:
    assert token_of("secret", "c", "u") == token_of("secret", "c", "u")
    others = [token_of("secret", "d", "u"), token_of("secret", "c", "v"), token_of("other", "c", "u")]
    assert len({token_of("secret", "c", "u"), *others}) == 4
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token_of("secret", "c", "u"))


@pytest.mark.parametrize(("kind", "score"), [("csat", 0), ("csat", 6), ("nps", 11), ("ces", 0), ("helpful", 2)])
def test_a_score_off_its_scale_is_refused_with_the_scale(kind: str, score: int) -> None:
    with pytest.raises(RatingRefused) as refused:
        check_rating(kind, score, [], "")
    assert refused.value.code == "score"
    assert set(dict(refused.value.values)) == {"low", "high"}


def test_an_unknown_kind_a_long_comment_and_too_many_reasons_are_refused() -> None:
    with pytest.raises(RatingRefused, match="kind"):
        check_rating("stars", 5, [], "")
    with pytest.raises(RatingRefused, match="comment"):
        check_rating("csat", 5, [], "x" * 2001)
    with pytest.raises(RatingRefused, match="reasons"):
        check_rating("csat", 5, ["x"] * 11, "")


def test_ends_of_each_scale_are_taken() -> None:
    for kind, score in [("csat", 1), ("csat", 5), ("nps", 0), ("nps", 10), ("ces", 7), ("helpful", 0)]:
        check_rating(kind, score, ["too_slow"], "fine")


def test_a_resolved_ticket_can_be_reopened_but_not_resolved_again() -> None:
    check_move("resolved", "in_progress")
    with pytest.raises(TicketMoveRefused):
        check_move("resolved", "resolved")


def test_every_open_ticket_can_be_resolved() -> None:
    for state in OPEN_STATES:
        check_move(state, "resolved")


def test_open_means_neither_resolved_nor_closed() -> None:
    assert {state for state in MOVES if not is_open(state)} == {"resolved", "closed"}


def test_editors_see_no_conversations_and_agents_publish_nothing() -> None:
    assert not may("editor", "serve_customers")
    assert not may("agent", "edit_articles")


def test_only_who_oversees_puts_the_chat_on_a_website() -> None:
    assert [role for role in ROLES if may(role, "manage_website")] == ["supervisor", "administrator"]


def test_administrators_may_everything_and_strangers_nothing() -> None:
    for permission in ("serve_customers", "edit_articles", "manage_website", "oversee", "administer"):
        assert may("administrator", permission)  # type: ignore[arg-type]
        assert not may("visitor", permission)  # type: ignore[arg-type]
    assert len(ROLES) == 4


@pytest.mark.parametrize("seconds_ago", [1, 1800, 3599])
def test_how_long_to_wait_follows_from_the_twentieth_last(seconds_ago: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    opened = [moment] * 19 + [moment - timedelta(seconds=seconds_ago)]
    with pytest.raises(TooManyConversations) as refused:
        check_may_open(opened, moment)
    assert refused.value.seconds == 3600 - seconds_ago
    check_may_open(opened[:19], moment)
    check_may_open([*opened[:19], moment - timedelta(hours=1)], moment)
