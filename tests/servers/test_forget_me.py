"""Forget me: afterwards no file that the servers wrote holds anything of what the customer said or who they are."""

import json
import re
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from support.customers.identity import signature
from tests.people import Customer, payloads
from tests.running import RunningServers

pytestmark = pytest.mark.servers
PURGED_SECONDS = 30

# What is looked for afterwards; each stands in something that the customer says, and nowhere else.
MINE = (
    "Quastenflosser", "quastenflosser@example.com", "98761234", "Sesamoeffner", "蜂鸟琥珀", "蜂鳥龜甲", "Nebelkraehe",
    "Zwetschgendatschi", "Glockenspielturm", "Murmeltierbau", "Wolkenkuckucksheim", "kundennummer-7781",
    "Regenschirmfabrik", "Rosinenbomber",
)  # fmt: skip
# The number is told as it was given, with spaces; what colleagues wrote about a case, and what is in files, apart.
IN_NO_EXPORT = {"98761234", "Wolkenkuckucksheim", "Rosinenbomber"}
OTHERS = ("Xylophonkasten", "螢火蟲盒")


def forms(words: str) -> Iterable[bytes]:
    """The bytes that words may lie on disk as."""
    for each in {words, words.lower()}:
        escaped = json.dumps(each)[1:-1]
        yield from (each.encode(), each.encode("utf-16-le"), each.encode("utf-16-be"))
        yield from (
            escaped.encode(),
            re.sub(r"u[0-9a-f]{4}", lambda code: "u" + code.group()[1:].upper(), escaped).encode(),
        )


def found(home: Path, words: Iterable[str]) -> dict[str, list[str]]:
    """Words, each with the files in which it stands."""
    places: dict[str, list[str]] = {}
    for path in sorted(each for each in home.rglob("*") if each.is_file()):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        for each in words:
            if any(form in content for form in forms(each)):
                places.setdefault(each, []).append(str(path.relative_to(home)))
    return places


def signed(external_id: str, **more: str) -> dict[str, Any]:
    moment, nonce = int(time.time()), uuid.uuid4().hex
    word = signature("identity-secret-of-the-tests", external_id, moment, nonce)
    return {"id": external_id, "time": moment, "nonce": nonce, "signature": word, **more}


def until(condition: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)
    return bool(condition())


def test_after_forget_me_no_file_of_the_servers_holds_anything_of_the_customer(
    http: Any, servers: RunningServers, sign_in: Any
) -> None:
    agent = sign_in("agent")
    other = Customer(http, "zh-Hant", {"customer": {"name": "Xylophonkasten"}})
    other.ask("我的暗號是螢火蟲盒")

    details = {"name": "Quastenflosser", "email": "quastenflosser@example.com", "phone": "+49 30 98761234"}
    body = {"customer": details, "context": {"order": "Glockenspielturm"}, "page": "/Glockenspielturm"}
    first = Customer(http, "en", body)
    (answer,) = first.ask("how do I return a damaged Sesamoeffner")
    first.rate("helpful", answer["id"], 1, comment="Nebelkraehe is content", reasons=["Nebelkraehe"])
    first.ask("我的暗号是蜂鸟琥珀，怎么退货")
    first.ask("我的暗號是蜂鳥龜甲，退款要多久？")
    first.ask("I have a suggestion for you")
    assert payloads(first.ask("Sell more Zwetschgendatschi please"), "receipt")

    note = {"file": ("Regenschirmfabrik.txt", b"It stands beside the Rosinenbomber.", "text/plain")}
    sent = http.post(f"{first.path}/files", data={"client_id": str(uuid.uuid4())}, files=note, headers=first.headers)
    assert sent.status_code == 202, sent.text

    second = Customer(http, "en", {"previous": {"id": first.id, "token": first.token}})
    joined = http.post(
        f"{second.path}/customer", json={"customer": signed("kundennummer-7781"), "client_id": str(uuid.uuid4())},
        headers=second.headers,
    )  # fmt: skip
    assert joined.json()["joined"] == 2
    second.token = joined.json()["token"]
    second.ask("I wish to file a complaint")
    second.ask("The headphones you sold me as new had Murmeltierbau hair on the cushions")
    for words in ("20261102-7719", "serious", "my money back, all of it"):
        said = second.ask(words)
    (ticket,) = payloads(said, "ticket") or payloads(second.ask("quastenflosser@example.com"), "ticket")
    rows = agent.get("/api/tickets", view="open").json()["tickets"]
    case = next(each["id"] for each in rows if each["number"] == ticket["number"])
    agent.post(f"/api/tickets/{case}/take")
    agent.post(f"/api/tickets/{case}/replies", {"text": "We are sorry about the Wolkenkuckucksheim."})
    agent.post(f"/api/tickets/{case}/resolve", {"category": "product", "note": "Wolkenkuckucksheim replaced"})
    kept = http.get(f"{second.path}/export", headers=second.headers)
    assert all(words.lower() in kept.text.lower() for words in MINE if words not in IN_NO_EXPORT)

    assert until(lambda: set(found(servers.home, MINE)) == set(MINE), 10), "the search must be able to fail"
    third = Customer(http, "en", {"previous": {"id": first.id, "token": first.token}})
    assert third.id not in {first.id, second.id}, "what is not signed opens no conversation in a signed customer's name"

    gone = http.delete(f"{second.path}/customer", headers=second.headers)
    assert gone.status_code == 200, gone.text
    assert gone.json()["counts"]["conversations"] == 2
    until(lambda: not found(servers.home, MINE), PURGED_SECONDS)
    assert found(servers.home, MINE) == {}
    assert set(found(servers.home, OTHERS)) == set(OTHERS), "what others said is still there"
    assert http.get(f"{first.path}/messages", headers=first.headers).status_code == 404
    erased = agent.get(f"/api/tickets/{case}").json()
    assert (erased["transcript"], erased["details"], erased["contact_email"], erased["context"]) == ([], {}, None, {})
    assert payloads(other.ask("怎么退货"), "answer"), "the servers go on"
