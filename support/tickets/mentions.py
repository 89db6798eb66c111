"""Who is named in a note. Pure."""

import re
from collections.abc import Mapping


def mentioned(text: str, names: Mapping[str, str]) -> list[str]:
    """Ids of the people whose name stands in a text behind an @, in any case of letters.

    The longest name that fits is meant: "@Mei Lin" names Mei Lin and not Mei. Two people of one name are both named.

    Args:
        names: Everybody's name by id.
    """
    by_name: dict[str, list[str]] = {}
    for person, name in names.items():
        by_name.setdefault(" ".join(name.split()).casefold(), []).append(person)
    by_name.pop("", None)
    if not by_name:
        return []
    longest_first = sorted(by_name, key=len, reverse=True)
    # Latin letters must end with the name; Chinese goes on without a space.
    choices = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in longest_first)
    found = re.findall(rf"@({choices})(?![a-z0-9_])", text.casefold())
    named = [person for name in found for person in by_name[" ".join(name.split())]]
    return list(dict.fromkeys(named))
