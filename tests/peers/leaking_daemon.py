"""The real program with a few lines more in its log: what any package, and any bug, could write there.

``python -m tests.peers.leaking_daemon run --config ...`` runs ``claw run ...`` and, once it is ready, has every secret
of ``$LEAKED`` and the words of ``$SAID`` come into the log by each way there is.  A log that holds one of them shows
that nothing stands before it; a log without the marks of the leaks shows that nothing was tried.
"""

import asyncio
import json
import logging
import os
import sys
import threading

from claw.cli.main import main
from claw.daemon import run
from claw.daemon.build import Daemon

MARKS = ("leaked by a package", "leaked by a trace", "LeakedByThread", "LeakedByCallback", "LeakedByTask")


class LeakedByThread(OSError):
    """Raised in a thread, with a secret."""


class LeakedByCallback(Exception):
    """Raised in a callback of the loop, with words."""


class LeakedByTask(Exception):
    """Raised in a task that nobody looks at, with words."""


def _in_thread(secret: str) -> None:
    raise LeakedByThread(secret)


def _in_callback(words: str) -> None:
    raise LeakedByCallback(words)


async def _in_task(words: str) -> None:
    raise LeakedByTask(words)


def leak(_daemon: Daemon) -> None:
    """Have all of it come into the log."""
    for secret in json.loads(os.environ["LEAKED"]):
        logging.getLogger("niquests").warning("leaked by a package: GET http://house/%s?x=%s", secret, secret)
        logging.getLogger("claw.house").error("leaked by a trace", exc_info=OSError(f"no {secret}"))
        thread = threading.Thread(target=_in_thread, args=(secret,))
        thread.start()
        thread.join()
    loop, words = asyncio.get_running_loop(), os.environ["SAID"]
    loop.call_soon(_in_callback, words)
    loop.create_task(_in_task(words)).add_done_callback(lambda _task: None)


def _run() -> None:
    begins = run.run

    def with_leaks(config: object, state: object, ready: object) -> None:
        def then(daemon: Daemon) -> None:
            leak(daemon)
            ready(daemon)  # type: ignore[operator]

        begins(config, state, then)  # type: ignore[arg-type]

    run.run = with_leaks  # type: ignore[assignment]
    main()


if __name__ == "__main__":
    sys.argv[0] = "claw"
    _run()
