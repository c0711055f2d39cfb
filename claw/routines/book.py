"""The routines of the home as they stand, and what is kept for each: the one place that says what is to fire.

The rows are the truth and nothing is pickled: what is due next is worked out from them each time Claw starts.  The
same moment up to which a routine's firings are accounted for stands in its row, so that none is lost while Claw does
not run.  Routines that a skill or the house brings are given anew each time and only what befalls them is kept.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlite_utils import Database

from claw.base.action import Json
from claw.base.clock import Clock
from claw.routines.history import History
from claw.routines.model import Routine


class Book(History):
    """All routines, in memory and on disk; used from the event loop only.  What writes raises Broken where it cannot.

    ``changed`` are called with the id of a routine that came, went or is another than before.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__(db, clock)
        self.changed: list[Callable[[str], None]] = []

    def all(self) -> tuple[Routine, ...]:
        """Return every routine that is not removed, oldest first."""
        raise NotImplementedError

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id, also one that was removed; None where there is none."""
        raise NotImplementedError

    def removed(self) -> tuple[Routine, ...]:
        """Return those that were removed and whose history is still kept."""
        raise NotImplementedError

    def fresh_id(self, name: str) -> str:
        """Return an id that no routine has or had, made of what it is called (``blinds``, ``blinds-2``)."""
        raise NotImplementedError

    def add(self, routine: Routine) -> None:
        """Take a new routine; raises Refused where there is or was one with its id."""
        raise NotImplementedError

    def put(self, routine: Routine) -> None:
        """Put ``routine`` in the place of what has its id, new where nothing has.

        Where its triggers are others than before, or it begins to fire again, it is due from now on and for nothing
        that was before.
        """
        raise NotImplementedError

    def change(self, routine: str, **fields: object) -> Routine:
        """Put other values into some fields of a routine as it stands now; raises Refused where there is none."""
        raise NotImplementedError

    def remove(self, routine: str, why: str) -> None:
        """Take a routine away; its history stays.  Raises Refused where there is none."""
        raise NotImplementedError

    def derive(self, prefix: str, routines: Iterable[Routine]) -> None:
        """Let ``routines`` be all of those whose ids begin with ``prefix``; their specs are not kept on disk.

        What befell one by this book (a pause by a person, skips, how often it ran) stays.
        """
        raise NotImplementedError

    def kept(self, routine: str) -> Mapping[str, Json]:
        """Return what others keep for a routine, empty where nothing is."""
        raise NotImplementedError

    def keep(self, routine: str, kept: Mapping[str, Json]) -> None:
        """Put these keys into what is kept for it, and leave the others; None takes a key out."""
        raise NotImplementedError

    def accounted(self, routine: str) -> datetime:
        """Return up to which moment (UTC) every firing by the clock has its row."""
        raise NotImplementedError

    def account(self, routine: str, until: datetime) -> None:
        """Write down that every firing by the clock up to ``until`` has its row, or has no need of one."""
        raise NotImplementedError

    def reload(self) -> None:
        """Read everything anew: rows were erased behind its back."""
        raise NotImplementedError
