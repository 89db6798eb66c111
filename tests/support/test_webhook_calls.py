"""Calls to webhooks: taken out of the outbox once, made again later and later, given up, and cleared away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from storage.base import now
from storage.engine import Database
from support.integrations import outbox, queries, webhooks
from support.integrations.delivery import Answer, Call, claim, find_due, settle
from support.integrations.events import JITTER, WAITS, wait_after
from support.integrations.tables import Webhook, WebhookDelivery
from support.integrations.webhooks import WebhookRefused, Wish, change_webhook, clear_old, replay, replay_failed
from tests.support.conftest import new_chat
from tests.support.webhooks_made import URL, wanting


def test_of_two_workers_that_find_the_same_call_one_makes_it(database: Database) -> None:
    wanting(database, "conversation.created")
    for _ in range(8):
        new_chat(database)
    at = now()
    with database.reading() as session:
        found = find_due(session, at, {})
    assert len(found) == 4, "a webhook has so many calls open at once"

    def work(_: int) -> list[Call]:
        with database.writing() as session:
            return claim(session, found, at)

    with ThreadPoolExecutor(4) as workers:
        claimed = [call.id for calls in workers.map(work, range(4)) for call in calls]
    assert sorted(claimed) == sorted(each for each, _ in found)


def claimed_one(database: Database, at: Any) -> Call:
    with database.writing() as session:
        (call,) = claim(session, find_due(session, at, {}), at)
        return call


def state_of(database: Database, call: Call) -> WebhookDelivery:
    with database.reading() as session:
        return session.get_one(WebhookDelivery, call.id)


def test_a_call_that_fails_is_made_again_later_and_later_and_then_given_up(database: Database) -> None:
    hook = wanting(database, "conversation.created")
    new_chat(database)
    at = now()
    waits = []
    for _ in range(len(WAITS) + 1):
        call = claimed_one(database, at)
        with database.writing() as session:
            settle(session, call, Answer(500, "no"), at)
        row = state_of(database, call)
        waits.append((row.due_at - at).total_seconds())
        at = row.due_at
    assert row.state == "failed"
    for wait, usual in zip(waits, WAITS, strict=False):
        assert usual * (1 - JITTER) <= wait <= usual * (1 + JITTER)
    with database.writing() as session:
        assert replay_failed(session, hook, now() - timedelta(hours=1)) == 1
    again = claimed_one(database, at + timedelta(days=1))
    assert again.attempt == 1
    assert again.body == call.body


def test_a_call_whose_process_died_is_made_again_and_the_dead_ones_word_counts_no_more(database: Database) -> None:
    wanting(database, "conversation.created")
    new_chat(database)
    at = now()
    lost = claimed_one(database, at)
    with database.reading() as session:
        assert find_due(session, at + timedelta(seconds=59), {}) == []
    again = claimed_one(database, at + timedelta(seconds=61))
    assert (again.id, again.attempt) == (lost.id, 2)
    with database.writing() as session:
        settle(session, lost, Answer(500, ""), at)
    assert state_of(database, again).state == "sending"
    with database.writing() as session:
        settle(session, again, Answer(204, ""), at)
    assert state_of(database, again).state == "delivered"


def test_what_fails_for_three_days_is_switched_off_and_says_so(database: Database) -> None:
    hook = wanting(database, "conversation.created")
    new_chat(database), new_chat(database)
    at = now()
    with database.writing() as session:
        session.execute(update(Webhook).values(failing_since=at - timedelta(days=3)))
        call = claim(session, find_due(session, at, {})[:1], at)[0]
        settle(session, call, Answer(None, "timeout"), at)
    with database.reading() as session:
        off = session.get_one(Webhook, hook)
        assert not off.active
        assert off.switched_off_at is not None
        assert find_due(session, at + timedelta(days=1), {}) == []
        assert queries.counts(session, hook) == {"failed": 2}
    with database.writing() as session:
        on = change_webhook(session, hook, Wish("shop", URL, ["message.created"]), True, False)
        assert on.failing_since is on.switched_off_at is None


def test_one_success_ends_the_time_of_failing(database: Database) -> None:
    hook = wanting(database, "conversation.created")
    new_chat(database), new_chat(database)
    at = now()
    with database.writing() as session:
        first, second = claim(session, find_due(session, at, {}), at)
        settle(session, first, Answer(500, ""), at)
        assert session.get_one(Webhook, hook, populate_existing=True).failing_since == at
        settle(session, second, Answer(200, ""), at)
        assert session.get_one(Webhook, hook, populate_existing=True).failing_since is None


def test_a_removed_webhook_is_forgotten_with_its_calls_though_somebody_still_notes_one(database: Database) -> None:
    hook = wanting(database, "message.created")
    new_chat(database)
    with database.writing() as session:
        webhooks.remove_webhook(session, hook)
        outbox.add(session, [hook], "message.created", None, {"late": True})
    with database.reading() as session:
        assert queries.webhooks(session) == []
        assert find_due(session, now(), {}) == []
    with database.writing() as session:
        clear_old(session, now() + timedelta(hours=2))
        assert session.scalars(select(Webhook)).all() == []
        assert session.scalars(select(WebhookDelivery)).all() == []


def test_calls_older_than_thirty_days_are_cleared_away(database: Database) -> None:
    wanting(database, "conversation.created")
    new_chat(database)
    with database.writing() as session:
        assert clear_old(session, now() + timedelta(days=29)) == 0
        assert webhooks.has_old(session, now() + timedelta(days=31))
        assert clear_old(session, now() + timedelta(days=31)) == 1


def test_waits_grow_and_end() -> None:
    assert [wait_after(each, 0.5) for each in range(1, len(WAITS) + 2)] == [*map(float, WAITS), None]


def test_a_call_under_way_when_its_webhook_is_switched_off_is_not_made_again(database: Database) -> None:
    hook = wanting(database, "conversation.created")
    new_chat(database), new_chat(database)
    at = now()
    with database.writing() as session:
        under_way, lost = claim(session, find_due(session, at, {}), at)
        past = update(WebhookDelivery).where(WebhookDelivery.id == lost.id).values(due_at=at - timedelta(seconds=1))
        session.execute(past)
    switch(database, hook, on=False)
    with database.writing() as session:
        settle(session, under_way, Answer(500, ""), at)
        # As another process does that has not heard yet.
        outbox.add(session, [hook], "conversation.created", None, {"late": True})
    assert state_of(database, under_way).state == "failed"
    switch(database, hook, on=True)
    with database.reading() as session:
        assert find_due(session, at + timedelta(days=1), {}) == []
        assert queries.counts(session, hook) == {"failed": 3}
    assert state_of(database, lost).state == "failed"


def test_what_was_taken_although_its_webhook_was_switched_off_meanwhile_counts_as_delivered(database: Database) -> None:
    hook = wanting(database, "conversation.created")
    new_chat(database)
    call = claimed_one(database, now())
    switch(database, hook, on=False)
    with database.writing() as session:
        settle(session, call, Answer(204, ""), now())
    assert state_of(database, call).state == "delivered"


def test_while_a_webhook_is_off_no_call_is_made_again(database: Database) -> None:
    hook = wanting(database, "conversation.created")
    new_chat(database)
    call = claimed_one(database, now())
    switch(database, hook, on=False)
    with database.writing() as session:
        settle(session, call, Answer(500, ""), now())
        for step in (partial(replay, delivery_id=call.id), partial(replay_failed, since=now() - timedelta(hours=1))):
            with pytest.raises(WebhookRefused, match="off"):
                step(session, hook)
    assert state_of(database, call).state == "failed"
    switch(database, hook, on=True)
    with database.writing() as session:
        replay(session, hook, call.id)
    assert state_of(database, call).state == "waiting"


def switch(database: Database, hook: str, on: bool) -> None:
    with database.writing() as session:
        change_webhook(session, hook, Wish("shop", URL, ["conversation.created"]), on, False)
