"""The assistant's project, checked with the real Rasa in its own interpreter."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.feedback.rules import KINDS as FEEDBACK
from support.understanding.danger import KINDS
from support.understanding.patterns import patterns
from tests.bot.acting import _ACTIONS
from texts.catalogue import LANGUAGES

REPOSITORY = Path(__file__).parent.parent.parent
RASA = REPOSITORY / ".venv-rasa" / "bin" / "python"


def in_rasa(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run something in Rasa's interpreter, with an environment like the server's."""
    assert RASA.exists(), "Rasa's environment is missing; `make test` sets it up."
    environment = os.environ | {
        "HUILU_SECRET": "s",
        "HUILU_HOME": "/nonexistent",
        "HUILU_ACTIONS_URL": "http://127.0.0.1:1",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(REPOSITORY),
        "TQDM_DISABLE": "1",
        **more,
    }
    return subprocess.run(
        [str(RASA), *words], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=280, check=False
    )


def domain() -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("part", ["inside_rasa", "inside_action_calls", "inside_tracker_store", "inside_model"])
def test_the_parts_in_rasas_interpreter_keep_their_promises(part: str) -> None:
    done = in_rasa("-m", "unittest", f"tests.bot.{part}", RASA_MODEL=str(trained_model()))
    assert done.returncode == 0, done.stderr[-4000:]
    assert "OK" in done.stderr


def test_rasa_finds_nothing_wrong_with_the_project() -> None:
    done = in_rasa("-m", "rasa", "data", "validate")
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    warned = set(re.findall(r"UserWarning: (.+)", said))
    unused = {name for each in warned for name in re.findall(r"The utterance '(\w+)' is not used", each)}
    # Rasa looks for utterances in rules only; the others must be spoken by an action.
    assert unused - asked_by_forms() == spoken_by_actions()
    others = {each for each in warned if "is not used in any story or rule" not in each}
    assert others == set()


def spoken_by_actions() -> set[str]:
    rules = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "data" / "rules").glob("*.yml"))
    sources = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "actions").glob("*.py"))
    # "utter_action" is Rasa's own name for where an utterance came from.
    named = set(re.findall(r'"(utter_\w+)"', sources)) - {"utter_action"}
    # f"utter_care_{kind}" speaks every utterance of that shape; that each kind has one is tested below.
    shapes = [re.sub(r"\{[^}]*\}", r"\\w+", shape) for shape in re.findall(r'f"(utter_[^"]*)"', sources)]
    made = {name for name in domain()["responses"] if any(re.fullmatch(shape, name) for shape in shapes)}
    return (named | made) - set(re.findall(r"(utter_\w+)", rules))


def asked_by_forms() -> set[str]:
    """The utterances with which Rasa itself asks for a field of a form."""
    fields = {field for form in domain()["forms"].values() for field in form["required_slots"]}
    return {f"utter_ask_{field}" for field in fields} - {"utter_ask_contact"}


@pytest.mark.fast
def test_every_utterance_exists_in_every_language_and_once_without_condition() -> None:
    for name, variations in domain()["responses"].items():
        languages = [each["condition"][0]["value"] for each in variations if "condition" in each]
        assert sorted(languages) == sorted(LANGUAGES), name
        assert sum("condition" not in each for each in variations) == 1, name


@pytest.mark.fast
def test_an_utterance_has_the_same_places_to_fill_in_every_language() -> None:
    for name, variations in domain()["responses"].items():
        places = {frozenset(re.findall(r"\{(\w+)\}", str(each["text"]))) for each in variations}
        assert len(places) == 1, name


@pytest.mark.fast
def test_every_utterance_is_spoken_by_a_rule_or_an_action_and_every_spoken_one_exists() -> None:
    rules = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "data" / "rules").glob("*.yml"))
    spoken = set(re.findall(r"(utter_\w+)", rules)) | spoken_by_actions() | asked_by_forms()
    assert set(domain()["responses"]) == spoken


@pytest.mark.fast
def test_every_kind_that_an_action_may_speak_of_has_its_utterance() -> None:
    kinds = {
        *(f"utter_care_{kind}" for kind in (*KINDS, "other")),
        *(f"utter_small_talk_{kind}" for kind in (*patterns("small_talk"), "other")),
        *(f"utter_{kind}_kept" for kind in FEEDBACK),
        *(f"utter_ticket_{step}" for step in ("waiting", "in_progress", "your_turn", "resolved", "late")),
        *(f"utter_{field}_invalid" for field in ("complaint_order", "complaint_severity", "contact", "ticket_number")),
    }
    assert kinds <= set(domain()["responses"])


@pytest.mark.fast
def test_every_action_of_the_domain_stands_in_the_tests_of_whole_conversations() -> None:
    assert set(domain()["actions"]) == set(_ACTIONS)


@pytest.mark.fast
def test_no_example_stands_under_two_intents_and_none_is_held_out_as_well() -> None:
    seen: dict[str, str] = {}
    for path in sorted((REPOSITORY / "data" / "nlu").glob("*.yml")):
        for intent, text in examples(path):
            assert seen.setdefault(text, intent) == intent, f"{text!r} is {seen[text]} and {intent}"
    held_out = {text for _, text in examples(REPOSITORY / "tests" / "nlu" / "held_out.yml")}
    assert not held_out & set(seen)


def examples(path: Path) -> list[tuple[str, str]]:
    blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    found = []
    for block in blocks:
        if "intent" not in block:
            continue
        given = block["examples"]
        lines = given.splitlines() if isinstance(given, str) else [each["text"] for each in given]
        found += [(block["intent"], line.removeprefix("- ").strip().lower()) for line in lines if line.strip()]
    return found


def trained_model() -> Path:
    from deploy.layout import home_directory
    from deploy.model import model_path

    model = model_path(home_directory())
    assert model.exists(), "There is no trained model; `make test` trains it."
    return model


def test_the_stories_go_as_written() -> None:
    model = trained_model()
    stories = "tests/conversations/rules_stories.yml"
    out = model.parent.parent / "story-test"
    done = in_rasa(
        "-m", "rasa", "test", "core", "--model", str(model), "--stories", stories, "--out", str(out),
        "--fail-on-prediction-errors", "--endpoints", os.devnull,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
