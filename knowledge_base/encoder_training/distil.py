"""Training: the mean of a text's pieces is pulled to where the English encoder puts the text's translation.

One thread, and a generator for all that is drawn: the same lessons and seed give the same numbers on one machine.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from knowledge_base.encoder_training.lessons import Bags, Lessons, Numbers
from knowledge_base.encoders import Vectors

EPOCHS = 4

_BATCH = 1_024
_LEARNING_RATE = 2e-3
# Falls evenly to this share of it.
_LAST_RATE = 0.02
# Cosines times this are compared; greater values tell near from nearest more sharply.
_SCALE = 20.0
# Nearer than this, another text of the batch says the same, and is no wrong answer.
_SAME = 0.9
_COSINE_WEIGHT = 10.0
# That texts lie to each other as their translations do.
_RELATION_WEIGHT = 10.0
_PASSAGE_WEIGHT = 0.3
# Every second step; there are a twentieth as many passages as sentences and words.
_STEPS_A_PASSAGE = 2
_DROPPED = 0.1


class Training:
    """One training; `run` gives the vectors.

    Args:
        start: A vector for each piece, shape (pieces, dimension).
        seed: Decides the order of the lessons and the pieces that are left out.
        report: Is told about progress, once an epoch.
    """

    def __init__(self, start: Vectors, lessons: Lessons, seed: int, report: Callable[[str], None]) -> None:
        self._lessons = lessons
        self._report = report
        self._random = np.random.default_rng(seed)
        self._targets = torch.from_numpy(lessons.targets)
        self._pieces = torch.nn.EmbeddingBag.from_pretrained(
            torch.from_numpy(start.copy()), freeze=False, mode="mean", sparse=True
        )
        self._optimiser = torch.optim.SparseAdam(self._pieces.parameters(), lr=_LEARNING_RATE)

    def run(self, epochs: int = EPOCHS) -> Vectors:
        """Train, and return the pieces' vectors, shape (pieces, dimension)."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            for epoch in range(epochs):
                began = time.monotonic()
                loss = self._epoch(epoch, epochs)
                self._report(f"epoch {epoch + 1} of {epochs}: loss {loss:.3f}, {time.monotonic() - began:.0f} s")
        finally:
            torch.set_num_threads(threads)
        return np.asarray(self._pieces.weight.detach().numpy(), dtype=np.float32)

    def _epoch(self, epoch: int, epochs: int) -> float:
        """Learn everything once; the mean loss."""
        order = self._random.permutation(len(self._lessons.texts))
        # What is left over makes no batch of its own: it comes in another epoch.
        batches = [order[start : start + _BATCH] for start in range(0, max(len(order) - _BATCH, 0) + 1, _BATCH)]
        total = 0.0
        for step, places in enumerate(batches):
            done = (epoch + step / len(batches)) / epochs
            for group in self._optimiser.param_groups:
                group["lr"] = _LEARNING_RATE * max(_LAST_RATE, 1 - done)
            loss = self._translation_loss(places)
            if step % _STEPS_A_PASSAGE == 0 and len(self._lessons.headings):
                loss = loss + _PASSAGE_WEIGHT * self._passage_loss()
            self._optimiser.zero_grad()
            loss.backward()
            self._optimiser.step()
            total += loss.item()
        return total / len(batches)

    def _translation_loss(self, places: Numbers) -> Any:
        """How far texts are from their translations, more so than from others', and from the same relations."""
        found = self._encode(self._lessons.texts, places)
        wanted = self._targets[torch.from_numpy(places)]
        cosines, relations = found @ wanted.T, wanted @ wanted.T
        same = (relations > _SAME) & ~torch.eye(len(places), dtype=torch.bool)
        return (
            _contrast((_SCALE * cosines).masked_fill(same, -1e4))
            + _COSINE_WEIGHT * (1 - cosines.diagonal()).mean()
            + _RELATION_WEIGHT * ((found @ found.T - relations) ** 2).mean()
        )

    def _passage_loss(self) -> Any:
        """How far headings are from what stands under them, more so than from other passages."""
        count = min(_BATCH // 2, len(self._lessons.headings))
        places = self._random.choice(len(self._lessons.headings), count, replace=False)
        headings = self._encode(self._lessons.headings, places)
        return _contrast(_SCALE * headings @ self._encode(self._lessons.bodies, places).T)

    def _encode(self, texts: Bags, places: Numbers) -> Any:
        ids, starts = texts.take_some(places, _DROPPED, self._random)
        return functional.normalize(self._pieces(torch.from_numpy(ids), torch.from_numpy(starts)))


def _contrast(scores: Any) -> Any:
    """InfoNCE both ways: in each row and in each column the diagonal should be greatest."""
    right = torch.arange(len(scores))
    return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2
