"""Tokenizer for mixed Chinese and English text: Chinese by character, everything else by word.

Rasa's own choices either need jieba, which breaks with current setuptools, or take a whole Chinese
sentence as one token.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot import script, sources
from bot.script import fold, mask_digits

_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3400-\u4dbf\u4e00-\u9fff]+(?:['’][^\W_]+)?")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class CharacterAndWordTokenizer(Tokenizer):
    """Makes one token of every Chinese character and of every word in another script, folded."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Settings that Rasa's base class reads."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """What else tokens depend on, for Rasa's training cache."""
        return sources.digest(script, sys.modules[__name__])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CharacterAndWordTokenizer:
        """Make the component, as Rasa's graph asks for it."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Cut the text of an attribute; a text without any word is one token, because features need one."""
        text = message.get(attribute)
        tokens = []
        for match in _TOKEN.finditer(text):
            word = mask_digits(fold(match.group()))
            tokens.append(Token(word, match.start(), match.end(), lemma=word))
        return tokens or [Token("∅", 0, len(text), lemma="∅")]
