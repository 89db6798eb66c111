"""What the surroundings decide: read from the environment once, then handed around as one frozen value."""

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from storage.mail_settings import MailSettings, read_mail_settings
from storage.origins import read_origins, read_proxies

LOOPBACK = ("127.0.0.1", "::1")
SHORTEST_OFFER, LONGEST_OFFER = 5, 600
STORES = ("redis://", "rediss://", "redis+unix://")

Level = Literal["low", "normal", "high"]


@dataclass(frozen=True)
class Settings:
    """Everything an operator can set.

    Attributes:
        home: Folder for all that is written (database, secret, trained dialogue model, sessions).
        database_url: SQLAlchemy URL; SQLite and PostgreSQL (psycopg) are supported.
        host, port: Where the app listens.
        rasa_url: Base address of the dialogue server, on loopback.
        secret: Signs sessions and CSRF tokens and is the password between the app and the dialogue server.
        identity_secret: Shared with the company's site to sign its users; empty when not used.
        demo: Whether the demo shop is loaded into an empty database.
        encoder: Name or path of a sentence-transformers model, or one for each language; empty for the built-in one.
        encoder_query_prompt, encoder_document_prompt: What is put before texts for it; empty for the model's own.
        careful: How sure an answer must be: "low", "normal" or "high".
        helpful: How readily choices are offered: "low", "normal" or "high".
        consent_required: Whether customers have to agree to the privacy notice before they can write.
        secure_cookies: Whether cookies are sent over https only.
        allowed_origins: Sites whose pages may use the chat; empty for every site.
        trusted_proxies: Addresses and networks that are believed when they say whom they forward for.
        limits: Whether the chat's rate limits are on.
        webhook_private: Whether webhooks may call addresses inside the network, such as this machine's own.
        limits_store: Redis URL where several processes count together; empty for this process's memory.
        mail: How mail goes out and comes in (see mail_settings.py).
        public_url: Where customers reach the app, without a slash at the end; empty when not known.
        offers: Whether waiting cases are offered to colleagues by themselves.
        offer_seconds: How long a colleague has to accept one.
    """

    home: Path
    database_url: str
    host: str
    port: int
    rasa_url: str
    secret: str
    identity_secret: str
    demo: bool
    encoder: str
    secure_cookies: bool
    encoder_query_prompt: str = ""
    encoder_document_prompt: str = ""
    careful: Level = "normal"
    helpful: Level = "normal"
    consent_required: bool = False
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = LOOPBACK
    limits: bool = True
    limits_store: str = ""
    webhook_private: bool = False
    offers: bool = True
    offer_seconds: int = 30
    mail: MailSettings = field(default_factory=MailSettings)
    public_url: str = ""

    @property
    def mail_stays_here(self) -> bool:
        """Whether mails are kept and shown in the app itself: in a demo of this machine's own, without SMTP."""
        return self.demo and not self.public_url and self.mail.smtp is None and self.host in (*LOOPBACK, "localhost")


def read_settings(environment: dict[str, str] | None = None) -> Settings:
    """Read the settings from `environment` (the process's own by default).

    Raises:
        ValueError: When a value cannot be understood; the message names the variable.
    """
    values = os.environ if environment is None else environment
    home = Path(values.get("HUILU_HOME") or "var").resolve()
    port = _port(values, "PORT", 8000)
    rasa_port = _port(values, "RASA_PORT", port + 5)
    return Settings(
        home=home,
        database_url=_database_url(values.get("DATABASE_URL") or f"sqlite:///{home / 'huilu.db'}"),
        host=values.get("HOST") or "127.0.0.1",
        port=port,
        rasa_url=values.get("HUILU_RASA_URL") or f"http://127.0.0.1:{rasa_port}",
        secret=values.get("HUILU_SECRET") or _kept_secret(home),
        identity_secret=values.get("HUILU_IDENTITY_SECRET") or "",
        demo=_flag(values, "HUILU_DEMO"),
        encoder=values.get("HUILU_ENCODER") or "",
        secure_cookies=_flag(values, "HUILU_SECURE_COOKIES"),
        encoder_query_prompt=values.get("HUILU_ENCODER_QUERY_PROMPT") or "",
        encoder_document_prompt=values.get("HUILU_ENCODER_DOCUMENT_PROMPT") or "",
        careful=_level(values, "HUILU_CAREFUL"),
        helpful=_level(values, "HUILU_HELPFUL"),
        consent_required=_required(values, "HUILU_CONSENT"),
        allowed_origins=_words(values, "HUILU_ALLOWED_ORIGINS", read_origins),
        trusted_proxies=_words(values, "HUILU_TRUSTED_PROXIES", read_proxies) or LOOPBACK,
        limits=_switch(values, "HUILU_LIMITS"),
        limits_store=_store(values, "HUILU_LIMITS_STORE"),
        mail=read_mail_settings(
            *(values.get(name) or "" for name in ("HUILU_MAIL_FROM", "HUILU_SMTP", "HUILU_IMAP", "HUILU_MAIL_SECONDS"))
        ),
        public_url=_address(values, "HUILU_PUBLIC_URL"),
        webhook_private=_allowed(values, "HUILU_WEBHOOK_PRIVATE"),
        offers=_switch(values, "HUILU_OFFERS"),
        offer_seconds=_seconds(values, "HUILU_OFFER_SECONDS", 30, SHORTEST_OFFER, LONGEST_OFFER),
    )


@cache
def settings() -> Settings:
    """The process's settings, read at first use."""
    return read_settings()


def _database_url(url: str) -> str:
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _port(values: "os._Environ[str] | dict[str, str]", name: str, default: int) -> int:
    text = values.get(name) or str(default)
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError(f"{name} must be a port number from 1 to 65535, but is {text!r}.")
    return int(text)


def _seconds(values: "os._Environ[str] | dict[str, str]", name: str, default: int, shortest: int, longest: int) -> int:
    text = (values.get(name) or str(default)).strip()
    if not text.isdigit() or not shortest <= int(text) <= longest:
        raise ValueError(f"{name} must be from {shortest} to {longest} seconds, but is {text!r}.")
    return int(text)


def _level(values: "os._Environ[str] | dict[str, str]", name: str) -> Level:
    text = (values.get(name) or "normal").strip().lower()
    for level in get_args(Level):
        if text == level:
            return cast(Level, level)
    raise ValueError(f"{name} must be low, normal or high, but is {text!r}.")


def _required(values: "os._Environ[str] | dict[str, str]", name: str) -> bool:
    """A misspelt word must not leave out what was meant to be asked for."""
    text = (values.get(name) or "").strip().lower()
    if text not in {"", "required"}:
        raise ValueError(f"{name} must be required or empty, but is {text!r}.")
    return text == "required"


def _allowed(values: "os._Environ[str] | dict[str, str]", name: str) -> bool:
    """Something that is not allowed unless that is said in so many words."""
    text = (values.get(name) or "").strip().lower()
    if text not in {"", "allowed"}:
        raise ValueError(f"{name} must be allowed or empty, but is {text!r}.")
    return text == "allowed"


def _words(
    values: "os._Environ[str] | dict[str, str]", name: str, read: Callable[[str], tuple[str, ...]]
) -> tuple[str, ...]:
    try:
        return read(values.get(name) or "")
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _switch(values: "os._Environ[str] | dict[str, str]", name: str) -> bool:
    """Something that is on unless it is switched off in so many words: a slip of the pen must not switch it off."""
    text = (values.get(name) or "on").strip().lower()
    if text not in {"on", "off"}:
        raise ValueError(f"{name} must be on or off, but is {text!r}.")
    return text == "on"


def _store(values: "os._Environ[str] | dict[str, str]", name: str) -> str:
    text = (values.get(name) or "").strip()
    if text and not text.startswith(STORES):
        # A password may stand in it, so it is not repeated.
        raise ValueError(f"{name} must begin with one of {', '.join(STORES)}.")
    return text


def _address(values: "os._Environ[str] | dict[str, str]", name: str) -> str:
    text = (values.get(name) or "").strip().rstrip("/")
    if text and not re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", text):
        raise ValueError(f"{name} must be an address such as https://chat.example.com, but is {text!r}.")
    return text


def _flag(values: "os._Environ[str] | dict[str, str]", name: str) -> bool:
    return (values.get(name) or "").strip().lower() in {"1", "true", "yes", "on"}


def _kept_secret(home: Path) -> str:
    """Generate the secret once and keep it, so that a restart signs nobody out."""
    path = home / "secret"
    if not path.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
    return path.read_text().strip()
