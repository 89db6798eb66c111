"""The one version of Rasa whose inside the files beside this one replace in part."""

from __future__ import annotations

import rasa

WRITTEN_FOR = "3.6.21"


def require_written_for(module: str) -> None:
    """Refuse to replace the inside of another Rasa than the one `module` was written for.

    Raises:
        RuntimeError: When this is another one.
    """
    if rasa.__version__ != WRITTEN_FOR:
        raise RuntimeError(f"{module} was written for Rasa {WRITTEN_FOR}, but this is {rasa.__version__}.")
