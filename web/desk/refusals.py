"""What a colleague is told when a step on a case is refused."""

from typing import Any

from litestar import Request, Response

from support.conversations.rules import MessageRefused
from support.conversations.states import MoveRefused
from support.customers.changing import CustomerNotFound
from support.customers.tiers import DetailsRefused
from support.files.rules import FileRefused
from support.handoff.transfer import TransferRefused
from support.macros.operations import MacroNotFound
from support.macros.rules import PLACES, MacroRefused
from support.mail.delivery import MailMoved
from support.routing.operations import OfferGone, OfferNotFound
from support.tickets.changes import ChangeRefused, ConversationErased, Outdated, TicketNotFound
from support.tickets.operations import LONGEST_NOTE, AlreadyTaken, NoteTooLong, NotInCharge, ResolutionIncomplete
from support.tickets.states import TicketMoveRefused
from support.tickets.stepping_in import MayNotOversee, SteppedInAlready
from texts.catalogue import marked
from web.problems import Problem, from_refusal, handle_problem

REFUSALS = (
    AlreadyTaken,
    ChangeRefused,
    ConversationErased,
    NotInCharge,
    Outdated,
    OfferGone,
    TicketMoveRefused,
    MoveRefused,
    ResolutionIncomplete,
    MessageRefused,
    FileRefused,
    DetailsRefused,
    CustomerNotFound,
    TransferRefused,
    MayNotOversee,
    SteppedInAlready,
    NoteTooLong,
    MacroNotFound,
    MacroRefused,
    MailMoved,
)
_DETAILS_TEXTS = {
    "email": marked("This is no e-mail address. Please write it as name@example.com, with nothing beside it."),
    "phone": marked("This is no phone number. Please write 7 to 15 digits, with + and the country code if you like."),
    "tier": marked("There is no such tier. Please choose one from the list."),
    "named_staff_id": marked("This colleague does not serve customers. Please choose one from the list."),
}

# What fits the case as it was or might be, but not as it is.
_CONFLICTS = {"merged", "live_chat", "other_customer", "tags_full", "waits_in_queue", "waits_for_answer"}
_CHANGE_TEXTS = {
    "merged": marked("This case goes on as {number}. Please make the change there."),
    "live_chat": marked(
        "The customer waits in the chat of this case. Take it first, so that nobody waits in vain; then merge it."
    ),
    "other_customer": marked(
        "{number} belongs to another customer, who does not see what is said here. If the two are to be one case all "
        "the same, tick “Also if it is another customer's” under “Merge into another case”."
    ),
    "number": marked("There is no case {number}. A number looks like T-1001."),
    "itself": marked("That is this case itself. Please give the number of another one."),
    "tag_empty": marked("Please write a word for the tag."),
    "tag_long": marked("A tag has at most {limit} characters."),
    "tags_full": marked("A case has at most {limit} tags. Remove one first."),
    "until": marked("Please choose a time in the future, within a year."),
    "waits_in_queue": marked(
        "The customer waits in the queue of the chat, so this case can neither be snoozed nor wait for them. Take it "
        "first, or leave it for a colleague."
    ),
    "waits_for_answer": marked(
        "The customer is in the chat and waits for an answer, so this case cannot be snoozed. Answer first; then it "
        "can be."
    ),
    "message": marked("From that message on the customer said nothing. Please choose an earlier one."),
    "colleague": marked("There is no such colleague who serves customers."),
    "state": marked("state must be one of {states}."),
    "category": marked("category must be one of {categories}."),
}

_TRANSFER_TEXTS = {
    "nowhere": marked("Please choose a colleague or a team to whom this case goes. Nothing was changed."),
    "there": marked("This case is with {name} already. Nothing was changed."),
    "away": marked(
        "{name} takes no chats right now, so the customer would wait for nobody. Choose somebody else or a team. "
        "Nothing was changed."
    ),
}
_MACRO_TEXTS = {
    "shortcut": marked('A shortcut is one word of letters, digits, "-" and "_", at most 40 of them.'),
    "taken": marked("There is a ready reply with the shortcut /{value} already. Please choose another one."),
    "name": marked("Please give it a name of at most 100 characters."),
    "texts": marked("Please write the words in at least one language."),
    "too_long": marked("The words are longer than a message can be; at most 4,000 characters fit."),
    "place": marked("{value} is no place that can be filled. There are {places}."),
    "steps": marked("These steps cannot be done, or do not go together. Please look at them again."),
}


def problem_of(error: Exception) -> Problem:
    """The problem that a refused step stands for."""
    if isinstance(error, AlreadyTaken) and error.name:
        detail = marked("{name} has this case now. Nothing was changed; you can read along here.")
        return Problem(409, "Already taken", detail, "taken", name=error.name)
    if isinstance(error, AlreadyTaken):
        return Problem(409, "Already taken", "A colleague has this case now. Nothing was changed.", "taken")
    if isinstance(error, ConversationErased):
        detail = marked(
            "The customer has erased this conversation, so nothing more can be said or sent in it. Nothing was changed."
        )
        return Problem(409, "Conversation erased", detail, "erased")
    if isinstance(error, NotInCharge):
        detail = marked(
            "You do not have this chat right now, so nothing was sent or changed. Take the case, then try again."
        )
        return Problem(409, "Not in your hands", detail, "not_in_charge")
    if isinstance(error, Outdated):
        detail = marked(
            "A colleague has changed this case meanwhile, so nothing was done. You see it as it is now; please look, "
            "then try again."
        )
        return Problem(409, "The case has changed", detail, "outdated")
    if isinstance(error, ChangeRefused):
        status = 409 if error.code in _CONFLICTS else 422
        return Problem(status, "Not changed", _CHANGE_TEXTS[error.code], error.code, **error.values)
    if isinstance(error, TicketMoveRefused | MoveRefused):
        detail = marked("This case has moved on meanwhile, and the step no longer fits. You see it as it is now.")
        return Problem(409, "The case has changed", detail, "state")
    if isinstance(error, OfferGone):
        detail = marked("This offer has passed on: its time was up, or the case no longer waits. Nothing was changed.")
        return Problem(409, "The offer has passed on", detail, "offer_gone")
    if isinstance(error, OfferNotFound):
        return Problem(404, "Offer not found", "There is no such offer to you.", "offer")
    if isinstance(error, ResolutionIncomplete):
        detail = marked(
            "Please choose a category and write a short note on how the case was settled. Nothing was lost."
        )
        return Problem(422, "Not resolved yet", detail, "incomplete")
    if isinstance(error, DetailsRefused):
        return Problem(422, "Not changed", _DETAILS_TEXTS[error.field], error.field)
    if isinstance(error, CustomerNotFound):
        detail = marked("There is no such customer, or they erased everything that was kept about them.")
        return Problem(404, "Customer not found", detail, "customer")
    return _composing_problem(error)


def _composing_problem(error: Exception) -> Problem:
    if isinstance(error, TransferRefused):
        status = 422 if error.code == "nowhere" else 409
        return Problem(status, "Not passed on", _TRANSFER_TEXTS[error.code], error.code, name=error.name)
    if isinstance(error, MayNotOversee):
        detail = marked("Only supervisors can step into the chats of colleagues. Nothing was changed.")
        return Problem(403, "Not allowed", detail, "role")
    if isinstance(error, SteppedInAlready):
        detail = marked("{name} has stepped into this chat already. Nothing was changed.")
        return Problem(409, "Stepped in already", detail, "stepped_in", name=error.name)
    if isinstance(error, NoteTooLong):
        detail = marked("A note has room for {limit} characters. Nothing was changed.")
        return Problem(422, "The note is too long", detail, "note", limit=LONGEST_NOTE)
    if isinstance(error, MacroNotFound):
        detail = marked("This ready reply was removed meanwhile. Nothing was sent or changed, and your words are kept.")
        return Problem(409, "Ready reply not found", detail, "macro")
    if isinstance(error, MacroRefused):
        places = ", ".join(f"{{{place}}}" for place in PLACES)
        detail = _MACRO_TEXTS[error.code]
        return Problem(422, "Not kept yet", detail, error.code, value=error.value, places=places)
    if isinstance(error, MailMoved):
        detail = marked("This mail is on its way or was sent already, so nothing was changed.")
        return Problem(409, "The mail has moved on", detail, "mail")
    if isinstance(error, TicketNotFound):
        return Problem(404, "Case not found", "There is no such case. It may have been removed.", "ticket")
    return from_refusal(error)


def answer_refusal(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer with a refused step, as problem details or a page."""
    return handle_problem(request, problem_of(error))


HANDLERS: dict[Any, Any] = dict.fromkeys((*REFUSALS, TicketNotFound, OfferNotFound), answer_refusal)
