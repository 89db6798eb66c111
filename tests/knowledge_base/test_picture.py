"""The picture of an evaluation: what it shows, and that everybody can read it."""

from xml.etree import ElementTree

import pytest

from knowledge_base.decision import Kind
from knowledge_base.metrics import Outcome
from knowledge_base.picture import draw, line_of

pytestmark = pytest.mark.fast

SVG = "{http://www.w3.org/2000/svg}"


def outcome(expected: str, found: str, probability: float, decision: Kind = "answer") -> Outcome:
    return Outcome(frozenset(expected), tuple(found), probability, decision, 1, 1.0)


HALF_RIGHT = [outcome("a", "a", 1 - number / 100) for number in range(10)]
HALF_RIGHT += [outcome("a", "b", 0.5 - number / 100, "choices") for number in range(10)]


def test_a_line_goes_from_the_surest_answers_to_all_of_them() -> None:
    line = line_of("en", HALF_RIGHT)
    assert line.points[0] == (0.5, 1.0)
    assert line.points[-1] == (0.5, 0.5)
    assert line.now == (0.5, 1.0)


def test_the_share_of_a_handful_of_answers_is_not_drawn() -> None:
    outcomes = [outcome("a", "b", 0.99), *HALF_RIGHT]
    assert len(line_of("en", outcomes).points) == 12
    assert line_of("en", outcomes[:3]).points == ((2 / 3, 2 / 3),)


def test_a_long_line_keeps_its_ends() -> None:
    outcomes = [outcome("a", "a" if number % 3 else "b", 1 - number / 5000) for number in range(5000)]
    points = line_of("en", outcomes).points
    assert len(points) == 250
    assert points[-1] == (3333 / 5000, 3333 / 5000)


def test_there_is_a_line_and_a_mark_for_each_language() -> None:
    root = ElementTree.fromstring(draw({"en": HALF_RIGHT, "zh-Hans": HALF_RIGHT, "zh-Hant": HALF_RIGHT}, "T"))
    lines = root.findall(f"{SVG}polyline")
    assert [line.get("class") for line in lines] == ["line stroke0", "line stroke1", "line stroke2"]
    marks = [each.tag.removeprefix(SVG) for each in root.iter() if (each.get("class") or "").startswith("mark")]
    assert marks == ["circle", "polygon", "polygon"] * 2
    words = [each.text for each in root.findall(f"{SVG}text")]
    assert {"en", "zh-Hans", "zh-Hant", "50 %", "100 %"} <= set(words)


def test_it_is_told_in_words() -> None:
    root = ElementTree.fromstring(draw({"en": HALF_RIGHT}, "Precision <&> coverage"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Precision <&> coverage"
    told = root.findtext(f"{SVG}desc") or ""
    assert "en: with 95 % of the answers right it covers 50 %. All its answers cover 50 % and are 50 % right." in told
    assert "The answers really given cover 50 % and are 100 % right." in told


def test_it_has_colours_for_dark_and_light_and_dashes_besides() -> None:
    drawn = draw({"en": HALF_RIGHT}, "T")
    assert "prefers-color-scheme: dark" in drawn
    assert drawn.count("stroke-dasharray") >= 3


@pytest.mark.parametrize(
    "outcomes",
    [[], [outcome("", "a", 0.9)], [outcome("a", "", 0.0, "none")], [outcome("a", "a", 1.0)]],
    ids=["none", "unanswerable only", "nothing found", "one"],
)
def test_a_set_with_little_in_it_still_makes_a_picture(outcomes: list[Outcome]) -> None:
    ElementTree.fromstring(draw({"en": outcomes}, "T"))
    ElementTree.fromstring(draw({}, "T"))
