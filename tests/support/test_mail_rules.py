"""Mail without a server: subjects, threads, what must not be answered, retries, and what is written."""

from datetime import UTC, datetime, timedelta

import pytest
from aiosmtplib.email import flatten_message

from support.mail.reading import read_mail
from support.mail.rules import (
    RETRY_AFTER,
    ids_in,
    left_alone,
    masked_address,
    new_header_id,
    next_try,
    one_line,
    plain_subject,
    references,
    subject_of,
    tag_in,
)
from support.mail.writing import Letter, written

pytestmark = pytest.mark.fast

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OWN = "help@shop.example"


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("Broken lamp", "Re: Broken lamp [T-1001]"),
        ("Re: RE: Broken lamp [T-1001]", "Re: Broken lamp [T-1001]"),
        ("回复：[t-1001] 灯坏了", "Re: 灯坏了 [T-1001]"),
        ("Lamp\r\nBcc: all@shop.example", "Re: Lamp Bcc: all@shop.example [T-1001]"),
        ("", "Re:  [T-1001]"),
    ],
)
def test_the_subject_of_an_answer_is_the_same_with_one_mark_and_one_number(subject: str, told: str) -> None:
    assert subject_of(subject, "T-1001", answer=True) == told


def test_the_number_of_a_case_is_found_in_a_subject() -> None:
    assert tag_in("Re: Broken lamp [T-1001]") == "T-1001"
    assert tag_in("AW: [ t-12 ] x") == "T-12"
    assert tag_in("Order T-1001") is None
    assert plain_subject("Fwd: 答复: [T-9] Hello") == "Hello"


def test_a_message_id_of_ours_cannot_be_guessed_and_is_found_again() -> None:
    first, second = new_header_id(OWN), new_header_id(OWN)
    assert first != second
    assert len(first) > 40
    assert first.endswith("@shop.example>")
    assert ids_in(f"<other@x>\r\n\t{first}", f"{second} <other@x>") == ["<other@x>", second, first]


def test_a_long_thread_keeps_its_beginning_and_its_end() -> None:
    named = references([f"<{number}@x>" for number in range(60)]).split()
    assert (named[0], named[-1], len(named)) == ("<0@x>", "<59@x>", 20)


def alone(sender: str = "zoe@example.com", bounced: bool = False, **headers: str) -> str | None:
    return left_alone({name.replace("_", "-"): value for name, value in headers.items()}, sender, OWN, bounced)


def test_a_persons_mail_is_taken() -> None:
    assert alone(subject="Out of office chair: when does it come?") is None
    assert alone(subject="外出旅行时可以送货吗", auto_submitted="no") is None
    assert alone(subject="Re: your automatic reply was not helpful") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "auto-replied"},
        {"auto_submitted": "auto-generated; owner-email=x"},
        {"precedence": "Bulk"},
        {"precedence": "list"},
        {"x_auto_response_suppress": "All"},
        {"list_id": "<news.example>"},
        {"return_path": "<>"},
        {"subject": "Automatic reply: Your message to us [T-1001]"},
        {"subject": "Out of Office Re: Broken lamp"},
        {"subject": "自动回复：您给我们的来信 [T-1001]"},
        {"subject": "自動回覆: 您的來信"},
        {"subject": "Re: 休假通知"},
        {"sender": "MAILER-DAEMON@example.com"},
        {"sender": "no-reply@example.com"},
        {"sender": "donotreply@example.com"},
    ],
)
def test_what_a_program_wrote_is_never_answered(headers: dict[str, str]) -> None:
    assert alone(**headers) == "automatic"


def test_our_own_mail_is_a_loop_and_a_report_is_a_bounce() -> None:
    assert alone("Help@Shop.example") == "loop"
    assert alone("postmaster@example.com", bounced=True) == "bounce"
    assert alone("") == "unknown"


def test_a_mail_is_tried_again_later_and_later_and_then_given_up() -> None:
    waits = [next_try(attempts, NOON) for attempts in range(1, 8)]
    assert waits == [*(NOON + each for each in RETRY_AFTER), None]
    assert RETRY_AFTER[0] == timedelta(minutes=1)
    assert list(RETRY_AFTER) == sorted(RETRY_AFTER)


def test_nothing_written_becomes_another_header() -> None:
    letter = Letter(
        "zoe@example.com", "Hi\r\nBcc: all@x.example", "Hello\r\n.\r\nBcc: y", "en", "<a@b>", "", "", "auto-replied"
    )
    mail = written(letter, "Shop\nBcc: z@x.example", OWN)
    assert mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Subject"] == "Hi Bcc: all@x.example"
    for address in ("zoe@x.example\r\nBcc: a@b.example", "a@b.example, c@d.example", "nobody"):
        with pytest.raises(ValueError):
            written(Letter(address, "x", "x", "en", "<a@b>"), "Shop", OWN)
    assert one_line("a\u2028b\x00c\u202ed") == "a b cd"


# As Microsoft 365 writes them: 84 signs, more than the library puts in a line.
LONG_ID = f"<{'A' * 42}@DU2PR04MB8616.eurprd04.prod.outlook.com>"


@pytest.mark.parametrize("first", [LONG_ID, f"<{'b' * 200}@x.example>", "<=?utf-8?q?=0D=0AX=3A?=@x>"])
def test_ids_are_sent_as_they_are_however_long_they_are(first: str) -> None:
    assert len(LONG_ID) == 84
    own = new_header_id(f"help@{'long-name.' * 6}example")
    given = f"<first@x> {first}"
    mail = written(Letter("zoe@example.com", "x", "x", "en", own, first, given), "Shop", OWN)
    for raw in (flatten_message(mail), mail.as_bytes()):
        head = raw.partition(b"\r\n\r\n")[0].decode()
        assert f"\r\nReferences: <first@x>\r\n {first}\r\n" in head
        assert f"\r\nIn-Reply-To: {first}\r\n" in head
        read = read_mail(raw)
        assert read.header_id == own
        if "=?" not in first:
            assert read.thread_ids == (first, "<first@x>")


def test_an_international_domain_is_written_as_servers_know_it() -> None:
    assert "xn--" in str(written(Letter("zoe@蓝汀.example", "x", "x", "en", "<a@b>"), "Shop", OWN)["To"])


def test_an_address_is_shown_without_what_tells_whose_it_is() -> None:
    assert masked_address("zoe.wang@example.com") == "zo***@example.com"
    assert masked_address("zoe@example.com") == "z***@example.com"
