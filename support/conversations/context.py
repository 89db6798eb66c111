"""What a site may tell about a visit, such as an order or a cart: words by name, for whoever serves. Pure."""

from support.conversations.rules import visible

MOST_NAMES = 20
LONGEST_NAME = 50
LONGEST_VALUE = 200

Value = str | int | float | bool


class ContextRefused(Exception):
    """Something a site told cannot be taken. `code` names the reason: "names", "name" or "value"; `name` where."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.name = name


def check_context(context: dict[str, object]) -> dict[str, Value]:
    """What was told, without control characters.

    Raises:
        ContextRefused: For too much of it, or what is no text, number or yes and no.
    """
    if len(context) > MOST_NAMES:
        raise ContextRefused("names")
    checked: dict[str, Value] = {}
    for name, value in context.items():
        plain_name = printable(name)
        if not plain_name or len(plain_name) > LONGEST_NAME:
            raise ContextRefused("name", plain_name[:LONGEST_NAME])
        if not isinstance(value, str | int | float | bool) or len(str(value)) > LONGEST_VALUE:
            raise ContextRefused("value", plain_name)
        checked[plain_name] = printable(value) if isinstance(value, str) else value
    return checked


def printable(text: str) -> str:
    """A text on one line, without characters that nobody sees and no database keeps."""
    return visible(text).replace("\n", " ").replace("\t", " ").strip()
