"""Working together on a case: each step does what it says, once, and the timelines tell it."""

import pytest
from sqlalchemy import select

from storage.base import new_id
from support.conversations.rules import MessageRefused
from support.integrations import acting
from support.privacy.operations import erase_conversation
from support.staff.operations import set_active
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.assigning import assign
from support.tickets.changes import ChangeRefused, ConversationErased, Outdated, locked, note_event
from support.tickets.closing import close
from support.tickets.links import add_link, remove_link
from support.tickets.notes import add_note, see_mentions
from support.tickets.progress import set_state
from support.tickets.states import TicketMoveRefused
from support.tickets.tables import Mention, TicketNote
from support.tickets.tag_names import MOST_TAGS
from support.tickets.tags import add_tag, remove_tag
from support.tickets.together_queries import named_unseen, tags_in_use
from tests.support.cases import Case, case, open_case, tom
from tests.support.conftest import staff

# Fixtures are found by being imported.
__all__ = ["case", "tom"]


def test_a_note_stands_where_the_talk_was_and_the_customer_sees_nothing_of_it(case: Case, agent: StaffMember) -> None:
    before = case.conversation().last_seq
    case.change(add_note, agent, "Called them;\nthey are upset.")
    with case.database.reading() as session:
        note = session.scalars(select(TicketNote)).one()
    assert (note.text, note.seq, note.staff_id) == ("Called them;\nthey are upset.", before, agent.id)
    assert case.conversation().last_seq == before
    assert case.told() == ["noted"]
    assert "upset" not in str(case.timeline()[-1].details)


def test_an_empty_note_is_refused_and_leaves_no_line(case: Case, agent: StaffMember) -> None:
    for text in ("  ", "x" * 4001):
        with pytest.raises(MessageRefused):
            case.change(add_note, agent, text)
    assert case.told() == []


def test_who_is_named_finds_it_until_they_have_opened_the_case(
    case: Case, agent: StaffMember, tom: StaffMember
) -> None:
    case.change(add_note, agent, "@Tom could you look? @Mei")
    with case.database.reading() as session:
        # Nobody has to be told of their own words.
        assert list(session.scalars(select(Mention.staff_id))) == [tom.id]
        assert named_unseen(session, case.id, tom.id) and not named_unseen(session, case.id, agent.id)
    with case.database.writing() as session:
        assert see_mentions(session, case.id, tom.id)
        assert not see_mentions(session, case.id, tom.id)
    with case.database.reading() as session:
        assert not named_unseen(session, case.id, tom.id)


def test_a_tag_is_added_and_removed_once(case: Case, agent: StaffMember) -> None:
    for name in ("Refund", " refund ", "退款"):
        case.change(add_tag, agent, name)
    assert case.tags() == ["refund", "退款"]
    for _ in range(2):
        case.change(remove_tag, agent, "REFUND", why="settled otherwise")
    assert case.tags() == ["退款"]
    assert case.told() == ["tagged", "tagged", "untagged"]
    assert case.timeline()[-1].details == {"tag": "refund", "why": "settled otherwise"}


def test_tags_that_cannot_be_are_refused(case: Case, agent: StaffMember) -> None:
    for name, code in (("  ", "tag_empty"), ("x" * 41, "tag_long")):
        with pytest.raises(ChangeRefused) as refused:
            case.change(add_tag, agent, name)
        assert refused.value.code == code
    for number in range(MOST_TAGS):
        case.change(add_tag, agent, f"tag {number}")
    with pytest.raises(ChangeRefused, match="tags_full"):
        case.change(add_tag, agent, "one more")
    case.change(add_tag, agent, "tag 3")
    assert len(case.told()) == MOST_TAGS


def test_tags_in_use_are_suggested_the_most_used_first(case: Case, agent: StaffMember) -> None:
    other = open_case(case.database)
    for each, names in ((case, ["a", "z"]), (other, ["z"])):
        for name in names:
            each.change(add_tag, agent, name)
    with case.database.reading() as session:
        assert tags_in_use(session) == ["z", "a"]


def test_a_link_is_told_on_both_sides_and_can_be_taken_away_from_either(case: Case, agent: StaffMember) -> None:
    other = open_case(case.database)
    case.change(add_link, agent, " t-1002 ", why="same parcel")
    other.change(add_link, agent, "1001")
    assert case.links() == [("related", "T-1002")] and other.links() == [("related", "T-1001")]
    other.change(remove_link, agent, "T-1001")
    case.change(remove_link, agent, "T-1002")
    assert case.links() == [] == other.links()
    assert case.told() == ["linked", "unlinked"] == other.told()
    assert case.timeline()[1].details == {"number": "T-1002", "why": "same parcel"}
    # The other case is another customer's, so the words about this one stay here.
    assert other.timeline()[1].details == {"number": "T-1001"}


def test_a_case_is_not_linked_with_itself_or_with_none(case: Case, agent: StaffMember) -> None:
    for number, code in (("T-1001", "itself"), ("T-9999", "number"), ("' OR 1=1 --", "number"), ("", "number")):
        with pytest.raises(ChangeRefused) as refused:
            case.change(add_link, agent, number)
        assert refused.value.code == code


def test_a_case_is_given_to_a_colleague_without_touching_the_chat(
    case: Case, agent: StaffMember, tom: StaffMember
) -> None:
    case.do(tickets.take, agent)
    case.change(assign, agent, tom.id, why="knows parcels")
    assert (case.row().staff_id, case.conversation().staff_id) == (tom.id, agent.id)
    case.change(assign, agent, tom.id)
    case.change(assign, agent, None)
    assert case.row().staff_id is None
    assert case.told() == ["taken", "assigned", "unassigned"]
    assert case.timeline()[-2].details == {
        "from_id": agent.id, "to_id": tom.id, "to_name": "Tom", "why": "knows parcels",
    }  # fmt: skip


def test_a_case_is_given_only_to_somebody_who_serves_customers(case: Case, agent: StaffMember) -> None:
    with case.database.writing() as session:
        gone, editor = staff(session, "Gone"), staff(session, "Yun", "editor")
        set_active(session, "gone@example.com", False)
    for person in (gone.id, editor.id, "nobody"):
        with pytest.raises(ChangeRefused, match="colleague"):
            case.change(assign, agent, person)
    assert case.told() == []


def test_a_new_case_that_gets_a_category_is_sorted_by_that(case: Case, agent: StaffMember) -> None:
    case.change(set_state, agent, None, "delivery", why="asks for a parcel")
    assert (case.row().state, case.row().category) == ("classified", "delivery")
    case.change(set_state, agent, "planned")
    case.change(set_state, agent, "planned", "delivery")
    assert case.told() == ["classified", "state_changed"]
    assert case.timeline()[1].details == {
        "from": "received", "to": "classified", "category": "delivery", "why": "asks for a parcel",
    }  # fmt: skip
    assert case.timeline()[2].details == {"from": "classified", "to": "planned"}


def test_moves_that_cannot_be_are_refused_and_leave_no_line(case: Case, agent: StaffMember) -> None:
    for state, category, code in (
        ("resolved", None, "state"),
        ("closed", None, "state"),
        (None, "weather", "category"),
    ):
        with pytest.raises(ChangeRefused) as refused:
            case.change(set_state, agent, state, category)
        assert refused.value.code == code
    case.change(set_state, agent, "in_progress")
    with pytest.raises(TicketMoveRefused):
        case.change(set_state, agent, "classified")
    assert case.told() == ["state_changed"]


def test_a_case_that_waits_for_the_customer_goes_on_when_they_write(case: Case, agent: StaffMember) -> None:
    case.do(tickets.take, agent)
    case.change(set_state, agent, "waiting_for_customer")
    assert case.row().waiting_since is None
    case.chat.say("Here is the number")
    assert case.row().state == "in_progress" and case.row().waiting_since is not None
    case.chat.say("Hello?")
    assert case.told() == ["taken", "state_changed", "customer_answered"]


def test_a_resolved_case_is_closed_for_good_and_an_open_one_is_not(case: Case, agent: StaffMember) -> None:
    with pytest.raises(TicketMoveRefused):
        case.change(close, agent)
    case.do(tickets.resolve, agent, "service", "Done.")
    for _ in range(2):
        case.change(close, agent)
    assert case.row().state == "closed"
    assert case.told() == ["resolved", "closed"]


def test_what_somebody_did_not_see_yet_stands_in_the_way_of_their_change(
    case: Case, agent: StaffMember, tom: StaffMember
) -> None:
    seen = case.row().revision
    case.change(add_tag, tom, "first", revision=seen)
    other = open_case(case.database)
    for step, given in ((add_tag, ("a",)), (add_note, ("a",)), (assign, (None,)), (set_state, ("planned",)),
                        (add_link, ("T-1002",)), (close, ())):  # fmt: skip
        with pytest.raises(Outdated):
            case.change(step, agent, *given, revision=seen)
    assert case.told() == ["tagged"] and other.told() == []


def test_of_what_a_page_did_not_show_yet_only_what_others_changed_stands_in_the_way(
    case: Case, agent: StaffMember, tom: StaffMember
) -> None:
    shown = case.row().revision
    case.change(add_note, agent, "my own")
    with case.database.writing() as session:
        ticket, _ = locked(session, case.id)
        for kind, staff_id in (("offered", tom.id), ("offer_refused", tom.id), ("customer_answered", None)):
            note_event(session, ticket, kind, staff_id, {})
    case.change(set_state, agent, "planned", shown=shown)
    shown = case.row().revision
    case.change(add_tag, tom, "parcel")
    with pytest.raises(Outdated):
        case.change(set_state, agent, "in_progress", shown=shown)
    assert case.row().state == "planned"


def test_what_a_program_did_in_ones_name_stands_in_the_way_of_ones_page(case: Case, agent: StaffMember) -> None:
    shown = case.row().revision
    acting.begin("Shop")
    try:
        case.change(add_tag, agent, "parcel")
    finally:
        acting.begin("")
    with pytest.raises(Outdated):
        case.change(set_state, agent, "planned", shown=shown)


def test_the_same_change_again_succeeds_and_changes_nothing_twice(case: Case, agent: StaffMember) -> None:
    seen, change = case.row().revision, new_id()
    for _ in range(3):
        # Whoever did not get the answer asks with what they had seen before.
        case.change(add_note, agent, "once", revision=seen, change_id=change)
    assert case.told() == ["noted"]
    assert case.timeline()[-1].change_id == change


def test_nothing_is_kept_with_an_erased_conversation_and_what_was_kept_is_gone(
    case: Case, agent: StaffMember, tom: StaffMember
) -> None:
    case.change(add_note, agent, "@Tom lives in Sesame Street")
    case.change(add_tag, agent, "sesame")
    case.change(add_link, agent, open_case(case.database).row().number, why="Sesame Street")
    with case.database.writing() as session:
        erase_conversation(session, case.chat.id)
    with case.database.reading() as session:
        assert session.scalars(select(TicketNote)).all() == [] == session.scalars(select(Mention)).all()
    assert case.tags() == []
    assert [each.details for each in case.timeline()] == [{}] * 4
    for step in (add_note, add_tag):
        with pytest.raises(ConversationErased):
            case.change(step, agent, "again")
    case.change(assign, agent, tom.id)
