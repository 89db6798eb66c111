"""What a log line hides, and what it must leave readable."""

import json
import logging
import sys

import pytest

from storage.logs import JsonLines
from storage.masking import masked

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("no such address: anna.lee+shop@example.co.uk!", "no such address: [e-mail]!"),
        ("联系anna@example.com谢谢", "联系[e-mail]谢谢"),
        ("call +49 30 1234567 now", "call [phone] now"),
        ("电话13812345678请", "电话[phone]请"),
        ("(030) 123-4567", "[phone]"),
        ("06.12.34.56.78", "[phone]"),
        ("0912-345-678", "[phone]"),
        ("card 4111 1111 1111 1111.", "card [card]."),
        ("5500-0000-0000-0004", "[card]"),
        ("Authorization: Bearer Zm9vYmFyYmF6cXV4", "Authorization: Bearer [token]"),
        ("bad words\nDETAIL:  Key (external_id)=(c-7) already exists.\nnext", "bad words\nDETAIL: [hidden]\nnext"),
        ('CONTEXT:  JSON data, line 1: {"text": "my secret"', "CONTEXT: [hidden]"),
        ('{"text":"13812345678","seq":3}', '{"text":"[phone]","seq":3}'),
    ],
)
def test_what_tells_who_somebody_is_gets_hidden(words: str, left: str) -> None:
    assert masked(words) == left


@pytest.mark.parametrize(
    "line",
    [
        "turn 550e8400-e29b-41d4-a716-446655440000 settled",
        "55084000-1234-4123-8123-44665544a000",
        "2026-01-02T03:04:05Z --- app started as process 4194304",
        "2026-01-02 03:04:05,678 INFO",
        "listening on http://127.0.0.1:8005 and 192.168.100.200:8000",
        "took 12.3456789 s, 0.9999998807907104 sure",
        '{"milliseconds":1234567.8,"confidence":0.99999988,"bytes": 123456789, "n":13812345678}',
        "index version 120034, 2000 phrasings",
        "case T-1001234 and conversation c-12345678",
        'File "/srv/huilu/web/app.py", line 1234567, in x',
        "退款多久到账",
        "",
    ],
)
def test_ids_times_addresses_and_measured_numbers_stay_readable(line: str) -> None:
    assert masked(line) == line


def test_a_number_that_is_too_long_for_a_phone_and_no_card_stays() -> None:
    assert masked("parcel 12345678901234567890") == "parcel 12345678901234567890"


def test_message_fields_and_exceptions_are_masked_and_the_line_stays_json() -> None:
    try:
        raise ValueError("nobody is anna@example.com or +49 30 1234567")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "mail %s", ("anna@example.com",), sys.exc_info())
    record.fields = {"told": "13812345678", "milliseconds": 13812345678, "conversation": "c"}
    line = json.loads(JsonLines().format(record))
    assert line["message"] == "mail [e-mail]"
    assert (line["told"], line["milliseconds"], line["conversation"]) == ("[phone]", 13812345678, "c")
    assert line["exception"].endswith("ValueError: nobody is [e-mail] or [phone]")
