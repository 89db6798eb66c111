"""Reading the Procfile."""

import pytest

from deploy.layout import REPOSITORY
from deploy.procfile import Entry, ProcfileError, parse

pytestmark = pytest.mark.fast


def test_entries_come_in_order_with_variables_filled_in() -> None:
    text = "# comment\n\nrasa: FLAG=1 run --port $RASA_PORT --name 'two words'\napp: serve ${PORT}x\n"
    assert parse(text, {"RASA_PORT": "8005", "PORT": "8000"}) == [
        Entry("rasa", ["run", "--port", "8005", "--name", "two words"], {"FLAG": "1"}),
        Entry("app", ["serve", "8000x"], {}),
    ]


def test_a_value_with_a_space_stays_one_word() -> None:
    assert parse("app: serve $MODEL", {"MODEL": "/my models/a.tar.gz"})[0].argv == ["serve", "/my models/a.tar.gz"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("app serve", "line 1: expected"),
        ("app: a\napp: b", "line 2: the name app is used twice"),
        ("\napp: serve $NOWHERE", r"line 2: \$NOWHERE is not set"),
        ("app: 'open", "line 1: No closing quotation"),
        ("app: FLAG=1", "app has no command"),
    ],
)
def test_a_wrong_line_is_named(text: str, message: str) -> None:
    with pytest.raises(ProcfileError, match=message):
        parse(text, {})


def test_our_own_procfile_keeps_rasa_on_loopback_and_silent() -> None:
    environ = {"RASA_PORT": "8005", "RASA_MODEL": "m.tar.gz", "PORT": "8000"}
    entries = {entry.name: entry for entry in parse((REPOSITORY / "Procfile").read_text(), environ)}
    assert set(entries) == {"rasa", "app"}
    rasa = entries["rasa"]
    assert rasa.argv[rasa.argv.index("-i") + 1] == "127.0.0.1"
    assert rasa.extra_environ["RASA_TELEMETRY_ENABLED"] == "false"
