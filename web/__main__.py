"""Serve the app: `python -m web` (normally started by `make run`, together with the dialogue server)."""

import sys
from typing import Any

import uvicorn

from storage.logs import log_as_json
from storage.settings import Settings, settings


def main() -> None:
    """Read the settings, then serve until told to stop."""
    log_as_json(quiet=("faiss.loader", "alembic.runtime.migration", "rasa_sdk.executor"))
    try:
        chosen = settings()
    except ValueError as error:
        sys.exit(str(error))
    uvicorn.run("web.app:create_server", factory=True, **serving(chosen))


def serving(chosen: Settings) -> dict[str, Any]:
    """How uvicorn serves the app."""
    return {
        "host": chosen.host,
        "port": chosen.port,
        "loop": "uvloop",
        "access_log": False,
        "log_level": "warning",
        # Its own handlers would write another form than ours.
        "log_config": None,
        # Longer than callers keep a connection, lest one is closed while a call sets out on it: Rasa keeps its own for
        # 15 seconds, proxies for 60 as a rule.
        "timeout_keep_alive": 75,
        # Open event streams must not hold up a stop.
        "timeout_graceful_shutdown": 5,
        "server_header": False,
        # Whom a request is for is believed of these alone; anybody else could write any address there.
        "proxy_headers": True,
        "forwarded_allow_ips": list(chosen.trusted_proxies),
    }


if __name__ == "__main__":
    main()
