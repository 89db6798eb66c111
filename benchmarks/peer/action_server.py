"""The peer's action server: `python -m benchmarks.peer.action_server PORT`.

rasa-sdk's own, in one process: `python -m rasa_sdk` 3.21 starts a worker process, which dies once torch is imported.
"""

import sys

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor


def main(port: int) -> None:
    """Serve the actions until a signal comes."""
    executor = ActionExecutor()
    executor.register_package("benchmarks.peer.actions")
    create_app(executor).run(host="127.0.0.1", port=port, single_process=True, motd=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
