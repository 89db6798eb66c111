"""Training the Chinese encoder, on a corpus so small that it takes seconds, in the space of a teacher that is none."""

import gzip
import json
import os
import subprocess
import sys
import zlib
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.articles.importing import FileUnreadable
from knowledge_base.encoder_training import __main__ as command_line
from knowledge_base.encoder_training.corpus import Corpus, Pair, Passage, bare, hold_out, meaning, read_corpus
from knowledge_base.encoder_training.lessons import Bags
from knowledge_base.encoder_training.measure import (
    QuestionSet,
    Student,
    articles_found,
    figures,
    question_sets,
    translations_found,
)
from knowledge_base.encoder_training.saving import load_model, quantised, restored, save_model
from knowledge_base.encoder_training.start import starting_vectors, word_vectors
from knowledge_base.encoder_training.teacher import Teacher
from knowledge_base.encoder_training.vocabulary import Frequencies, Piece, pieces_of, tokenizer_of
from knowledge_base.encoders import Vectors
from knowledge_base.metrics import Share
from texts.language import fold

THINGS = {
    "parcel": "包裹",
    "order": "订单",
    "refund": "退款",
    "phone": "手机",
    "charger": "充电器",
    "voucher": "优惠券",
}
DEEDS = {"find": "找到", "return": "退回", "see": "看见", "buy": "购买", "lose": "丢失", "send": "寄出", "want": "想要"}
PEOPLE = {"i": "我", "we": "我们", "they": "他们", "you": "你"}
FREQUENCIES = Frequencies(
    {**dict.fromkeys([*THINGS.values(), *DEEDS.values(), "我们", "他们", "充不了"], 1e-4), "我": 1e-2, "iphone": 1e-5},
    {"iphone": 1e-5, "phone": 1e-4, "ip": 1e-5},
)


class FakeEncoder:
    """A direction for each word, the sum of them for a text."""

    name = "fake"
    dimension = 24

    def prepare(self) -> None: ...

    def covers(self, text: str) -> bool:
        return True

    def encode(self, texts: Sequence[str]) -> Vectors:
        sums = np.stack([np.sum([self._word(word) for word in bare(text).split()], axis=0) for text in texts])
        return (sums / np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.float32)

    def encode_query(self, text: str) -> Vectors:
        return self.encode([text])

    def _word(self, word: str) -> Vectors:
        return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(self.dimension).astype(np.float32)


class Broken(FakeEncoder):
    def encode(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError("should have been kept")


def write(folder: Path, name: str, rows: Sequence[object]) -> None:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    sentences = [
        {"a": f"{who} {does} the {thing}", "b": f"{zh_who}{zh_does}{zh_thing}。"}
        for who, zh_who in PEOPLE.items()
        for does, zh_does in DEEDS.items()
        for thing, zh_thing in THINGS.items()
    ]
    write(folder, "par_tatoeba", [*sentences, {"a": "Thank you!", "b": "謝謝"}])
    # The same once more, in the other script and with other marks.
    write(
        folder,
        "par_ui_strings",
        [{"a": f"{row['a'].upper()}!", "b": row["b"].replace("单", "單")} for row in sentences],
    )
    words = {**THINGS, **DEEDS, "thank you": "谢谢", "to fill": "充", "not": "不", "done (as in 做了)": "了"}
    write(folder, "dict_cc_cedict", [{"trad": zh, "simp": zh, "en": [en, "CL:個|个[ge4]"]} for en, zh in words.items()])
    write(folder, "mono_docs_heading_body", [{"a": "退款", "b": "我們退回訂單。"}, {"a": "手机", "b": "充电器寄出。"}])
    return folder


@pytest.fixture
def corpus(data: Path) -> Corpus:
    return read_corpus(data)


@pytest.fixture
def teacher(tmp_path: Path) -> Teacher:
    return Teacher(FakeEncoder(), tmp_path / "kept")


def trained(folder: Path, kept: Path, out: Path, seed: int = 1) -> Student:
    options = Namespace(words=100, seed=seed, epochs=3)
    teacher = Teacher(FakeEncoder(), kept)
    student = command_line.train(read_corpus(folder), FREQUENCIES, teacher, options, lambda _: None)
    save_model(out, student.tokenizer, student.vectors)
    return student


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_same_data_and_seed_give_the_same_files(data: Path, tmp_path: Path) -> None:
    trained(data, tmp_path / "kept", tmp_path / "first")
    program = (
        "import sys; from pathlib import Path; from tests.knowledge_base.test_encoder_training import trained;"
        "trained(*map(Path, sys.argv[1:]))"
    )
    # A process of its own has its own order of sets; with nothing kept, the teacher is asked anew.
    command = [sys.executable, "-c", program, str(data), str(tmp_path / "kept anew"), str(tmp_path / "second")]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True, env=os.environ | {"PYTHONHASHSEED": "12345"})
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_another_seed_gives_another_model(data: Path, tmp_path: Path) -> None:
    first = trained(data, tmp_path / "kept", tmp_path / "first")
    second = trained(data, tmp_path / "kept", tmp_path / "second", seed=2)
    assert not np.array_equal(first.vectors, second.vectors)


def test_training_brings_sentences_to_their_translations(data: Path, corpus: Corpus, tmp_path: Path) -> None:
    student = trained(data, tmp_path / "kept", tmp_path / "model")
    teacher = Teacher(FakeEncoder(), tmp_path / "kept")
    pieces = pieces_of(corpus, FREQUENCIES)
    start = Student(tokenizer_of(pieces), starting_vectors(pieces, word_vectors(corpus, teacher), teacher))

    def cosine(each: Student) -> float:
        chinese = each.encode([pair.chinese for pair in corpus.held_out])
        return float((chinese * teacher.vectors([pair.english for pair in corpus.held_out])).sum(axis=1).mean())

    assert cosine(student) > cosine(start) + 0.05
    assert translations_found(student, teacher, corpus.held_out).count >= len(corpus.held_out) - 2


def test_sentence_transformers_reads_the_model(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    from sentence_transformers import SentenceTransformer

    student = trained(data, tmp_path / "kept", tmp_path / "model")
    texts = ["我们退回订单。", "iphone充不了"]
    found = SentenceTransformer(str(tmp_path / "model"), device="cpu").encode(texts)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert (found * student.encode(texts)).sum(axis=1).min() > 0.999
    np.testing.assert_allclose(found, Student(*load_model(tmp_path / "model")).encode(texts), atol=1e-5)


def test_the_card_stays_when_a_model_is_written(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("card")
    save_model(tmp_path, tokenizer_of([Piece("退款", -5, 0.1)]), np.ones((2, 3), dtype=np.float32))
    assert (tmp_path / "README.md").read_text() == "card"
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.fast
def test_training_sees_nothing_of_the_held_out_sentences(corpus: Corpus) -> None:
    assert len(corpus.held_out) == 16
    english = {bare(pair.english) for pair in corpus.held_out}
    chinese = {bare(pair.chinese) for pair in corpus.held_out}
    assert len(english) == len(chinese) == 16
    assert not english & {bare(pair.english) for pair in corpus.pairs}
    assert not chinese & {bare(text) for text in corpus.chinese_texts()}
    assert not chinese & {bare(word) for word in corpus.dictionary}


@pytest.mark.fast
def test_other_translations_of_a_held_out_sentence_are_not_learned_either() -> None:
    pairs = [Pair(f"sentence {number}", f"第{number}句话") for number in range(20)]
    pairs += [Pair(f"Sentence {number}.", f"另外{number}句") for number in range(20)]
    held_out, english, chinese = hold_out(pairs, {})
    assert len(held_out) == 2
    assert chinese == {bare(pair.chinese) for pair in pairs if bare(pair.english) in english}
    assert len(chinese) == 4


@pytest.mark.fast
def test_a_word_of_the_dictionary_is_no_held_out_sentence() -> None:
    pairs = [Pair(f"sentence {number}", f"第{number}句话") for number in range(20)]
    dictionary = {f"第{number}句话": ("something",) for number in range(20) if number != 7}
    assert [pair.english for pair in hold_out(pairs, dictionary)[0]] == ["sentence 7"]


@pytest.mark.fast
def test_a_pair_is_learned_once_and_chinese_is_folded(corpus: Corpus) -> None:
    assert len(corpus.pairs) == len(THINGS) * len(DEEDS) * len(PEOPLE) + 1 - 16
    assert all(text == fold(text) for text in corpus.chinese_texts())
    assert Passage("退款", "我们退回订单。") in corpus.passages


@pytest.mark.fast
@pytest.mark.parametrize(
    ("glosses", "expected"),
    [
        (["to return (goods)", "CL:個|个[ge4]"], "to return"),
        (["variant of 退貨|退货[tui4 huo4]"], ""),
        (["old variant of 貨", "surname Huo", "goods"], "goods"),
        (["see 快遞|快递[kuai4 di4]", "abbr. for 快递公司"], ""),
        (["parcel, 包", "a", "b", "c", "d", "e"], "parcel; a; b; c; d"),
    ],
)
def test_of_a_dictionary_entry_only_the_meaning_is_taken(glosses: list[str], expected: str) -> None:
    assert meaning(glosses) == expected


@pytest.mark.fast
def test_no_piece_mixes_latin_letters_digits_and_chinese(corpus: Corpus) -> None:
    tokenizer = tokenizer_of(pieces_of(corpus, FREQUENCIES))
    assert tokenizer.encode("iPhone退款15次").tokens == ["iphone", "退款", "1", "5", "次"]
    assert tokenizer.encode("iphone 退款 15 次").tokens == tokenizer.encode("ＩＰＨＯＮＥ退款15次").tokens
    for piece in pieces_of(corpus, FREQUENCIES):
        assert len(tokenizer.pre_tokenizer.pre_tokenize_str(piece.text)) == 1, piece


@pytest.mark.fast
def test_pieces_are_the_most_frequent_words_all_characters_and_marks(corpus: Corpus) -> None:
    few = [piece.text for piece in pieces_of(corpus, FREQUENCIES, words=3, latin=1)]
    assert len([text for text in few if len(text) > 1]) == 4
    assert {"券", "充", "?", "。", "7"} <= set(few)
    assert len(few) == len(set(few))


@pytest.mark.fast
def test_a_text_of_nothing_known_has_the_vector_of_the_unknown() -> None:
    student = Student(tokenizer_of([Piece("退款", -5, 0.1)]), np.array([[0, 1], [1, 0]], dtype=np.float32))
    np.testing.assert_allclose(
        student.encode(["🦑", "", "退款", "退款🦑"]), [[0, 1], [0, 1], [1, 0], [0.5**0.5] * 2], 1e-6
    )


@pytest.mark.fast
def test_a_word_starts_where_its_glosses_lie_and_a_frequent_one_is_shorter(corpus: Corpus, teacher: Teacher) -> None:
    pieces = [Piece("包裹", -9, 1e-6), Piece("订单", -4, 3e-4), Piece("充不了", -9, 1e-6), Piece("。", -9, 1e-2)]
    pieces += [Piece(character, -9, 1e-6) for character in "充不了"]
    start = starting_vectors(pieces, word_vectors(corpus, teacher), teacher)
    lengths = np.linalg.norm(start, axis=1)
    assert lengths[0] == lengths[4] == 0
    assert lengths[1] == pytest.approx(1, abs=0.01)
    assert lengths[2] == pytest.approx(0.5**0.5)
    assert int(np.argmax(start[1:3] @ teacher.vectors(["parcel"])[0])) == 0
    np.testing.assert_allclose(
        start[3] / lengths[3], start[5:].sum(axis=0) / np.linalg.norm(start[5:].sum(axis=0)), atol=1e-6
    )


@pytest.mark.fast
def test_the_teacher_is_asked_once(teacher: Teacher, tmp_path: Path) -> None:
    texts = ["where is my parcel", "a refund", "where is my parcel"]
    found = teacher.vectors(texts)
    assert found.dtype == np.float32
    assert np.array_equal(found[0], found[2])
    np.testing.assert_allclose(found, FakeEncoder().encode(texts), atol=1e-3)
    assert np.array_equal(Teacher(Broken(), tmp_path / "kept").vectors(texts), found)


@pytest.mark.fast
def test_what_another_teacher_said_is_not_taken(teacher: Teacher, tmp_path: Path) -> None:
    teacher.vectors(["a refund"])
    other = Broken()
    other.name = "another"
    with pytest.raises(AssertionError):
        Teacher(other, tmp_path / "kept").vectors(["a refund"])


@pytest.mark.fast
def test_leaving_pieces_out_leaves_short_texts_whole_and_none_empty() -> None:
    texts = Bags([[1, 2], [3, 4, 5], [], [6] * 50])
    ids, starts = texts.take(np.array([3, 0, 2]))
    assert ids.tolist() == [6] * 50 + [1, 2, 0]
    assert starts.tolist() == [0, 50, 52]
    for share in (0.5, 1.0):
        ids, starts = texts.take_some(np.arange(4), share, np.random.default_rng(1))
        parts = [part.tolist() for part in np.split(ids, starts[1:])]
        assert parts[0] == [1, 2]
        assert parts[1]
        assert parts[2] == [0]
        assert 1 <= len(parts[3]) < 50


@pytest.mark.fast
def test_rounding_to_8_bits_is_off_by_half_a_step_at_most() -> None:
    vectors = np.random.default_rng(1).standard_normal((50, 24)).astype(np.float32)
    vectors[3] = 0
    numbers, scales = quantised(vectors)
    assert numbers.dtype == np.int8
    assert (np.abs(restored(numbers, scales) - vectors) <= scales[:, None] / 2 + 1e-6).all()
    assert not restored(numbers, scales)[3].any()


@pytest.mark.fast
def test_questions_are_counted_by_the_article_of_the_nearest_phrasing(teacher: Teacher) -> None:
    english = teacher.vectors(["refund", "parcel"])
    student = Student(
        tokenizer_of([Piece("退款", -5, 0.1), Piece("包裹", -5, 0.1)]), np.vstack([english[:1] * 0, english])
    )
    asked = QuestionSet(
        "tiny",
        (("a refund", "r"), ("parcel", "p"), ("my refund", "r"), ("voucher", "v"), ("lamp", "l")),
        (
            ("退款", frozenset({"r"})),
            ("包裹", frozenset({"p"})),
            ("包裹", frozenset({"r"})),
            ("退款", frozenset({"none"})),
        ),
    )
    found = articles_found(student, teacher, asked)
    assert found[1] == Share(2, 4)
    assert 2 <= found[3].count <= 3
    assert "tiny, hit@1: 0.500" in figures(student, teacher, [Pair("refund", "退款")], [asked])


@pytest.mark.fast
def test_sets_without_chinese_questions_are_not_measured(tmp_path: Path) -> None:
    for name, query in (("english", "where is it"), ("chinese", "在哪")):
        article = {"id": "1", "language": "en", "question": "Where?", "answer": "Here.", "category": "", "tags": []}
        write(tmp_path, f"{name}.articles", [article])
        write(tmp_path, f"{name}.questions", [{"query": query, "expected": ["1"]}, {"query": "谢谢", "expected": []}])
    assert question_sets(tmp_path) == [QuestionSet("chinese", (("Where?", "1"),), (("在哪", frozenset({"1"})),))]


@pytest.mark.fast
@pytest.mark.parametrize(
    ("line", "reason"),
    [("{", "line 2: not valid JSON"), ('{"a": "x"}', 'line 2: "b" is missing'), ("[1]", 'line 2: "a" is missing')],
)
def test_a_line_that_cannot_be_understood_is_named(data: Path, line: str, reason: str) -> None:
    (data / "par_tico19.jsonl").write_text(f'{{"a": "fever", "b": "发烧"}}\n{line}\n')
    with pytest.raises(FileUnreadable, match=reason):
        read_corpus(data)


@pytest.mark.fast
@pytest.mark.parametrize("name", ["par_tatoeba", "dict_cc_cedict"])
def test_what_is_missing_is_named(data: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (data / f"{name}.jsonl.gz").unlink()
    assert command_line.main([str(data)]) == 1
    assert name in capsys.readouterr().err


def test_the_command_trains_writes_and_tells_the_figures(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "load_minilm", FakeEncoder)
    monkeypatch.setattr(command_line, "general_frequencies", lambda: FREQUENCIES)
    monkeypatch.setattr(command_line, "settings", lambda: Namespace(home=tmp_path / "home"))
    assert command_line.main([str(data), "--out", str(tmp_path / "model"), "--epochs", "1"]) == 0
    told = capsys.readouterr().out
    assert "epoch 1 of 1" in told
    assert told.count("the translation among 16") == 2
    assert (tmp_path / "model" / "tokenizer.json").exists()
    assert list((tmp_path / "home" / "encoder-training").glob("*.npy"))
