"""What lives in `bot/`, tested in Rasa's own interpreter (see test_bot.py): python -m unittest tests.bot.inside_rasa"""

import asyncio
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest.mock import patch

import rasa
from aiohttp import web
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import EndpointConfig

from bot import action_calls
from bot.channel import HuiluChannel, WholeMessages, text_for_rasa
from bot.language import LanguageEntity
from bot.script import fold, language_of
from bot.tokenizer import CharacterAndWordTokenizer
from bot.tracker_store import RecentTrackerStore

DOMAIN = Domain.load("domain.yml")


def tokens(text: str) -> list[str]:
    tokenizer = CharacterAndWordTokenizer(CharacterAndWordTokenizer.get_default_config())
    return [token.text for token in tokenizer.tokenize(Message({TEXT: text}), TEXT)]


class TokenizerTest(unittest.TestCase):
    def test_chinese_by_character_and_everything_else_by_word(self) -> None:
        self.assertEqual(tokens("iPhone 充不了电！"), ["iphone", "充", "不", "了", "电"])

    def test_both_scripts_and_full_width_give_the_same_tokens(self) -> None:
        self.assertEqual(tokens("退款多久到帳"), tokens("退款多久到帐"))
        self.assertEqual(tokens("ＡＢＣ"), ["abc"])

    def test_an_apostrophe_stays_within_its_word(self) -> None:
        self.assertEqual(tokens("where's it"), ["where's", "it"])

    def test_all_long_numbers_are_alike_and_none_is_a_farewell(self) -> None:
        self.assertEqual(tokens("order 20261120-8841"), ["order", "dddd", "dddd"])
        self.assertNotEqual(tokens("886"), tokens("123"))

    def test_a_text_without_words_is_one_token(self) -> None:
        for text in ("😀😀", "???", " "):
            self.assertEqual(len(tokens(text)), 1)


class LanguageTest(unittest.TestCase):
    def entity(self, text: str, metadata: dict[str, Any]) -> str:
        message = Message({TEXT: text, "metadata": metadata})
        LanguageEntity().process([message])
        return str(message.get("entities")[0]["value"])

    def test_what_the_app_said_counts(self) -> None:
        self.assertEqual(self.entity("hello", {"language": "zh-Hant"}), "zh-Hant")

    def test_without_it_the_script_decides(self) -> None:
        self.assertEqual(self.entity("怎麼退貨", {}), "zh-Hant")
        self.assertEqual(self.entity("怎么退货", {"language": "xx"}), "zh-Hans")
        self.assertEqual(language_of("hello"), "en")

    def test_folding_keeps_the_length_of_chinese_texts(self) -> None:
        self.assertEqual(fold("退貨 A"), "退货 a")


class ChannelTest(unittest.TestCase):
    def test_a_customers_slash_is_no_command(self) -> None:
        self.assertEqual(text_for_rasa({"text": "  /restart"}, "en"), "／restart")

    def test_a_payload_becomes_an_intent_with_the_language(self) -> None:
        body = {"payload": {"intent": "question", "entities": {"article": "退货"}}}
        intent, _, entities = text_for_rasa(body, "zh-Hant").partition("{")
        self.assertEqual(intent, "/question")
        self.assertEqual(json.loads("{" + entities), {"article": "退货", "language": "zh-Hant"})

    def test_words_and_data_of_an_utterance_stay_together(self) -> None:
        channel = WholeMessages()
        asyncio.run(channel.send_response("c", {"text": "hi", "custom": {"payload": {"a": 1}}, "buttons": []}))
        self.assertEqual(channel.messages, [{"text": "hi", "custom": {"payload": {"a": 1}}, "response": None}])

    def test_the_channel_does_not_start_without_a_secret(self) -> None:
        with self.assertRaisesRegex(Exception, "credentials"):
            HuiluChannel.from_credentials({})


def tracker(sender: str = "c") -> DialogueStateTracker:
    events = [ActionExecuted("action_listen"), UserUttered("hi", intent={"name": "greet"}, metadata={"turn_id": "t"})]
    return DialogueStateTracker.from_events(sender, events, slots=DOMAIN.slots)


class ActionCallTest(unittest.TestCase):
    """Against a small HTTP server, because the connection is part of what was replaced."""

    answer: tuple[int, Any] = (200, {"events": [], "responses": []})
    wait = 0.0

    def run_action(self) -> tuple[Any, list[str]]:
        async def whole() -> tuple[Any, list[str]]:
            seen: list[Any] = []

            async def call(request: web.Request) -> web.Response:
                seen.append((await request.json(), {name.lower(): value for name, value in request.headers.items()}))
                await asyncio.sleep(self.wait)
                return web.json_response(self.answer[1], status=self.answer[0])

            app = web.Application()
            app.router.add_post("/", call)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            failures: list[str] = []
            action_calls.failed_actions.set(failures)
            endpoint = EndpointConfig(f"http://127.0.0.1:{port}/", headers={"X-Huilu-Secret": "s"})
            try:
                events = await RemoteAction("action_answer", endpoint).run(WholeMessages(), None, tracker(), DOMAIN)
            except Exception as error:
                events = error
            for session in action_calls._sessions.values():
                await session.close()
            await runner.cleanup()
            self.seen = seen
            return events, failures

        return asyncio.run(whole())

    def test_it_was_written_for_this_rasa(self) -> None:
        self.assertEqual(rasa.__version__, "3.6.21")
        with patch.object(rasa, "__version__", "3.7.0"), self.assertRaises(RuntimeError):
            action_calls.install()

    def test_an_action_is_told_slots_turn_and_secret_but_no_domain(self) -> None:
        self.answer = (200, {"events": [{"event": "slot", "name": "hand_off_due", "value": True}], "responses": []})
        events, failures = self.run_action()
        body, headers = self.seen[0]
        self.assertEqual([event.key for event in events], ["hand_off_due"])
        self.assertEqual(failures, [])
        self.assertEqual(body["domain"], {})
        self.assertEqual(body["tracker"]["latest_message"]["metadata"]["turn_id"], "t")
        self.assertEqual(headers["x-huilu-secret"], "s")

    def test_an_answer_of_the_wrong_form_is_a_failure_that_is_told(self) -> None:
        self.answer = (200, {"events": "none", "responses": []})
        error, failures = self.run_action()
        self.assertIsInstance(error, RasaException)
        self.assertEqual(failures, ["action_answer"])

    def test_a_server_error_is_a_failure_that_is_told(self) -> None:
        self.answer = (500, {})
        error, failures = self.run_action()
        self.assertIsInstance(error, RasaException)
        self.assertEqual(failures, ["action_answer"])

    def test_a_slow_action_is_given_up(self) -> None:
        self.wait = 0.5
        with patch.object(action_calls, "ACTION_SECONDS", 0.05):
            error, failures = self.run_action()
        self.assertIsInstance(error, RasaException)
        self.assertEqual(failures, ["action_answer"])

    def test_a_rejection_is_no_failure(self) -> None:
        self.answer = (400, {"action_name": "contact_form", "error": "not now"})
        error, failures = self.run_action()
        self.assertIsInstance(error, ActionExecutionRejection)
        self.assertEqual(failures, [])


class TrackerStoreTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def store(self) -> RecentTrackerStore:
        return RecentTrackerStore(DOMAIN, db=str(Path(self.folder.name) / "tracker.db"))

    def events(self, found: DialogueStateTracker | None) -> int:
        assert found is not None
        return len(found.events)

    def test_a_conversation_survives_a_restart(self) -> None:
        asyncio.run(self.store().save(tracker()))
        self.assertEqual(self.events(asyncio.run(self.store().retrieve("c"))), 2)

    def test_each_event_is_stored_once(self) -> None:
        async def two_turns() -> None:
            store = self.store()
            await store.save(tracker())
            for _ in range(3):
                again = await store.retrieve("c")
                again.update(ActionExecuted("action_listen"))
                await store.save(again)

        asyncio.run(two_turns())
        self.assertEqual(self.events(asyncio.run(self.store().retrieve("c"))), 5)

    def test_a_turn_that_dies_half_way_leaves_nothing_behind(self) -> None:
        async def half_a_turn() -> int:
            store = self.store()
            await store.save(tracker())
            lost = await store.retrieve("c")
            lost.update(ActionExecuted("action_listen"))
            return self.events(await store.retrieve("c"))

        self.assertEqual(asyncio.run(half_a_turn()), 2)

    def test_forgetting_erases_memory_and_rows(self) -> None:
        async def forget() -> Any:
            store = self.store()
            await store.save(tracker())
            self.assertEqual(store.forget("c"), 2)
            return await store.retrieve("c")

        self.assertIsNone(asyncio.run(forget()))

    def test_only_the_latest_conversations_stay_in_memory(self) -> None:
        async def many() -> RecentTrackerStore:
            store = self.store()
            for number in range(5):
                await store.save(tracker(f"c{number}"))
            return store

        with patch("bot.tracker_store.KEPT_IN_MEMORY", 2):
            store = asyncio.run(many())
        self.assertIsNone(store.peek("c0"))
        self.assertEqual(self.events(store.peek("c4")), 2)
        self.assertEqual(self.events(asyncio.run(store.retrieve("c0"))), 2)


if __name__ == "__main__":
    unittest.main()
