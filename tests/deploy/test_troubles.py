"""Reading the output of failed commands."""

from pathlib import Path

import pytest

from deploy.commands import CommandFailed, package_counter, run_logged
from deploy.troubles import NO_NETWORK, explain, last_lines

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    "output",
    [
        "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3...>: "
        "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/rasa/\n"
        "ERROR: Could not find a version that satisfies the requirement rasa==3.6.21 (from versions: none)\n"
        "ERROR: No matching distribution found for rasa==3.6.21",
        "npm error code ENOTFOUND\nnpm error network request to the registry failed",
        "npm error code EAI_AGAIN",
        "error: Request failed after 3 retries\n  Caused by: dns error",
        "ConnectTimeoutError: Connection to the index timed out",
    ],
)
def test_no_network_is_recognised_whatever_else_is_said(output: str) -> None:
    assert explain(output) == NO_NETWORK


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("SSLError(CertificateError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "certificate"),
        ("ERROR: No matching distribution found for torch==2.13.0", "not offered for this machine"),
        ("ERROR: Failed building wheel for sklearn-crfsuite", "compiled"),
        ("npm error code EACCES", "could not be written"),
        ("Killed", "memory"),
    ],
)
def test_common_troubles_get_their_advice(output: str, word: str) -> None:
    assert word in explain(output)


def test_the_unknown_is_not_explained_away() -> None:
    assert explain("ERROR: something new") == ""


def test_last_lines_leave_out_advertisements_colours_and_chatter() -> None:
    output = (
        "first\n\n\x1b[91mProject validation completed with errors.\x1b[0m\n[notice] A new release of pip\n"
        "2026-01-01 INFO rasa.validator - Going on\n/x/io.py:100: UserWarning: Intent 'a' is not part of the domain.\n"
    )
    assert last_lines(output, 3) == [
        "first",
        "Project validation completed with errors.",
        "UserWarning: Intent 'a' is not part of the domain.",
    ]


def test_a_failed_command_shows_its_end_its_log_and_the_advice(tmp_path: Path) -> None:
    log = tmp_path / "log" / "setup-bot.log"
    with pytest.raises(CommandFailed) as trouble:
        run_logged(["sh", "-c", "echo getaddrinfo failed; exit 1"], log)
    assert "| getaddrinfo failed" in str(trouble.value)
    assert str(log) in str(trouble.value)
    assert NO_NETWORK in str(trouble.value)
    assert log.read_text() == "getaddrinfo failed\n"


def test_a_command_that_is_not_there_is_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="could not be started"):
        run_logged([str(tmp_path / "nothing")], tmp_path / "log")


def test_packages_are_counted_up_to_what_is_expected() -> None:
    read = package_counter(2)
    assert read("Collecting rasa==3.6.21\n") == "1 of 2 packages"
    assert read("  Downloading rasa\n") is None
    assert read("Requirement already satisfied: numpy\n") == "2 of 2 packages"
    assert read("Collecting more\n") == "2 of 2 packages"
    assert read("Installing collected packages: a, b\n") == "unpacking"
