"""Origins and proxies as operators write them."""

import re
from pathlib import Path

import pytest

from storage.origins import origin_pattern, read_origins, read_proxies
from storage.settings import Settings, read_settings

pytestmark = pytest.mark.fast


def settings(tmp_path: Path, **values: str) -> Settings:
    return read_settings({"HUILU_HOME": str(tmp_path), "HUILU_SECRET": "x", **values})


def test_origins_are_read_as_browsers_write_them() -> None:
    told = "https://Shop.example/, https://*.shop.example:8443  http://localhost:3000\nhttps://shop.example:443"
    assert read_origins(told) == ("https://shop.example", "https://*.shop.example:8443", "http://localhost:3000")
    assert read_origins("") == ()


@pytest.mark.parametrize(
    "word",
    [
        "shop.example",
        "*",
        "https://*",
        "https://*.com",
        "https://shop.example/path",
        "https://shop.*.example",
        "ftp://shop.example",
        "https://shop.example:99999",
        "null",
        "https://evil.example#.shop.example",
    ],
)
def test_what_is_no_origin_is_refused_by_name(word: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(word))):
        read_origins(word)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://shop.example", True),
        ("https://www.shop.example", False),
        ("http://shop.example", False),
        ("https://shop.example:8443", False),
        ("https://a.b.chat.example", True),
        ("https://chat.example", False),
        ("https://evilchat.example", False),
        ("https://evil.example/.chat.example", False),
        ("https://shopxexample", False),
        ("null", False),
    ],
)
def test_only_what_was_listed_matches(origin: str, allowed: bool) -> None:
    pattern = origin_pattern(read_origins("https://shop.example https://*.chat.example"))
    assert (re.fullmatch(pattern, origin) is not None) is allowed


def test_proxies_are_addresses_and_networks() -> None:
    assert read_proxies("10.0.0.5, 10.1.0.0/16 ::1") == ("10.0.0.5", "10.1.0.0/16", "::1")
    with pytest.raises(ValueError, match=r"'proxy\.local'"):
        read_proxies("proxy.local")
    with pytest.raises(ValueError, match=r"'\*'"):
        read_proxies("*")


def test_without_settings_every_site_is_allowed_and_only_this_machine_is_a_proxy(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.allowed_origins, found.trusted_proxies) == ((), ("127.0.0.1", "::1"))
    assert (found.limits, found.limits_store) == (True, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUILU_ALLOWED_ORIGINS", "shop.example"),
        ("HUILU_TRUSTED_PROXIES", "everybody"),
        ("HUILU_LIMITS", "fo"),
        ("HUILU_LIMITS_STORE", "memcached://localhost"),
    ],
)
def test_a_setting_that_cannot_be_understood_stops_the_start_and_is_named(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ValueError, match=name):
        settings(tmp_path, **{name: value})


def test_the_password_of_a_store_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ValueError) as refused:
        settings(tmp_path, HUILU_LIMITS_STORE="http://user:hidden@host")
    assert "hidden" not in str(refused.value)
