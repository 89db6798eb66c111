"""Run by Rasa's interpreter (Python 3.10): train a ResponseSelector and let it rank.

`python -m benchmarks.selector_in_rasa TASK ANSWERS`, in a folder of its own: TASK is a JSON object with `examples`
(pairs of article number and phrasing), `queries`, `settings` of the ResponseSelector besides ours, and the
`seconds` training may take; ANSWERS gets a line
`{"ranking": [[article, confidence], ...], "milliseconds": 9.5}` for each query.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import time
from pathlib import Path
from typing import Any

INTENT = "question"
# What `rasa init` writes, less what only intents and entities need, and with what Rasa's own warning recommends.
# Chinese has no blanks, so that a character is a word here: pairs of them are what Chinese words mostly are.
PIPELINE: list[dict[str, Any]] = [
    {"name": "bot.tokenizer.CharacterAndWordTokenizer"},
    {"name": "CountVectorsFeaturizer", "min_ngram": 1, "max_ngram": 2},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]
SELECTOR: dict[str, Any] = {"name": "ResponseSelector", "constrain_similarities": True, "random_seed": 7}


def train(examples: list[tuple[int, str]], settings: dict[str, Any], folder: Path) -> str:
    """Train on the examples and return the model's path; `settings` are the ResponseSelector's besides ours."""
    from rasa.model_training import train_nlu  # type: ignore[import-not-found]

    articles = sorted({article for article, _ in examples})
    written = {
        "config": {
            "recipe": "default.v1",
            "assistant_id": "rival",
            "language": "en",
            "pipeline": [*PIPELINE, SELECTOR | settings],
        },
        "nlu": {
            "rasa_nlu_data": {
                "common_examples": [{"text": text, "intent": f"{INTENT}/{article}"} for article, text in examples]
            }
        },
        "domain": {
            "version": "3.1",
            "intents": [INTENT],
            "responses": {f"utter_{INTENT}/{article}": [{"text": str(article)}] for article in articles},
        },
    }
    paths = {}
    for name, content in written.items():
        # Rasa reads the data as JSON; YAML, which the others are read as, takes JSON too.
        paths[name] = folder / (f"{name}.json" if name == "nlu" else f"{name}.yml")
        paths[name].write_text(json.dumps(content), encoding="utf-8")
    model = train_nlu(str(paths["config"]), str(paths["nlu"]), str(folder / "models"), domain=str(paths["domain"]))
    if model is None:
        sys.exit("Rasa made no model.")
    return str(model)


async def answer(model: str, queries: list[str]) -> list[dict[str, Any]]:
    """Let the model rank for each query, as the server would."""
    from rasa.core.agent import load_agent  # type: ignore[import-not-found]

    agent = await load_agent(model)
    if not agent.is_ready():
        sys.exit(f"The model {model} could not be loaded.")
    # The first use is slow by itself.
    await agent.parse_message("hello")
    answers = []
    for query in queries:
        # A leading slash would be a command; the bot's channel does the same (bot/channel.py).
        text = "／" + query.lstrip()[1:] if query.lstrip().startswith("/") else query
        started = time.perf_counter()
        parsed = await agent.parse_message(text)
        milliseconds = (time.perf_counter() - started) * 1000
        ranking = parsed["response_selector"]["default"]["ranking"]
        pairs = [[int(each["intent_response_key"].split("/")[1]), each["confidence"]] for each in ranking]
        answers.append({"ranking": pairs, "milliseconds": milliseconds})
    return answers


def main(task: Path, answers: Path) -> None:
    """Do the task and write the answers; SIGALRM ends the process when training takes too long."""
    from rasa.utils.log_utils import configure_structlog  # type: ignore[import-not-found]

    configure_structlog(logging.WARNING)
    asked = json.loads(task.read_text(encoding="utf-8"))
    signal.alarm(asked["seconds"])
    model = train([(article, text) for article, text in asked["examples"]], asked["settings"], task.parent)
    signal.alarm(0)
    found = asyncio.run(answer(model, asked["queries"]))
    answers.write_text("".join(json.dumps(each) + "\n" for each in found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
