"""Rasa's ResponseSelector as a rival, in Rasa's own interpreter."""

import pytest

from benchmarks import selector
from benchmarks.rivals import LeftOut, Phrasing
from benchmarks.selector import epochs_for, response_selector
from deploy.layout import BOT_VENV, REPOSITORY, venv_python
from tests.conftest import leave_out

PHRASINGS = [
    Phrasing("return/an-item", "send the item back"),
    Phrasing("return/an-item", "how do I return [this](thing)?"),
    Phrasing("pay", "怎么付款"),
    Phrasing("pay", "可以微信支付吗"),
]


@pytest.fixture
def rasa() -> None:
    if not venv_python(BOT_VENV).exists():
        leave_out("Rasa is not installed")


@pytest.mark.parametrize(("examples", "epochs"), [(0, 100), (1_500, 100), (3_000, 50), (7_500, 20), (50_000, 20)])
def test_many_examples_are_seen_less_often(examples: int, epochs: int) -> None:
    assert epochs_for(examples) == epochs


def test_without_rasa_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selector, "BOT_VENV", REPOSITORY / "nowhere")
    with pytest.raises(LeftOut, match="Rasa is not installed here"):
        response_selector(minutes=1)(PHRASINGS, ["send it back"])


@pytest.mark.usefixtures("rasa")
def test_it_learns_the_phrasings_and_ranks_the_articles() -> None:
    # Without compiling, which takes longer than it saves for so few.
    rank = response_selector(minutes=5, epochs=10, run_eagerly=True)
    back, pay, slash = rank(PHRASINGS, ["send the item back", "怎么付款", " /:018 怎么付款"])
    assert (back.keys, pay.keys) == (("return/an-item", "pay"), ("pay", "return/an-item"))
    assert slash.keys[0] == "pay"
    assert 0.5 < back.score <= 1
    assert back.milliseconds > 0


@pytest.mark.usefixtures("rasa")
def test_training_that_takes_too_long_is_left_out() -> None:
    with pytest.raises(LeftOut, match="minutes of training"):
        response_selector(minutes=1 / 60)(PHRASINGS, ["send it back"])
