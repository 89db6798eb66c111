"""Working together at the desk through forms that work without scripts: tags, links, snoozing, merging, splitting."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.base import now
from support.tickets.tables import Ticket
from support.tickets.waiting import came_back
from tests.web.desk_fixtures import Caller, Person, api, client, mei, open_case, staff_id_of, tom
from tests.web.test_erased_cases import erased
from tests.web.together_fixtures import leave_queue, number_of, step
from web.desk.labels import LABELS
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["api", "client", "mei", "tom"]


def test_tags_and_links_are_added_and_removed_with_forms(client: TestClient[Litestar], mei: Person) -> None:
    ticket, other = open_case(client), open_case(client)
    page = step(mei, ticket, "tags", {"name": " Late Parcel ", "why": "said so"})
    assert "late parcel" in page and "Mei added the tag “late parcel”" in page and "said so" in page
    assert 'value="late parcel"' in mei.get("/desk/tags").text, "suggested elsewhere"
    page = step(mei, ticket, "tags/remove", {"name": "late parcel"})
    assert "Mei removed the tag “late parcel”" in page
    page = step(mei, ticket, "links", {"number": number_of(client, other).lower()})
    assert f'href="/desk/tickets/{other}"' in page
    assert f"Mei linked the case with {number_of(client, ticket)}" in mei.get(f"/desk/tickets/{other}").text
    page = step(mei, ticket, "links/remove", {"number": number_of(client, other)})
    assert f'id="link-{number_of(client, other)}"' not in page


def test_a_refused_step_says_why_and_keeps_what_was_filled_in(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    leave_queue(client, ticket)
    page = step(mei, ticket, "links", {"number": "T-9999", "why": "a reason of mine"}, 422)
    assert "There is no case T-9999." in page
    assert 'value="T-9999"' in page and 'value="a reason of mine"' in page
    assert '<details class="step" id="more-step" open>' in page
    page = step(mei, ticket, "snooze", {"until": "2020-01-01T09:00", "zone": "Asia/Taipei"}, 422)
    assert "Please choose a time in the future" in page and 'value="2020-01-01T09:00"' in page
    assert step(mei, ticket, "tags", {"name": "x" * 50}, 422).count("x" * 50) == 1


def test_a_case_is_snoozed_in_the_readers_zone_and_woken(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    leave_queue(client, ticket)
    offered = mei.get("/desk/snooze-choices?zone=Asia/Shanghai").text
    shown = re.search(r'value="([^"]+)" id="snooze-tomorrow">Tomorrow morning \(\w+, \w+ \d+, 9:00\)<', offered)
    assert shown is not None
    page = step(mei, ticket, "snooze", {"preset": shown[1], "zone": "Asia/Shanghai", "why": "parcel comes"})
    with client.app.state.services.database.reading() as session:
        until = session.get_one(Ticket, ticket).snoozed_until
    assert until is not None and (until.hour, until.minute) == (1, 0) and until > now()
    assert "Snoozed until" in page and "parcel comes" in page
    page = step(mei, ticket, "wake", {})
    assert "Snoozed until" not in page and "Mei ended the snooze" in page


def test_the_button_that_enter_presses_in_the_form_for_snoozing_is_none_of_the_offered_times(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    leave_queue(client, ticket)
    form = mei.get(f"/desk/tickets/{ticket}").text.split(f'action="/desk/tickets/{ticket}/snooze"')[1]
    first, *others = re.findall(r"<button[^>]*>", form.split("</form>")[0])
    assert 'type="submit"' in first and "name=" not in first
    assert any('name="preset"' in each for each in others)


def test_a_case_whose_customer_waits_in_the_queue_is_not_snoozed_and_says_so_beforehand(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "The customer waits in the queue. Take the case first" in page and 'id="snooze-hour"' not in page
    assert "can neither be snoozed" in step(mei, ticket, "snooze", {"preset": "hour"}, 409)
    step(mei, ticket, "take", {})
    assert "waits for an answer" in step(mei, ticket, "snooze", {"preset": "hour"}, 409)
    step(mei, ticket, "replies", {"text": "I ask the carrier."})
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "They were answered and are told nothing of this" in page and 'id="snooze-hour"' in page


def test_that_a_case_is_snoozed_stands_at_its_top_and_in_every_list_with_it(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    leave_queue(client, ticket)
    page = step(mei, ticket, "snooze", {"preset": "hour"})
    head = page.split('class="case-head"')[1].split("</header>")[0]
    assert "Snoozed until" in head and 'id="wake"' in head
    rows = mei.get("/desk/list?view=found").text
    row = rows[rows.index(f'id="row-{ticket}"') :].split("</a>")[0]
    assert "Snoozed until" in row
    part = mei.get(f"/desk/tickets/{ticket}/conversation?after=99").text
    assert "Snoozed until" in part.split("innerHTML:#case-asleep")[1].split("</form>")[0]


def test_after_a_tag_or_a_link_the_next_one_can_be_written_at_once(client: TestClient[Litestar], mei: Person) -> None:
    ticket, other = open_case(client), open_case(client)
    for name, form, field in (
        ("tags", {"name": "late"}, "tag-name"),
        ("links", {"number": number_of(client, other)}, "link-number"),
    ):
        page = step(mei, ticket, name, form)
        entry = re.search(rf'<input[^>]*id="{field}"[^>]*>', page)
        assert entry is not None and "data-focus" in entry[0] and 'value=""' in entry[0]
        assert page.count("data-focus") == 1 and 'id="case-done"' in page
    assert '<details class="step" id="more-step" open>' in page


@pytest.mark.parametrize("shown", ["view=snoozed", "view=found&q=T-1", "view=all&priority=green"])
def test_a_step_leads_back_beside_the_list_that_was_shown(
    client: TestClient[Litestar], mei: Person, shown: str
) -> None:
    ticket = open_case(client)
    for name, form in (("tags", {"name": "late"}), ("wake", {}), ("state", {"category": "delivery"})):
        answer = mei.post(f"/desk/tickets/{ticket}/{name}?{shown}", form)
        assert answer.headers["location"].startswith(f"/desk/tickets/{ticket}?{shown}&done="), name
    refused = step(mei, ticket, f"tags?{shown}", {"name": "x" * 50}, 422)
    assert f'hx-get="/desk/list?{shown.replace("&", "&amp;")}&amp;ticket=' in refused


def test_taking_a_case_keeps_a_search_beside_it_and_leaves_a_plain_list(
    client: TestClient[Litestar], mei: Person
) -> None:
    for shown, kept in (("view=found&q=parcel", True), ("view=queue&priority=green", True), ("view=queue", False)):
        ticket = open_case(client)
        location = mei.post(f"/desk/tickets/{ticket}/take?{shown}").headers["location"]
        assert location == f"/desk/tickets/{ticket}?{f'{shown}&' if kept else ''}done=taken"


def test_an_address_that_no_list_has_stands_in_no_steps_way(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    answer = mei.post(f"/desk/tickets/{ticket}/tags?view=all&priority=purple", {"name": "late"})
    assert answer.headers["location"] == f"/desk/tickets/{ticket}?done=tagged"


def test_state_category_and_owner_are_set_with_one_form_each(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    ticket = open_case(client)
    page = step(mei, ticket, "state", {"state": "received", "category": "delivery"})
    assert "Mei sorted the case" in page and "New → Sorted" in page
    assert "Mei changed the state" in step(mei, ticket, "state", {"state": "planned", "category": "delivery"})
    assert "Mei gave the case to Tom" in step(mei, ticket, "assign", {"colleague": staff_id_of(client, "tom")})
    assert "gave the case to nobody in particular" in step(mei, ticket, "assign", {"colleague": ""})


def test_what_changed_meanwhile_stands_in_the_way_of_a_form_that_showed_it_otherwise(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    ticket = open_case(client)
    seen = mei.get(f"/desk/tickets/{ticket}").text.split('name="revision" value="')[1].split('"')[0]
    step(tom, ticket, "state", {"state": "planned", "revision": seen})
    page = step(mei, ticket, "state", {"state": "in_progress", "revision": seen}, 409)
    assert "A colleague has changed this case meanwhile" in page


def test_ones_own_note_and_tag_and_the_customers_answer_do_not_stand_in_the_way_of_a_form(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    step(mei, ticket, "state", {"state": "waiting_for_customer"})
    page = mei.get(f"/desk/tickets/{ticket}").text
    seen = page.split('name="revision" value="')[1].split('"')[0]
    assert '<input type="hidden" name="shown" value="waiting_for_customer">' in page
    mei.post(f"/desk/tickets/{ticket}/notes", {"text": "Seen the parcel"})
    step(mei, ticket, "tags", {"name": "parcel"})
    with client.app.state.services.database.writing() as session:
        came_back(session, session.get_one(Ticket, ticket))
    form = {"state": "waiting_for_customer", "shown": "waiting_for_customer", "category": "delivery", "revision": seen}
    assert "Mei sorted the case" in step(mei, ticket, "state", form)
    with client.app.state.services.database.reading() as session:
        row = session.get_one(Ticket, ticket)
        assert (row.state, row.category) == ("in_progress", "delivery"), "they never chose that we wait again"


def test_a_resolved_case_is_closed_for_good(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    assert step(mei, ticket, "close", {}, 409)
    mei.post(f"/desk/tickets/{ticket}/resolve", {"category": "service", "note": "Done."})
    assert 'action="/desk/tickets/' + ticket + '/close"' in mei.get(f"/desk/tickets/{ticket}").text
    assert "Mei closed the case for good" in step(mei, ticket, "close", {"why": "nothing more"})


def test_a_merged_case_leads_to_the_one_that_goes_on_where_its_words_can_be_read(
    client: TestClient[Litestar], mei: Person
) -> None:
    first, second = open_case(client), open_case(client, text="My lamp flickers")
    step(mei, second, "notes", {"text": "a note on the lamp"})
    refused = step(mei, second, "merge", {"number": number_of(client, first), "other_customer": "yes"}, 409)
    assert "Take it first" in refused
    leave_queue(client, second)
    page = step(mei, second, "merge", {"number": number_of(client, first)}, 409)
    assert "belongs to another customer" in page
    box = re.search(r'<input[^>]*id="merge-other-customer"[^>]*>', page)
    assert box is not None and "data-focus" in box[0] and page.count("data-focus") == 1
    assert "tick “Also if it is another customer" in page, "the box is named by its label"
    answer = mei.post(f"/desk/tickets/{second}/merge", {"number": number_of(client, first), "other_customer": "yes"})
    assert answer.headers["location"] == f"/desk/tickets/{first}?done=merged"
    page = mei.get(answer.headers["location"]).text
    assert f"Merged into this case: {number_of(client, second)}" in page
    assert "My lamp flickers" in page and "a note on the lamp" in page
    gone = mei.get(f"/desk/tickets/{second}").text
    assert "Open again and take" not in gone
    assert "This case goes on as another one:" in gone and f'href="/desk/tickets/{first}"' in gone
    assert "goes on as" in step(mei, second, "tags", {"name": "x"}, 409)
    erased(client, second)
    page = mei.get(f"/desk/tickets/{first}").text
    assert "My lamp flickers" not in page and "a note on the lamp" not in page
    assert "The customer has erased what was said there." in page


def test_a_note_of_an_older_case_stands_before_all_that_was_said_in_the_newer_one(
    client: TestClient[Litestar], mei: Person
) -> None:
    older = open_case(client)
    step(mei, older, "notes", {"text": "a note from before"})
    newer = open_case(client, text="My lamp flickers")
    leave_queue(client, older)
    page = step(mei, older, "merge", {"number": number_of(client, newer), "other_customer": "yes"})
    assert page.count("a note from before") == 1
    assert page.index('id="messages"') < page.index("a note from before") < page.index('id="entry-1"')


def test_notes_among_messages_that_are_not_shown_yet_stand_at_the_beginning(
    client: TestClient[Litestar], mei: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = open_case(client)
    step(mei, ticket, "notes", {"text": "before you came"})
    page = step(mei, ticket, "take", {})
    assert page.count("before you came") == 1
    monkeypatch.setattr("web.desk.pages.SHOWN_MESSAGES", 1)
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert 'id="entry-1"' not in page
    assert page.index("entry-earlier") < page.index("before you came") < page.index('class="entry by-system"')
    assert mei.get(f"/desk/tickets/{ticket}?earlier=yes").text.count("before you came") == 1


def test_the_customers_of_both_chats_are_told_of_a_merge_at_once(
    client: TestClient[Litestar], mei: Person, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    services: Services = client.app.state.services
    told: list[str] = []

    async def note(conversation_id: str, news: bytes = b"") -> None:
        told.append(conversation_id)

    monkeypatch.setattr(services.hub, "conversation_changed", note)
    for through_page in (True, False):
        cases = open_case(client), open_case(client)
        with services.database.reading() as session:
            chats = {session.get_one(Ticket, each).conversation_id for each in cases}
        leave_queue(client, cases[1])
        told.clear()
        number = number_of(client, cases[0])
        if through_page:
            step(mei, cases[1], "merge", {"number": number, "other_customer": "yes"})
        else:
            body = {"number": number, "other_customer": True}
            assert api.call("POST", f"/api/tickets/{cases[1]}/merge", body).status_code == 200
        assert chats <= set(told)


def test_a_part_is_split_off_and_its_page_is_shown(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, text="My invoice is wrong")
    answer = mei.post(f"/desk/tickets/{ticket}/split", {"seq": "2", "why": "two matters"})
    fresh = answer.headers["location"].split("/")[-1].split("?")[0]
    assert fresh != ticket
    page = mei.get(answer.headers["location"]).text
    assert "My invoice is wrong" in page and "Mei split the case off from" in page
    assert "This is the new case." in page
    source = mei.get(f"/desk/tickets/{ticket}").text
    assert "We opened a case of its own" in source and "two matters" in source
    assert step(mei, ticket, "split", {"seq": "999"}, 422)
    assert step(mei, ticket, "split", {"seq": "9" * 40}, 422)


def test_a_long_timeline_is_folded_but_for_its_end(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    for number in range(11):
        step(mei, ticket, "tags", {"name": f"tag {number}"})
    assert "timeline-earlier" not in mei.get(f"/desk/tickets/{ticket}").text
    page = step(mei, ticket, "tags", {"name": "one more"})
    assert "Earlier lines: 1" in page


def test_an_erased_case_offers_nothing_that_would_keep_words(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    step(mei, ticket, "tags", {"name": "secret tag"})
    erased(client, ticket)
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "secret tag" not in page
    assert f'action="/desk/tickets/{ticket}/tags"' not in page
    assert f'action="/desk/tickets/{ticket}/split"' not in page
    assert step(mei, ticket, "notes", {"text": "again"}, 409)


def test_everything_a_timeline_can_tell_of_working_together_has_words() -> None:
    kinds = (
        "noted tagged untagged linked unlinked merged merged_into split_off split_from snoozed woke_up "
        "customer_answered assigned unassigned state_changed classified closed"
    )
    assert set(kinds.split()) <= set(LABELS["event"])
    assert {"woke_up_by_itself", "woke_up_customer", "stepped_out_absent"} == set(LABELS["event_because"])
