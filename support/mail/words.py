"""The words around a mail, in the customer's language: considerate, and nothing private.

Whoever mistyped their address must not have their matter told to a stranger, so a confirmation says nothing of it.
"""

from support.tickets.priority import FIRST_RESPONSE_HOURS
from support.tickets.tables import Ticket
from texts.catalogue import translate


def confirmation_subject(language: str) -> str:
    """What a confirmation is called."""
    return translate(language, "We have received your message")


def case_subject(language: str) -> str:
    """What a mail about a case without a subject of its own is called."""
    return translate(language, "Your message to us")


def resolved_subject(language: str) -> str:
    """What the notice of a resolved case is called, when it has no subject of its own."""
    return translate(language, "Your case is resolved")


def confirmation_words(language: str, address: str) -> str:
    """What the chat says of a confirmation."""
    return translate(language, "A confirmation is on its way to {address}.", address=address)


def confirmation(language: str, ticket: Ticket, answers: bool, name: str) -> str:
    """That a case is noted, and when somebody answers."""
    first = translate(
        language,
        "Thank you for writing to us. Your message has reached us, and your case number is {number}. A colleague will "
        "answer you by mail, within {hours} hours at the latest.",
        number=ticket.number,
        hours=FIRST_RESPONSE_HOURS[ticket.priority],
    )
    return _joined(translate(language, "Hello,"), first, _way_back(language, answers), _regards(language, name))


def reply(language: str, words: str, number: str, answers: bool, colleague: str, name: str) -> str:
    """A colleague's words, by whom they are and how to answer."""
    signed = f"{colleague}\n{name}" if colleague else name
    about = translate(language, "About your case {number}.", number=number)
    return _joined(words, signed, f"-- \n{about} {_way_back(language, answers)}")


def resolved(language: str, number: str, answers: bool, colleague: str, name: str) -> str:
    """That a case is resolved, and the way back."""
    first = translate(language, "{name} has resolved your case {number}.", name=colleague, number=number)
    back = translate(
        language,
        "If something is still open, simply answer this mail: the case is opened again, and a colleague looks at it.",
    )
    elsewhere = translate(language, "If something is still open, please tell us in the chat on our website.")
    return _joined(translate(language, "Hello,"), first, back if answers else elsewhere, _regards(language, name))


def file_words(language: str, file_name: str, address: str, has_chat: bool) -> str:
    """How the customer gets a file that a colleague sent."""
    if address:
        return translate(language, "Here is a file for you: {file}", file=file_name) + f"\n{address}"
    if has_chat:
        return translate(language, "A file waits for you in the chat on our website: {file}", file=file_name)
    return translate(
        language,
        "We have a file for you ({file}) that we cannot send by mail. Please tell us how you would like to get it.",
        file=file_name,
    )


def _way_back(language: str, answers: bool) -> str:
    if answers:
        return translate(language, "If you would like to add something, simply answer this mail.")
    return translate(
        language, "Mail to this address is not read. To add something, please use the chat on our website."
    )


def _regards(language: str, name: str) -> str:
    return translate(language, "Kind regards") + f"\n{name}"


def _joined(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"
