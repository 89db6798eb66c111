"""Mail as it is read: somebody's own words without quotes and scripts, every charset, files, reports, crafted mails."""

import time
from base64 import b64encode
from email.message import EmailMessage

import pytest

from support.mail.html_words import words_of
from support.mail.quoting import own_words
from support.mail.reading import LONGEST_WORDS, read_mail
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
    ],
    ids=lambda crafted: repr(crafted[:6]),
)
def test_a_crafted_mail_takes_no_long_time(crafted: str) -> None:
    began = time.perf_counter()
    own_words(crafted)
    words_of(crafted)
    assert time.perf_counter() - began < 5


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


def test_a_report_names_the_mail_that_came_back() -> None:
    mail = read_mail(REPORT.format(action="failed").encode())
    assert mail.bounced
    assert "<ours@shop.example>" in mail.bounced_ids
    assert not read_mail(REPORT.format(action="delayed").encode()).bounced
