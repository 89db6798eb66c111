"""Words that cases are filed under. None of these commit."""

from sqlalchemy.orm import Session

from support.tickets import together_queries as queries
from support.tickets.changes import Caller, ChangeRefused, begin
from support.tickets.tables import Ticket, TicketTag
from support.tickets.tag_names import LONGEST_TAG, MOST_TAGS, clean_tag


def add_tag(session: Session, ticket_id: str, caller: Caller, name: str) -> Ticket:
    """File a case under a word; one that it has already changes nothing.

    Raises:
        TicketNotFound, Outdated, ConversationErased, ChangeRefused: As `changes.begin`, and ChangeRefused `tag_empty`,
            `tag_long` or `tags_full`.
    """
    tag = _checked(name)
    change = begin(session, ticket_id, caller, unless_erased=True)
    tags = queries.tags_of(session, ticket_id)
    if change.repeated or tag in tags:
        return change.ticket
    if len(tags) >= MOST_TAGS:
        raise ChangeRefused("tags_full", limit=MOST_TAGS)
    session.add(TicketTag(ticket_id=ticket_id, name=tag))
    change.note(session, "tagged", {"tag": tag})
    return change.ticket


def remove_tag(session: Session, ticket_id: str, caller: Caller, name: str) -> Ticket:
    """Take a word off a case; one that it does not have changes nothing.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`.
    """
    change = begin(session, ticket_id, caller)
    found = session.get(TicketTag, (ticket_id, clean_tag(name)))
    if change.repeated or found is None:
        return change.ticket
    session.delete(found)
    change.note(session, "untagged", {"tag": found.name})
    return change.ticket


def _checked(name: str) -> str:
    tag = clean_tag(name)
    if not tag:
        raise ChangeRefused("tag_empty")
    if len(tag) > LONGEST_TAG:
        raise ChangeRefused("tag_long", limit=LONGEST_TAG)
    return tag
