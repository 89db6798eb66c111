"""What is removed by its age alone, on both databases."""

from datetime import timedelta

from storage.base import now
from storage.engine import Database
from support.mail.tables import ReceivedMail
from support.privacy.retention import MAIL_WITHOUT_CASE_KEPT, forget_old_mail, has_old_mail
from tests.support.cases import open_case


def received(database: Database, header_id: str, days: int, ticket_id: str | None = None) -> None:
    with database.writing() as session:
        session.add(
            ReceivedMail(
                header_id=header_id,
                ticket_id=ticket_id,
                sender="list@example.com",
                subject="News",
                outcome="automatic" if ticket_id is None else "threaded",
                received_at=now() - timedelta(days=days),
            )
        )


def test_received_mail_that_led_to_no_case_is_removed_after_its_time_and_all_else_stays(database: Database) -> None:
    assert timedelta(days=30) == MAIL_WITHOUT_CASE_KEPT, "docs/operators.md says so"
    received(database, "<old>", 31)
    received(database, "<young>", 29)
    received(database, "<of a case>", 400, open_case(database).id)
    with database.writing() as session:
        assert has_old_mail(session, now())
        assert forget_old_mail(session, now()) == 1
        assert not has_old_mail(session, now())
        assert {each.header_id for each in session.query(ReceivedMail)} == {"<young>", "<of a case>"}
