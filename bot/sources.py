"""Tells Rasa's training cache when the code behind a component changed."""

from __future__ import annotations

import hashlib
import inspect
from types import ModuleType


def digest(*modules: ModuleType) -> str:
    """A hash of the source of modules.

    Rasa looks at the source of a component's class only. What the class calls beside it must count as well,
    or a changed tokenizer is trained with the tokens of the old one, out of the cache.
    """
    return hashlib.sha256("\0".join(inspect.getsource(module) for module in modules).encode()).hexdigest()
