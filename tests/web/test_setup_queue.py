"""Set-up of teams, colleagues and opening hours: supervisors change them, and nothing typed is lost."""

import logging
import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from support.hours.tables import Schedule
from support.staff.queries import members
from support.staff.tables import StaffMember, Team
from tests.web.desk_fixtures import Person, ada, client, staff_id_of
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["ada", "client"]

WEEK = {"mon": "09:00-12:30, 13:30-18:00", "tue": "9:00-18:00"}
HOURS = {"name": "Shop", "zone": "Asia/Taipei", "holidays": "2027-01-01 New Year", "is_default": "yes"} | WEEK


def saved(answer) -> str:  # type: ignore[no-untyped-def]
    """Where a form that was kept leads; the id of what was kept."""
    assert answer.status_code == 303, answer.text
    found = re.search(r"/setup/\w+/([^?]+)\?done=saved", answer.headers["location"])
    assert found is not None
    return found.group(1)


def test_a_team_is_made_changed_and_removed(client: TestClient[Litestar], ada: Person) -> None:
    services: Services = client.app.state.services
    mei = staff_id_of(client, "mei")
    form = {
        "name": " Pay  ments ",
        "members": mei,
        "skills": "payment",
        "further": "vip， 發票, payment",
        "schedule": "",
    }
    team_id = saved(ada.post("/setup/teams", form))
    with services.database.reading() as session:
        team = session.get_one(Team, team_id)
        assert (team.name, team.skills, members(session)[team_id]) == ("Pay ments", ["payment", "vip", "發票"], {mei})
    page = ada.get(f"/setup/teams/{team_id}").text
    assert 'value="Pay ments"' in page and 'value="vip, 發票"' in page
    assert re.search(rf'value="{mei}" checked', page)
    saved(ada.post(f"/setup/teams/{team_id}", {"name": "Payments"}))
    with services.database.reading() as session:
        assert members(session).get(team_id) is None
    assert ada.post(f"/setup/teams/{team_id}/remove").status_code == 303
    assert ada.get(f"/setup/teams/{team_id}").status_code == 404
    assert ada.post(f"/setup/teams/{team_id}/remove").status_code == 404


def test_a_team_needs_a_name_of_its_own_and_what_was_typed_stays(client: TestClient[Litestar], ada: Person) -> None:
    saved(ada.post("/setup/teams", {"name": "Care"}))
    again = ada.post("/setup/teams", {"name": "Care", "further": "vip", "skills": "complaint"})
    assert again.status_code == 422
    assert "There is a team called Care already" in again.text
    assert 'value="vip"' in again.text and 'value="complaint" checked' in again.text
    assert ada.post("/setup/teams", {"name": "  "}).status_code == 422


def test_a_colleague_gets_capacity_skills_languages_and_teams(client: TestClient[Litestar], ada: Person) -> None:
    services: Services = client.app.state.services
    tom, team_id = staff_id_of(client, "tom"), saved(ada.post("/setup/teams", {"name": "Abroad"}))
    form = {"capacity": "7", "skills": "complaint", "languages": "zh-Hant", "teams": team_id}
    assert saved(ada.post(f"/setup/staff/{tom}", form)) == tom
    with services.database.reading() as session:
        member = session.get_one(StaffMember, tom)
        assert (member.capacity, member.skills, member.languages) == (7, ["complaint"], ["zh-Hant"])
        assert tom in members(session)[team_id]
    for wrong in ("0", "21", "many", "", "-3", "9" * 30):
        refused = ada.post(f"/setup/staff/{tom}", form | {"capacity": wrong})
        assert refused.status_code == 422
        assert f'value="{wrong}"' in refused.text and 'value="zh-Hant" checked' in refused.text
    assert "0 customers have this colleague" in ada.get(f"/setup/staff/{tom}").text


def test_whoever_serves_nobody_is_no_colleague_here(client: TestClient[Litestar], ada: Person) -> None:
    assert ada.get(f"/setup/staff/{staff_id_of(client, 'yun')}").status_code == 404
    assert ada.post("/setup/staff/none", {"capacity": "3"}).status_code == 404


def test_the_board_shows_who_is_there(client: TestClient[Litestar], ada: Person) -> None:
    page = ada.get("/setup/staff").text
    assert "Nobody waits in the queue." in page and "Not at the desk" in page
    part = ada.get("/setup/staff/board").text
    assert "<html" not in part and "Mei" in part and "Yun" not in part


def test_opening_hours_are_kept_as_they_were_written(client: TestClient[Litestar], ada: Person) -> None:
    services: Services = client.app.state.services
    schedule_id = saved(ada.post("/setup/hours", HOURS))
    with services.database.reading() as session:
        kept = session.get_one(Schedule, schedule_id)
        assert kept.weekly == {"mon": [["09:00", "12:30"], ["13:30", "18:00"]], "tue": [["09:00", "18:00"]]}
        assert kept.holidays == [{"date": "2027-01-01", "name": "New Year", "periods": []}]
        assert kept.is_default
    page = ada.get(f"/setup/hours/{schedule_id}").text
    assert 'value="09:00-12:30, 13:30-18:00"' in page and "2027-01-01 New Year" in page and "Taiwan Time" in page
    assert page.count('<th scope="row">') == 7
    assert ada.post(f"/setup/hours/{schedule_id}/remove").status_code == 303
    assert ada.get(f"/setup/hours/{schedule_id}").status_code == 404


def test_hours_that_cannot_be_meant_are_told_at_their_field_and_nothing_typed_is_lost(ada: Person) -> None:
    wrong = HOURS | {"mon": "18:00-09:00", "wed": "noon", "zone": "Taipei", "holidays": "New Year"}
    answer = ada.post("/setup/hours", wrong)
    assert answer.status_code == 422
    for words in ("18:00-09:00 ends before it begins", "“noon” is no period", "“Taipei” is no time zone"):
        assert words in answer.text
    for field in ("mon", "wed", "zone", "holidays"):
        assert f'id="{field}-problem"' in answer.text
    assert 'value="18:00-09:00"' in answer.text and 'value="noon"' in answer.text


def test_hours_can_be_looked_at_before_they_are_kept(client: TestClient[Litestar], ada: Person) -> None:
    services: Services = client.app.state.services
    answer = ada.post("/setup/hours", HOURS | {"name": "Later", "step": "preview"})
    assert (answer.status_code, answer.text.count('<th scope="row">')) == (200, 7)
    with services.database.reading() as session:
        assert "Later" not in [each.name for each in session.query(Schedule)]


def test_what_was_set_up_stands_in_the_log_without_names(
    client: TestClient[Litestar], ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="web.setup.forms"):
        team_id = saved(ada.post("/setup/teams", {"name": "Logged"}))
    (line,) = [each for each in caplog.records if each.name == "web.setup.forms"]
    fields = line.__dict__["fields"]
    assert (line.message, fields["team"], fields["by"]) == ("team set up", team_id, staff_id_of(client, "ada"))
    assert "Logged" not in str(fields)


def test_an_agent_sets_nothing_up(client: TestClient[Litestar]) -> None:
    tom = Person(client, "tom")
    tom.sign_in()
    for page in ("teams", "staff", "hours"):
        assert tom.get(f"/setup/{page}").status_code == 403
    assert tom.post("/setup/teams", {"name": "Mine"}).status_code == 403
