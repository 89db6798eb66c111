"""What stands beside the words of a case, each part made by its own module."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from support.staff.tables import StaffMember
from web.desk.card import CardOut, card_view
from web.desk.composing import ComposerOut, composer_view
from web.desk.schemas import CaseOut
from web.desk.together_view import TogetherOut, together_view


@dataclass(frozen=True)
class Beside:
    """Everything that a page shows beside a case's own facts.

    Attributes:
        card: Who the customer is, and what may help to answer.
        composer: What can be said and done.
        together: What colleagues keep about the case.
    """

    card: CardOut
    composer: ComposerOut
    together: TogetherOut


def beside(session: Session, member: StaffMember, case: CaseOut) -> Beside:
    """All parts for one reader."""
    return Beside(
        card_view(session, member, case), composer_view(session, member, case), together_view(session, member, case)
    )
