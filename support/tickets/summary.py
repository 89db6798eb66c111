"""A short summary of a conversation for the agent, made without a language model. Pure."""

from collections.abc import Sequence

LONGEST_LINE = 160
QUESTIONS_SHOWN = 3


def summarise(questions: Sequence[str], answers: Sequence[str]) -> str:
    """What the customer asked last and which articles the bot answered with.

    Args:
        questions: The customer's texts, oldest first.
        answers: Titles of the articles given as answers, oldest first.
    """
    asked = [shorten(question) for question in questions if question.strip()][-QUESTIONS_SHOWN:]
    lines = [f"› {question}" for question in asked]
    if answers:
        titles = list(dict.fromkeys(answers))
        lines.append("✓ " + "; ".join(shorten(title) for title in titles[-QUESTIONS_SHOWN:]))
    return "\n".join(lines)


def shorten(text: str) -> str:
    """The text on one line, cut at LONGEST_LINE characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
