"""How well the trained model recognises intents, measured on examples it has never seen."""

import argparse
import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from benchmarks.classification import accuracy, label_figures, macro_f1
from benchmarks.questions import DEMO_QUESTIONS
from benchmarks.servers import temporary_folder
from benchmarks.tables import table
from deploy.layout import BOT_VENV, REPOSITORY, home_directory, venv_python
from deploy.model import model_path
from knowledge_base.evaluate import read_questions

HELD_OUT = REPOSITORY / "tests" / "nlu" / "held_out.yml"
FALLBACK, QUESTION = "nlu_fallback", "question"
CONFUSIONS = 25


class IntentsNotMeasured(Exception):
    """The model cannot be asked; the message says why."""


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """Macro F1 by language, each intent's figures, and which examples are taken for something else.

    Also which of the demo shop's questions never reach the search, because they are taken for a dialogue act.

    Raises:
        IntentsNotMeasured: When there is no trained model, or Rasa fails.
    """
    examples = read_examples(HELD_OUT.read_text(encoding="utf-8"))
    questions = [
        {"text": question.query, "intent": QUESTION, "language": question.language}
        for question in read_questions(DEMO_QUESTIONS)
        if question.expected
    ]
    understood = understand([example["text"] for example in (*examples, *questions)])
    read = [example | answer for example, answer in zip((*examples, *questions), understood, strict=True)]
    return figures_of(read[: len(examples)]) | {"demo_questions": lost_questions(read[len(examples) :])}


def read_examples(text: str) -> list[dict[str, str]]:
    """The examples of Rasa training data in YAML: `text`, `intent`, and `language` out of the intent's metadata."""
    return [
        {"text": line.strip().removeprefix("- "), "intent": entry["intent"], "language": entry["metadata"]["language"]}
        for entry in yaml.safe_load(text)["nlu"]
        for line in entry["examples"].splitlines()
        if line.strip()
    ]


def understand(texts: list[str]) -> list[dict[str, Any]]:
    """Let the trained model read texts, in Rasa's own interpreter; `understood` and `confidence` of each.

    Raises:
        IntentsNotMeasured: When there is no trained model, or Rasa fails.
    """
    model, python = model_path(home_directory()), venv_python(BOT_VENV)
    for needed in (python, model):
        if not needed.exists():
            raise IntentsNotMeasured(f"{needed} is missing. Run: make train")
    with temporary_folder() as folder:
        asked, answered = folder / "asked.jsonl", folder / "answered.jsonl"
        asked.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8")
        command = [str(python), "-m", "benchmarks.intents_in_rasa", str(model), str(asked), str(answered)]
        ended = subprocess.run(command, cwd=REPOSITORY, env=_environment(folder), capture_output=True, text=True)
        if ended.returncode != 0 or not answered.exists():
            raise IntentsNotMeasured(f"Rasa failed with exit code {ended.returncode}:\n{ended.stderr[-2000:]}")
        return [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]


def _environment(folder: Path) -> dict[str, str]:
    """What deploy/run.py gives Rasa; nothing is called, so the secret and the address open nothing."""
    return os.environ | {
        "HUILU_SECRET": "not-used",
        "HUILU_ACTIONS_URL": "http://127.0.0.1:1/internal/actions",
        "HUILU_HOME": str(folder),
        "PYTHONPATH": ".",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def figures_of(examples: list[dict[str, Any]]) -> dict[str, Any]:
    """All figures from examples with `text`, `intent`, `language` and what was `understood`.

    A fallback goes to the search like a question does, so it counts as one.
    """
    languages = list(dict.fromkeys(example["language"] for example in examples))
    confused: dict[tuple[str, str], list[str]] = {}
    for example in examples:
        wanted, got = _pair(example)
        if wanted != got:
            confused.setdefault((wanted, got), []).append(example["text"])
    return {
        "all": _group(examples),
        "languages": {code: _group([each for each in examples if each["language"] == code]) for code in languages},
        "confusions": [
            {"expected": wanted, "understood": got, "count": len(texts), "examples": texts}
            for (wanted, got), texts in sorted(confused.items(), key=lambda item: -len(item[1]))
        ],
    }


def lost_questions(questions: list[dict[str, Any]]) -> dict[str, Any]:
    """How many answerable questions there are, and those taken for a dialogue act, with act and confidence."""
    lost = [question for question in questions if _pair(question)[1] != QUESTION]
    return {
        "count": len(questions),
        "lost": [{name: each[name] for name in ("text", "language", "understood", "confidence")} for each in lost],
    }


def _pair(example: dict[str, Any]) -> tuple[str, str]:
    understood = example["understood"]
    return example["intent"], QUESTION if understood == FALLBACK else understood


def _group(examples: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = [_pair(example) for example in examples]
    return {
        "examples": len(pairs),
        "macro_f1": macro_f1(pairs),
        "accuracy": accuracy(pairs),
        "fallbacks": dict(Counter(each["intent"] for each in examples if each["understood"] == FALLBACK)),
        "intents": {
            label: {"expected": each.expected, "precision": each.precision, "recall": each.recall, "f1": each.f1}
            for label, each in label_figures(pairs).items()
        },
    }


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    groups = {"all": figures["all"]} | figures["languages"]
    rows = [[name, *(group[name] for group in groups.values())] for name in ("examples", "macro_f1", "accuracy")]
    rows.append(["fallbacks", *(sum(group["fallbacks"].values()) for group in groups.values())])
    by_intent = [
        [label, *(each[name] for name in ("expected", "precision", "recall", "f1"))]
        + [group["intents"].get(label, {}).get("f1") for group in figures["languages"].values()]
        for label, each in figures["all"]["intents"].items()
    ]
    header = ["intent", "examples", "precision", "recall", "F1", *(f"F1 {code}" for code in figures["languages"])]
    confusions = "\n".join(
        f"{each['expected']} taken for {each['understood']}, {each['count']} times: {' | '.join(each['examples'][:8])}"
        for each in figures["confusions"][:CONFUSIONS]
    )
    asked = figures["demo_questions"]
    lost = [
        f"answerable questions of the demo shop that never reach the search: {len(asked['lost'])} of {asked['count']}"
    ]
    lost += [f"taken for {each['understood']} ({each['confidence']:.2f}): {each['text']}" for each in asked["lost"]]
    return "\n\n".join([table(["", *groups], rows), table(header, by_intent), confusions, "\n".join(lost)])
