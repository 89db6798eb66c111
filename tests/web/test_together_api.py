"""Working together through the API: the same changes, guarded by revisions, and refused with a problem."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.base import now
from tests.web.desk_fixtures import PASSWORD, Caller, Person, api, client, mei, open_case
from tests.web.together_fixtures import leave_queue, number_of

# Fixtures are found by being imported.
__all__ = ["api", "client", "mei"]


def call(api: Caller, ticket: str, name: str, body: dict[str, object], method: str = "POST") -> tuple[int, dict]:  # type: ignore[type-arg]
    answer = api.call(method, f"/api/tickets/{ticket}/{name}", body)
    return answer.status_code, answer.json()


def test_programs_make_the_same_changes(client: TestClient[Litestar], api: Caller) -> None:
    ticket, other = open_case(client), open_case(client)
    leave_queue(client, ticket)
    for name, body in (
        ("notes", {"text": "by a program"}),
        ("tags", {"name": "Robot"}),
        ("links", {"number": number_of(client, other)}),
        ("snooze", {"until": (now() + timedelta(hours=2)).isoformat()}),
        ("wake", {}),
        ("assign", {"staff_id": None}),
        ("state", {"state": "planned", "category": "technical"}),
    ):
        status, case = call(api, ticket, name, body)
        assert status == 200, case
    assert (case["tags"], case["links"][0]["id"], case["ticket"]["state"]) == (["robot"], other, "planned")
    assert case["notes"][0]["text"] == "by a program"
    assert [each["kind"] for each in case["timeline"]] == [
        "opened", "noted", "tagged", "linked", "snoozed", "woke_up", "classified",
    ]  # fmt: skip
    assert case["revision"] == 8
    for path in ("tags/robot", f"links/{number_of(client, other)}"):
        answer = api.call("DELETE", f"/api/tickets/{ticket}/{path}?why=over&change_id=c-1{path[0]}")
        assert answer.status_code == 200
    last = answer.json()
    assert (last["tags"], last["links"]) == ([], [])
    assert last["timeline"][-1]["details"]["why"] == "over"
    assert last["timeline"][-1]["change_id"] == "c-1l"
    status, fresh = call(api, ticket, "split", {"seq": 2})
    assert (status, fresh["ticket"]["id"] != ticket) == (200, True)
    leave_queue(client, other)
    status, survivor = call(api, other, "merge", {"number": number_of(client, ticket), "other_customer": True})
    assert (status, survivor["ticket"]["id"]) == (200, ticket)
    assert api.call("GET", f"/api/tickets/{other}").json()["merged_into"]["id"] == ticket


def test_a_revision_or_if_match_guards_a_change_and_the_same_change_is_done_once(
    client: TestClient[Litestar], api: Caller
) -> None:
    ticket = open_case(client)
    path = f"/api/tickets/{ticket}/tags"
    headers = {"Authorization": f"Bearer {api.token}", "If-Match": '"2"'}
    body = {"name": "first", "change_id": "mine-1"}
    for _ in range(2):
        answer = client.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["revision"]) == (200, 3)
    for refused in (
        client.post(path, json={"name": "second"}, headers=headers),
        api.call("POST", path, {"name": "second", "revision": 2}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "outdated")
        assert refused.headers["content-type"].startswith("application/problem+json")
    assert api.call("POST", path, {"name": "second", "revision": 3}).status_code == 200


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("tags", {"name": ""}, "tag_empty"),
        ("tags", {"name": "a", "change_id": "x" * 37}, "change_id"),
        ("tags", {"name": "a", "change_id": "a b\r\n"}, "change_id"),
        ("tags", {"name": "a", "why": "x" * 301}, "why"),
        ("tags", {"name": "a", "revision": -1}, "revision"),
        ("tags", {"name": "a", "revision": 10**20}, "revision"),
        ("notes", {"text": ""}, "empty"),
        ("links", {"number": "x" * 5000}, "number"),
        ("merge", {"number": "T-0"}, "number"),
        ("split", {"seq": 10**12}, "message"),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, "until"),
        ("snooze", {"until": "2099-01-01T00:00:00"}, "until"),
        ("assign", {"staff_id": "nobody"}, "colleague"),
        ("state", {"state": "resolved"}, "state"),
        ("state", {"category": "weather"}, "category"),
    ],
)
def test_bad_input_is_met_with_a_problem_and_changes_nothing(
    client: TestClient[Litestar], api: Caller, name: str, body: dict[str, object], code: str
) -> None:
    ticket = open_case(client)
    answer = api.call("POST", f"/api/tickets/{ticket}/{name}", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert api.call("GET", f"/api/tickets/{ticket}").json()["revision"] == 2


def test_an_unknown_case_is_not_found(api: Caller, mei: Person) -> None:
    for name, body in (
        ("notes", {"text": "x"}),
        ("tags", {"name": "x"}),
        ("close", {}),
        ("links", {"number": "T-1001"}),
    ):
        assert api.call("POST", f"/api/tickets/{uuid.uuid4()}/{name}", body).status_code == 404
    assert mei.post(f"/desk/tickets/{uuid.uuid4()}/tags", {"name": "x"}).status_code == 404


def test_pressing_take_at_the_same_moment_one_has_the_case_and_the_other_is_told(
    client: TestClient[Litestar], api: Caller
) -> None:
    other = client.post("/api/sessions", json={"email": "tom@example.com", "password": PASSWORD}).json()["token"]
    ticket = open_case(client)

    def take(token: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.post(f"/api/tickets/{ticket}/take", headers=headers)
        return answer.status_code, answer.json().get("detail", "")

    with ThreadPoolExecutor(2) as pool:
        (_, _), (status, detail) = sorted(pool.map(take, (api.token, other)))
    case = api.call("GET", f"/api/tickets/{ticket}").json()
    assert status == 409
    assert f"{case['ticket']['owner']} has this case now." in detail
    assert [each["kind"] for each in case["timeline"]] == ["opened", "taken"]
