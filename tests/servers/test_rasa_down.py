"""The dialogue server is killed: customers are answered all the same, and it comes back by itself."""

import os
import signal
import time
from typing import Any

import pytest

from tests.people import Customer, payloads
from tests.running import RunningServers

pytestmark = pytest.mark.servers
BACK_SECONDS = 120


def rasa_process(servers: RunningServers) -> int:
    """The process id of the dialogue server under test."""
    found = servers.child("rasa run")
    assert found is not None, "no dialogue server found"
    return found


def test_a_dialogue_server_that_hangs_makes_nobody_wait_without_a_word(http: Any, servers: RunningServers) -> None:
    hung = rasa_process(servers)
    customer, talkative = Customer(http), Customer(http)
    os.kill(hung, signal.SIGSTOP)
    try:
        sent = customer.post("how do I return an item")
        assert sent.status_code == 202
        begun = time.monotonic()
        talkative.post("hi")
        time.sleep(0.5)
        last = talkative.post("how do I return an item").json()["seq"]
        time.sleep(3)
        told = customer.read(1)
        assert told["typing"] and told["waiting"] == {"reason": "slow", "ahead": 0}
        (answer,) = payloads(customer.after(sent.json()["seq"]), "answer")
        assert payloads(talkative.after(last), "answer")[0]["article_id"] == "return-an-item"
        assert time.monotonic() - begun < 12, "writing on must not start the waiting anew"
    finally:
        os.kill(hung, signal.SIGCONT)
    assert answer["article_id"] == "return-an-item"
    # What the dialogue server says once it goes on comes too late: nothing is answered twice.
    time.sleep(1.5)
    said = [each for each in customer.read(1)["messages"] if each["author"] == "bot"]
    assert len(said) == 1
    assert customer.read(1)["waiting"] is None


def test_without_the_dialogue_server_customers_are_answered_and_it_comes_back(
    http: Any, servers: RunningServers
) -> None:
    killed = rasa_process(servers)
    customer = Customer(http, "zh-Hans")
    os.kill(killed, signal.SIGKILL)
    (answer,) = payloads(customer.ask("怎么退货"), "answer")
    assert answer["article_id"] == "return-an-item"
    assert payloads(customer.ask("帮我写一首诗"), "offer") == [["person"]]
    assert payloads(Customer(http).ask("let me speak to a human"), "ticket")[0]["number"]
    health = http.get("/health")
    if health.status_code == 503:
        assert health.json()["components"]["dialogue_server"]["status"] == "down"

    deadline = time.monotonic() + BACK_SECONDS
    while http.get("/health").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert http.get("/health").status_code == 200
    assert rasa_process(servers) != killed
    (said,) = customer.ask("你好")
    assert "助手" in said["text"]
