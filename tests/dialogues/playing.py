"""Playing scripted conversations through the chat API, as a customer's page does."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from tests.dialogues.expectations import parts, problem_with
from tests.dialogues.scripts import Script, Step
from tests.people import Customer, Staff
from tests.running import RunningServers

AT_ONCE = 4
SILENCE_SECONDS = 1.0


@dataclass(frozen=True)
class Played:
    """A script, what was said, and what did not hold; no problem means that it passed."""

    script: Script
    problems: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return not self.problems


class Player:
    """Plays one script.

    Args:
        sign_in: Signs an agent in, who is on duty from then on.
    """

    def __init__(self, http: httpx.Client, script: Script, sign_in: Callable[[], Staff]) -> None:
        self._http = http
        self._script = script
        self._sign_in = sign_in
        self._customer = Customer(http, script.language)
        self._ticket = "no ticket"
        self._said: list[str] = []

    def play(self) -> Played:
        """Play it to the end, also past what does not hold."""
        problems = []
        for step in self._script.steps:
            try:
                messages = self._do(step)
            except AssertionError as error:
                return self._played([*problems, f"line {step.line}: {error}"])
            self._ticket = next((ticket["number"] for ticket in parts(messages, "ticket")), self._ticket)
            for expectation in step.expectations:
                problem = problem_with(messages, expectation.replace("{ticket}", self._ticket))
                if problem:
                    problems.append(f"line {step.line}: {problem}")
        return self._played(problems)

    def _played(self, problems: list[str]) -> Played:
        return Played(self._script, tuple(problems), tuple(self._said))

    def _do(self, step: Step) -> list[dict[str, Any]]:
        if step.actor == "customer":
            return self._say([text.replace("{ticket}", self._ticket) for text in step.texts])
        if step.actor == "new chat":
            self._customer = Customer(self._http, self._script.language)
        elif step.actor == "on duty":
            self._sign_in()
        elif step.actor == "resolves":
            return self._resolve()
        else:
            return self._wait()
        return []

    def _say(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        before = self._customer.read()["messages"][-1]["seq"]
        sent = [self._customer.post(text) for text in texts]
        self._said += [f"Customer: {text}" for text in texts]
        taken = [response.json()["seq"] for response in sent if response.status_code == 202]
        if not taken:
            self._said.append(f"  (refused: {sent[-1].json().get('detail')})")
            return []
        if self._customer.read()["status"] in ("queued", "agent"):
            return []
        self._customer.after(max(taken))
        messages = [each for each in self._customer.read(before)["messages"] if each["author"] == "bot"]
        self._note(messages)
        return messages

    def _wait(self) -> list[dict[str, Any]]:
        before = self._customer.read()["messages"][-1]["seq"]
        time.sleep(SILENCE_SECONDS)
        said = self._customer.read(before)["messages"]
        assert said == [], f"something was said into the silence: {said}"
        return []

    def _resolve(self) -> list[dict[str, Any]]:
        """Somebody settles the case; what the customer is told then."""
        agent = self._sign_in()
        before = self._customer.read()["messages"][-1]["seq"]
        ticket = self._found(agent)
        assert ticket is not None, f"staff do not find {self._ticket}"
        agent.post(f"/api/tickets/{ticket}/take")
        done = agent.post(f"/api/tickets/{ticket}/resolve", {"category": "service", "note": "settled"})
        assert done.status_code in (200, 201), done.text
        messages = list(self._customer.read(before)["messages"])
        self._note(messages)
        return messages

    def _found(self, agent: Staff) -> str | None:
        """The id of the case that was told last, as staff find it."""
        page, more = 1, True
        while more:
            listed = agent.get("/api/tickets", view="open", page=page).json()
            for row in listed["tickets"]:
                if row["number"] == self._ticket:
                    return str(row["id"])
            page, more = page + 1, listed["more"]
        return None

    def _note(self, messages: Sequence[dict[str, Any]]) -> None:
        for each in messages:
            shown = {
                key: _short(value)
                for key, value in (each["payload"] or {}).items()
                if key in ("answer", "choices", "ticket", "form", "offer", "receipt", "survey", "care")
            }
            self._said.append(f"  Bot: {each['text'][:160]!r} {shown or ''}")


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(each) for each in value]
    if isinstance(value, dict):
        return value.get("article_id") or value.get("number") or value.get("field") or value.get("name") or "…"
    return value


def play_all(servers: RunningServers, scripts: Sequence[Script]) -> list[Played]:
    """Play scripts, several at once; those in which staff take part one after the other, at the end."""
    with httpx.Client(base_url=servers.address, timeout=30, trust_env=False) as http:

        def sign_in() -> Staff:
            email = servers.email("agent")
            return Staff(http, email, servers.sign_ins[email])

        def play(script: Script) -> Played:
            return Player(http, script, sign_in).play()

        nobody_on_duty(servers)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            played = list(pool.map(play, [script for script in scripts if not script.needs_staff]))
        for script in scripts:
            if script.needs_staff:
                nobody_on_duty(servers)
                played.append(play(script))
        nobody_on_duty(servers)
    return played


def nobody_on_duty(servers: RunningServers) -> None:
    """Whoever signed in before is off duty now."""
    with sqlite3.connect(servers.home / "huilu.db", timeout=20) as connection:
        connection.execute("UPDATE staff_member SET seen_at = NULL")


def pass_rates(played: Sequence[Played]) -> str:
    """How many passed, by kind and by language, as a table."""
    kinds = list(dict.fromkeys(each.script.kind for each in played))
    languages = list(dict.fromkeys(each.script.language for each in played))
    passed = Counter((each.script.kind, each.script.language) for each in played if each.passed)
    total = Counter((each.script.kind, each.script.language) for each in played)

    def cell(pairs: Sequence[tuple[str, str]]) -> str:
        count = sum(total[pair] for pair in pairs)
        return f"{sum(passed[pair] for pair in pairs)}/{count}" if count else "-"

    rows = [["kind", *languages, "all"]]
    rows += [
        [kind, *(cell([(kind, code)]) for code in languages), cell([(kind, code) for code in languages])]
        for kind in kinds
    ]
    rows.append(["all", *(cell([(kind, code) for kind in kinds]) for code in languages), cell(list(total))])
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(len(rows[0]))]
    return "\n".join("".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
