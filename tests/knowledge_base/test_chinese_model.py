"""The Chinese encoder that comes with the code."""

import json
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.chinese import FOLDER, ChineseEncoder
from knowledge_base.minilm import load_minilm
from texts.language import fold

MOST_BYTES = 20_000_000
TEXTS = [
    "怎么退货",
    "我的快递到哪里了?",
    "iPhone 充不了电",
    "iPhone充不了电",
    "订单 4711 能取消吗",
    "發票可以開公司抬頭嗎",
    "花呗怎么还款",
]


@pytest.fixture(scope="module")
def encoder() -> ChineseEncoder:
    return ChineseEncoder()


def nearest(encoder: ChineseEncoder, question: str, english: list[str]) -> str:
    cosines = load_minilm().encode(english) @ encoder.encode([question])[0]
    return english[int(np.argmax(cosines))]


@pytest.mark.fast
def test_it_is_20_mb_or_less_in_plain_files() -> None:
    files = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= MOST_BYTES
    # Not a pointer to a file that is kept elsewhere.
    assert (FOLDER / "model.safetensors").stat().st_size > 1_000_000


@pytest.mark.fast
def test_its_card_names_sources_licence_and_limits() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: cc-by-sa-4.0\n")
    for said in ("CC-CEDICT", "Tatoeba", "ConvLab-2", "TICO-19", "wordfreq", "all-MiniLM-L6-v2", "## Limits", "95 %"):
        assert said in card, said


def test_sentence_transformers_gives_the_same_vectors(encoder: ChineseEncoder) -> None:
    pytest.importorskip("sentence_transformers")
    from sentence_transformers import SentenceTransformer

    found = SentenceTransformer(str(FOLDER), device="cpu").encode([fold(text) for text in TEXTS])
    np.testing.assert_allclose(found, encoder.encode(TEXTS), atol=1e-3)


@pytest.mark.fast
def test_both_scripts_have_one_vector(encoder: ChineseEncoder) -> None:
    found = encoder.encode(["發票可以開公司抬頭嗎", "发票可以开公司抬头吗"])
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.fast
def test_a_space_after_a_latin_word_changes_nothing(encoder: ChineseEncoder) -> None:
    found = encoder.encode(["iPhone 充不了电", "iPhone充不了电"])
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


@pytest.mark.fast
def test_names_of_products_are_pieces_of_their_own() -> None:
    vocabulary = {text for text, _ in json.loads((FOLDER / "tokenizer.json").read_text())["model"]["vocab"]}
    assert {"iphone", "android", "wifi", "usb", "app", "退款", "快递", "发票", "充电器"} <= vocabulary


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("怎么退货", "how do I return an item"),
        ("東西壞了想退掉", "how do I return an item"),
        ("你们几点开门", "opening hours"),
        ("我的包裹到哪了", "where is my parcel"),
        ("密码忘了怎么办", "I forgot my password"),
        ("iPhone 充不了电", "my phone does not charge"),
        ("可以用信用卡付吗", "can I pay by credit card"),
    ],
)
def test_a_chinese_question_finds_the_english_one(encoder: ChineseEncoder, question: str, right: str) -> None:
    english = [
        "how do I return an item",
        "opening hours",
        "where is my parcel",
        "I forgot my password",
        "my phone does not charge",
        "can I pay by credit card",
    ]
    assert nearest(encoder, question, english) == right


def test_the_folder_holds_nothing_else() -> None:
    names = {str(file.relative_to(FOLDER)) for file in Path(FOLDER).rglob("*") if file.is_file()}
    assert names == {
        "README.md",
        "config_sentence_transformers.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    }
