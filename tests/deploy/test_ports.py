"""Ports: free or taken, by whom, and what to do."""

import os
import socket
from collections.abc import Iterator

import pytest

from deploy.ports import Holder, PortTrouble, check_free, find_holder, in_use_message, port_from

pytestmark = pytest.mark.fast


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_passes(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    check_free(port, "127.0.0.1", "PORT", "the website")


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(taken: int) -> None:
    with pytest.raises(PortTrouble) as trouble:
        check_free(taken, "127.0.0.1", "PORT", "the website")
    text = str(trouble.value)
    assert f"Port {taken} is already in use, and the website needs it." in text
    assert "choose another port: PORT=" in text


def test_a_port_taken_on_every_address_is_seen(taken: int) -> None:
    with pytest.raises(PortTrouble):
        check_free(taken, "0.0.0.0", "PORT", "the website")


def test_the_holder_is_found(taken: int) -> None:
    holder = find_holder(taken)
    assert holder is not None
    assert holder.pid == os.getpid()


def test_the_message_recognises_huilu_itself() -> None:
    text = in_use_message(8000, "PORT", "the website", Holder(12, ".venv/bin/python -m web"))
    assert "process 12" in text
    assert "Huilu itself" in text
    assert "PORT=8010 make run" in text


def test_the_message_does_without_a_holder() -> None:
    text = in_use_message(8005, "RASA_PORT", "Rasa", None)
    assert "held by" not in text
    assert "RASA_PORT=8015" in text


def test_the_suggested_port_exists() -> None:
    assert "PORT=8010" in in_use_message(65530, "PORT", "the website", None)


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80.5", "\uff18\uff10\uff10\uff10"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(PortTrouble, match="is not a port"):
        port_from({"PORT": text}, "PORT", 8000)


def test_an_unset_or_empty_port_takes_the_default() -> None:
    assert port_from({}, "PORT", 8000) == port_from({"PORT": ""}, "PORT", 8000) == 8000


def test_an_address_of_another_machine_is_explained() -> None:
    with pytest.raises(PortTrouble, match=r"HOST|cannot be opened"):
        check_free(8000, "host.invalid", "PORT", "the website")
