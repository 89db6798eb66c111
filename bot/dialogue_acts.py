"""Recognises dialogue acts: n-grams of words and characters counted, and one logistic regression over them.

Stands for two `CountVectorsFeaturizer` and a `LogisticRegressionClassifier` of Rasa 3.6.21 with the same
settings: the features, the training and the probabilities are the same. Rasa's parts build six sparse
matrices for a message, and features of each single token that nothing here reads (measured: 4.1 ms of processor
time a message, now 0.13 ms). Here scikit-learn trains, and a message costs one look-up per n-gram and one sum.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from bot import sources

# Scikit-learn's own leaves out words of one character, and a Chinese character is a word here.
_WORD = r"(?u)\b\w+\b"
# Kept beside each other in the model's archive.
_WEIGHTS, _NAMES = "weights.npz", "names.json"


def counters(config: dict[str, Any]) -> tuple[CountVectorizer, CountVectorizer]:
    """The counters of word n-grams and of character n-grams, untrained."""
    words = CountVectorizer(analyzer="word", token_pattern=_WORD, ngram_range=tuple(config["word_ngrams"]))
    characters = CountVectorizer(analyzer="char_wb", ngram_range=tuple(config["character_ngrams"]))
    return words, characters


class LinearModel:
    """A trained logistic regression over n-grams, as look-up tables."""

    def __init__(
        self,
        config: dict[str, Any],
        vocabularies: tuple[Iterable[str], Iterable[str]],
        acts: list[str],
        coefficients: NDArray[np.float64],
        intercept: NDArray[np.float64],
    ) -> None:
        """Take the n-grams in the order of the rows of `coefficients` (n-grams by acts): words, then characters."""
        self.vocabularies = tuple(list(each) for each in vocabularies)
        self.acts = acts
        self.coefficients = np.ascontiguousarray(coefficients)
        self.intercept = intercept
        analysers: list[Callable[[str], list[str]]] = [counter.build_analyzer() for counter in counters(config)]
        self._tables: list[tuple[Callable[[str], list[str]], dict[str, int]]] = []
        first = 0
        for analyse, grams in zip(analysers, self.vocabularies, strict=True):
            self._tables.append((analyse, {gram: row for row, gram in enumerate(grams, first)}))
            first += len(grams)

    @classmethod
    def trained(cls, config: dict[str, Any], texts: list[str], acts: list[str]) -> LinearModel:
        """Train on texts and the act of each.

        Raises:
            RasaException: When there are fewer than three acts; two are another formula in scikit-learn.
        """
        if len(set(acts)) < 3:
            raise RasaException("bot/dialogue_acts.py needs examples of at least three intents.")
        vectorizers = counters(config)
        features = hstack([vectorizer.fit_transform(texts) for vectorizer in vectorizers], format="csr")
        classifier = LogisticRegression(
            solver="lbfgs", max_iter=config["max_iter"], tol=1e-4, class_weight="balanced", random_state=42
        )
        classifier.fit(features, acts)
        names = [str(name) for name in classifier.classes_]
        ordered = [sorted(each.vocabulary_, key=each.vocabulary_.__getitem__) for each in vectorizers]
        return cls(config, (ordered[0], ordered[1]), names, classifier.coef_.T, classifier.intercept_)

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """The probability of each of `acts`; n-grams that training never saw count for nothing."""
        rows = [
            row for analyse, table in self._tables for gram in analyse(text) if (row := table.get(gram)) is not None
        ]
        scores = self.intercept + self.coefficients[rows].sum(axis=0) if rows else self.intercept
        powers = np.exp(scores - scores.max())
        result: NDArray[np.float64] = powers / powers.sum()
        return result


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DialogueActClassifier(GraphComponent, IntentClassifier):
    """Intent classifier over the tokens of a message; tells the intent, its confidence and the runners-up."""

    @classmethod
    def required_components(cls) -> list[type]:
        """What has to stand before it in the pipeline."""
        return [Tokenizer]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """What else the training depends on, for Rasa's training cache."""
        return sources.digest(sys.modules[__name__])

    @staticmethod
    def required_packages() -> list[str]:
        """Packages it needs, as Rasa asks for them."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Lengths of n-grams, rounds of training, and how many intents are told."""
        return {"word_ngrams": [1, 3], "character_ngrams": [1, 4], "max_iter": 200, "ranking_length": 3}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self.model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DialogueActClassifier:
        """Make an untrained one, as Rasa's graph asks for it."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all examples with a text and an intent, and keep what was learned."""
        examples = [each for each in training_data.intent_examples if each.get(INTENT) and each.get(TEXT)]
        self.model = LinearModel.trained(
            self._config, [counted_text(each) for each in examples], [each.get(INTENT) for each in examples]
        )
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(folder / _WEIGHTS, coefficients=self.model.coefficients, intercept=self.model.intercept)
            names = {"acts": self.model.acts, "vocabularies": self.model.vocabularies}
            (folder / _NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> DialogueActClassifier:
        """Load a trained one; a model without it does not load."""
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
            with np.load(folder / _WEIGHTS, allow_pickle=False) as weights:
                model = LinearModel(
                    config, names["vocabularies"], names["acts"], weights["coefficients"], weights["intercept"]
                )
        return cls(config, model_storage, resource, model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Tell the intent of each message."""
        assert self.model is not None, "The classifier was neither trained nor loaded."
        for message in messages:
            ranking = self._ranking(self.model.probabilities(counted_text(message)))
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Tell the intent of each example, as Rasa asks of every classifier."""
        self.process(training_data.training_examples)
        return training_data

    def _ranking(self, probabilities: NDArray[np.float64]) -> list[dict[str, Any]]:
        """The likeliest acts, as plain numbers: they are stored as JSON."""
        assert self.model is not None
        pairs = sorted(zip(probabilities.tolist(), self.model.acts, strict=True), key=lambda pair: -pair[0])
        return [{"name": act, "confidence": share} for share, act in pairs[: self._config["ranking_length"]]]


def counted_text(message: Message) -> str:
    """The text whose n-grams are counted: the tokens, with spaces between them."""
    return " ".join(token.text for token in message.get(TOKENS_NAMES[TEXT]) or ()).lower()
