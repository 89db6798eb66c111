"""Settings of mail: servers named by an address each, refused by name without a password, and the demo's own."""

import pytest

from storage.mail_settings import MailServer
from storage.settings import read_settings

pytestmark = pytest.mark.fast


def mail_settings(**values: str) -> object:
    return read_settings({"HUILU_SECRET": "x", **values}).mail


def test_servers_are_named_by_one_address_each() -> None:
    chosen = read_settings(
        {
            "HUILU_SECRET": "x",
            "HUILU_MAIL_FROM": "Lanting <help@example.com>",
            "HUILU_SMTP": "smtp://user:p%40ss@mail.example.com",
            "HUILU_IMAP": "imaps://user:p%40ss@mail.example.com/Support",
        }
    ).mail
    assert chosen.smtp == MailServer("mail.example.com", 587, "starttls", "user", "p@ss")
    assert chosen.imap == MailServer("mail.example.com", 993, "tls", "user", "p@ss", "Support")
    assert (chosen.name, chosen.address, chosen.seconds) == ("Lanting", "help@example.com", 30)
    assert "p@ss" not in repr(chosen)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HUILU_MAIL_FROM", "nobody"),
        ("HUILU_SMTP", "http://user:secret-word@host"),
        ("HUILU_SMTP", "smtp+plain://user:secret-word@mail.example.com"),
        ("HUILU_SMTP", "smtp://user:secret-word@host:port"),
        ("HUILU_IMAP", "imaps://host/INBOX"),
        # Nobody could answer what comes in.
        ("HUILU_IMAP", "imaps://user:secret-word@host/INBOX"),
        ("HUILU_MAIL_SECONDS", "soon"),
        ("HUILU_PUBLIC_URL", "chat.example.com"),
    ],
)
def test_a_setting_that_cannot_be_understood_is_named_and_no_password_repeated(variable: str, value: str) -> None:
    given = {"HUILU_MAIL_FROM": "help@example.com", variable: value}
    with pytest.raises(ValueError, match=variable) as refused:
        mail_settings(**given)
    assert "secret-word" not in str(refused.value)


def test_a_server_without_an_address_to_write_from_is_refused() -> None:
    with pytest.raises(ValueError, match="HUILU_MAIL_FROM"):
        mail_settings(HUILU_SMTP="smtp+plain://127.0.0.1:2525")


def test_mails_stay_in_the_app_only_in_a_demo_of_this_machine() -> None:
    here = {"HUILU_SECRET": "x", "HUILU_DEMO": "1"}
    assert read_settings(here).mail_stays_here
    sender = {"HUILU_MAIL_FROM": "help@example.com"}
    for other in ({"HUILU_DEMO": ""}, {"HOST": "0.0.0.0"}, {"HUILU_SMTP": "smtp+plain://127.0.0.1", **sender}):
        assert not read_settings(here | other).mail_stays_here
