"""Mail as it is read: somebody's own words without quotes and scripts, every charset, files, reports, crafted mails."""

import time
from base64 import b64encode
from email import message_from_bytes
from email.message import EmailMessage, Message

import pytest

from support.mail.html_words import words_of
from support.mail.quoting import own_words
from support.mail.reading import (
    LONGEST_HEAD,
    LONGEST_WORDS,
    MOST_BOUNDARIES,
    MOST_LINES,
    MOST_LOOKS,
    MOST_PARTS,
    read_mail,
)
from support.mail.rules import left_alone
from tests.support.mail_fixtures import REPORT

pytestmark = pytest.mark.fast

QUOTES = {
    "gmail": "On Mon, 3 Nov 2026 at 10:00, Lanting <help@shop.example> wrote:\n> hello\n> you\n",
    "gmail over two lines": "On Mon, 3 Nov 2026 at 10:00, Lanting\n<help@shop.example> wrote:\n\n> hello\n",
    "outlook": "From: Lanting <help@shop.example>\nSent: Monday\nTo: Zoe\nSubject: Lamp\n\nhello",
    "outlook, underlined": "________________________________\nFrom: Lanting\nSent: Monday\nTo: Zoe\n\nhello",
    "original message": "-----Original Message-----\nFrom: Lanting\n\nhello",
    "apple mail, simplified": "在 2026年11月3日，10:00，蓝汀 <help@shop.example> 写道：\n> 您好\n",
    "gmail, simplified": "蓝汀 <help@shop.example> 于2026年11月3日周二 10:00写道：\n\n> 您好\n",
    "gmail, traditional": "藍汀 <help@shop.example> 於 2026年11月3日 週二 上午10:00寫道：\n\n> 您好\n",
    "outlook, simplified": "发件人: 蓝汀 <help@shop.example>\n发送时间: 2026年11月3日\n收件人: zoe\n主题: 灯\n\n您好",
    "outlook, traditional": "寄件者： 藍汀\n寄件日期： 2026年11月3日\n收件者： zoe\n主旨： 燈\n\n您好",
    "qq": '------------------ 原始邮件 ------------------\n发件人: "蓝汀"\n发送时间: 2026年11月3日\n\n您好',
    "163": "---- 回复的原邮件 ----\n| 发件人 | 蓝汀 |\n\n您好",
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES.keys())
def test_only_what_somebody_wrote_themselves_is_kept(quote: str) -> None:
    assert own_words(f"It still flickers.\n还是闪。\n\n{quote}") == "It still flickers.\n还是闪。"


def test_answers_between_the_quoted_lines_stay_with_what_they_answer() -> None:
    mail = "See below.\nOn Mon, 3 Nov 2026, Lanting wrote:\n> Which lamp?\nThe blue one.\n> Since when?\nMonday.\n> Bye"
    assert own_words(mail) == "See below.\n> Which lamp?\nThe blue one.\n> Since when?\nMonday."
    assert own_words("On Mon, 3 Nov 2026, Lanting wrote:\n> Which lamp?\n\nThe blue one.") == "The blue one."


def test_a_quote_that_follows_another_goes_as_well() -> None:
    first = "On Sun, 22 Nov 2026 at 23:28, Lanting <help@shop.example> wrote:\n> Hello Ana\n"
    second = "On 2026-11-22 23:27, help@shop.example wrote:\n> Hello Ana\n> What can I do?\n"
    assert own_words(f"It still has not come.\n\n{first}\n{second}") == "It still has not come."


def test_signatures_go_and_words_that_only_look_like_quotes_stay() -> None:
    assert own_words("It works.\n\nSent from my iPhone") == "It works."
    assert own_words("不行。\n\n发自我的iPhone") == "不行。"
    assert own_words("It works.\n-- \nZoe\n0123") == "It works."
    for words in ("From: Berlin to Paris, how long?", "I wrote:\nhello", "On Monday I asked you.\nNobody answered."):
        assert own_words(words) == words
    assert own_words("> only a quote") == "> only a quote"


def test_the_words_of_a_page_are_read_without_its_scripts() -> None:
    page = "<head><title>t</title><style>p{}</style></head><p>Hello <b>you</b></p><script>alert(1)</script><!-- x -->"
    page += "<ul><li>one<li>two</ul><blockquote><p>old</p></blockquote>1 &lt; 2<br>end"
    assert words_of(page) == "Hello you\n\n- one\n- two\n> old\n>\n1 < 2\nend"


@pytest.mark.parametrize(
    "crafted",
    [
        "\n" * 100_000,
        "On x\n" * 20_000,
        "On " + "a " * 50_000,
        "From: x\n" * 10_000,
        ">\n" * 50_000,
        "写道：\n" * 10_000,
        "<a " * 60_000,
        "<!--" * 40_000,
        "<div>" * 40_000,
        "&" * 200_000,
        ("-" * 399 + "\n") * 2_000,
        ("-- " * 133 + "\n") * 250,
        ("a" * 390 + "@写道：\n") * 250,
        "> q\nOn aaaa wrote:\n" * 20_000,
        "x\nOn aaaa wrote:\n> q\n" * 20_000,
    ],
    ids=lambda crafted: repr(crafted[:6]),
)
def test_a_crafted_mail_takes_no_long_time(crafted: str) -> None:
    began = time.perf_counter()
    own_words(crafted)
    words_of(crafted)
    assert time.perf_counter() - began < 5


def test_a_failure_in_finding_the_quote_loses_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: str) -> str:
        raise RecursionError

    monkeypatch.setattr("support.mail.reading.own_words", failing)
    mail = read_mail(b"From: zoe@example.com\r\n\r\nIt flickers.\n> Which lamp?")
    assert (mail.sender, mail.text) == ("zoe@example.com", "It flickers.\n> Which lamp?")


def test_many_quotes_one_after_another_are_all_taken_out_up_to_a_bound() -> None:
    assert own_words("a\n" + "On Monday, Lanting wrote:\n> q\nb\n" * 3) == "a\n> q\nb\n> q\nb\n> q\nb"
    assert own_words("a\n" + "On Monday, Lanting wrote:\n> q\nb\n" * 200).startswith("a\n> q\nb\n> q")


NAMES = {
    "=?iso-8859-1?Q?M=FCller=2C_Hans?=": "Müller, Hans",
    "=?utf-8?q?info=40shop=2Ede?=": "info@shop.de",
    "=?utf-8?q?=3Czoe=40example=2Ecom=3E?=": "<zoe@example.com>",
    "=?utf-8?q?zoe=40example=2Ecom=2C?=": "zoe@example.com,",
    "=?utf-8?b?6ZmILOWkp+aWhw==?=": "陈,大文",
    '"=?utf-8?b?6ZmILOWkp+aWhw==?="': "陈,大文",
    '"陈,大文"': "陈,大文",
    "陈,大文": "陈,大文",
    "zoe@example.com": "zoe@example.com",
    '"zoe@example.com"': "zoe@example.com",
    '"<zoe@example.com>"': "<zoe@example.com>",
    r'"Hans \"H\" M."': 'Hans "H" M.',
    "Hans\r\n ": "Hans",
}


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_name_holds_the_address_beside_it_is_the_senders(name: str) -> None:
    mail = read_mail(f"From: {name} <Hans@Example.com>\r\n\r\nHello".encode())
    assert (mail.sender, mail.sender_name) == ("hans@example.com", NAMES[name])


@pytest.mark.parametrize(
    ("told", "sender"),
    [
        ("hans@example.com", "hans@example.com"),
        ("hans@example.com (<zoe@example.com>)", "hans@example.com"),
        ("=?utf-8?q?zoe=40example=2Ecom?=", ""),
        ("hans@example.com.", ""),
        ("hans@example..com", ""),
        ("hans", ""),
        ("", ""),
    ],
)
def test_only_an_address_that_stands_there_and_can_be_written_to_is_a_sender(told: str, sender: str) -> None:
    assert read_mail(f"From: {told}\r\n\r\nHello".encode()).sender == sender


@pytest.mark.parametrize("encoding", ["gb2312", "gb18030", "big5", "utf-8"])
def test_chinese_is_read_however_it_was_written(encoding: str) -> None:
    words = "燈壞了" if encoding == "big5" else "灯坏了"
    told = f"From: Zoe <zoe@example.com>\r\nContent-Type: text/plain; charset={encoding}\r\n\r\n".encode()
    subject = b"Subject: =?%b?B?%b?=\r\n" % (encoding.encode(), b64encode(words.encode(encoding)))
    mail = read_mail(subject + told + words.encode(encoding))
    assert (mail.text, mail.subject, mail.sender) == (words, words, "zoe@example.com")


def test_a_wrong_or_missing_charset_breaks_no_mail() -> None:
    raw = b"From: zoe@example.com\r\nContent-Type: text/plain; charset=strange-9\r\n\r\n" + "灯坏了".encode("gb18030")
    assert read_mail(raw).text == "灯坏了"
    assert read_mail(b"From: zoe@example.com\r\n\r\n\xff\xfe\xfa broken").text.endswith("broken")
    assert read_mail(b"\x00\xff").sender == ""
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    assert read_mail(nested).text == ""


def test_a_huge_mail_is_cut_and_says_so() -> None:
    mail = read_mail(b"From: zoe@example.com\r\n\r\n" + b"word " * 100_000)
    assert mail.cut
    assert 0 < len(mail.text) <= LONGEST_WORDS


def test_files_and_words_of_a_mail_are_told_apart() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "Zoe <zoe@example.com>", "Lamp"
    made.set_content("It came broken.\n")
    made.add_alternative("<p>It came <b>broken</b>.</p>", subtype="html")
    made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="发票.pdf")
    mail = read_mail(made.as_bytes())
    assert mail.text == "It came broken."
    assert [(each.name, each.content) for each in mail.attachments] == [("发票.pdf", b"%PDF-1.4")]


PARTS = b"From: Zoe <zoe@example.com>\r\nSubject: Lamp\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\n\r\nx\r\n" * (MOST_BOUNDARIES + 1),
        b"--b\r\r" * (MOST_BOUNDARIES + 1),
        b"--b\n\n" + b"\n" * (MOST_LINES + 1),
        b"Content-Type: Multipart/mixed\n" * 60 + b"\n" * (MOST_LOOKS // 50),
    ],
)
def test_a_mail_of_more_parts_or_lines_than_any_real_one_has_only_its_head_read(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    def counting(raw: bytes) -> Message:
        given.append(len(raw))
        return message_from_bytes(raw)

    monkeypatch.setattr("support.mail.reading.message_from_bytes", counting)
    mail = read_mail(PARTS + body)
    assert (mail.sender, mail.subject, mail.text, mail.unreadable) == ("zoe@example.com", "Lamp", "", True)
    assert max(given) <= LONGEST_HEAD
    assert mail.header_id != read_mail(PARTS + body + b"x").header_id


def test_what_somebody_pasted_into_a_plain_mail_is_read_though_many_lines_begin_with_dashes() -> None:
    pasted = "-- row of the dump\n" * (MOST_BOUNDARIES + 100)
    mail = read_mail(b"From: zoe@example.com\r\nSubject: Dump\r\n\r\nWhat is wrong here?\n" + pasted.encode())
    assert not mail.unreadable
    assert mail.text.startswith("What is wrong here?\n-- row of the dump\n")


def test_a_large_mail_of_a_person_is_read() -> None:
    made = EmailMessage()
    made["From"] = "Zoe <zoe@example.com>"
    made.set_content("Here they are.\n-- \nZoe\n" + "--\n" * 500)
    for number in range(3):
        made.add_attachment(bytes(2_000_000), maintype="image", subtype="png", filename=f"{number}.png")
    mail = read_mail(made.as_bytes())
    assert not mail.unreadable
    assert (mail.text, len(mail.attachments)) == ("Here they are.", 3)


def test_files_beyond_what_is_taken_are_named() -> None:
    made = EmailMessage()
    made["From"] = "zoe@example.com"
    made.set_content("All of them.")
    for number in range(13):
        made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=f"发票 {number}.pdf")
    mail = read_mail(made.as_bytes())
    assert [each.name for each in mail.attachments] == [f"发票 {number}.pdf" for number in range(10)]
    assert mail.left_out == ("发票 10.pdf", "发票 11.pdf", "发票 12.pdf")
    assert not mail.cut
    for _ in range(100):
        made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="x.pdf")
    mail = read_mail(made.as_bytes())
    assert (len(mail.left_out), mail.cut) == (MOST_PARTS - 11, True)


def test_a_report_names_the_mail_that_came_back() -> None:
    mail = read_mail(REPORT.format(action="failed").encode())
    assert mail.bounced
    assert "<ours@shop.example>" in mail.bounced_ids
    assert not read_mail(REPORT.format(action="delayed").encode()).bounced


@pytest.mark.parametrize(
    ("subject", "words", "final"),
    [
        ("failure notice", "I'm afraid I wasn't able to deliver your message. This is a permanent error.", True),
        ("Mail delivery failed: returning message to sender", "retry timeout exceeded", True),
        ("Undelivered Mail Returned to Sender", "550 no such user\n\n--- Below this line is a copy.\nDelayed", True),
        ("系统退信", "您的邮件无法投递", True),
        ("Warning: not delivered yet, will retry", "It could not be delivered so far.", False),
        ("Warning: message delayed 24 hours", "Eventually the software will give up if it stays undelivered.", False),
        ("Delivery delayed", "Delivery failed for the moment. No action is required on your part.", False),
        ("邮件暂时无法投递", "系统将继续尝试投递", False),
        ("About your mailbox", "It is nearly full.", False),
    ],
)
def test_a_mail_systems_own_words_are_a_report_only_when_it_gave_up(subject: str, words: str, final: bool) -> None:
    raw = f"From: MAILER-DAEMON@mx.example\nSubject: {subject}\nIn-Reply-To: <ours@shop.example>\n\n{words}"
    mail = read_mail(raw.encode())
    assert mail.bounced == final
    alone = left_alone(mail.headers, mail.sender, "help@shop.example", mail.bounced)
    assert alone == ("bounce" if final else "automatic")


def test_signs_that_nobody_sees_are_left_out_of_a_mail_and_its_lines_stay_apart() -> None:
    mail = EmailMessage()
    mail["From"] = "zoe@shop.example"
    mail.set_content(b"The lamp\x00 is\rbroken.\r\nPlease\x1b help.", "text", "plain")
    assert read_mail(mail.as_bytes()).text == "The lamp is\nbroken.\nPlease help."
