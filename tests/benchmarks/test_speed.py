"""The side by side: what it reports, and what its contestants are made of. Nothing is started."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.limit.action_server import result
from benchmarks.limit.server import dialogue_server, own_channel
from benchmarks.load import Turn
from benchmarks.outcomes import Outcome, outcome_of
from benchmarks.peer.articles import DO_NOT_KNOW, phrasings, read_articles
from benchmarks.peer.server import rest_channel
from benchmarks.peer.training import INTENTS, PEER, examples
from benchmarks.pooling import Sample, pooled, ratios
from benchmarks.speed import show
from deploy.run import complete_environ

pytestmark = pytest.mark.fast


def pool(seconds: float, error: str = "") -> Mapping[str, Any]:
    turns = [
        Turn("en", "words", frozenset("a"), seconds, Outcome("answer", ("a",), True)),
        Turn("zh-Hans", "字", frozenset("a"), seconds, Outcome("answer", ("z",), False)),
    ]
    if error:
        turns.append(Turn("en", "words", frozenset("a"), None, Outcome("error", (), False), error))
    cpu = {"rasa": 0.0424, "app": 0.02, "customers": 0.002}
    return pooled([Sample(turns, 0.125, cpu, {"rasa": 400 * 1024, "app": 300 * 1024}, 0.25)])


def test_the_report_names_every_figure() -> None:
    found = {"peer": pool(0.4, "nothing came"), "ours": pool(0.1), "limit": pool(0.05)}
    level = {"at_once": 4, **found, "ratios": ratios(found)}
    text = show({"levels": [level], "log_troubles": {"ours": {"app: bad": 3}}})
    lines = text.splitlines()
    assert lines[2].split() == [
        "4",
        "ours",
        "16.0",
        "100",
        "100",
        "100",
        "0",
        "31.2",
        "21.2",
        "10.0",
        "1.0",
        "700",
        "25%",
    ]
    assert [line.split() for line in lines if line.startswith("4 ")][-1][1:] == ["1.00", "0.25", "0.25", "1.00", "2.00"]
    for part in ("peer, English", "ours, Chinese", "[UNK]", "error of peer at 4 at once, 1 times: nothing came"):
        assert part in text
    assert "log of ours, 3 times: app: bad" in text
    assert "Up to 25% of this machine's" in text
    assert "limit, English" not in text


def test_one_contestant_alone_has_no_ratios() -> None:
    text = show({"levels": [{"at_once": 1, "limit": pool(0.05), "ratios": {}}], "log_troubles": {}})
    assert "ours/peer" not in text
    assert "1 limit" in text


def test_the_limit_is_started_as_the_procfile_starts_ours(tmp_path: Path) -> None:
    environ = complete_environ({**os.environ, "RASA_PORT": "8123", "RASA_MODEL": "m.tar.gz"}, tmp_path)
    words = dialogue_server(environ).argv
    assert words[words.index("--port") + 1] == "8123"
    assert "rasa" in words


def test_the_limit_reads_what_our_channel_answers() -> None:
    said = result()["responses"][0]
    answer = {"failed_actions": [], "messages": [{"text": said["text"], "custom": said["custom"], "response": None}]}
    channel = own_channel("secret")
    assert outcome_of(channel.messages(answer), {"a"}).kind == "answer"
    assert channel.body("me", "en", "why?") | {"metadata": None} == {"sender": "me", "text": "why?", "metadata": None}
    with pytest.raises(ValueError, match="action_answer"):
        channel.messages(answer | {"failed_actions": ["action_answer"]})


def test_the_peers_answers_are_known_by_their_words() -> None:
    article = read_articles()[0]
    channel = rest_channel([article])

    def kind(text: str) -> Outcome:
        return outcome_of(channel.messages([{"recipient_id": "me", "text": text}]), {article["id"]})

    assert kind(article["answer"]) == Outcome("answer", (article["id"],), True)
    assert kind(DO_NOT_KNOW).kind == "refused"
    assert kind("Hello!").kind == "dialogue act"
    assert channel.messages([]) == []
    assert channel.body("me", "en", "why?") == {"sender": "me", "message": "why?"}


def test_the_peer_knows_every_phrasing_of_every_article() -> None:
    articles = read_articles()
    assert len(phrasings(articles)) == len(articles) + sum(len(article["variants"]) for article in articles)
    assert len({article["answer"] for article in articles}) == len(articles)


def test_the_peer_has_a_rule_for_every_intent_it_learns() -> None:
    domain = yaml.safe_load((PEER / "domain.yml").read_text())
    rules = yaml.safe_load((PEER / "data" / "rules.yml").read_text())["rules"]
    assert tuple(domain["intents"]) == INTENTS
    assert {rule["steps"][0]["intent"] for rule in rules} == {*INTENTS, "nlu_fallback"}
    assert all(path.exists() for path in examples())
