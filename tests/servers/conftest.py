"""Customers and staff of the real servers."""

from collections.abc import Iterator

import httpx
import pytest

from tests.people import Customer, Staff
from tests.running import RunningServers


@pytest.fixture(scope="session")
def http(servers: RunningServers) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=servers.address, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def customer(http: httpx.Client) -> Customer:
    return Customer(http)


@pytest.fixture
def sign_in(http: httpx.Client, servers: RunningServers):  # type: ignore[no-untyped-def]
    """A function that signs a role of the demo's staff in."""

    def as_role(role: str) -> Staff:
        email = servers.email(role)
        return Staff(http, email, servers.sign_ins[email])

    return as_role
