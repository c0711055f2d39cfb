"""What waits for something outside just now, so that the stop can end the waiting and not only what comes after it.

Killing a worker does not end the call that was made for it, and a task that is cancelled says nothing about what its
call has already done.  So a call that is under way when the stop engages ends here, as *unknown*: it may have gone out,
and is settled by looking, never by doing it again.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from claw.base.errors import UnknownOutcome


@dataclass(eq=False)
class _Call:
    task: asyncio.Task[object]
    cancelling: int
    cut: bool = False


class Running:
    """The calls that are under way; ``cut`` is a hook of the stop."""

    def __init__(self) -> None:
        self._calls: set[_Call] = set()

    @contextmanager
    def call(self) -> Generator[None]:
        """Put what the present task does in here under the stop: raises UnknownOutcome when it is cut."""
        task = asyncio.current_task()
        if task is None:
            yield
            return
        call = _Call(task, task.cancelling())
        self._calls.add(call)
        try:
            yield
        except asyncio.CancelledError:
            # Somebody else may have cancelled the task too, and that must not be swallowed.
            if call.cut and task.uncancel() <= call.cancelling:
                raise UnknownOutcome("it was cut by the stop") from None
            raise
        finally:
            self._calls.discard(call)

    def cut(self) -> None:
        """End every call that is under way, wherever it waits."""
        for call in tuple(self._calls):
            if not call.cut:
                call.cut = True
                call.task.cancel()
