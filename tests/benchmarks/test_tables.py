"""Tables for the terminal."""

import pytest

from benchmarks.tables import cell, table

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.12345, "0.123"), (1.0, "1.000"), (12.34, "12.3"), (0, "0"), (7, "7"), ("word", "word")],
)
def test_cells_say_what_a_reader_needs(value: object, text: str) -> None:
    assert cell(value) == text


def test_columns_line_up_names_left_and_figures_right() -> None:
    assert table(["", "en", "zh-Hans"], [["hit@1", 0.5, None], ["n", 200, 7]]) == (
        "          en  zh-Hans\nhit@1  0.500        -\nn        200        7"
    )


def test_a_table_without_rows_is_its_header() -> None:
    assert table(["a", "b"], []) == "a  b"
