"""Puts the language of every message into the slot `language`, through an entity, without an action call."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.script import language_of

LANGUAGES = ("en", "zh-Hans", "zh-Hant")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageEntity(GraphComponent):
    """Adds an entity `language` to every message: what the app said in the metadata, else a guess from the script."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageEntity:
        """Make the component, as Rasa's graph asks for it."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entity to each message."""
        for message in messages:
            metadata = message.get("metadata") or {}
            language = metadata.get("language")
            if language not in LANGUAGES:
                language = language_of(message.get(TEXT) or "")
            entity = {"entity": "language", "value": language, "start": 0, "end": 0, "extractor": "LanguageEntity"}
            message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
        return messages
