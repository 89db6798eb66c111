"""Which program is at work, so that what it does stands under its name as well."""

from contextvars import ContextVar

from storage.base import JsonObject

# Set anew for each request; threads that work for a request see it too.
_program: ContextVar[str] = ContextVar("program", default="")


def begin(name: str) -> None:
    """A request of a program begins; an empty name for one that comes from a person."""
    _program.set(name)


def program() -> str:
    """The name of the program that is at work; empty for people and for what happens by itself."""
    return _program.get()


def with_program(details: JsonObject) -> JsonObject:
    """Details of a change, with the program that made it."""
    name = program()
    return details | {"integration": name} if name else details
