"""The lexical matcher."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge_base.lexical import TextFeatures, analyse, analysed, stem, weight_of
from knowledge_base.lexical_matrix import LexicalBase, LexicalMatrix, text_rows

pytestmark = pytest.mark.fast
TEXTS = [
    "怎么退货？",
    "退款多久到账？",
    "How do I return an item?",
    "Where is my parcel?",
    "what payment methods are there",
]


@pytest.fixture(scope="module")
def matrix() -> LexicalMatrix:
    return LexicalMatrix.of(TEXTS)


def test_a_text_is_fully_like_itself(matrix: LexicalMatrix) -> None:
    for number, text in enumerate(TEXTS):
        assert matrix.scores(text)[number] == pytest.approx(1, abs=1e-5)


def test_scores_lie_between_nothing_and_one(matrix: LexicalMatrix) -> None:
    for query in [*TEXTS, "return", "退退退退", "x" * 5000, "a b c"]:
        scores = matrix.scores(query)
        assert scores.shape == (len(TEXTS),)
        assert scores.min() >= 0
        assert scores.max() <= 1


def test_both_chinese_scripts_meet(matrix: LexicalMatrix) -> None:
    assert matrix.scores("退款多久到帳？")[1] == pytest.approx(1, abs=1e-5)


def test_a_misspelling_still_finds(matrix: LexicalMatrix) -> None:
    assert int(np.argmax(matrix.scores("paymant metods"))) == 4


def test_words_nobody_wrote_cost(matrix: LexicalMatrix) -> None:
    known = matrix.scores("where is my parcel")[3]
    assert matrix.scores("where is my grandmother's parcel")[3] < known
    assert matrix.scores("帮我写一首诗").max() < 0.2


@pytest.mark.parametrize("query", ["", "😀", "?!…", " \n"])
def test_a_query_without_words_scores_nothing(matrix: LexicalMatrix, query: str) -> None:
    assert not matrix.scores(query).any()


def test_scores_are_those_of_scikit_learn() -> None:
    texts = [*TEXTS, "return return the item", "退款退款", "does the return label cost anything?"]
    vectorizer = TfidfVectorizer(analyzer=analyse, sublinear_tf=True, norm=None)
    counts = vectorizer.fit_transform(texts)
    kinds = np.array([weight_of(name) for name in vectorizer.get_feature_names_out()])
    # Queries of known features only: what an unknown one costs is our own.
    weighted = counts.toarray() * kinds
    unit = weighted / np.linalg.norm(weighted, axis=1, keepdims=True)
    matrix = LexicalMatrix.of(texts)
    for number, text in enumerate(texts):
        np.testing.assert_allclose(matrix.scores(text), unit @ unit[number], atol=1e-6)


def test_no_texts_and_texts_without_words() -> None:
    assert LexicalMatrix.of([]).scores("return").shape == (0,)
    assert LexicalMatrix.of(["😀", ""]).scores("return").tolist() == [0, 0]


def test_features_of_both_scripts() -> None:
    features = analyse("退货 returns")
    assert {"c:退", "c:货", "p:退货", "w:return"} <= set(features)


@pytest.mark.parametrize(
    ("word", "root"),
    [("returned", "return"), ("returning", "return"), ("batteries", "battery"), ("address", "address")],
)
def test_stem(word: str, root: str) -> None:
    assert stem(word) == root


def test_what_nobody_wrote_is_the_unknown_share(matrix: LexicalMatrix) -> None:
    assert matrix.unknown_share("unheard xylophones") == 1
    assert matrix.unknown_share("") == 0


def test_a_query_that_was_analysed_before_scores_the_same(matrix: LexicalMatrix) -> None:
    query = "where is my grandmother's parcel"
    assert matrix.scores(matrix.analysed(query)).tolist() == matrix.scores(query).tolist()
    assert matrix.unknown_share(matrix.analysed(query)) == matrix.unknown_share(query)
    assert analysed(matrix.analysed(query)).text == query


def test_texts_that_came_later_and_texts_that_are_gone() -> None:
    features = TextFeatures()
    base = LexicalBase.of(text_rows(TEXTS, features), features)
    later = base.postings_of(text_rows(["a gift voucher", "gone again"], features), features)
    some = LexicalMatrix(base, later, np.array([5, 3, 0]))
    assert some.scores("gift vouchers please").argmax() == 0
    assert some.scores("where is my parcel").argmax() == 1
    assert some.scores("怎么退货")[2] == pytest.approx(1, abs=1e-5)
    # "methods" and "gone" stand in texts that are not among these any more.
    assert some.unknown_share("methods gone") == 1
    assert some.unknown_share("gift parcel") == 0


def test_a_text_of_our_own_knows_only_what_others_say_as_well() -> None:
    some = LexicalMatrix.of(["return an order", "cancel an order", "warranty"])
    assert some.unknown_share("warranty") == 0
    assert some.unknown_share("warranty", own=1) == 1
    assert 0 < some.unknown_share("return an order", own=1) < 1
