"""Serve the app: `python -m web` (normally started by `make run`, together with the dialogue server)."""

import logging
import sys

import uvicorn

from storage.settings import settings


def main() -> None:
    """Read the settings, then serve until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for talkative in ("httpx", "faiss.loader", "alembic.runtime.migration", "rasa_sdk.executor"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    try:
        chosen = settings()
    except ValueError as error:
        sys.exit(str(error))
    uvicorn.run(
        "web.app:create_app",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        loop="uvloop",
        access_log=False,
        log_level="warning",
        # Open event streams must not hold up a stop.
        timeout_graceful_shutdown=5,
        server_header=False,
    )


if __name__ == "__main__":
    main()
