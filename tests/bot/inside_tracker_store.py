"""What Rasa remembers of a conversation, in memory and on disk, tested in its own interpreter (see test_bot.py)."""

import asyncio
import sqlite3
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from rasa.core.tracker_store import FailSafeTrackerStore, check_if_tracker_store_async
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    ConversationPaused,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.recent_events import recent_events
from bot.tracker_store import RecentTrackerStore
from tests.bot.trackers import DOMAIN, form_opened, start, tracker, turn


def rebuilt(before: DialogueStateTracker) -> DialogueStateTracker:
    return tracker(*recent_events(before))


class RecentEventsTest(unittest.TestCase):
    def assert_same_state(self, one: DialogueStateTracker, other: DialogueStateTracker) -> None:
        self.assertEqual(one.current_slot_values(), other.current_slot_values())
        self.assertEqual(one.active_loop_name, other.active_loop_name)
        self.assertEqual(one.is_active_loop_rejected, other.is_active_loop_rejected)
        self.assertEqual(one.is_paused(), other.is_paused())
        self.assertEqual(one.latest_action_name, other.latest_action_name)
        self.assertEqual(one.latest_message, other.latest_message)
        self.assertEqual(one.followup_action, other.followup_action)

    def test_a_conversation_of_one_turn_keeps_its_events(self) -> None:
        for events in ([], start(), [*start(), *turn("one")]):
            before = DialogueStateTracker.from_events("c", events, DOMAIN.slots)
            self.assertEqual([type(each) for each in recent_events(before)], [type(each) for each in events])

    def test_of_several_turns_the_last_is_kept_and_the_others_are_told_by_their_outcome(self) -> None:
        first = turn("one", SlotSet("person_offered", True), SlotSet("language", "en"))
        before = tracker(*start(), *first, *turn("two"), *turn("three", SlotSet("person_offered", False)))
        kept = recent_events(before)
        self.assertEqual([each.text for each in kept if isinstance(each, UserUttered)], ["three"])
        told = {each.key: each.value for each in kept[:-6] if isinstance(each, SlotSet)}
        self.assertEqual(told, {"person_offered": True, "language": "en"})
        self.assert_same_state(tracker(*kept), before)

    def test_it_does_not_grow(self) -> None:
        now, sizes = tracker(*start(), *turn("0")), []
        for number in range(1, 30):
            for event in turn(str(number), SlotSet("hand_off_due", bool(number % 2))):
                now.update(event)
            now = rebuilt(now)
            sizes.append(len(now.events))
        self.assertLessEqual(max(sizes), 11)

    def test_an_open_form_stays_open(self) -> None:
        before = tracker(*start(), *turn("one", *form_opened()), *turn("two"), *turn("three"))
        kept = recent_events(before)
        self.assertLess(len(kept), len(before.events))
        self.assertTrue(any(isinstance(each, ActionExecuted) and each.action_name == "contact_form" for each in kept))
        self.assert_same_state(tracker(*kept), before)

    def test_a_form_that_was_rejected_and_a_pause_stay_so(self) -> None:
        more = [*form_opened(), ActionExecutionRejected("contact_form"), ConversationPaused()]
        before = tracker(*start(), *turn("one", *more), *turn("two"))
        self.assertTrue(before.is_active_loop_rejected)
        self.assert_same_state(rebuilt(before), before)

    def test_a_cut_is_only_made_where_the_bot_listened(self) -> None:
        events = [*start(), *turn("one")[:-1], *turn("two")]
        self.assertEqual(len(recent_events(tracker(*events))), len(events))

    def test_what_is_shown_beside_the_words_is_left_to_our_own_log(self) -> None:
        spoken = [each for each in recent_events(tracker(*start(), *turn("one"))) if isinstance(each, BotUttered)]
        self.assertEqual([(each.text, each.data) for each in spoken], [("about one", {})])
        self.assertEqual(spoken[0].metadata["utter_action"], "utter_choices")


class TrackerStoreTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tracker.db"

    def store(self) -> RecentTrackerStore:
        return RecentTrackerStore(DOMAIN, db=str(self.path), host=None)

    def saved(self, *trackers: DialogueStateTracker) -> RecentTrackerStore:
        """A store in which these were saved and written."""
        store = self.store()
        for each in trackers or [tracker()]:
            asyncio.run(store.save(each))
        store.flush()
        return store

    def rows(self) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.path) as disk:
            return disk.execute("SELECT sender_id, events, saved_at FROM events").fetchall()

    def test_rasa_takes_it_for_a_whole_tracker_store(self) -> None:
        async def asked() -> None:
            store = self.store()
            self.assertTrue(check_if_tracker_store_async(store))
            safe = FailSafeTrackerStore(store)
            made = await safe.get_or_create_tracker("new", append_action_listen=False)
            self.assertEqual((len(made.events), await safe.exists("new")), (0, False))
            await safe.save(tracker(sender="there"))
            self.assertTrue(await safe.exists("there"))
            self.assertEqual(list(await safe.keys()), ["there"])
            full = await safe.retrieve_full_tracker("there")
            assert full is not None
            self.assertEqual(len(full.events), 2)

        asyncio.run(asked())

    def test_a_conversation_survives_a_restart(self) -> None:
        before = tracker(*start(), *turn("一", SlotSet("contact_needed", True), *form_opened()), *turn("two"))
        self.saved(before)
        after = asyncio.run(self.store().retrieve("c"))
        assert after is not None
        self.assertEqual(after.current_slot_values(), before.current_slot_values())
        self.assertEqual(after.active_loop_name, "contact_form")
        self.assertEqual(list(after.events), list(before.events))
        self.assertEqual(after.latest_message.text if after.latest_message else "", "two")

    def test_it_is_written_a_moment_after_it_was_saved(self) -> None:
        store = self.store()
        asyncio.run(store.save(tracker()))
        until = time.monotonic() + 5
        while not self.rows() and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual([row[0] for row in self.rows()], ["c"])

    def test_a_conversation_is_one_row_however_often_it_is_saved(self) -> None:
        self.saved(*[tracker(*start(), *turn(str(number))) for number in range(5)])
        ((sender, events, _),) = self.rows()
        self.assertEqual(sender, "c")
        self.assertIn('"text":"4"', events)
        self.assertNotIn('"text":"3"', events)

    def test_a_turn_that_dies_half_way_leaves_nothing_behind(self) -> None:
        async def half_a_turn() -> tuple[int, Any]:
            store = self.store()
            await store.save(tracker())
            lost = await store.retrieve("c")
            assert lost is not None
            lost.update(ActionExecuted("action_listen"))
            lost.update(SlotSet("hand_off_due", True))
            again = await store.retrieve("c")
            assert again is not None
            return len(again.events), again.get_slot("hand_off_due")

        self.assertEqual(asyncio.run(half_a_turn()), (2, False))

    def test_forgetting_erases_memory_and_disk(self) -> None:
        store = self.saved(tracker(sender="c"), tracker(sender="d"))
        self.assertTrue(store.forget("c"))
        self.assertFalse(store.forget("c"))
        self.assertIsNone(asyncio.run(store.retrieve("c")))
        asyncio.run(store.save(tracker(sender="e")))
        self.assertTrue(store.forget("e"))
        store.flush()
        self.assertEqual([row[0] for row in self.rows()], ["d"])

    def raw(self) -> bytes:
        """All that lies on disk."""
        return b"".join(each.read_bytes() for each in self.path.parent.iterdir())

    def wait_until_gone(self, words: bytes) -> None:
        until = time.monotonic() + 10
        while words in self.raw() and time.monotonic() < until:
            time.sleep(0.05)
        self.assertNotIn(words, self.raw())

    def test_what_was_forgotten_is_in_no_raw_file(self) -> None:
        store = self.saved()
        for round_ in range(40):
            for sender in range(20):
                word = "Sesamoeffner" if sender % 5 == 0 else "Xylophonkasten"
                asyncio.run(
                    store.save(
                        tracker(*start(), *turn(word * (1 + (sender * 7 + round_ * 13) % 60)), sender=str(sender))
                    )
                )
            store.flush()
        self.assertIn(b"Sesamoeffner", self.raw())
        for sender in range(0, 20, 5):
            self.assertTrue(store.forget(str(sender)))
        self.wait_until_gone(b"Sesamoeffner")
        self.assertIn(b"Xylophonkasten", self.raw())
        self.assertEqual(len(self.rows()), 17)
        asyncio.run(store.save(tracker(sender="still works")))
        self.assertTrue(store.forget("still works"))

    def test_a_file_that_was_not_purged_before_a_crash_is_purged_at_the_next_start(self) -> None:
        store = self.saved(*[tracker(*start(), *turn("Sesamoeffner" * 50), sender=str(each)) for each in range(30)])
        with patch.object(store._snapshots, "_start"):
            for each in range(30):
                store.forget(str(each))
        with patch("bot.snapshots.Snapshots._start") as started:
            self.store()
        self.assertEqual(started.call_count, 1)
        again = self.store()
        self.wait_until_gone(b"Sesamoeffner")
        until = time.monotonic() + 10
        while again._snapshots._rewriting_due and time.monotonic() < until:
            time.sleep(0.05)
        with patch("bot.snapshots.Snapshots._start") as started:
            self.store()
        self.assertEqual(started.call_count, 0)

    def test_only_the_latest_conversations_stay_in_memory(self) -> None:
        with patch("bot.tracker_store.KEPT_IN_MEMORY", 2):
            store = self.saved(*[tracker(sender=f"c{number}") for number in range(5)])
        self.assertIsNone(store.peek("c0"))
        peeked, read = store.peek("c4"), asyncio.run(store.retrieve("c0"))
        assert peeked is not None and read is not None
        self.assertEqual((len(peeked.events), len(read.events)), (2, 2))

    def test_what_could_not_be_written_is_kept_and_written_later(self) -> None:
        store = self.store()
        asyncio.run(store.save(tracker()))
        with patch("bot.snapshots._rows", side_effect=sqlite3.Error), self.assertLogs("bot.snapshots", "ERROR"):
            store.flush()
        store._recent.clear()
        self.assertIsNotNone(asyncio.run(store.retrieve("c")))
        store.flush()
        self.assertEqual(len(self.rows()), 1)

    def test_what_has_no_form_in_json_does_not_keep_others_from_being_written(self) -> None:
        with self.assertLogs("bot.snapshots", "ERROR"):
            store = self.saved(tracker(SlotSet("contact", object()), sender="odd"), tracker(sender="even"))
        store.flush()
        self.assertEqual([row[0] for row in self.rows()], ["even"])

    def test_texts_and_numbers_of_numpy_are_written_as_any_other(self) -> None:
        self.saved(tracker(SlotSet("contact", np.str_("a")), SlotSet("hand_off_due", np.float64(0.5))))
        after = asyncio.run(self.store().retrieve("c"))
        assert after is not None
        self.assertEqual((after.get_slot("contact"), after.get_slot("hand_off_due")), ("a", 0.5))

    def test_old_conversations_and_the_table_of_earlier_versions_are_erased_at_start(self) -> None:
        self.saved(tracker(sender="old"), tracker(sender="new"))
        with sqlite3.connect(self.path) as disk:
            disk.execute("UPDATE events SET saved_at = saved_at - 31 * 86400 WHERE sender_id = 'old'")
        self.store()
        self.assertEqual([row[0] for row in self.rows()], ["new"])
        with sqlite3.connect(self.path) as disk:
            disk.execute("DROP TABLE events")
            disk.execute("CREATE TABLE events (id INTEGER, sender_id TEXT, type_name TEXT, data TEXT)")
            disk.execute("INSERT INTO events VALUES (1, 'c', 'user', 'private')")
        self.store()
        self.assertEqual(self.rows(), [])


if __name__ == "__main__":
    unittest.main()
