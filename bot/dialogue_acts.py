"""Recognises dialogue acts by their n-grams of words and characters: logistic regression and naive Bayes, mixed.

Both are linear in the same features (term frequency by inverse document frequency, each kind of n-gram to unit length),
so that a message costs one look-up per n-gram and one sum. Scikit-learn trains. Measured on tests/nlu/held_out.yml
(macro F1 en / zh-Hans / zh-Hant): logistic regression alone 0.944 / 0.953 / 0.974; with naive Bayes, which knows rare
words better, as a share of three tenths 0.953 / 0.958 / 0.977.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from bot import script, sources
from bot.script import fold

# Scikit-learn's own leaves out words of one character, and a Chinese character is a word here.
_WORD = r"(?u)\b\w+\b"
# Kept beside each other in the model's archive.
_WEIGHTS, _NAMES = "weights.npz", "names.json"


def counters(config: dict[str, Any]) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    """What weighs word n-grams and character n-grams, untrained."""
    same: dict[str, Any] = {"sublinear_tf": True, "min_df": config["fewest_examples"]}
    words = TfidfVectorizer(analyzer="word", token_pattern=_WORD, ngram_range=tuple(config["word_ngrams"]), **same)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=tuple(config["character_ngrams"]), **same)
    return words, characters


class LinearModel:
    """Two trained linear models over weighed n-grams, as look-up tables.

    Args:
        vocabularies: The n-grams in the order of their rows: words, then characters.
        phrases: Regular expressions of turns of phrase, whose rows come last.
        weights: The inverse document frequency of each n-gram.
        coefficients: N-grams by twice the acts: of the logistic regression, then of naive Bayes.
        intercept: The same for the constant.
    """

    def __init__(
        self,
        config: dict[str, Any],
        vocabularies: tuple[Iterable[str], Iterable[str]],
        acts: list[str],
        weights: NDArray[np.float64],
        coefficients: NDArray[np.float64],
        intercept: NDArray[np.float64],
        phrases: Sequence[str] = (),
    ) -> None:
        self.phrases = [re.compile(pattern) for pattern in phrases]
        self.vocabularies = tuple(list(each) for each in vocabularies)
        self.acts = acts
        self.weights = weights
        self.coefficients = np.ascontiguousarray(coefficients)
        self.intercept = intercept
        self._share = float(config["naive_bayes_share"])
        analysers: list[Callable[[str], list[str]]] = [counter.build_analyzer() for counter in counters(config)]
        self._tables: list[tuple[Callable[[str], list[str]], dict[str, int]]] = []
        first = 0
        for analyse, grams in zip(analysers, self.vocabularies, strict=True):
            self._tables.append((analyse, {gram: row for row, gram in enumerate(grams, first)}))
            first += len(grams)
        self._first_phrase = first

    @classmethod
    def trained(
        cls, config: dict[str, Any], texts: list[str], plain: list[str], acts: list[str], phrases: Sequence[str] = ()
    ) -> LinearModel:
        """Train on texts, the same texts folded only (in which the turns of phrase are looked for), and acts.

        Raises:
            RasaException: When there are fewer than three acts; two are another formula in scikit-learn.
        """
        if len(set(acts)) < 3:
            raise RasaException("bot/dialogue_acts.py needs examples of at least three intents.")
        vectorizers = counters(config)
        marks = csr_matrix([[bool(re.search(pattern, text)) for pattern in phrases] for text in plain], dtype=float)
        grams = [vectorizer.fit_transform(texts) for vectorizer in vectorizers]
        features = hstack([*grams, marks] if phrases else grams, format="csr")
        regression = LogisticRegression(
            C=config["regression_strength"], solver="lbfgs", max_iter=config["max_iter"], tol=1e-3, random_state=42
        )
        regression.fit(features, acts)
        bayes = MultinomialNB(alpha=config["naive_bayes_smoothing"]).fit(features, acts)
        ordered = [sorted(each.vocabulary_, key=each.vocabulary_.__getitem__) for each in vectorizers]
        return cls(
            config,
            (ordered[0], ordered[1]),
            [str(name) for name in regression.classes_],
            np.concatenate([each.idf_ for each in vectorizers]),
            np.hstack([regression.coef_.T, bayes.feature_log_prob_.T]),
            np.concatenate([regression.intercept_, bayes.class_log_prior_]),
            phrases,
        )

    def probabilities(self, text: str, plain: str = "") -> NDArray[np.float64]:
        """The probability of each of `acts`; n-grams that training never saw count for nothing.

        Args:
            text: Tokens with spaces between them.
            plain: The text itself, folded, for the turns of phrase.
        """
        scores = self.intercept.copy()
        for analyse, table in self._tables:
            counted = Counter(row for gram in analyse(text) if (row := table.get(gram)) is not None)
            if counted:
                rows = list(counted)
                values = (1 + np.log(list(counted.values()))) * self.weights[rows]
                scores += (values / np.sqrt(values @ values)) @ self.coefficients[rows]
        for row, phrase in enumerate(self.phrases, self._first_phrase):
            if phrase.search(plain):
                scores += self.coefficients[row]
        regression, bayes = softmax(scores[: len(self.acts)]), softmax(scores[len(self.acts) :])
        return (1 - self._share) * regression + self._share * bayes


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores as probabilities."""
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
        return sources.digest(script, sys.modules[__name__])

    @staticmethod
    def required_packages() -> list[str]:
        """Packages it needs, as Rasa asks for them."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Lengths of n-grams, in how many examples one must stand, settings of training, how many intents are told.

        `least_confidence`: acts that count only from a confidence on; below it the message is what `otherwise` says.
        """
        return {
            "word_ngrams": [1, 3],
            "character_ngrams": [1, 4],
            "fewest_examples": 2,
            "regression_strength": 30.0,
            "naive_bayes_smoothing": 0.05,
            "naive_bayes_share": 0.3,
            "max_iter": 100,
            "ranking_length": 3,
            "least_confidence": {},
            "otherwise": "question",
        }

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
            self._config,
            [counted_text(each) for each in examples],
            [fold(each.get(TEXT)) for each in examples],
            [each.get(INTENT) for each in examples],
            ["|".join(patterns) for patterns in _phrases(training_data).values()],
        )
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(
                folder / _WEIGHTS,
                weights=self.model.weights,
                coefficients=self.model.coefficients,
                intercept=self.model.intercept,
            )
            names = {
                "acts": self.model.acts,
                "vocabularies": self.model.vocabularies,
                "phrases": [phrase.pattern for phrase in self.model.phrases],
            }
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
                    config,
                    names["vocabularies"],
                    names["acts"],
                    weights["weights"],
                    weights["coefficients"],
                    weights["intercept"],
                    names["phrases"],
                )
        return cls(config, model_storage, resource, model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Tell the intent of each message."""
        assert self.model is not None, "The classifier was neither trained nor loaded."
        for message in messages:
            ranking = self._ranking(self.model.probabilities(counted_text(message), fold(message.get(TEXT) or "")))
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
        share, act = pairs[0]
        if share < self._config["least_confidence"].get(act, 0.0):
            pairs.sort(key=lambda pair: pair[1] != self._config["otherwise"])
            # As sure as the act would have been, so that nothing falls back: it is told what it is now.
            pairs[0] = (share, pairs[0][1])
        return [{"name": act, "confidence": share} for share, act in pairs[: self._config["ranking_length"]]]


def _phrases(training_data: TrainingData) -> dict[str, list[str]]:
    """The regular expressions of the training data, by name."""
    found: dict[str, list[str]] = {}
    for each in training_data.regex_features:
        found.setdefault(each["name"], []).append(f"(?:{each['pattern']})")
    return found


def counted_text(message: Message) -> str:
    """The text whose n-grams are counted: the tokens, with spaces between them."""
    return " ".join(token.text for token in message.get(TOKENS_NAMES[TEXT]) or ()).lower()
