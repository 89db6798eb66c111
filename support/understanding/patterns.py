"""Reading lists of words: TOML files beside the modules that use them, so that they can be read and mended as data."""

import re
import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def patterns(name: str, folder: Path = FOLDER) -> dict[str, re.Pattern[str]]:
    """The patterns of `name`.toml: each of its lists of regular expressions as one, in the file's order."""
    lists = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    return {key: re.compile("|".join(words)) for key, words in lists.items()}
