"""While a flood of new conversations comes in, those who are in the middle of a talk are answered as ever."""

import asyncio

import pytest

from benchmarks.customer import chat_client, open_conversation
from benchmarks.flood import pour
from tests.running import RunningServers

pytestmark = pytest.mark.servers

QUESTIONS = ["How do I return an item?", "How long does delivery take?", "Can I pay by card?", "Is there a warranty?"]
FLOOD_SECONDS, FLOOD_A_SECOND = 6, 100


async def test_regular_customers_are_answered_in_a_flood_and_the_flood_is_told_to_wait(
    servers: RunningServers,
) -> None:
    async with chat_client(servers.address) as client:
        customers = [await open_conversation(client, "en") for _ in range(3)]
        for customer in customers:
            await customer.ask(QUESTIONS[0])
        flood = asyncio.create_task(pour(servers.address, FLOOD_A_SECOND, FLOOD_SECONDS))
        await asyncio.sleep(1)
        for question in QUESTIONS[1:]:
            # An answer that does not come fails here.
            await asyncio.gather(*(customer.ask(question) for customer in customers))
        counts = await flood
        for customer in customers:
            await customer.leave()
    for customer in customers:
        seqs = [each["seq"] for each in customer.messages]
        assert seqs == sorted(set(seqs))
        said = [each["text"] for each in customer.messages if each["author"] == "customer"]
        assert said == QUESTIONS
        authors = [each["author"] for each in customer.messages]
        assert all(authors[place + 1] == "bot" for place, who in enumerate(authors) if who == "customer")
    assert counts["refused"] > counts["opened"] > 0
    assert not counts["refused without a time"]
    assert {name for name in counts if "failed" in name or "answered with" in name} == set(), counts
