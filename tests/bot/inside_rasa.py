"""What reads and answers a message in `bot/`, tested in Rasa's own interpreter (see test_bot.py)."""

import asyncio
import json
import unittest
from typing import Any

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.channel import HuiluChannel, WholeMessages, readable, text_for_rasa
from bot.language import LanguageEntity
from bot.script import fold, language_of
from bot.tokenizer import CharacterAndWordTokenizer


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

    def test_a_trace_may_stand_in_a_header(self) -> None:
        self.assertEqual(readable("a1-b\r\nX: 1退"), "a1-bX: 1")
        self.assertEqual(len(readable("x" * 500)), 128)
        self.assertEqual(readable(None), "")

    def test_the_channel_does_not_start_without_a_secret(self) -> None:
        with self.assertRaisesRegex(Exception, "credentials"):
            HuiluChannel.from_credentials({})


if __name__ == "__main__":
    unittest.main()
