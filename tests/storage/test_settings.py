"""What the surroundings decide."""

from pathlib import Path

import pytest

from storage.settings import read_settings

pytestmark = pytest.mark.fast


def read(tmp_path: Path, **values: str) -> tuple[str, str]:
    found = read_settings({"HUILU_HOME": str(tmp_path), "HUILU_SECRET": "x", **values})
    return found.careful, found.helpful


def test_the_assistant_is_normally_careful_and_helpful(tmp_path: Path) -> None:
    assert read(tmp_path) == read(tmp_path, HUILU_CAREFUL="", HUILU_HELPFUL="") == ("normal", "normal")


def test_two_words_say_how_careful_and_how_helpful_it_is(tmp_path: Path) -> None:
    assert read(tmp_path, HUILU_CAREFUL="high", HUILU_HELPFUL=" Low ") == ("high", "low")


@pytest.mark.parametrize("name", ["HUILU_CAREFUL", "HUILU_HELPFUL"])
def test_a_word_that_is_none_of_them_is_told_with_the_variable(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be low, normal or high, but is '0.8'"):
        read(tmp_path, **{name: "0.8"})


def test_consent_is_asked_for_only_where_that_is_set(tmp_path: Path) -> None:
    for value, required in [("", False), ("required", True), (" Required ", True)]:
        found = read_settings({"HUILU_HOME": str(tmp_path), "HUILU_SECRET": "x", "HUILU_CONSENT": value})
        assert found.consent_required is required


def test_a_misspelt_consent_is_no_consent_left_out(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="HUILU_CONSENT must be required or empty, but is 'requierd'"):
        read(tmp_path, HUILU_CONSENT="requierd")
