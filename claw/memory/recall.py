"""Finding again what was said or is known: one search for people, programs and the figures of the benchmark.

Whoever hears is part of the question: what they may not hear is left out by the database, before anything is ranked.
"""

from collections.abc import Callable, Collection
from pathlib import Path

from claw.memory.model import Audience, Hit


class Recall:
    """Searches ``claw.db`` on a connection of its own that cannot write; from any thread, one at a time."""

    def __init__(self, path: Path, names: Callable[[], Collection[str]]) -> None:
        """``names`` gives what the people of the house are called now."""
        self._path = path
        self._names = names

    def search(self, query: str, k: int, audience: Audience) -> list[Hit]:
        """Return the ``k`` passages nearest to ``query`` of those that ``audience`` may hear, the nearest first.

        Any text is a valid question; one without a word in it finds nothing.  Raises Broken where the database fails.
        """
        raise NotImplementedError

    async def find(self, query: str, k: int, audience: Audience) -> list[Hit]:
        """Do the same beside the event loop."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection; the next search opens another."""
        raise NotImplementedError
