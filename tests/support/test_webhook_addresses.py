"""Addresses that webhooks may call: of the open internet, and inside a network only where that is allowed."""

import pytest

from support.integrations.addresses import AddressRefused, check_url, is_public


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://shop.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://", "form"),
        ("https://user:word@shop.example/", "credentials"),
        ("https://shop.example/a b", "form"),
        ("https://shop.example/\r\nX: y", "form"),
        ("https://shop.example:99999/", "form"),
        ("https://shop.example/" + "x" * 500, "form"),
        ("http://127.0.0.1/", "private"),
        ("http://[::1]:8000/", "private"),
        ("http://169.254.169.254/latest", "private"),
        ("http://localhost/", "private"),
        ("http://metadata.internal/", "private"),
    ],
)
def test_an_address_that_is_never_to_be_called_is_refused_at_once(url: str, code: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_url(url, private_allowed=False)
    assert refused.value.code == code


def test_inside_an_intranet_private_addresses_can_be_allowed() -> None:
    assert check_url(" http://10.0.0.7:8080/huilu ", private_allowed=True) == "http://10.0.0.7:8080/huilu"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1", "fec0::1", "::7f00:1", "::808:808", "::ffff:0:7f00:1"],
)  # fmt: skip
def test_an_address_inside_a_network_is_not_public(host: str) -> None:
    assert not is_public(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_open_internet_is(host: str) -> None:
    assert is_public(host)
