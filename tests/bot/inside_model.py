"""Whole conversations with the trained model, in Rasa's own interpreter (see test_bot.py); RASA_MODEL names it.

First Rasa talks as it came, with nothing replaced but the transport of action calls, then with everything of
ours; every turn has to come out the same.
"""

import asyncio
import json
import logging
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import yaml
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RULES
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.log_utils import configure_structlog
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from bot import action_calls
from bot.action_calls import Answer
from bot.channel import REPLACEMENTS, handle_turn
from bot.dialogue_acts import DialogueActClassifier, counters
from bot.graph_runner import OrderedGraphRunner
from bot.recent_events import recent_events
from bot.script import fold
from bot.tracker_store import RecentTrackerStore
from tests.bot.talking import CONVERSATIONS, WholeTrackers, acted, agent_with, talk
from tests.bot.trackers import DOMAIN


def setUpModule() -> None:
    global plain, ours, agent, store
    configure_structlog(logging.WARNING)
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    unittest.addModuleCleanup(patch.stopall)
    patch.object(action_calls, "_post", acted).start()
    action_calls.install()
    plain = asyncio.run(talk(agent_with(WholeTrackers(DOMAIN))))
    for replacement in REPLACEMENTS:
        replacement.install()
    store = RecentTrackerStore(DOMAIN, db=str(Path(folder.name) / "tracker.db"))
    agent = agent_with(store)
    ours = asyncio.run(talk(agent))


class ConversationTest(unittest.TestCase):
    maxDiff = None

    def test_every_turn_comes_out_as_with_plain_rasa(self) -> None:
        for expected, found in zip(plain, ours, strict=True):
            self.assertEqual(found, expected)

    def test_the_conversations_went_everywhere(self) -> None:
        actions = {name for each in plain for name, _, _ in each["actions"]}
        self.assertLessEqual(
            {"action_answer", "action_complaint", "action_submit_complaint", "action_danger", "action_hand_off",
             "action_save_contact", "action_ticket_status", "action_tell_ticket", "action_feedback",
             "action_keep_feedback", "action_yes", "action_no", "action_abuse", "action_small_talk", "action_stop",
             "action_goodbye", "complaint_form", "contact_form", "feedback_form", "ticket_form", "utter_greet"},
            actions,
        )  # fmt: skip
        self.assertIn("asked before True, just now True", str(plain))
        self.assertEqual([each for each in ours if each["failed"]], [])

    def test_no_conversation_grew(self) -> None:
        for sender in CONVERSATIONS:
            kept = store.peek(sender)
            assert kept is not None
            self.assertLess(len(kept.events), 40)

    def test_no_rule_looks_back_further_than_is_kept(self) -> None:
        for table in (table for name, table in policy().lookup.items() if name == RULES or "unhappy" in name):
            self.assertLessEqual(max(len(json.loads(key)) for key in table), 3)

    def test_a_conversation_goes_on_after_a_restart(self) -> None:
        store.flush()
        again = RecentTrackerStore(DOMAIN, db=str(Path(store_path())))
        for sender in CONVERSATIONS:
            before, after = asyncio.run(store.retrieve(sender)), asyncio.run(again.retrieve(sender))
            assert before is not None and after is not None
            self.assertEqual(list(after.events), list(before.events))
            self.assertEqual(after.current_slot_values(), before.current_slot_values())


def store_path() -> str:
    return str(store._snapshots._disk.execute("PRAGMA database_list").fetchone()[2])


def runner() -> OrderedGraphRunner:
    assert agent.processor is not None
    found = agent.processor.graph_runner
    assert isinstance(found, OrderedGraphRunner)
    return found


def component(kind: str) -> Any:
    return next(node._component for name, node in runner()._instantiated_nodes.items() if kind in name)


def policy() -> Any:
    return component("run_RulePolicy")


def held_out() -> list[str]:
    blocks = yaml.safe_load(Path("tests/nlu/held_out.yml").read_text(encoding="utf-8"))["nlu"]
    return [
        line.removeprefix("- ").strip() for each in blocks for line in each["examples"].splitlines() if line.strip()
    ]


class ClassifierTest(unittest.TestCase):
    def test_probabilities_are_those_of_scikit_learn(self) -> None:
        classifier = component("DialogueActClassifier")
        assert isinstance(classifier, DialogueActClassifier) and classifier.model is not None
        model = classifier.model
        vectorizers = counters(classifier._config)
        half = len(model.acts)
        regression, bayes = LogisticRegression(), MultinomialNB()
        regression.classes_ = bayes.classes_ = np.array(model.acts)
        regression.coef_, regression.intercept_ = model.coefficients[:, :half].T, model.intercept[:half]
        bayes.feature_log_prob_, bayes.class_log_prior_ = model.coefficients[:, half:].T, model.intercept[half:]
        first = 0
        for vectorizer, vocabulary in zip(vectorizers, model.vocabularies, strict=True):
            vectorizer.vocabulary_ = {gram: row for row, gram in enumerate(vocabulary)}
            vectorizer.idf_ = model.weights[first : first + len(vocabulary)]
            first += len(vocabulary)
        texts = [*held_out(), "", "∅", "x", "退 款", "hello hello hello", "ÄÖÜ 💬"]
        marks = csr_matrix([[bool(each.search(fold(text))) for each in model.phrases] for text in texts], dtype=float)
        features = hstack([*(vectorizer.transform(texts) for vectorizer in vectorizers), marks], format="csr")
        share = classifier._config["naive_bayes_share"]
        expected = (1 - share) * regression.predict_proba(features) + share * bayes.predict_proba(features)
        found = np.array([model.probabilities(text, fold(text)) for text in texts])
        self.assertLess(np.abs(found - expected).max(), 1e-9)

    def test_the_ranking_is_of_plain_numbers_in_order(self) -> None:
        parsed = asyncio.run(agent.parse_message("how do I return this"))
        ranking = parsed["intent_ranking"]
        self.assertEqual(parsed["intent"], ranking[0])
        self.assertEqual(len(ranking), 3)
        self.assertEqual([type(each["confidence"]) for each in ranking], [float] * 3)
        self.assertEqual(sorted(ranking, key=lambda each: -each["confidence"]), ranking)

    def test_what_is_not_understood_goes_to_the_knowledge_base(self) -> None:
        for text in ("zzz", "qwer zxcv"):
            parsed = asyncio.run(agent.parse_message(text))
            self.assertIn(parsed["intent"]["name"], ("question", "nlu_fallback"))


class GraphRunnerTest(unittest.TestCase):
    def both(self, inputs: dict[str, Any], targets: list[str] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        return runner().run(inputs, targets), DaskGraphRunner.run(runner(), inputs, targets)

    def test_a_message_is_parsed_as_by_dask(self) -> None:
        assert agent.processor is not None
        target = agent.processor.model_metadata.nlu_target
        for text in ("hello", "怎么退货", '/stop{"language": "en"}'):
            inputs = {"__message__": [UserMessage(text, message_id="m")], "__tracker__": DialogueStateTracker("c", [])}
            found, expected = self.both(inputs, [target])
            self.assertEqual(list(found), [target])
            self.assertEqual(found[target][0].as_dict(), expected[target][0].as_dict())

    def test_an_action_is_predicted_as_by_dask(self) -> None:
        assert agent.processor is not None
        target = agent.processor.model_metadata.core_target
        for sender in CONVERSATIONS:
            found, expected = self.both({"__tracker__": asyncio.run(store.retrieve(sender))}, [target])
            self.assertEqual(found[target].__dict__, expected[target].__dict__)

    def test_what_is_missing_or_clashes_is_told_alike(self) -> None:
        for inputs in ({}, {"__tracker__": "domain_provider"}):
            told = []
            for kind in (OrderedGraphRunner, DaskGraphRunner):
                with self.assertRaises(Exception) as raised, self.assertLogs() as _:
                    logging.getLogger().warning("at least one")
                    kind.run(runner(), inputs, ["select_prediction"])
                told.append(type(raised.exception))
            self.assertEqual(told[0], told[1])


class TurnTest(unittest.TestCase):
    def turn(self, sender: str, text: str, **metadata: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The channel's answer, and the one line it logs."""
        body = {"sender": sender, "text": text, "metadata": {"turn_id": "t9", "language": "en", **metadata}}
        with self.assertLogs("bot.channel", "INFO") as logs:
            answered = asyncio.run(handle_turn(agent, body))
        (record,) = logs.records
        return answered, json.loads(record.getMessage())

    def test_a_turn_is_one_line_of_the_log_without_a_word_of_the_customer(self) -> None:
        answered, line = self.turn("log1", "my name is Sesamoeffner", trace="abc-1", parts=["my name", "is"])
        self.assertLess(line.pop("milliseconds"), 5000)
        self.assertEqual(
            line,
            {
                "event": "turn", "trace": "abc-1", "turn_id": "t9", "conversation": "log1", "failed_actions": [],
                "intent": answered["intent"], "confidence": answered["confidence"],
            },
        )  # fmt: skip

    def test_the_metadata_reaches_the_action_untouched(self) -> None:
        seen: list[dict[str, Any]] = []

        async def look(endpoint: Any, body: dict[str, Any], name: str) -> Answer:
            seen.append(body["tracker"]["latest_message"]["metadata"] | {"trace of the call": action_calls.trace.get()})
            return Answer()

        with patch.object(action_calls, "_post", look):
            self.turn("meta1", "how do I return this", parts=["how do I", "return this"], trace="tr-5")
        self.assertEqual(seen[0]["parts"], ["how do I", "return this"])
        self.assertEqual((seen[0]["trace"], seen[0]["trace of the call"], seen[0]["turn_id"]), ("tr-5", "tr-5", "t9"))

    def test_a_failed_action_is_told(self) -> None:
        async def fail(endpoint: Any, body: dict[str, Any], name: str) -> Answer:
            raise OSError("down")

        with patch.object(action_calls, "_post", fail), self.assertLogs("rasa", "ERROR"):
            answered, line = self.turn("fail1", "how do I return this")
        self.assertEqual(answered["failed_actions"], ["action_answer"])
        self.assertEqual(line["failed_actions"], ["action_answer"])

    def test_a_turn_that_is_given_up_leaves_the_conversation_as_it_was_and_free(self) -> None:
        async def given_up() -> tuple[list[Event], list[Event], dict[str, Any]]:
            started = asyncio.Event()

            async def hang(endpoint: Any, body: dict[str, Any], name: str) -> Answer:
                started.set()
                await asyncio.sleep(60)
                return Answer()

            body = {"sender": "gone1", "text": "how do I return this", "metadata": {"turn_id": "t1"}}
            await handle_turn(agent, body)
            before = await store.retrieve("gone1")
            with patch.object(action_calls, "_post", hang):
                turn = asyncio.ensure_future(handle_turn(agent, body))
                await started.wait()
                turn.cancel()
                await asyncio.gather(turn, return_exceptions=True)
            self.assertIsNone(agent.lock_store.get_lock("gone1"))
            after = await store.retrieve("gone1")
            assert before is not None and after is not None
            return list(before.events), list(after.events), await asyncio.wait_for(handle_turn(agent, body), 5)

        with self.assertLogs("bot.channel", "INFO") as logs:
            before, after, again = asyncio.run(given_up())
        self.assertEqual(after, before)
        self.assertEqual(again["intent"], "question")
        told = [json.loads(record.getMessage())["event"] for record in logs.records]
        self.assertEqual(told, ["turn", "turn_given_up", "turn"])

    def test_a_turn_that_breaks_is_logged_with_its_trace(self) -> None:
        with (
            patch.object(agent, "handle_message", side_effect=ValueError("secret words")),
            self.assertLogs("bot.channel", "ERROR") as logs,
            self.assertRaises(ValueError),
        ):
            asyncio.run(handle_turn(agent, {"sender": "x", "text": "hi", "metadata": {"trace": "tr-7"}}))
        line = json.loads(logs.records[0].getMessage())
        self.assertEqual((line["event"], line["trace"], line["error"]), ("turn_failed", "tr-7", "ValueError"))


class RecentEventsOfRealTurnsTest(unittest.TestCase):
    def test_bounding_twice_changes_nothing(self) -> None:
        for sender in CONVERSATIONS:
            kept = store.peek(sender)
            assert kept is not None
            once = recent_events(kept)
            twice = recent_events(DialogueStateTracker.from_events(sender, list(once), DOMAIN.slots))
            self.assertEqual([type(each) for each in twice], [type(each) for each in once])


if __name__ == "__main__":
    unittest.main()
