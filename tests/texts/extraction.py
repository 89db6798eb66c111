"""Every text in the source that a person may see, found by reading Python and templates."""

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

REPOSITORY = Path(__file__).parent.parent.parent
PACKAGES = ("actions", "demo", "knowledge_base", "support", "web")
# Which arguments are texts: translate(language, TEXT), marked(TEXT), Problem(status, TITLE, DETAIL).
ARGUMENTS = {"translate": (1,), "marked": (0,), "_": (0,), "Problem": (1, 2), "gettext": (0,)}


def texts_in_source() -> dict[str, str]:
    """English texts, each with a file it stands in."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            for text in in_python(path.read_text(encoding="utf-8")):
                found.setdefault(text, str(path.relative_to(REPOSITORY)))
    for path in sorted((REPOSITORY / "web" / "templates").rglob("*.html")):
        for text in in_template(path.read_text(encoding="utf-8")):
            found.setdefault(text, str(path.relative_to(REPOSITORY)))
    return found


def in_python(source: str) -> Iterator[str]:
    """Texts of a Python module."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for position in ARGUMENTS.get(name, ()):
            if len(node.args) > position:
                argument = node.args[position]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def in_template(source: str) -> Iterator[str]:
    """Texts of a template."""
    for call in Environment().parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "ngettext"}:
            for argument in call.args[: 2 if call.node.name == "ngettext" else 1]:
                if isinstance(argument, nodes.Const) and isinstance(argument.value, str):
                    yield argument.value
