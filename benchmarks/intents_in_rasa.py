"""Run by Rasa's interpreter (Python 3.10): let a model read texts.

`python -m benchmarks.intents_in_rasa MODEL TEXTS ANSWERS`: TEXTS holds a JSON string a line, ANSWERS gets a line
`{"understood": intent, "confidence": 0.93}` for each.
"""

import asyncio
import json
import sys
from pathlib import Path


async def answer(model: str, texts: Path, answers: Path) -> None:
    """Load the model as the server does, and write down what it makes of each text."""
    from rasa.core.agent import load_agent  # type: ignore[import-not-found]

    agent = await load_agent(model)
    if not agent.is_ready():
        sys.exit(f"The model {model} could not be loaded.")
    lines = []
    for line in texts.read_text(encoding="utf-8").splitlines():
        parsed = await agent.parse_message(json.loads(line))
        intent = parsed["intent"]
        lines.append(json.dumps({"understood": intent["name"], "confidence": intent["confidence"]}) + "\n")
    answers.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(answer(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
