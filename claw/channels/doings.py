"""Who is told what is being done: the client whose conversation it is, and nobody else.

That a model is asked, or that somebody is asked for a yes, already says something about what a person wants.  So it
goes to where the request came from and to nobody else, like an answer.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

from claw.base.action import Json, Origin
from claw.channels.veil import addressed
from claw.gate.doing import Doing, heard
from claw.mind.replies import reply_text


class Doings:
    """Passes on what is being done; one for all channels, at ``desk.doings``."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Doing], None]] = []

    def turn(self) -> AbstractContextManager[None]:
        """Hear what is being done within."""
        return heard(self._tell)

    @contextmanager
    def told(self, viewer: Origin, put: Callable[[dict[str, Json]], None]) -> Generator[None]:
        """Give ``put`` the events of the client that ``viewer`` speaks for, as they happen; it must not wait."""

        def listener(doing: Doing) -> None:
            if addressed(f"conversation:{doing.conversation}", viewer):
                put(event(doing))

        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def _tell(self, doing: Doing) -> None:
        for listener in tuple(self._listeners):
            listener(doing)


def event(doing: Doing) -> dict[str, Json]:
    """Return what a channel shows of it: ``type`` doing, conversation, stage, step, of, and a sentence of Claw's own.

    ``step`` and ``of`` are 0 where nothing is counted; at the stage ``ends`` the sentence is empty.
    """
    counted = {"step": str(doing.step), "of": str(doing.of)} if doing.of > 1 else {}
    text = "" if doing.stage == "ends" else reply_text(f"doing_{doing.stage}", doing.language, **counted)
    return {
        "type": "doing",
        "conversation": doing.conversation,
        "stage": doing.stage,
        "step": doing.step,
        "of": doing.of,
        "text": text,
    }
