"""How the app is served."""

import pytest

from storage.settings import read_settings
from web.__main__ import serving

pytestmark = pytest.mark.fast

# aiohttp, with which Rasa calls the actions, keeps a connection that long; nginx keeps its own for 60 as a rule.
CALLERS_KEEP_SECONDS = (15, 60)


def test_no_connection_is_closed_while_a_caller_still_keeps_it() -> None:
    """Closed after the server's own five seconds, a call that set out at that moment was lost."""
    kept = serving(read_settings({"HUILU_SECRET": "x"}))["timeout_keep_alive"]
    assert kept > max(CALLERS_KEEP_SECONDS)
