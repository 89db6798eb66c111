"""A picture of an evaluation: how right the answers are against how many questions they cover, as an SVG. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from knowledge_base.metrics import PRECISION, Outcome, shares, thresholds

_WIDTH, _HEIGHT = 760, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 730, 60, 360
# A line of many points looks the same as one of all.
_MOST_POINTS = 250
# The share of a handful of answers jumps about and means nothing.
_FEWEST_ANSWERS = 10
_MARK = 6.0
# Colours that people tell apart however they see them (M. Okabe and K. Ito, Color Universal Design, 2008), darker
# ones for light paper; every line has its own dashes and mark as well.
_STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1a1a1a; }
.paper { fill: #ffffff; }
.title { font-size: 17px; font-weight: 600; }
.grid { stroke: #d9d9d9; }
.goal { stroke: #1a1a1a; stroke-dasharray: 1 4; stroke-width: 1.5; }
.line { fill: none; stroke-width: 2.5; }
.mark { stroke: #ffffff; stroke-width: 1.5; }
.stroke0 { stroke: #0072b2; } .fill0 { fill: #0072b2; }
.stroke1 { stroke: #b34700; stroke-dasharray: 9 5; } .fill1 { fill: #b34700; }
.stroke2 { stroke: #00735a; stroke-dasharray: 2 4; } .fill2 { fill: #00735a; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f0f0; }
.paper { fill: #161616; }
.grid { stroke: #3d3d3d; }
.goal { stroke: #f0f0f0; }
.mark { stroke: #161616; }
.stroke0 { stroke: #56b4e9; } .fill0 { fill: #56b4e9; }
.stroke1 { stroke: #e69f00; } .fill1 { fill: #e69f00; }
.stroke2 { stroke: #2ec4a0; } .fill2 { fill: #2ec4a0; }
}
"""
_STYLES = 3


@dataclass(frozen=True)
class Line:
    """One line of the picture; shares of 0 to 1.

    Attributes:
        points: Coverage and precision of every threshold, the strictest first. Coverage is the share of answerable
            questions answered rightly, precision the share of answers that are right.
        now: The same two of the answers that were really given; None when none were.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    now: tuple[float, float] | None


def line_of(name: str, outcomes: Sequence[Outcome]) -> Line:
    """The line of some questions; without any point when none has an answer."""
    answerable = sum(outcome.answerable for outcome in outcomes)
    if not answerable:
        return Line(name, (), None)
    steps = thresholds(outcomes)
    fewest = min(_FEWEST_ANSWERS, steps[-1].given) if steps else 0
    points = [(step.right / answerable, step.right / step.given) for step in steps if step.given >= fewest]
    given = shares(outcomes)["answer_precision"]
    now = (given.count / answerable, given.count / given.total) if given.total else None
    return Line(name, tuple(_thinned(points)), now)


def draw(groups: Mapping[str, Sequence[Outcome]], title: str) -> str:
    """An SVG file: a line for each named group of outcomes, a mark where its answers really lie, and a legend.

    It carries a title and a description in words, and follows the reader's choice of dark or light.
    """
    lines = [line_of(name, outcomes) for name, outcomes in groups.items()]
    lowest = _lowest(lines)
    picture = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH} {_HEIGHT}",
            "role": "img",
            "aria-labelledby": "picture-title picture-description",
        },
    )
    SubElement(picture, "title", {"id": "picture-title"}).text = title
    SubElement(picture, "desc", {"id": "picture-description"}).text = describe(lines)
    SubElement(picture, "style").text = _STYLE
    SubElement(picture, "rect", {"class": "paper", "width": str(_WIDTH), "height": str(_HEIGHT)})
    _text(picture, _LEFT, 32, title, "title")
    _axes(picture, lowest)
    for number, line in enumerate(lines):
        _line(picture, line, number % _STYLES, lowest)
    _legend(picture, lines)
    indent(picture)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(picture, encoding="unicode") + "\n"


def describe(lines: Sequence[Line]) -> str:
    """What the picture shows, in words for those who do not see it."""
    told = ["The share of answers that are right against the share of answerable questions answered rightly."]
    for line in lines:
        if not line.points:
            told.append(f"{line.name}: no answerable question was found anything for.")
            continue
        good = max((coverage for coverage, precision in line.points if precision >= PRECISION), default=0.0)
        told.append(f"{line.name}: with 95 % of the answers right it covers {_whole(good)}.")
        told.append(f"All its answers {_in_words(line.points[-1])}.")
        if line.now:
            told.append(f"The answers really given {_in_words(line.now)}.")
    return " ".join(told)


def _in_words(point: tuple[float, float]) -> str:
    return f"cover {_whole(point[0])} and are {_whole(point[1])} right"


def _whole(share: float) -> str:
    return f"{share * 100:.0f} %"


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points spread over all of them, the last always among them."""
    if len(points) <= _MOST_POINTS:
        return list(points)
    return [points[place * (len(points) - 1) // (_MOST_POINTS - 1)] for place in range(_MOST_POINTS)]


def _lowest(lines: Sequence[Line]) -> float:
    """Where the upright axis begins: the round ten percent under all that is drawn, 80 % at most."""
    drawn = [precision for line in lines for _, precision in line.points]
    drawn += [line.now[1] for line in lines if line.now]
    return min(0.8, math.floor(min(drawn, default=0.0) * 10) / 10)


def _across(coverage: float) -> float:
    return round(_LEFT + coverage * (_RIGHT - _LEFT), 1)


def _up(precision: float, lowest: float) -> float:
    return round(_BOTTOM - (precision - lowest) / (1 - lowest) * (_BOTTOM - _TOP), 1)


def _axes(picture: Element, lowest: float) -> None:
    for tenths in range(0, 11, 2):
        place = _across(tenths / 10)
        _rule(picture, "grid", (place, _TOP), (place, _BOTTOM))
        _text(picture, place, _BOTTOM + 20, f"{tenths * 10} %", "", "middle")
    first = round(lowest * 10)
    for tenths in range(first, 11, 1 if first > 4 else 2):
        height = _up(tenths / 10, lowest)
        _rule(picture, "grid", (_LEFT, height), (_RIGHT, height))
        _text(picture, _LEFT - 8, height + 5, f"{tenths * 10} %", "", "end")
    goal = _up(PRECISION, lowest)
    _rule(picture, "goal", (_LEFT, goal), (_RIGHT, goal))
    _text(picture, (_LEFT + _RIGHT) / 2, _BOTTOM + 44, "Answerable questions answered rightly", "", "middle")
    middle = (_TOP + _BOTTOM) / 2
    label = _text(picture, 22, middle, "Answers that are right", "", "middle")
    label.set("transform", f"rotate(-90 22 {middle:g})")


def _line(picture: Element, line: Line, style: int, lowest: float) -> None:
    if line.points:
        points = " ".join(f"{_across(coverage)},{_up(precision, lowest)}" for coverage, precision in line.points)
        SubElement(picture, "polyline", {"class": f"line stroke{style}", "points": points})
    if line.now:
        _mark(picture, style, _across(line.now[0]), _up(line.now[1], lowest))


def _legend(picture: Element, lines: Sequence[Line]) -> None:
    height = _BOTTOM + 74
    across = float(_LEFT)
    for number, line in enumerate(lines):
        style = number % _STYLES
        _rule(picture, f"line stroke{style}", (across, height), (across + 44, height))
        _mark(picture, style, across + 22, height)
        _text(picture, across + 52, height + 5, line.name)
        across += 190
    _text(picture, _LEFT, height + 30, "Mark: the answers really given. Dotted rule: 95 % right.")


def _mark(picture: Element, style: int, across: float, height: float) -> None:
    """A circle, a square or a triangle."""
    form = {"class": f"mark fill{style}"}
    if style == 0:
        SubElement(picture, "circle", {**form, "cx": f"{across:g}", "cy": f"{height:g}", "r": f"{_MARK:g}"})
        return
    sides = ((-1, -1), (1, -1), (1, 1), (-1, 1)) if style == 1 else ((0, -1.2), (1.1, 0.9), (-1.1, 0.9))
    points = " ".join(f"{across + x * _MARK:g},{height + y * _MARK:g}" for x, y in sides)
    SubElement(picture, "polygon", {**form, "points": points})


def _rule(picture: Element, name: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    places = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    SubElement(picture, "line", {"class": name, **{key: f"{value:g}" for key, value in places.items()}})


def _text(picture: Element, across: float, height: float, words: str, name: str = "", anchor: str = "start") -> Element:
    made = SubElement(picture, "text", {"x": f"{across:g}", "y": f"{height:g}", "text-anchor": anchor})
    if name:
        made.set("class", name)
    made.text = words
    return made
