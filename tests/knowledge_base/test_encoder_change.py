"""Taking up another encoder while the old one serves."""

import json
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import pytest

from knowledge_base.__main__ import main
from knowledge_base.articles import operations
from knowledge_base.articles.importing import import_file
from knowledge_base.articles.rules import ArticleFields
from knowledge_base.encoder_change import EncoderChange
from knowledge_base.encoder_setting import EncoderSetting
from knowledge_base.encoders import NoEncoder, Vectors
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from storage.settings import settings
from tests.knowledge_base.fakes import FakeEncoder
from tests.knowledge_base.tiny_models import tiny_model

PATIENCE = 60
QUESTION = "do you sell gift vouchers"


class Narrow(FakeEncoder):
    """A fake of another dimension: its vectors do not fit into an index of the usual one."""

    name = "narrow"
    dimension = 256


class Gated(FakeEncoder):
    """Tells when it begins to encode, and then waits until it may go on."""

    name = "gated"

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = Event(), Event()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.begun.set()
        assert self.go.wait(PATIENCE)
        return super().encode(texts)


@pytest.fixture
def articles(database: Database, shop_file: Path) -> Database:
    with database.writing() as session:
        import_file(session, shop_file)
    return database


def start(database: Database, home: Path, setting: str) -> tuple[EncoderChange, KnowledgeBase]:
    """What the app does at its start, up to where it serves."""
    home.mkdir(exist_ok=True)
    change = EncoderChange(home, EncoderSetting(setting))
    knowledge_base = KnowledgeBase(database, change.first(), cache=home / "vectors")
    change.load(knowledge_base)
    return change, knowledge_base


def finish(change: EncoderChange, knowledge_base: KnowledgeBase) -> None:
    thread = change.begin(knowledge_base)
    if thread is not None:
        thread.join(PATIENCE)
    assert not change.changing


def nearness(knowledge_base: KnowledgeBase, text: str = "refund my parcel") -> float | None:
    """What the encoder in use says, which differs from one to another; None for words only."""
    return knowledge_base.search(text, "en").candidates[0].dense


def add_gift_vouchers(database: Database) -> None:
    with database.writing() as session:
        fields = ArticleFields("Do you sell gift vouchers?", "Yes.", ("gift voucher", "voucher as a present"))
        operations.create_article(session, "gift-vouchers", "en", fields, "ann", state="published")


def best(knowledge_base: KnowledgeBase, text: str) -> str:
    found = knowledge_base.search(text, "en").candidates
    return found[0].article_id if found else ""


def test_at_the_first_start_the_built_in_encoder_serves_until_the_chosen_one_works(
    articles: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    folder = tiny_model(tmp_path / "model")
    change, knowledge_base = start(articles, tmp_path / "home", folder)
    assert (change.in_use, change.chosen) == ("built-in", folder)
    before = nearness(knowledge_base)
    finish(change, knowledge_base)
    assert (change.in_use, change.refused) == (folder, "")
    assert nearness(knowledge_base) not in (None, before)
    assert f"The encoder {folder} is in use." in caplog.text


def test_a_restart_begins_with_what_worked_and_encodes_nothing_again(articles: Database, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model")
    change, knowledge_base = start(articles, tmp_path / "home", folder)
    finish(change, knowledge_base)
    kept = sorted((tmp_path / "home" / "vectors").glob("vectors-*"))
    stamps = [file.stat().st_mtime_ns for file in kept]
    again, restarted = start(articles, tmp_path / "home", folder)
    assert again.in_use == folder
    assert again.begin(restarted) is None
    assert nearness(restarted) == nearness(knowledge_base)
    assert [file.stat().st_mtime_ns for file in kept] == stamps


def test_the_way_back_to_the_built_in_encoder(articles: Database, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model")
    finish(*start(articles, tmp_path / "home", folder))
    change, knowledge_base = start(articles, tmp_path / "home", "")
    assert change.in_use == folder
    finish(change, knowledge_base)
    assert change.in_use == "built-in"
    assert start(articles, tmp_path / "home", "")[0].in_use == "built-in"


def test_words_only_need_no_change(articles: Database, tmp_path: Path) -> None:
    change, knowledge_base = start(articles, tmp_path / "home", "none")
    assert change.begin(knowledge_base) is None
    assert nearness(knowledge_base) is None


@pytest.mark.parametrize("broken", ["missing", "no model", "NaN", "dimension", "nonsense"])
def test_an_encoder_that_cannot_be_used_leaves_the_old_one_and_says_why(
    broken: str, articles: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = str(tmp_path / "broken")
    if broken == "no model":
        Path(folder).mkdir()
    elif broken in ("NaN", "dimension"):
        tiny_model(Path(folder), fill=float("nan") if broken == "NaN" else 1.0)
    setting = {"dimension": f"zh={folder}", "nonsense": f"fr={folder}"}.get(broken, folder)
    good = tiny_model(tmp_path / "good")
    finish(*start(articles, tmp_path / "home", good))
    caplog.clear()
    change, knowledge_base = start(articles, tmp_path / "home", setting)
    before = nearness(knowledge_base)
    finish(change, knowledge_base)
    assert (change.in_use, nearness(knowledge_base)) == (good, before)
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(told) == 1
    assert change.refused in told[0]
    assert "\n" not in told[0]
    assert json.loads((tmp_path / "home" / "encoder.json").read_text())["encoder"] == good
    # An edit is still found.
    add_gift_vouchers(articles)
    assert knowledge_base.refresh()
    assert best(knowledge_base, QUESTION) == "gift-vouchers"


def test_when_what_worked_last_is_gone_the_built_in_encoder_serves(
    articles: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tiny_model(tmp_path / "model")
    finish(*start(articles, tmp_path / "home", folder))
    (tmp_path / "model").rename(tmp_path / "elsewhere")
    change, knowledge_base = start(articles, tmp_path / "home", folder)
    assert change.in_use == "built-in"
    assert "There is no folder" in change.refused
    assert change.begin(knowledge_base) is None
    assert nearness(knowledge_base) is not None


def test_when_what_worked_last_was_replaced_by_something_broken_the_built_in_encoder_serves(
    articles: Database, tmp_path: Path
) -> None:
    folder = tiny_model(tmp_path / "model")
    finish(*start(articles, tmp_path / "home", folder))
    tiny_model(tmp_path / "model", fill=float("nan"))
    change, knowledge_base = start(articles, tmp_path / "home", folder)
    assert change.in_use == "built-in"
    assert "NaN" in change.refused
    assert nearness(knowledge_base) is not None


def test_a_damaged_note_of_what_worked_counts_as_none(articles: Database, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "encoder.json").write_text("[1")
    assert start(articles, tmp_path / "home", "none")[0].in_use == "none"
    assert json.loads((tmp_path / "home" / "encoder.json").read_text())["encoder"] == "none"


def test_edits_made_while_the_new_index_is_built_are_in_it(articles: Database) -> None:
    knowledge_base = KnowledgeBase(articles, FakeEncoder())
    knowledge_base.load()
    gated = Gated()
    changing = Thread(target=knowledge_base.change_encoder, args=(gated,))
    changing.start()
    assert gated.begun.wait(PATIENCE)
    add_gift_vouchers(articles)
    with articles.writing() as session:
        operations.change_state(session, "return-an-item", "en", "archived", "ann")
    assert knowledge_base.refresh()
    assert best(knowledge_base, QUESTION) == "gift-vouchers"
    gated.go.set()
    changing.join(PATIENCE)
    assert best(knowledge_base, QUESTION) == "gift-vouchers"
    assert ("return-an-item", "en") not in knowledge_base.snapshot.articles
    assert knowledge_base.refresh() is False
    assert QUESTION in gated.asked


def test_many_phrasings_are_told_of_while_they_are_encoded(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with database.writing() as session:
        for number in range(50):
            variants = tuple(f"parcel {number} {place}" for place in range(50))
            fields = ArticleFields(f"parcel {number}", "Yes.", variants)
            operations.create_article(session, f"parcel-{number}", "en", fields, "ann", state="published")
    knowledge_base = KnowledgeBase(database, NoEncoder())
    knowledge_base.load()
    knowledge_base.change_encoder(FakeEncoder())
    assert "2048 of 2550 phrasings are encoded by fake." in caplog.text


def test_after_the_change_edits_are_encoded_by_the_new_encoder(articles: Database, tmp_path: Path) -> None:
    old, new = FakeEncoder(), Narrow()
    knowledge_base = KnowledgeBase(articles, old, cache=tmp_path)
    knowledge_base.load()
    knowledge_base.change_encoder(new)
    old.encoded.clear()
    add_gift_vouchers(articles)
    assert knowledge_base.refresh()
    knowledge_base.recalibrate()
    assert best(knowledge_base, QUESTION) == "gift-vouchers"
    assert old.encoded == []
    assert "gift voucher" in new.encoded
    kept = Narrow()
    KnowledgeBase(articles, kept, cache=tmp_path).load()
    assert kept.encoded == []


def test_searches_never_meet_an_index_of_another_encoder(articles: Database) -> None:
    knowledge_base = KnowledgeBase(articles, FakeEncoder())
    knowledge_base.load()
    ended = Event()

    def ask() -> int:
        asked = 0
        while not ended.is_set() or asked < 20:
            assert best(knowledge_base, "where is my parcel") == "track-a-parcel"
            assert knowledge_base.nearest_of("where is my parcel", ["track-a-parcel"])
            asked += 1
        return asked

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            for _ in range(4):
                for encoder in (Narrow(), NoEncoder(), FakeEncoder()):
                    knowledge_base.change_encoder(encoder)
        finally:
            ended.set()
        assert all(each.result(PATIENCE) >= 20 for each in asking)


def test_a_failure_in_the_middle_changes_nothing(articles: Database) -> None:
    class Failing(Narrow):
        def encode(self, texts: Sequence[str]) -> Vectors:
            raise MemoryError("no memory left")

    knowledge_base = KnowledgeBase(articles, FakeEncoder())
    knowledge_base.load()
    snapshot = knowledge_base.snapshot
    with pytest.raises(MemoryError):
        knowledge_base.change_encoder(Failing())
    assert knowledge_base.snapshot is snapshot
    assert best(knowledge_base, "where is my parcel") == "track-a-parcel"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("HUILU_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def test_on_the_command_line_a_wrong_encoder_ends_with_the_reason(
    shell: pytest.MonkeyPatch, tmp_path: Path, shop_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.setenv("HUILU_ENCODER", str(tmp_path / "missing"))
    assert main(["import", str(shop_file)]) == 0
    capsys.readouterr()
    assert main(["search", "where is my parcel"]) == 1
    assert capsys.readouterr().err == f"There is no folder {tmp_path / 'missing'}.\n"


def test_on_the_command_line_the_chosen_encoder_is_used(
    shell: pytest.MonkeyPatch, tmp_path: Path, shop_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.setenv("HUILU_ENCODER", tiny_model(tmp_path / "model"))
    shell.setenv("HUILU_ENCODER_QUERY_PROMPT", "query: ")
    main(["import", str(shop_file)])
    capsys.readouterr()
    assert main(["search", "where is my parcel", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["candidates"][0]["dense"] is not None
