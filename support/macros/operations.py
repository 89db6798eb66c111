"""Keeping ready replies, and sending one with what follows it. None of these commit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.handoff.transfer import transfer
from support.macros import queries
from support.macros.rules import (
    MacroRefused,
    checked_name,
    checked_shortcut,
    checked_steps,
    checked_texts,
)
from support.macros.tables import Macro, MacroUse
from support.staff.tables import StaffMember, Team
from support.tickets import operations as tickets
from support.tickets.changes import Caller
from support.tickets.handing_back import told_to_people
from support.tickets.progress import set_state
from support.tickets.snoozing import snooze
from support.tickets.tables import Ticket
from support.tickets.tags import add_tag
from support.understanding.numbers import order_number_in


class MacroNotFound(Exception):
    """There is no such ready reply, or it is somebody else's."""


@dataclass(frozen=True)
class Given:
    """A ready reply as somebody wrote it.

    Attributes:
        texts: Words by language.
        steps: What is done once they are sent.
        team_id: The team that alone uses it; everybody when empty.
    """

    shortcut: str
    name: str
    texts: Mapping[str, str]
    steps: Sequence[Mapping[str, Any]]
    team_id: str | None = None


def save(session: Session, given: Given, owner_id: str | None, macro_id: str | None = None) -> Macro:
    """Keep a ready reply, new or in place of what it was.

    Args:
        owner_id: Whose it is alone; None for one that is shared.

    Raises:
        MacroRefused: When it cannot be kept as it is.
        MacroNotFound: When the one to change is not theirs.
    """
    macro = mine_or_shared(session, macro_id, owner_id) if macro_id else Macro(staff_id=owner_id)
    shortcut, name = checked_shortcut(given.shortcut), checked_name(given.name)
    texts, steps = checked_texts(given.texts), checked_steps(given.steps)
    if any(step["kind"] == "transfer" and session.get(Team, step["team_id"]) is None for step in steps):
        raise MacroRefused("steps", "transfer")
    if given.team_id and (owner_id or session.get(Team, given.team_id) is None):
        raise MacroRefused("steps", "team")
    taken = queries.by_shortcut(session, shortcut)
    if taken is not None and taken.id != macro_id:
        raise MacroRefused("taken", shortcut)
    try:
        with session.begin_nested():
            macro.shortcut, macro.name, macro.texts, macro.steps = shortcut, name, texts, steps
            macro.team_id = given.team_id
            macro.updated_at = now()
            session.add(macro)
    except IntegrityError as error:
        raise MacroRefused("taken", shortcut) from error
    return macro


def remove(session: Session, macro_id: str, owner_id: str | None) -> None:
    """Remove a ready reply.

    Raises:
        MacroNotFound: When there is none, or it is not theirs.
    """
    session.delete(mine_or_shared(session, macro_id, owner_id))


def mine_or_shared(session: Session, macro_id: str, owner_id: str | None) -> Macro:
    """A ready reply of somebody alone, or (without an owner) a shared one.

    Raises:
        MacroNotFound: When there is none, or it is not theirs.
    """
    macro = session.get(Macro, macro_id)
    if macro is None or macro.staff_id != owner_id:
        raise MacroNotFound(macro_id)
    return macro


def values_for(session: Session, ticket: Ticket, conversation: Conversation, member: StaffMember) -> dict[str, str]:
    """What the places of a ready reply stand for in a case; empty where nothing is known."""
    customer = session.get_one(Customer, ticket.customer_id)
    order = ticket.details.get("order") or told_to_people(session, conversation.id).order
    if not order and isinstance(conversation.context.get("order"), str):
        # The page told it, in whatever words the site chose.
        order = order_number_in(conversation.context["order"]) or ""
    return {
        "customer": customer.name or "",
        "agent": member.name,
        "number": ticket.number,
        "order": str(order or ""),
    }


def reply_with_steps(
    session: Session, ticket_id: str, member: StaffMember, text: str, macro_id: str, article: str = ""
) -> Ticket:
    """Say something to the customer, and do the steps of a ready reply: all of them, or nothing at all.

    Raises:
        MacroNotFound: When it was removed meanwhile.
        Whatever the reply or a step raises; the caller must not commit then.
    """
    macro = next((each for each in queries.usable_by(session, member.id) if each.id == macro_id), None)
    if macro is None:
        raise MacroNotFound(macro_id)
    ticket = tickets.reply(session, ticket_id, member, text, article)
    for step in macro.steps:
        _STEPS[step["kind"]](session, ticket_id, member, step)
    _note_use(session, macro_id, member)
    return ticket


def _note_use(session: Session, macro_id: str, member: StaffMember) -> None:
    # Whoever uses it at the same moment waits, so that no use is lost and none noted twice.
    query = select(Macro).where(Macro.id == macro_id).with_for_update()
    macro = session.scalar(query.execution_options(populate_existing=True))
    if macro is None:
        raise MacroNotFound(macro_id)
    macro.uses += 1
    session.merge(MacroUse(staff_id=member.id, macro_id=macro_id, used_at=now()))


Step = Callable[[Session, str, StaffMember, dict[str, Any]], object]


def _tag(session: Session, ticket_id: str, member: StaffMember, step: dict[str, Any]) -> object:
    return add_tag(session, ticket_id, Caller(member), step["value"])


def _snooze(session: Session, ticket_id: str, member: StaffMember, step: dict[str, Any]) -> object:
    return snooze(session, ticket_id, Caller(member), now() + timedelta(hours=step["hours"]))


def _waiting(session: Session, ticket_id: str, member: StaffMember, step: dict[str, Any]) -> object:
    return set_state(session, ticket_id, Caller(member), "waiting_for_customer")


def _transfer(session: Session, ticket_id: str, member: StaffMember, step: dict[str, Any]) -> object:
    return transfer(session, ticket_id, Caller(member), to_team_id=step["team_id"])


def _resolve(session: Session, ticket_id: str, member: StaffMember, step: dict[str, Any]) -> object:
    return tickets.resolve(session, ticket_id, member, step["category"], step["note"])


_STEPS: dict[str, Step] = {
    "tag": _tag,
    "snooze": _snooze,
    "waiting": _waiting,
    "transfer": _transfer,
    "resolve": _resolve,
}
