"""How much the words of a query speak for each article as a whole: a naive Bayes head over the articles' own phrasings.

The nearest single phrasing misses an article whose phrasings each share a little with the query. This counts all of
them: for each feature of the query the logarithm of how much more often this article uses it than all articles do, as
a mean over the query. Multinomial naive Bayes with inverse document frequency (Rennie et al., ICML 2003); it is only
counting, so that it is made anew with each change. Measured on the demo's 957 questions, hit@1: nearest phrasings
alone 0.886, this alone 0.913, both 0.934.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge_base.lexical import analyse, weight_of

# Tried 0.01 to 0.3; between them little changes.
SMOOTHING = 0.1


class ArticleHead:
    """Immutable: the weighed features of each article, ready to be compared with queries.

    Args:
        texts: All phrasings.
        owners: The article's number of each phrasing, from 0 to `articles` - 1.
    """

    def __init__(self, texts: Sequence[str], owners: NDArray[np.int64], articles: int) -> None:
        self.articles = articles
        counts: dict[str, dict[int, float]] = {}
        for text, owner in zip(texts, owners.tolist(), strict=True):
            for feature, count in _counted(text).items():
                of_feature = counts.setdefault(feature, {})
                of_feature[owner] = of_feature.get(owner, 0.0) + count
        self._idf = {feature: math.log((1 + articles) / (1 + len(each))) + 1 for feature, each in counts.items()}
        self._smooth = SMOOTHING * len(counts)
        self._totals = np.zeros(articles)
        self._of_feature: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        self._common: dict[str, float] = {}
        for feature, each in counts.items():
            numbers = np.fromiter(each, np.int64, len(each))
            values = np.fromiter(each.values(), np.float64, len(each)) * self._idf[feature]
            self._totals[numbers] += values
            self._of_feature[feature] = (numbers, np.log((values + SMOOTHING) / SMOOTHING))
            self._common[feature] = float(values.sum())

    def scores(self, query: str) -> NDArray[np.float64]:
        """How much the query's words speak for each article, by number: about 0 for any, 3 for the right one."""
        return self._scores(self._weighed(query), self._totals)

    def scores_without(self, text: str, owner: int) -> NDArray[np.float64]:
        """The same for one of an article's own phrasings, as if the article did not hold it."""
        weighed = self._weighed(text)
        totals = self._totals.copy()
        totals[owner] -= sum(weighed.values())
        scores = self._scores(weighed, totals, left_out=True)
        whole = sum(weighed.values())
        if whole:
            # What the article's own count of each feature is without this phrasing.
            lost = 0.0
            for feature, weight in weighed.items():
                own = self._own(feature, owner)
                lost += weight * math.log((max(0.0, own - weight) + SMOOTHING) / (own + SMOOTHING))
            scores[owner] += lost / whole
        return scores

    def _weighed(self, text: str) -> dict[str, float]:
        rare = math.log(1 + self.articles) + 1
        return {feature: count * self._idf.get(feature, rare) for feature, count in _counted(text).items()}

    def _scores(
        self, weighed: dict[str, float], totals: NDArray[np.float64], left_out: bool = False
    ) -> NDArray[np.float64]:
        whole = sum(weighed.values())
        known = [(feature, weight) for feature, weight in weighed.items() if feature in self._of_feature]
        if not known or not self.articles:
            return np.zeros(self.articles)
        bases = math.log(SMOOTHING) - np.log(totals + self._smooth)
        scores = np.zeros(self.articles)
        mass, common = 0.0, 0.0
        everything = float(totals.sum()) + self._smooth * self.articles
        for feature, weight in known:
            numbers, logarithms = self._of_feature[feature]
            scores[numbers] += weight * logarithms
            mass += weight
            all_of_it = max(0.0, self._common[feature] - (weight if left_out else 0.0))
            common += weight * math.log((all_of_it + SMOOTHING * self.articles) / everything)
        # Words that no article has speak for none: they make the mean smaller.
        result: NDArray[np.float64] = (scores + mass * bases - common) / whole
        return result

    def _own(self, feature: str, owner: int) -> float:
        numbers, logarithms = self._of_feature[feature]
        logarithm = float(logarithms[numbers == owner].sum())
        return SMOOTHING * math.exp(logarithm) - SMOOTHING


def _counted(text: str) -> dict[str, float]:
    return {feature: (1 + math.log(count)) * weight_of(feature) for feature, count in Counter(analyse(text)).items()}
