"""How Rasa calls our actions, tested in Rasa's own interpreter against a small HTTP server (see test_bot.py)."""

import asyncio
import unittest
from typing import Any
from unittest.mock import patch

import rasa
from aiohttp import web
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core.events import ActiveLoop, FollowupAction, SlotSet
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot import action_calls
from bot.channel import REPLACEMENTS, WholeMessages
from tests.bot.trackers import DOMAIN, form_opened, start, tracker, turn


class ActionCallTest(unittest.TestCase):
    """The connection is part of what was replaced, so it is tested too."""

    answer: tuple[int, Any] = (200, {"events": [], "responses": []})
    wait = 0.0

    def setUp(self) -> None:
        action_calls.install()

    def run_action(self, times: int = 1) -> tuple[Any, list[str]]:
        """What the last of some calls brought, and which actions failed; `seen` and `peers` tell what arrived."""

        async def whole() -> tuple[Any, list[str]]:
            self.seen: list[Any] = []
            self.peers: set[Any] = set()

            async def call(request: web.Request) -> web.Response:
                self.peers.add(request.transport and request.transport.get_extra_info("peername"))
                self.seen.append((await request.json(), {name.lower(): v for name, v in request.headers.items()}))
                await asyncio.sleep(self.wait)
                return web.json_response(self.answer[1], status=self.answer[0])

            app = web.Application()
            app.router.add_post("/", call)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            failures: list[str] = []
            action_calls.failed_actions.set(failures)
            action_calls.trace.set("t-1")
            endpoint = EndpointConfig(f"http://127.0.0.1:{runner.addresses[0][1]}/", headers={"X-Huilu-Secret": "s"})
            events: Any = None
            for _ in range(times):
                try:
                    conversation = tracker(*start(), *turn("hello", *form_opened()), *turn("later"))
                    events = await RemoteAction("action_answer", endpoint).run(
                        WholeMessages(), None, conversation, DOMAIN
                    )
                except Exception as error:
                    events = error
            await action_calls.close()
            await runner.cleanup()
            return events, failures

        return asyncio.run(whole())

    def assert_failed(self, said: str) -> None:
        error, failures = self.run_action()
        self.assertIsInstance(error, RasaException)
        self.assertIn(said, str(error))
        self.assertIn("t-1", str(error))
        self.assertEqual(failures, ["action_answer"])

    def test_every_replacement_was_written_for_this_rasa(self) -> None:
        self.assertEqual(rasa.__version__, "3.6.21")
        for replacement in REPLACEMENTS:
            with patch.object(rasa, "__version__", "3.7.0"), self.assertRaises(RuntimeError):
                replacement.install()

    def test_an_action_is_told_slots_turn_and_secret_but_no_domain(self) -> None:
        self.answer = (200, {"events": [{"event": "slot", "name": "hand_off_due", "value": True}], "responses": []})
        events, failures = self.run_action()
        body, headers = self.seen[0]
        self.assertEqual([(event.key, event.value) for event in events], [("hand_off_due", True)])
        self.assertEqual(failures, [])
        self.assertEqual(body["domain"], {})
        self.assertEqual(body["tracker"]["latest_message"]["metadata"]["turn_id"], "later")
        self.assertEqual(body["tracker"]["slots"]["requested_slot"], "contact")
        self.assertEqual(body["tracker"]["active_loop"], {"name": "contact_form"})
        self.assertEqual(headers["x-huilu-secret"], "s")
        self.assertEqual(headers["x-huilu-trace"], "t-1")

    def test_an_action_is_told_what_happened_but_no_data_of_utterances(self) -> None:
        self.run_action()
        told = self.seen[0][0]["tracker"]["events"]
        self.assertEqual([each["event"] for each in told[:3]], ["action", "session_started", "action"])
        self.assertEqual(
            [each["name"] for each in told if each["event"] == "action"][2:4], ["action_answer", "contact_form"]
        )
        spoken = [each for each in told if each["event"] == "bot"]
        self.assertEqual(spoken[0]["metadata"], {"utter_action": "utter_choices"})
        self.assertNotIn("trail", str(told))

    def test_events_of_every_kind_arrive(self) -> None:
        loop = {"event": "active_loop", "name": None}
        followup = {"event": "followup", "name": "action_stop"}
        self.answer = (200, {"events": [loop, followup], "responses": []})
        events, _ = self.run_action()
        self.assertEqual(events, [ActiveLoop(None), FollowupAction("action_stop")])

    def test_what_the_action_says_is_uttered(self) -> None:
        self.answer = (200, {"events": [], "responses": [{"text": "hi", "buttons": [], "custom": {"trail": {"a": 1}}}]})
        (spoken,), _ = self.run_action()
        self.assertEqual((spoken.text, spoken.data["custom"]), ("hi", {"trail": {"a": 1}}))

    def test_an_answer_of_the_wrong_form_is_a_failure_that_is_told(self) -> None:
        for wrong in (
            {"events": "none", "responses": []},
            {"events": ["slot"], "responses": []},
            {"events": [], "responses": ["hello"]},
            {"events": [{"event": "slot", "name": 5, "value": True}], "responses": []},
            {"events": [{"event": "slot", "name": "hand_off_due"}], "responses": []},
            {"events": [{"event": "no_such_event"}], "responses": []},
            {"events": [{}], "responses": []},
            [],
            None,
        ):
            with self.subTest(wrong=wrong):
                self.answer = (200, wrong)
                self.assert_failed("action_answer")

    def test_a_server_error_is_a_failure_that_is_told(self) -> None:
        self.answer = (500, {})
        self.assert_failed("status 500")

    def test_a_slow_action_is_given_up(self) -> None:
        self.wait = 0.5
        with patch.object(action_calls, "ACTION_SECONDS", 0.05):
            self.assert_failed("TimeoutError")

    def test_a_rejection_is_no_failure(self) -> None:
        self.answer = (400, {"action_name": "contact_form", "error": "not now"})
        error, failures = self.run_action()
        self.assertIsInstance(error, ActionExecutionRejection)
        self.assertEqual(failures, [])

    def test_the_connection_is_kept(self) -> None:
        self.answer = (200, {"events": [{"event": "slot", "name": "hand_off_due", "value": None}]})
        events, failures = self.run_action(times=5)
        self.assertEqual(events, [SlotSet("hand_off_due", None)])
        self.assertEqual((len(self.seen), len(self.peers), failures), (5, 1, []))


if __name__ == "__main__":
    unittest.main()
