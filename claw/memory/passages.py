"""What can be searched: the text of each memory and each kept exchange, with what helps to find it again.

A passage carries its speaker, the words of its day and the text of its neighbours, because people ask with the words of
the whole talk and not with those of the one sentence they mean.  Who may hear it stands in the row, so that a search
filters before it ranks; a neighbour lends its words only to passages that the same people may hear.  Every call runs in
the caller's transaction: what is searched is never out of step with what is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Passage:
    """One text to be found: what was said, by or about whom, when (UTC), in which talk, and who may hear it.

    ``speaker`` is a name as it is said, not an id: of an exchange who spoke, of a fact about a person that person.
    ``session`` is empty where nothing stands beside it, as with a memory.
    """

    text: str
    visibility: str
    speaker: str = ""
    at: datetime | None = None
    session: str = ""


def in_utc(moment: datetime) -> datetime:
    """Return ``moment`` by the clock of Greenwich."""
    return moment.astimezone(UTC)


class Passages:
    """The searchable side of ``claw.db``; used from the event loop only, inside a transaction of the caller's."""

    def __init__(self, db: Database, local: Callable[[datetime], datetime] = in_utc) -> None:
        """``local`` turns a time into the household's own: a day is theirs."""
        self._db = db
        self._local = local

    def put(self, passage: Passage, *, memory: int | None = None, episode: int | None = None) -> int:
        """Make ``passage`` found as that memory or that episode, in place of what was found before; return its number.

        Only what may be found has a passage: of memories the active ones.
        """
        raise NotImplementedError

    def drop(self, *, memory: int | None = None, episode: int | None = None) -> bool:
        """Have that memory or episode found no more, by its own words or by a neighbour's; return whether it was."""
        raise NotImplementedError

    def tidy(self) -> None:
        """Merge the index into one piece: nothing that was dropped is left in it.  Takes a second per million rows."""
        raise NotImplementedError
